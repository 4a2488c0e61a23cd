"""Pages of the telephone: who calls, a call entered while talking, its record, and who is on duty."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.channels.phone import actions, roster, selectors
from keyue.channels.phone.actions import Entered
from keyue.channels.phone.forms import CallForm, ShiftForm
from keyue.channels.phone.reading import read_event
from keyue.channels.webhook.doors import KnockRequest, channel_at, door, said
from keyue.channels.webhook.selectors import channel_keys
from keyue.channels.webhook.signing import SIGNATURE, TIMESTAMP, is_fresh, is_signed
from keyue.conversations import actions as conversations
from keyue.conversations import console
from keyue.conversations import selectors as talks
from keyue.conversations.forms import RecordForm
from keyue.conversations.models import Channel
from keyue.customers import selectors as customers
from keyue.customers.faults import Fault
from keyue.customers.recognising import contact_with
from keyue.customers.rules import normalise_phone
from keyue.kernel.errors import Denied, Invalid, NotFound
from keyue.ledger.facts import SYSTEM
from keyue.people.enums import Permission
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.people.views._page import back, settings_page
from keyue.promises import selectors as promises
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

RINGS_FOR = timedelta(minutes=3)
WEEK = 7


@door("POST")
def exchange(request: KnockRequest, pk: int) -> HttpResponseBase:
    """An event of an exchange, signed as those of other systems are; 200 also for one that was told before."""
    channel = channel_at(selectors.KIND, pk)
    keys = channel_keys(channel).working(request.at)
    timestamp = request.headers.get(TIMESTAMP, "")
    if not is_signed(keys, timestamp, request.headers.get(SIGNATURE, ""), request.raw):
        return said(401, "bad_signature", _("签名不对。请核对密钥，以及签名的内容是否为「时间戳.正文」。"))
    if not is_fresh(timestamp, request.at):
        return said(401, "too_old", _("时间戳与现在相差超过 5 分钟。请核对本机时间，并重新签名。"))
    told = read_event(request.raw, request.at)
    call = actions.take_event(channel=channel, told=told, by=SYSTEM, at=request.at)
    if call is None:
        return said(404, "unknown_call", _("没有收到过这通电话。"))
    return JsonResponse({"call": str(call.line.uid), "conversation": call.line.conversation.number})


@never_cache
@require_GET
@passive
@staff_page(Permission.CONVERSATION_ANSWER)
def ringing(request: StaffRequest) -> HttpResponse:
    """Who calls now: a card over every page, fetched when a call rings, is picked up or is over."""
    found = talks.ringing_for(request.user, request.at - RINGS_FOR)
    names = console.shown_names([call.line.conversation for call in found]) if found else {}
    rows = [(call, names[call.line.conversation_id]) for call in found]
    return page(request, "channels/_ringing.html", {"calls": rows})


@never_cache
@staff_page(Permission.CONVERSATION_ANSWER)
def new_call(request: StaffRequest) -> HttpResponse:
    """A call in one form, opened when it begins and saved when it is over."""
    hotlines = selectors.hotline_rows()
    posted = request.method == "POST"
    initial = {
        "begun": request.at.isoformat(),
        "once": token_hex(12),
        "number": request.GET.get("number", "")[:40],
    }
    first = hotlines.first()
    form = (
        CallForm(request.POST, hotlines=hotlines)
        if posted
        else CallForm(initial={**initial, "hotline": first}, hotlines=hotlines)
    )
    if posted and form.is_valid():
        try:
            call = actions.enter_call(
                channel=form.cleaned_data["hotline"],
                entered=_entered(form.cleaned_data, request.at),
                user=request.user,
                at=request.at,
            )
            return go(
                request,
                reverse("conversations:conversation", args=[call.line.conversation_id]),
                _("通话已登记。"),
            )
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {"form": form, "has_hotline": first is not None}
    trail = [Crumb(pgettext("列表", "会话"), reverse("conversations:inbox")), Crumb(_("记一通电话"))]
    return page(request, "channels/call_new.html", context, crumbs=trail, status=MISTAKEN if posted else 200)


def _entered(given: dict[str, Any], now: datetime) -> Entered:
    try:
        begun = datetime.fromisoformat(given["begun"])
    except ValueError:
        begun = now
    is_sound = begun.tzinfo is not None and now - timedelta(hours=12) < begun <= now
    return Entered(
        number=given["number"],
        name=given["name"],
        is_outgoing=given["way"] == "out",
        summary=given["summary"],
        opinion=given["opinion"],
        begun_at=begun if is_sound else now,
        once=given["once"],
        case_type=given["type"],
    )


@never_cache
@require_POST
@staff_page(Permission.CONVERSATION_ANSWER)
def caller(request: StaffRequest) -> HttpResponse:
    """Whose number that is, as far as this person may see."""
    try:
        number = normalise_phone(request.POST.get("number", ""))
    except Fault:
        number = ""
    contact = contact_with(phone=number) if number else None
    card, may_see = None, False
    if contact is not None:
        card = customers.customer_card(contact.customer_id)
        may_see = customers.visible_to(request.user).filter(pk=contact.customer_id).exists()
    context = {"card": card, "may_see": may_see, "contact": contact, "is_asked": bool(number)}
    return page(request, "channels/_caller.html", context)


@never_cache
@staff_page(Permission.CONVERSATION_ANSWER)
def record(request: StaffRequest, pk: int) -> HttpResponse:
    """The record of a call that is over."""
    call = talks.call_for(request.user, pk)
    home = reverse("conversations:conversation", args=[call.line.conversation_id])
    posted = request.method == "POST"
    form = (
        RecordForm(request.POST)
        if posted
        else RecordForm(initial={"summary": call.summary, "opinion": call.opinion})
    )
    if posted and form.is_valid():
        try:
            conversations.record_call(call=call, user=request.user, at=request.at, **form.cleaned_data)
            return go(request, home, _("通话小结已登记。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {
        "form": form,
        "label": _("通话小结"),
        "about": call.line.conversation.number,
        "back": home,
        "explained": "",
        "url": request.get_full_path(),
        "is_dialog": is_fragment(request),
    }
    template = "conversations/act.html" + ("#dialog" if context["is_dialog"] else "")
    return page(request, template, context, status=MISTAKEN if posted else 200)


# --- who is on duty ---


def _hotline(pk: int) -> Channel:
    channel = talks.channel_by_id(pk)
    if channel.kind != selectors.KIND:
        raise NotFound(_("没有这条热线。"))
    return channel


def _may_plan(request: StaffRequest, channel: Channel) -> bool:
    return channel.keeper_id == request.user.pk or allows(request.user, Permission.CONVERSATION_MANAGE)


@never_cache
@staff_page(Permission.CONVERSATION_VIEW)
def shifts(request: StaffRequest, pk: int) -> HttpResponse:
    """A week of the plan of a hotline, its gaps, and further shifts."""
    channel, zone = _hotline(pk), promises.zone()
    today = request.at.astimezone(zone).date()
    first = _monday(request.GET.get("week", ""), today)
    may_plan = channel.is_open and _may_plan(request, channel)
    posted = request.method == "POST"
    form = ShiftForm(request.POST) if posted else ShiftForm(initial={"day": max(first, today)})
    if posted:
        if not may_plan:
            raise Denied(_("只有渠道专人或主管能排班。"))
        if form.is_valid():
            try:
                n = actions.plan_shifts(
                    channel=channel, plan=form.cleaned_data, zone=zone, by=actor_of(request), at=request.at
                )
                week = form.cleaned_data["day"] - timedelta(days=form.cleaned_data["day"].weekday())
                said_so = _("已排 %(n)d 个班次。") % {"n": n}
                return go(request, f"{reverse('channels:shifts', args=[pk])}?week={week}", said_so)
            except Invalid as error:
                form.take(error.fields or {"": str(error)})
    ahead = roster.within(
        selectors.gaps_between(channel, request.at, request.at + selectors.AHEAD),
        request.at,
        request.at + selectors.AHEAD,
    )
    context = {
        "channel": channel,
        "days": selectors.plan_of(channel, first, WEEK),
        "hours": selectors.hours_of(channel),
        "form": form if may_plan else None,
        "may_plan": may_plan,
        "before": first - timedelta(days=WEEK),
        "after": first + timedelta(days=WEEK),
        "first": first,
        "ahead": roster.hours_of(ahead),
        "ahead_days": selectors.AHEAD.days,
        "on_duty": selectors.on_duty(channel, request.at),
        "now": request.at,
    }
    return settings_page(
        request,
        "channels/shifts.html",
        "conversations:channels",
        context,
        here=channel.name,
        status=MISTAKEN if posted else 200,
    )


def _monday(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = today
    if abs(day - today) > timedelta(days=730):
        day = today
    return day - timedelta(days=day.weekday())


@require_POST
@staff_page(Permission.CONVERSATION_VIEW)
def remove_shift(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a shift away."""
    row = selectors.shift_by_id(pk)
    if not _may_plan(request, row.channel):
        raise Denied(_("只有渠道专人或主管能排班。"))
    actions.remove_shift(shift=row, by=actor_of(request), at=request.at)
    day = timezone.localtime(row.start_at).date()
    return back_to_week(request, row.channel_id, day)


def back_to_week(request: StaffRequest, pk: int, day: date) -> HttpResponse:
    answer = back(request, "channels:shifts", pk, said=_("班次已取消。"))
    answer["Location"] += f"?week={day}"
    return answer
