"""What is proposed: on the page of a case, and for all that wait to be sorted; taken over with one key."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.cases import selectors as cases
from keyue.cases.book import Book
from keyue.cases.links import case_url
from keyue.cases.models import Case
from keyue.cases.rows import rows_of
from keyue.cases.wording import done
from keyue.kernel.errors import NotFound
from keyue.people.enums import Permission
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest
from keyue.people.permissions import allows
from keyue.sorting import actions, selectors
from keyue.sorting.alike import alike_open
from keyue.sorting.enums import PROPOSED_ACTS
from keyue.sorting.proposing import Proposer
from keyue.sorting.shown import FIELDS, NEXT, bar_of
from keyue.sorting.views._page import SORT, sorting_page
from keyue.ui.components import Crumb, Tab
from keyue.ui.pages import go, is_fragment, page


@never_cache
@passive
@require_GET
@staff_page(Permission.CASE_VIEW)
def proposal(request: StaffRequest, number: str) -> HttpResponse:
    """What is proposed for a case, the open ones that say the same, and the problems behind it: a part of the case's page,
    or a page of its own."""
    case = cases.case_for(request.user, number)
    context = {
        "case": case,
        "bar": bar_of(request.user, case, Proposer()),
        "alike": alike_open(request.user, case, request.at) if case.content else [],
        "problems": selectors.problems_of(case),
        "may_tune": allows(request.user, Permission.CASE_ASSIGN),
        "back": case_url(case.number),
        "is_part": is_fragment(request),
    }
    if is_fragment(request):
        return page(request, "sorting/_proposal.html", context)
    trail = [Crumb(case.number, case_url(case.number)), Crumb(_("分拣建议"))]
    return page(request, "sorting/proposal.html", context, crumbs=trail)


@never_cache
@require_POST
@staff_page(*SORT)
def accept(request: StaffRequest, number: str) -> HttpResponse:
    """Do the act that is next, filled with what was shown. What somebody else has changed meanwhile is not written over."""
    case = cases.case_for(request.user, number)
    code = request.POST.get("act", "")
    if code not in FIELDS:
        raise NotFound(_("没有这个动作：%(code)s") % {"code": code[:40]})
    rev = request.POST.get("rev", "")
    after = actions.accept(
        user=request.user,
        case=case,
        act=code,
        data={name: request.POST.get(name, "") for name in FIELDS[code]},
        rev=int(rev) if rev.isdecimal() else None,
        at=request.at,
    )
    said = _("%(number)s：%(done)s") % {"number": after.number, "done": done(code, after)}
    if request.POST.get("from") != "queue":
        return go(request, case_url(after.number), said)
    if is_fragment(request):
        return page(request, "sorting/_queue.html", {**_queue(request), "said": said})
    return go(request, f"{reverse('sorting:queue')}?stage={request.POST.get('stage', '')}", said)


@never_cache
@require_GET
@staff_page(*SORT)
def queue(request: StaffRequest) -> HttpResponse:
    """All that waits to be classified, assessed or assigned, with what is proposed."""
    context = _queue(request)
    if is_fragment(request):
        return page(request, "sorting/_queue.html", context)
    return sorting_page(request, "sorting/queue.html", "sorting:queue", context)


def _queue(request: StaffRequest) -> dict[str, Any]:
    asked = request.POST if request.method == "POST" else request.GET
    mine = [stage for stage, code in NEXT.items() if allows(request.user, _permission(code))]
    stage = wanted if (wanted := str(asked.get("stage", ""))) in mine else mine[0]
    after = int(text) if (text := asked.get("after", "")).isdecimal() and len(text) < 7 else 0
    found = selectors.waiting(request.user, stage, after)
    shown, more = found[: selectors.A_PAGE], len(found) > selectors.A_PAGE
    book = Book(request.at, cases.moment(request.at).zone)
    here = reverse("sorting:queue")
    return {
        "rows": _rows(request, shown, book),
        "stage": stage,
        "after": after,
        "stages": [
            Tab(str(PROPOSED_ACTS[NEXT[one]]), f"{here}?stage={one}", current=one == stage) for one in mine
        ],
        "next_url": f"{here}?stage={stage}&after={after + selectors.A_PAGE}" if more else "",
        "here": f"{here}?stage={stage}&after={after}",
    }


def _rows(request: StaffRequest, found: list[Case], book: Book) -> list[dict[str, Any]]:
    proposer = Proposer()
    lines = rows_of(request.user, found, book, excerpt=True)
    return [
        {"line": line, "bar": bar_of(request.user, case, proposer), "case": case}
        for line, case in zip(lines, found, strict=True)
    ]


def _permission(code: str) -> Permission:
    return {
        "classify": Permission.CASE_CLASSIFY,
        "assess": Permission.CASE_ASSESS,
        "assign": Permission.CASE_ASSIGN,
    }[code]
