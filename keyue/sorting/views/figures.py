"""How well proposals do: what people took over, and what each version of the model got right of the held-back cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.sorting import actions, selectors
from keyue.sorting.enums import MODEL_TONES, PROPOSED_ACTS, ModelState, Question
from keyue.sorting.models import SortingModel
from keyue.sorting.shown import word
from keyue.sorting.training import ENOUGH
from keyue.sorting.views._page import TUNE, sorting_page
from keyue.ui.pages import go

PERIOD = timedelta(days=90)
QUESTIONS = ("category", "type", "urgency", "lead")
MEASURED = (*QUESTIONS, "mood")
"""How somebody sounded nobody decides, but whether they were satisfied in the end is known."""


@dataclass(frozen=True, slots=True)
class Line:
    """So many right of so many, for one answer or all of a question together."""

    label: str
    right: int
    of: int
    proposed: int = 0

    @property
    def percent(self) -> float | None:
        return 100 * self.right / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one question."""

    label: str
    total: Line
    lines: Sequence[Line]
    before: Line | None = None
    promised: float | None = None


@never_cache
@require_GET
@staff_page(TUNE, Permission.REPORT_VIEW)
def figures(request: StaffRequest) -> HttpResponse:
    """The figures of the last 90 days, and of the versions."""
    since = request.at - PERIOD
    models = selectors.models()
    chosen = _chosen(request, models)
    context = {
        "taken": _taken(since),
        "keys": [
            (PROPOSED_ACTS[act], n)
            for act, n in sorted(selectors.key_counts(since).items())
            if act in PROPOSED_ACTS
        ],
        "days": PERIOD.days,
        "models": [(row, str(ModelState(row.state).label), MODEL_TONES[row.state]) for row in models],
        "chosen": chosen,
        "parts": _parts(chosen.figures) if chosen is not None else [],
        "in_use": next((row.n for row in models if row.state == ModelState.IN_USE), 0),
        "confirmed": selectors.confirmed_count(),
        "enough": ENOUGH,
        "may_tune": allows(request.user, TUNE),
    }
    return sorting_page(request, "sorting/figures.html", "sorting:figures", context)


@never_cache
@require_POST
@staff_page(TUNE)
def put(request: StaffRequest, n: int) -> HttpResponse:
    """Put another version to work; 0 is the lists of words."""
    actions.put_model(version=n, by=actor_of(request), at=request.at)
    said = _("现在由第 %(n)d 版提出建议。") % {"n": n} if n else _("现在由词表提出建议。")
    return go(request, reverse("sorting:figures"), said)


def _chosen(request: StaffRequest, models: Sequence[SortingModel]) -> SortingModel | None:
    asked = request.GET.get("version", "")
    named = next((row for row in models if str(row.n) == asked), None)
    return named or next(
        (row for row in models if row.state == ModelState.IN_USE), models[0] if models else None
    )


def _taken(since: Any) -> list[Part]:
    found = selectors.accepted_shares(since)
    leads = people.owner_names({label for label, _n, _same in found["lead"]})
    parts = []
    for question in QUESTIONS:
        rows = found[question]
        lines = [Line(_named(question, label, leads), same, n) for label, n, same in rows]
        total = Line("", sum(one.right for one in lines), sum(one.of for one in lines))
        parts.append(Part(str(Question(question).label), total, lines))
    return parts


def _parts(figures: Mapping[str, Any]) -> list[Part]:
    said = figures.get("questions", {})
    leads = people.owner_names(set(said.get("lead", {}).get("of", {})))
    parts = []
    for question in MEASURED:
        one = said.get(question)
        if one is None:
            continue
        lines = [
            Line(_named(question, label, leads), one["right"].get(label, 0), n, one["proposed"].get(label, 0))
            for label, n in sorted(one["of"].items(), key=lambda item: (-item[1], item[0]))
        ]
        total = Line("", sum(x.right for x in lines), sum(x.of for x in lines))
        before = figures.get("before", {}).get(question)
        promised = 100 * one["promised"] / total.of if total.of else None
        parts.append(
            Part(str(Question(question).label), total, lines, Line("", *before) if before else None, promised)
        )
    return parts


def _named(question: str, label: str, leads: Mapping[str, str]) -> str:
    return leads.get(label, label) if question == "lead" else word(question, label)
