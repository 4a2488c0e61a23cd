"""Letting what runs follow a newer edition: asking for it, what would change, and the decision of somebody else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from keyue.compliance import actions, rebasing
from keyue.compliance.edition_forms import DecideForm, ReasonForm
from keyue.compliance.enums import REBASING_TONES, RebasingState
from keyue.compliance.models import Rebasing
from keyue.compliance.pages import attempt, below_edition
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.promises import subjects
from keyue.regulations import selectors as regulations
from keyue.ui.pages import see_other

SHOWN = 500


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT, Permission.REGULATION_APPROVE)
def rebasings(request: StaffRequest, regulation: str, n: int) -> HttpResponse:
    """What runs under older editions: ask that it follows the one in force, or see what was asked."""
    edition = regulations.published_edition(regulation, n)
    if request.method == "POST":
        check(request.user, Permission.REGULATION_ADOPT)
    under_way = rebasing.open_of(regulation)
    if under_way is not None:
        return _to(under_way)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        made, status = attempt(form, lambda: _ask(request, regulation, form))
        if made is not None:
            return _to(made)
    context = {
        "edition": edition,
        "form": form,
        "running": rebasing.running(edition).count(),
        "may_ask": allows(request.user, Permission.REGULATION_ADOPT),
        "crumbs": below_edition(edition, _("改按新版")),
    }
    return render(request, "compliance/rebasings.html", context, status=status)


def _ask(request: StaffRequest, regulation: str, form: ReasonForm) -> Rebasing:
    return actions.ask_rebasing(
        regulation=regulation,
        reason=form.cleaned_data["reason"],
        user=request.user,
        by=actor_of(request),
        at=request.at,
    )


def _to(row: Rebasing) -> HttpResponse:
    return see_other(reverse("regulations:rebasing", args=[row.regulation_id, row.pk]))


@require_http_methods(["GET", "POST"])
@staff_page(Permission.REGULATION_ADOPT, Permission.REGULATION_APPROVE)
def rebasing_page(request: StaffRequest, regulation: str, pk: int) -> HttpResponse:
    """What would change of each promise, before anything does; and the decision of somebody else."""
    row = rebasing.find(regulation, pk)
    form = DecideForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        decided, status = attempt(form, lambda: _decide(request, row, form))
        if decided is not None:
            return _to(decided)
    return render(request, "compliance/rebasing.html", _context(request, row, form), status=status)


def _decide(request: StaffRequest, row: Rebasing, form: DecideForm) -> Rebasing:
    return actions.decide_rebasing(
        rebasing=row,
        approve=form.cleaned_data["approve"],
        remark=form.cleaned_data["remark"],
        user=request.user,
        by=actor_of(request),
        at=request.at,
    )


def _context(request: StaffRequest, row: Rebasing, form: DecideForm) -> dict[str, Any]:
    rows = rebasing.rows_of(row)
    shown = rows[:SHOWN]
    # who lets promises follow need not see every case: the promise stands there, its number where they do
    hidden = rebasing.hidden_from(request.user, shown)
    numbers = subjects.numbers_of((one.kind, one.id) for one in shown if (one.kind, one.id) not in hidden)
    names = people.owner_names({code for one in shown for code in (one.owner, one.new_owner)})
    decides = (
        row.state == RebasingState.WAITING
        and row.asked_by_id != request.user.pk
        and allows(request.user, Permission.REGULATION_APPROVE)
    )
    moves = row.state == RebasingState.MOVING
    progress = row.done if moves else len(rows)
    return {
        "row": row,
        "tone": REBASING_TONES[row.state],
        "edition": row.edition,
        "lines": [
            {
                "row": one,
                "number": numbers.get((one.kind, one.id), ""),
                "owner": names[one.owner],
                "new_owner": names[one.new_owner] if one.new_owner != one.owner else "",
                "due": _instant(one.due),
                "new_due": _instant(one.new_due),
                "why": rebasing.WHYS[one.why],
            }
            for one in shown
        ],
        "more": len(rows) - len(shown),
        "moving": sum(one.moves for one in rows),
        "staying": sum(not one.moves for one in rows),
        "works": moves or row.state == RebasingState.LISTING,
        "share": 100 * progress / max(row.total, 1),
        "progress": progress,
        "form": form if decides else None,
        "refused": "" if decides else " ".join(map(str, form.non_field_errors())),
        "crumbs": below_edition(row.edition, _("改按新版")),
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
