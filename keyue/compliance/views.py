"""The regulations: which ones run, each as a coverage report, and the evidence behind every figure."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import unquote, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET

from keyue.compliance import coverage, edition_header
from keyue.compliance.conflicts import conflict_views
from keyue.compliance.packs import reading as packs
from keyue.compliance.pages import crumbs
from keyue.compliance.what_if_words import choices_of
from keyue.kernel.errors import NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.regulations import selectors as regulations
from keyue.regulations.conflicting import conflicts_in_force
from keyue.ui.components import Crumb, Tab
from keyue.ui.pages import is_fragment

MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def month_of(request: HttpRequest, now_month: str) -> str:
    """The month that was asked for, else this one."""
    asked = request.GET.get("month", "")
    return asked if MONTH.fullmatch(asked) else now_month


def owners_of(request: StaffRequest) -> frozenset[str] | None:
    """With `?mine=1` the posts and departments of the reader, whose share alone is shown; else None: the company."""
    return promises.owner_codes(request.user) if request.GET.get("mine") else None


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def regulation_list(request: StaffRequest) -> HttpResponse:
    """Every regulation in force with its rate this month."""
    month, owners = promises.month_at(request.at), owners_of(request)
    in_force = regulations.documents_in_force(request.at)
    scores = promises.scores(month=month, owners=owners, regulations={one.document.id for one in in_force})
    coming = regulations.announced(request.at)
    rows = []
    for reading in in_force:
        score = promises.total(
            score for (name, _control), score in scores.items() if name == reading.document.id
        )
        rows.append(
            {
                "reading": reading,
                "score": score,
                "questions": regulations.open_questions(reading.document.id),
                "coming": coming.pop(reading.document.id, None),
            }
        )
    context = {
        "rows": rows,
        # adopted, and not in force yet
        "coming": list(coming.values()),
        "may_adopt": allows(request.user, Permission.REGULATION_ADOPT),
        "may_set_steps": allows(request.user, Permission.REGULATION_APPROVE),
        "may_edit": allows(request.user, Permission.REGULATION_EDIT),
        "drafts": edition_header.drafts(request.user),
        "conflicts": len(conflicts_in_force(request.at)),
        "month": month,
        "mine": owners is not None,
        "crumbs": [Crumb(pgettext("列表", "制度"))],
    }
    return render(request, "compliance/regulations.html", context)


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def conflict_list(request: StaffRequest) -> HttpResponse:
    """Where the regulations in force ask the same with different limits."""
    conflicts = conflict_views(request.at)
    context = {
        "conflicts": conflicts,
        "more": len(conflicts_in_force(request.at)) - len(conflicts),
        "count": len(regulations.documents_in_force(request.at)),
        "crumbs": crumbs(Crumb(_("冲突"))),
    }
    return render(request, "compliance/conflicts.html", context)


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def regulation_page(request: StaffRequest, regulation: str, number: str = "") -> HttpResponse:
    """The regulation as text, its clauses coloured by how they are kept; one of them opened beside it."""
    month, owners = month_of(request, promises.month_at(request.at)), owners_of(request)
    report = coverage.coverage_of(regulation, month=month, now=request.at, owners=owners)
    opened = report.find(number) if number else _first_running(report)
    recent = None
    if opened is not None and not opened.is_narrative:
        recent = coverage.proofs(
            request.user,
            opened,
            regulation=regulation,
            month=month,
            state="",
            size=coverage.RECENT,
            owners=owners,
        )
    before, after = report.beside(opened) if opened is not None else (None, None)
    find = request.GET.get("find", "").strip()[:50]
    shown = report.mentioning(find) if find else report
    context = {
        "report": shown,
        "document": report.reading.document,
        "edition": report.reading.edition,
        "may_adopt": allows(request.user, Permission.REGULATION_ADOPT),
        "may_pack": packs.may_make(request.user),
        "opened": opened,
        "recent": recent,
        "clause_before": before,
        "clause_after": after,
        "find": find,
        "mine": owners is not None,
        "keep": "&mine=1" if owners is not None else "",
        "strip_label": coverage.strip_label(report.chapters),
        "crumbs": crumbs(Crumb(report.reading.document.title)),
        **edition_header.header_of(request.user, report.reading.edition, request.at),
        "month_asked": "month" in request.GET,
        "query": f"?{urlencode(asked)}" if (asked := _asked(request)) else "",
        **(_beside(regulation, opened, request.at) if opened is not None else {}),
    }
    template = "compliance/regulation.html"
    if is_fragment(request):
        # a fragment: the clause one has clicked, or fresh figures around a text that stays where it is
        is_clause = request.htmx.target == "clause"
        if is_clause and request.htmx.trigger != "clause":
            context |= {"was_clicked": True, "moved": _moved(request, report, opened)}
        template += "#opened" if is_clause else "#refreshed"
    return render(request, template, context)


def _beside(regulation: str, opened: coverage.ClauseView, at: datetime) -> dict[str, object]:
    """What stands under a clause: where another regulation asks the same, and what would be if it asked otherwise."""
    number = opened.clause.number
    return {
        "conflicts": conflict_views(at, regulation=regulation, clause=number),
        "choices": choices_of([view.control for view in opened.controls]),
        # by this name the script finds the card again: letters, digits and hyphens
        "card_id": "what-if-" + re.sub(r"[^\w-]", "-", number),
    }


def _asked(request: StaffRequest) -> dict[str, str]:
    """What of the address stays when another clause is opened."""
    return {name: request.GET[name] for name in ("month", "find", "mine") if request.GET.get(name)}


def _moved(request: StaffRequest, report: coverage.Coverage, opened: coverage.ClauseView | None) -> list[str]:
    """The anchors of the clauses that begin or cease to be the opened one on the page that asks."""
    here = request.htmx.current_url_abs_path or ""
    number = unquote(urlsplit(here).path).rstrip("/").rsplit("/", 1)[-1]
    try:
        before: coverage.ClauseView | None = report.find(number)
    except NotFound:
        before = _first_running(report)
    anchors = [view.anchor for view in (before, opened) if view is not None]
    return anchors if before != opened else []


def _first_running(report: coverage.Coverage) -> coverage.ClauseView | None:
    views = [view for chapter in report.chapters for view in chapter.clauses if not view.is_narrative]
    return min(views, key=lambda view: (view.score.rate is None, view.score.rate or 0.0), default=None)


@require_GET
@staff_page(Permission.REGULATION_VIEW)
def evidence(request: StaffRequest, regulation: str, number: str) -> HttpResponse:
    """The promises behind a clause's figure, by state; each opens to its case."""
    month, owners = month_of(request, promises.month_at(request.at)), owners_of(request)
    report = coverage.coverage_of(regulation, month=month, now=request.at, owners=owners)
    view = report.find(number)
    state = request.GET.get("state", "")
    offset = request.GET.get("offset", "0")
    page = coverage.proofs(
        request.user,
        view,
        regulation=regulation,
        month=month,
        state=state,
        offset=int(offset) if offset.isdecimal() and len(offset) < 10 else 0,
        owners=owners,
    )

    def address(**asked: object) -> str:
        mine = {} if owners is None else {"mine": 1}
        return f"{reverse('regulations:evidence', args=[regulation, number])}?{urlencode({**asked, **mine})}"

    counts = {"": view.total, "kept": view.score.kept, "late": view.score.broken, "open": view.score.pending,
              "waived": view.score.waived, "cancelled": view.score.cancelled}  # fmt: skip
    labels = {
        "": _("全部"),
        "kept": _("按约"),
        "late": _("逾期"),
        "open": _("进行中"),
        "waived": _("免除"),
        "cancelled": pgettext("promise state", "取消"),
    }
    tabs = [
        Tab(labels[name], address(month=month, state=name), counts[name], name == state)
        for name in coverage.STATES
    ]
    title = report.reading.document.title
    context = {
        "report": report,
        "view": view,
        "page": page,
        "tabs": tabs,
        "months": [(name, address(month=name, state=state)) for name in report.months],
        "more_url": address(month=month, state=state, offset=page.next_offset) if page.next_offset else "",
        "mine": owners is not None,
        "crumbs": crumbs(
            Crumb(title, reverse("regulations:clause", args=[regulation, number])),
            Crumb(_("%(number)s 的证据") % {"number": number}),
        ),
    }
    return render(request, "compliance/evidence.html", context)
