"""Regulations over the REST API: clauses with their rates, and the promises behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema

from keyue.kernel import clock
from keyue.people.enums import Permission
from keyue.people.permissions import check
from keyue.promises import selectors as promises
from keyue.promises.api import PromiseOut, promise_out
from keyue.promises.selectors import Score
from keyue.regulations import selectors as regulations
from keyue.workbench import coverage

router = Router(tags=["regulations"])
MONTH = r"^\d{4}-(0[1-9]|1[0-2])$"


class ScoreOut(Schema):
    """rate = kept ÷ (kept + broken) × 100, null where nothing was due."""

    kept: int
    broken: int
    pending: int
    waived: int
    cancelled: int
    rate: float | None


class RegulationOut(Schema):
    id: str
    code: str
    title: str
    edition: int
    effective_from: datetime
    score: ScoreOut
    open_questions: list[str]


class ClauseOut(Schema):
    number: str
    heading: str
    text: str
    controls: list[str]
    score: ScoreOut


class CoverageOut(Schema):
    id: str
    title: str
    month: str
    score: ScoreOut
    clauses: list[ClauseOut]


class EvidenceOut(PromiseOut):
    number: str
    why: str


class EvidencePage(Schema):
    items: list[EvidenceOut]
    next_offset: int | None


def score_out(score: Score) -> dict[str, Any]:
    """A score as plain data."""
    return {
        "kept": score.kept,
        "broken": score.broken,
        "pending": score.pending,
        "waived": score.waived,
        "cancelled": score.cancelled,
        "rate": None if score.rate is None else round(score.rate, 1),
    }


def _month(month: str, now: datetime) -> str:
    return month or promises.month_at(now)


def _begin(request: HttpRequest) -> tuple[Any, datetime]:
    user = request.auth  # type: ignore[attr-defined]
    check(user, Permission.REGULATION_VIEW)
    return user, getattr(request, "at", None) or clock.now()


@router.get("", response=list[RegulationOut], summary="Regulations in force")
def regulation_list(request: HttpRequest) -> list[dict[str, Any]]:
    _user, now = _begin(request)
    scores = promises.scores(month=promises.month_at(now))
    return [
        {
            "id": reading.document.id,
            "code": reading.document.code,
            "title": reading.document.title,
            "edition": reading.edition.n,
            "effective_from": reading.edition.effective_from,
            "score": score_out(
                promises.total(s for (name, _c), s in scores.items() if name == reading.document.id)
            ),
            "open_questions": [question.text for question in regulations.open_questions(reading.document.id)],
        }
        for reading in regulations.documents_in_force(now)
    ]


@router.get("/{regulation}", response=CoverageOut, summary="A regulation as a coverage report for a month")
def regulation(
    request: HttpRequest, regulation: str, month: str = Query("", pattern=f"{MONTH}|^$")
) -> dict[str, Any]:
    _user, now = _begin(request)
    report = coverage.coverage_of(regulation, month=_month(month, now), now=now)
    return {
        "id": regulation,
        "title": report.reading.document.title,
        "month": report.month,
        "score": score_out(report.score),
        "clauses": [
            {
                "number": view.clause.number,
                "heading": view.clause.heading,
                "text": view.clause.text,
                "controls": [control.control.id for control in view.controls],
                "score": score_out(view.score),
            }
            for chapter in report.chapters
            for view in chapter.clauses
        ],
    }


@router.get(
    "/{regulation}/clauses/{number}/evidence", response=EvidencePage, summary="The promises behind a figure"
)
def evidence(
    request: HttpRequest,
    regulation: str,
    number: str,
    month: str = Query("", pattern=f"{MONTH}|^$"),
    state: str = Query("", description="kept, late, open, waived, cancelled or empty"),
    offset: int = Query(0, ge=0),
) -> dict[str, Any]:
    user, now = _begin(request)
    name = _month(month, now)
    report = coverage.coverage_of(regulation, month=name, now=now)
    page = coverage.proofs(
        user, report.find(number), regulation=regulation, month=name, state=state, offset=offset
    )
    items = [{**promise_out(row.promise), "number": row.number, "why": row.why} for row in page.rows]
    return {"items": items, "next_offset": page.next_offset}
