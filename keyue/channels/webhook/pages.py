"""Pages of outlets: other systems and group robots, their log, and what to do about callbacks that could not be read."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from keyue.channels.webform.selectors import installation
from keyue.channels.webhook import actions, selectors
from keyue.channels.webhook.enums import PUSH_TONES, OutletKind, PushState
from keyue.channels.webhook.facts import EVENTS
from keyue.channels.webhook.forms import OutletForm, form_for
from keyue.channels.webhook.models import Outlet, Push
from keyue.channels.webhook.pushing import try_outlet
from keyue.channels.webhook.rereading import read_again
from keyue.conversations import selectors as conversations
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.views._page import back, settings_page
from keyue.promises.enums import NoticeKind

PART = "channels:outlets"
CONFLICT, MISTAKEN = 409, 422
A_PAGE = 50


@never_cache
@require_GET
@staff_page(Permission.CHANNELS_MANAGE)
def outlets(request: StaffRequest) -> HttpResponse:
    """All outlets, with what waits and what was given up."""
    is_all = request.GET.get("show") == "all"
    context = {"rows": selectors.outlets(closed=is_all), "is_all": is_all, "offered": OutletKind.choices}
    return settings_page(request, "channels/outlets.html", PART, context)


def _kind(code: str) -> OutletKind:
    if code not in OutletKind.values:
        raise NotFound(_("没有这种推送去处。"))
    return OutletKind(code)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.CHANNELS_MANAGE)
def new_outlet(request: StaffRequest, kind: str) -> HttpResponse:
    """Set an outlet up."""
    chosen, posted = _kind(kind), request.method == "POST"
    form = form_for(chosen, request.POST) if posted else form_for(chosen)
    if posted and form.is_valid():
        try:
            row = actions.open_outlet(kind=chosen, plan=form.plan(), by=actor_of(request), at=request.at)
            return back(request, "channels:outlet", row.pk, said=_("已启用。建议先试发一条。"))
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
    context = {"form": form, "outlet": None, "kind": chosen.label}
    status = MISTAKEN if posted else 200
    return settings_page(
        request, "channels/outlet.html", PART, context, here=str(chosen.label), status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.CHANNELS_MANAGE)
def outlet(request: StaffRequest, pk: int) -> HttpResponse:
    """One outlet: how it is set up, and the log."""
    row = selectors.outlet_by_id(pk)
    kind = OutletKind(row.kind)
    if request.method != "POST":
        return _shown(request, row, form_for(kind, outlet=row) if row.is_open else None)
    form = form_for(kind, request.POST, outlet=row)
    if not form.is_valid():
        return _shown(request, row, form, status=MISTAKEN)
    try:
        actions.change_outlet(
            outlet=row,
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
        return _shown(request, row, form, status=CONFLICT)
    return back(request, "channels:outlet", pk, said=_("已保存。"))


def _shown(
    request: StaffRequest, row: Outlet, form: OutletForm | None, *, status: int = 200, secret: str = ""
) -> HttpResponse:
    state = request.GET.get("state", "")
    page = Paginator(selectors.pushes_of(row, state=state), A_PAGE).get_page(request.GET.get("page"))
    words = {**EVENTS, **{one.value: one.label for one in NoticeKind}}
    context = {
        "outlet": row,
        "kind": OutletKind(row.kind).label,
        "form": form,
        "page": page,
        "log": [_log_row(push, words) for push in page.object_list],
        "states": PushState.choices,
        "state": state,
        "secret": secret,
        "has_secret": bool(selectors.keys_of(row).secret) if row.is_open else False,
    }
    return settings_page(request, "channels/outlet.html", PART, context, here=row.name, status=status)


def _log_row(push: Push, words: Mapping[str, object]) -> dict[str, object]:
    return {
        "push": push,
        "what": words.get(push.what, push.what),
        "tone": PUSH_TONES[push.state],
        "label": PushState(push.state).label,
        "may_replay": push.state != PushState.WAITING,
    }


@require_POST
@staff_page(Permission.CHANNELS_MANAGE)
def act_on_outlet(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """Try it, make a new secret, close it."""
    row, by = selectors.outlet_by_id(pk), actor_of(request)
    try:
        if what == "try":
            found = installation()
            messages.success(request, try_outlet(row, found.company if found else "", request.at))
        elif what == "secret" and not row.is_robot:
            secret = actions.make_secret(outlet=row, by=by, at=request.at)
            form = form_for(OutletKind(row.kind), outlet=row)
            return _shown(request, selectors.outlet_by_id(pk), form, secret=secret)
        elif what == "close":
            actions.close_outlet(outlet=row, by=by, at=request.at)
            return back(request, PART, said=_("「%(name)s」已停用。") % {"name": row.name})
        else:
            raise NotFound(_("没有这个操作。"))
    except NotFound:
        raise
    except KeyueError as error:
        messages.error(request, str(error))
    return back(request, "channels:outlet", pk)


@require_POST
@staff_page(Permission.CHANNELS_MANAGE)
def replay(request: StaffRequest, pk: int, push: int) -> HttpResponse:
    """Push something again."""
    row = selectors.outlet_by_id(pk)
    try:
        actions.replay(push=selectors.push_of(row, push), by=actor_of(request), at=request.at)
        messages.success(request, _("已排队，马上重新推送。"))
    except NotFound:
        raise
    except KeyueError as error:
        messages.error(request, str(error))
    return back(request, "channels:outlet", pk)


@require_POST
@staff_page(Permission.CHANNELS_MANAGE)
def channel_secret(request: StaffRequest, pk: int) -> HttpResponse:
    """A new secret for a channel by which another system hands messages in; shown this once."""
    row = conversations.channel_by_id(pk)
    if row.kind not in {"webhook", "phone"}:
        raise NotFound(_("没有这个渠道。"))
    secret = actions.make_channel_secret(channel=row, by=actor_of(request), at=request.at)
    context = {"channel": row, "secret": secret, "back": reverse("conversations:channel", args=[pk])}
    return settings_page(
        request, "channels/channel_secret.html", "conversations:channels", context, here=row.name
    )


@require_POST
@staff_page(Permission.CHANNELS_MANAGE)
def unread_callback(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """Read again a callback that could not be read, or put it aside."""
    row = selectors.unread_callback(pk)
    try:
        if what == "read":
            read_again(row, by=actor_of(request), at=request.at)
            messages.success(request, _("读懂了，已进入会话。"))
        elif what == "aside":
            actions.put_aside(callback=row, by=actor_of(request), at=request.at)
            messages.success(request, _("已放到一边，原文已删除。"))
        else:
            raise NotFound(_("没有这个操作。"))
    except NotFound:
        raise
    except KeyueError as error:
        messages.error(request, str(error))
    return back(request, "conversations:channel", row.channel_id)
