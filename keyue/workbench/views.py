"""Pages that cross rooms: the workbench, notices, search, live updates."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.people.rules import PERSON
from keyue.promises import actions as promises
from keyue.promises import selectors as open_promises
from keyue.ui.components import Crumb
from keyue.workbench import finding, home, live, notices


@require_GET
@staff_page()
def workbench(request: StaffRequest) -> HttpResponse:
    """What is overdue, due today, due this week: one's own, or one's departments'."""
    scope = "team" if request.GET.get("scope") == "team" else "mine"
    template = "workbench/home.html" + ("#list" if request.htmx and not request.htmx.boosted else "")
    shown = home.home_of(request.user, scope, request.at)
    # the navigation says the same number, and need not ask for it
    request.owes = shown.tabs[0].count  # type: ignore[attr-defined]
    context = {
        "home": shown,
        "scope": scope,
        "crumbs": [Crumb(_("工作台"))],
        "may_register": allows(request.user, Permission.CASE_REGISTER),
        "new_url": home.address("cases:new"),
        "requests_url": home.address("workbench:requests"),
        "score_url": f"{reverse('regulations:list')}?mine=1"
        if allows(request.user, Permission.REGULATION_VIEW)
        else "",
        "empty_posts": home.empty_posts(request.user, request.at),
        "posts_url": home.address("people:posts"),
    }
    return render(request, template, context)


@require_GET
@passive
@staff_page()
def navigation(request: StaffRequest) -> HttpResponse:
    """The navigation with fresh counts."""
    return render(request, "ui/_nav.html")


@require_http_methods(["GET", "POST"])
@staff_page()
def notice_list(request: StaffRequest) -> HttpResponse:
    """What this person was told; opening the page marks it read."""
    before = request.GET.get("before", "")
    page = notices.page_of(request.user, now=request.at, before=int(before) if before.isdigit() else None)
    if request.method == "POST":
        return HttpResponseRedirect(reverse("workbench:notices"))
    if page.rows and not before:
        promises.see_notices(user=request.user, up_to=page.rows[0].notice.pk)
    context = {"page": page, "crumbs": [Crumb(_("工作台"), reverse("workbench:home")), Crumb(_("通知"))]}
    if page.next_before:
        context["more_url"] = f"{reverse('workbench:notices')}?{urlencode({'before': page.next_before})}"
    return render(request, "workbench/notices.html", context)


@require_GET
@staff_page(Permission.WAIVER_APPROVE, Permission.EXTENSION_APPROVE)
def request_list(request: StaffRequest) -> HttpResponse:
    """Waivers and extensions that wait for this person's yes: about which matter, why, and until when."""
    waiting, following = open_promises.requests_page(request.user, cursor=request.GET.get("after", ""))
    reasons = open_promises.reasons_of(waiting)
    known = home.rows_of([made.promise for made in waiting], request.user, open_promises.today_at(request.at))
    rows = {row.promise.pk: row for row in known}
    context = {
        "rows": [
            {"made": made, "reason": reasons.get(made.pk, ""), "row": rows.get(made.promise_id)}
            for made in waiting
        ],
        "more_url": f"{reverse('workbench:requests')}?{urlencode({'after': following})}" if following else "",
        "crumbs": [Crumb(_("工作台"), reverse("workbench:home")), Crumb(_("待审批"))],
    }
    return render(request, "workbench/requests.html", context)


@require_GET
@staff_page()
def search(request: StaffRequest) -> HttpResponse:
    """Cases by content or number, customers by identifier, clauses by number or words."""
    word = request.GET.get("q", "").strip()
    context = {"q": word, "found": finding.find(request.user, word, request.at), "crumbs": [Crumb(_("搜索"))]}
    template = "workbench/search.html" + ("#found" if request.htmx else "")
    return render(request, template, context)


@require_GET
async def live_stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events: the names of what has changed since the reader's cursor."""
    user = await request.auser()
    if not isinstance(user, User):
        return HttpResponse(status=401)
    departments = await sync_to_async(people.visible_departments)(user)
    visible = None if departments is None else frozenset({*departments, f"{PERSON}{user.pk}"})
    since = request.headers.get("Last-Event-ID") or request.GET.get("since") or "0"
    events = _events(since, visible, _instant(request.GET.get("at", "")))
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _events(
    since: str, visible: frozenset[str] | None, rendered: datetime | None
) -> AsyncIterator[bytes]:
    async for event in live.stream(int(since) if since.isdigit() else 0, visible, rendered=rendered):
        yield event


def _instant(text: str) -> datetime | None:
    """An instant with its zone, or None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


live_stream.audience = "staff"  # type: ignore[attr-defined]
live_stream.permissions = ()  # type: ignore[attr-defined]
live_stream.is_passive = True  # type: ignore[attr-defined]
