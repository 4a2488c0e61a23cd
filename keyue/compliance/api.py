"""Regulations over the REST API: clauses with their rates, and the promises behind them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router

from keyue.compliance import coverage
from keyue.people.api import Cursor, Limit, Out, at_of, needs, user_of
from keyue.people.enums import Permission
from keyue.promises import selectors as promises
from keyue.promises.api import PromiseOut, promise_out
from keyue.promises.selectors import Score
from keyue.regulations import selectors as regulations

router = Router(tags=["regulations"])
MONTH = r"^(2\d{3}-(0[1-9]|1[0-2]))?$"
Regulation = Annotated[str, Path(max_length=60, examples=["feedback"])]
Month = Annotated[str, Query(pattern=MONTH, examples=["2026-11"], description="this month where absent")]


class ScoreOut(Out):
    """rate = kept ÷ (kept + broken) × 100, null where nothing was due."""

    kept: int
    broken: int
    pending: int
    waived: int
    cancelled: int
    rate: float | None


class RegulationOut(Out):
    """A regulation in force, with its score of this month and what the company has not answered yet."""

    id: str = Field(examples=["feedback"])
    code: str
    title: str
    edition: int
    effective_from: datetime
    score: ScoreOut
    open_questions: list[str]


class ClauseOut(Out):
    """A clause; `controls` run, a clause without them is narrative."""

    number: str = Field(examples=["4.1.1"])
    heading: str
    text: str
    controls: list[str]
    score: ScoreOut


class CoverageOut(Out):
    """A regulation read like a coverage report."""

    id: str
    title: str
    month: str
    score: ScoreOut
    clauses: list[ClauseOut]


class ProofOut(Out):
    """What shows that a promise was kept: a message with the names of its files, or the fact itself."""

    kind: str = Field(
        examples=["call"], description="the kind of evidence; of what has none the kind of the fact"
    )
    files: list[str]
    at: datetime


class EvidenceOut(PromiseOut):
    """A promise behind a figure; `why` says who approved where it stands apart."""

    why: str
    proofs: list[ProofOut]


class EvidencePage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[EvidenceOut]
    next_cursor: str


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


@router.get("", response=list[RegulationOut], summary="Regulations in force")
@needs(Permission.REGULATION_VIEW)
def regulation_list(request: HttpRequest) -> list[dict[str, Any]]:
    """Each with its score of this month."""
    now = at_of(request)
    in_force = regulations.documents_in_force(now)
    scores = promises.scores(
        month=promises.month_at(now), regulations={reading.document.id for reading in in_force}
    )
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
        for reading in in_force
    ]


@router.get("/{regulation}", response=CoverageOut, summary="A regulation as a coverage report for a month")
@needs(Permission.REGULATION_VIEW)
def regulation_detail(request: HttpRequest, regulation: Regulation, month: Month = "") -> dict[str, Any]:
    """Every clause with its text, its controls and its score."""
    now = at_of(request)
    report = coverage.coverage_of(regulation, month=month or promises.month_at(now), now=now)
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
@needs(Permission.REGULATION_VIEW)
def clause_evidence(
    request: HttpRequest,
    regulation: Regulation,
    number: Annotated[str, Path(max_length=40, examples=["4.1.1"])],
    limit: Limit = 50,
    cursor: Cursor = "",
    month: Month = "",
    state: Annotated[Literal["", "kept", "late", "open", "waived", "cancelled"], Query()] = "",
) -> dict[str, Any]:
    """The newest due first. `number` of a case that is not this person's to see is empty."""
    now = at_of(request)
    name = month or promises.month_at(now)
    report = coverage.coverage_of(regulation, month=name, now=now)
    rows, next_cursor = coverage.proofs_after(
        user_of(request),
        report.find(number),
        regulation=regulation,
        month=name,
        state=state,
        cursor=cursor,
        size=limit,
    )
    items = [
        {
            **promise_out(row.promise, row.number),
            "why": row.why,
            "proofs": [{"kind": item.kind, "files": item.files, "at": item.at} for item in row.shown],
        }
        for row in rows
    ]
    return {"items": items, "next_cursor": next_cursor}
