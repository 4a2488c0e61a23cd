"""Proposals over the REST API, with the rules of the pages. The api room mounts `router` at /sorting."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router
from pydantic import StrictInt

from keyue.cases import acts
from keyue.cases import selectors as cases
from keyue.cases.models import Case
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid, Refused
from keyue.people.api import LARGEST_ID, VIA, Cursor, In, Limit, Out, at_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.sorting import actions, selectors
from keyue.sorting.alike import alike_open
from keyue.sorting.proposing import Proposer
from keyue.sorting.shown import FIELDS, NEXT, bar_of

router = Router(tags=["sorting"])
SORT = (Permission.CASE_CLASSIFY, Permission.CASE_ASSESS, Permission.CASE_ASSIGN)
Number = Annotated[str, Path(max_length=40, examples=["TS-2611-000142"], description="the case's number")]
Score = Annotated[StrictInt | None, Field(ge=1, le=3)]


class ProposedValues(In):
    """What an act is filled with: `type` and `category` (classify), three scores (assess), or `lead` (assign)."""

    type: str | None = Field(None, max_length=20)
    category: str | None = Field(None, max_length=20)
    severity: Score = None
    reach: Score = None
    consequence: Score = None
    lead: str | None = Field(None, max_length=60, description="the code of a department")


class SortingDecisionIn(In):
    """The act that is next, what it is filled with, and the revision of the case that was read."""

    model_config = shown(
        examples=[{"act": "classify", "values": {"type": "complaint", "category": "product"}, "rev": 1}]
    )

    act: Literal[tuple(FIELDS)]  # type: ignore[valid-type]
    values: ProposedValues
    rev: StrictInt | None = Field(None, ge=0, le=LARGEST_ID)


class ProposedAnswerOut(Out):
    """An answer to one question: how probable it is, and the words of the text that spoke for it."""

    question: str = Field(description="category, type, urgency, severity, reach, consequence, lead or mood")
    answer: str
    probability: float
    why: list[str]


class AlikeOut(Out):
    """An open case that says the same, and the words that both say."""

    number: str
    title: str
    received_at: datetime
    share: float
    words: list[str]


class ProblemBrief(Out):
    """A problem that stands behind a case."""

    id: int
    title: str
    state: str
    owner: str


class SortingProposalOut(Out):
    """What is proposed for a case. `act` is the one that is next, empty where nothing is; `values` fill it. `version` is that
    of the model, 0 where lists of words speak; `rule` the rule of routing that decided."""

    number: str
    stage: str
    rev: int
    act: str
    values: ProposedValues
    percent: int = Field(description="how probable it is that all of the values are right")
    why: list[str]
    source: str = Field(description="where it comes from, in the reader's language")
    note: str
    person: int | None = Field(description="whom a rule of routing names")
    may_accept: bool
    version: int
    answers: list[ProposedAnswerOut]


class SortingProposalDetail(SortingProposalOut):
    """With the open cases that say the same, and the problems behind the case."""

    alike: list[AlikeOut]
    problems: list[ProblemBrief]


class SortingProposalList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[SortingProposalOut]
    next_cursor: str


def _out(request: HttpRequest, case: Case, proposer: Proposer) -> dict[str, Any]:
    bar = bar_of(user_of(request), case, proposer)
    answers = proposer.answers(case) if case.content else None
    return {
        "number": case.number,
        "stage": case.stage,
        "rev": case.rev,
        "version": proposer.version,
        "answers": [
            {
                "question": question,
                "answer": guess.label,
                "probability": round(guess.probability, 3),
                "why": list(guess.why),
            }
            for question, guess in (answers.by.items() if answers else ())
        ],
        "act": bar.act if bar else "",
        "values": dict(bar.data) if bar else {},
        "percent": bar.percent if bar else 0,
        "why": list(bar.why) if bar else [],
        "source": bar.source if bar else "",
        "note": bar.note if bar else "",
        "person": bar.person if bar else None,
        "may_accept": bool(bar and bar.url),
    }


def _whole(request: HttpRequest, case: Case) -> dict[str, Any]:
    user = user_of(request)
    found = alike_open(user, case, at_of(request)) if case.content else []
    return {
        **_out(request, case, Proposer()),
        "alike": [
            {
                **{name: getattr(one.case, name) for name in ("number", "title", "received_at")},
                "share": round(one.share, 3),
                "words": list(one.words),
            }
            for one in found
        ],
        "problems": [
            {"id": row.pk, "title": row.title, "state": row.state, "owner": row.owner}
            for row in selectors.problems_of(case)
        ],
    }


@router.get(
    "/cases", response=SortingProposalList, summary="Cases that wait to be sorted, with what is proposed"
)
@needs(*SORT)
def list_proposals(
    request: HttpRequest,
    stage: Literal[tuple(NEXT)] = Query("classify"),  # type: ignore[valid-type]
    cursor: Cursor = "",
    limit: Limit = selectors.A_PAGE,
) -> dict[str, Any]:
    """The earliest due first. The cursor counts: who sorts the first page asks for the first page again."""
    after = _place(cursor)
    found = selectors.waiting(user_of(request), stage, after, limit)
    proposer = Proposer()
    return {
        "items": [_out(request, case, proposer) for case in found[:limit]],
        "next_cursor": str(after + limit) if len(found) > limit else "",
    }


def _place(cursor: str) -> int:
    try:
        return cursors.number(cursor) if cursor else 0
    except ValueError:
        sentence = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None


@router.get("/cases/{number}", response=SortingProposalDetail, summary="What is proposed for a case")
@needs(Permission.CASE_VIEW)
def get_proposal(request: HttpRequest, number: Number) -> dict[str, Any]:
    """A proposal is no fact: it becomes one when somebody accepts it."""
    return _whole(request, cases.case_for(user_of(request), number))


@router.post(
    "/cases/{number}/accept", response=SortingProposalDetail, summary="Accept what is proposed for a case"
)
@needs(*SORT)
def accept_proposal(request: HttpRequest, number: Number, data: SortingDecisionIn) -> dict[str, Any]:
    """Does the ordinary act with what was read; 409 where something else is proposed meanwhile, or the case changed."""
    user = user_of(request)
    case = cases.case_for(user, number)
    values = _values(data)
    bar = bar_of(user, case, Proposer())
    if bar is None or (bar.act, dict(bar.data)) != (data.act, values):
        raise Refused(_("现在的建议已经不是这样了，请重新查看。"), code="conflict")
    done = actions.accept(
        user=user, case=case, act=data.act, data=values, rev=data.rev, at=at_of(request), source=VIA
    )
    return _whole(request, done)


@router.post(
    "/cases/{number}/correct",
    response=SortingProposalDetail,
    summary="Decide otherwise than is proposed for a case",
)
@needs(*SORT)
def correct_proposal(request: HttpRequest, number: Number, data: SortingDecisionIn) -> dict[str, Any]:
    """The ordinary act with your own values; the next version of the model learns from it."""
    user = user_of(request)
    case = cases.case_for(user, number)
    done = acts.perform(
        user, case.number, data.act, _values(data), at=at_of(request), source=VIA, rev=data.rev
    )
    return _whole(request, done)


def _values(data: SortingDecisionIn) -> dict[str, Any]:
    """What the act is filled with. Raises Invalid for what is missing, or belongs to another act."""
    given = data.values.model_dump(exclude_none=True)
    wrong = set(FIELDS[data.act]) ^ set(given)
    if wrong:
        sentence = _("这个动作要写：%(fields)s") % {"fields": " ".join(FIELDS[data.act])}
        raise Invalid(sentence, fields={f"values.{name}": sentence for name in sorted(wrong)})
    return given
