"""Channels on the settings pages: which there are and how they do, setting them up, and that somebody saw what came in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.conversations import actions, channel_figures, console, kinds, selectors
from keyue.conversations.channel_forms import ChannelForm
from keyue.conversations.models import Channel
from keyue.kernel.errors import Denied, Invalid, KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.people.views._page import back, settings_page

PART = "conversations:channels"
CONFLICT, MISTAKEN = 409, 422
MOST = 20


def _today(request: StaffRequest) -> Any:
    return timezone.localtime(request.at).replace(hour=0, minute=0, second=0, microsecond=0)


def _may_see(request: StaffRequest, channel: Channel) -> bool:
    """Whether this person may say that the channel was seen: its keeper, or who manages conversations."""
    return channel.keeper_id == request.user.pk or allows(request.user, Permission.CONVERSATION_MANAGE)


@never_cache
@require_GET
@staff_page(Permission.CHANNELS_MANAGE, Permission.CONVERSATION_VIEW)
def channels(request: StaffRequest) -> HttpResponse:
    """All channels: who keeps them, what waits, when they were last seen, how soon somebody answered first."""
    is_all = request.GET.get("show") == "all"
    rows = channel_figures.channels(closed=is_all)
    context = {
        "faces": channel_figures.faces(rows, at=request.at, today=_today(request)),
        "is_all": is_all,
        "may_manage": allows(request.user, Permission.CHANNELS_MANAGE),
        "may_see_all": allows(request.user, Permission.CONVERSATION_MANAGE),
        "me_id": request.user.pk,
        "offered": _offered(),
        "window": channel_figures.WINDOW.days,
    }
    return settings_page(request, "conversations/channels.html", PART, context)


def _offered() -> list[kinds.ChannelKind]:
    """The kinds that can be set up here."""
    return [kind for kind in kinds.kinds().values() if kind.form is not None]


@never_cache
@staff_page(Permission.CHANNELS_MANAGE)
def new_channel(request: StaffRequest, kind: str) -> HttpResponse:
    """Set a channel of this kind up."""
    chosen = kinds.kind_of(kind)
    if chosen.form is None:
        raise NotFound(_("这种渠道不在这里设置。"))
    posted = request.method == "POST"
    form = chosen.form(request.POST) if posted else chosen.form(initial={"name": str(chosen.name)})
    if posted and form.is_valid():
        try:
            row = actions.open_channel(kind=kind, plan=form.plan(), by=actor_of(request), at=request.at)
            return back(request, "conversations:channel", row.pk, said=_("渠道已启用。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {"form": form, "kind": chosen, "channel": None, "may_manage": True}
    return settings_page(
        request,
        "conversations/channel.html",
        PART,
        context,
        here=str(chosen.name),
        status=MISTAKEN if posted else 200,
    )


@never_cache
@staff_page(Permission.CHANNELS_MANAGE, Permission.CONVERSATION_VIEW)
def channel(request: StaffRequest, pk: int) -> HttpResponse:
    """One channel: its figures, what waits on it, how it is set up."""
    row = selectors.channel_by_id(pk)
    if request.method != "POST":
        return _shown(request, row, _form(request, row))
    if not allows(request.user, Permission.CHANNELS_MANAGE):
        raise Denied(_("您没有管理渠道的权限。"))
    kind = kinds.kind_of(row.kind)
    if kind.form is None:
        raise NotFound(_("这种渠道不在这里设置。"))
    form = kind.form(request.POST, channel=row)
    if not form.is_valid():
        return _shown(request, row, form, status=MISTAKEN)
    try:
        actions.change_channel(
            channel=row,
            plan=form.plan(),
            by=actor_of(request),
            at=request.at,
            revision=form.cleaned_data.get("rev"),
        )
    except Invalid as error:
        form.take(error.fields or {"": str(error)})
        return _shown(request, row, form, status=MISTAKEN)
    except KeyueError as error:
        form.add_error(None, str(error))
        return _shown(request, selectors.channel_by_id(pk), form, status=CONFLICT)
    return back(request, "conversations:channel", pk, said=_("已保存。"))


def _form(request: StaffRequest, row: Channel) -> ChannelForm | None:
    kind = kinds.kinds().get(row.kind)
    may = allows(request.user, Permission.CHANNELS_MANAGE)
    return kind.form(channel=row) if kind and kind.form and may and row.is_open else None


def _shown(
    request: StaffRequest, row: Channel, form: ChannelForm | None, *, status: int = 200
) -> HttpResponse:
    kind = kinds.kind_of(row.kind)
    waiting = list(channel_figures.waiting_on(request.user, row)[: MOST + 1])
    unrecorded = list(channel_figures.unrecorded_on(request.user, row)[: MOST + 1])
    context = {
        "channel": row,
        "kind": kind,
        "face": channel_figures.faces([row], at=request.at, today=_today(request))[0],
        "form": form,
        "base": settings.BASE_URL,
        "told": kind.told(row) if kind.told else {},
        "may_manage": allows(request.user, Permission.CHANNELS_MANAGE),
        "may_see": row.is_open and _may_see(request, row),
        "waiting": console.rows_of(waiting[:MOST], request.at),
        "unrecorded": console.rows_of(unrecorded[:MOST], request.at),
        "is_more": max(len(waiting), len(unrecorded)) > MOST,
        "most": MOST,
        "window": channel_figures.WINDOW.days,
    }
    return settings_page(request, "conversations/channel.html", PART, context, here=row.name, status=status)


@require_POST
@staff_page(Permission.CONVERSATION_VIEW)
def seen(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that what came in has been seen and sorted (S3 3.2.1)."""
    row = selectors.channel_by_id(pk)
    if not _may_see(request, row):
        raise Denied(_("只有渠道专人或主管能登记「看过并整理了」。"))
    actions.view_channel(channel=row, user=request.user, at=request.at)
    to = request.POST.get("to") or ""
    said = _("已登记：「%(name)s」看过并整理了。") % {"name": row.name}
    return (
        back(request, PART, said=said)
        if to == "list"
        else back(request, "conversations:channel", pk, said=said)
    )


@require_POST
@staff_page(Permission.CHANNELS_MANAGE)
def try_channel(request: StaffRequest, pk: int) -> HttpResponse:
    """Try whether a channel works as it is set up, and say what was found."""
    row = selectors.channel_by_id(pk)
    check = kinds.kind_of(row.kind).check
    if check is None:
        raise NotFound(_("这种渠道没有什么可试的。"))
    try:
        messages.success(request, check(row))
    except KeyueError as error:
        messages.error(request, str(error))
    return back(request, "conversations:channel", pk)


@never_cache
@staff_page(Permission.CHANNELS_MANAGE)
def close_channel(request: StaffRequest, pk: int) -> HttpResponse:
    """Close a channel, after a word on what that means."""
    row = selectors.channel_by_id(pk)
    if request.method == "POST":
        actions.close_channel(channel=row, by=actor_of(request), at=request.at)
        return back(request, PART, said=_("渠道「%(name)s」已停用。") % {"name": row.name})
    context = {
        "channel": row,
        "waiting": channel_figures.faces([row], at=request.at, today=_today(request))[0].waiting,
        "cancel": reverse("conversations:channel", args=[pk]),
    }
    return settings_page(request, "conversations/channel_close.html", PART, context, here=row.name)
