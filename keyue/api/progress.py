"""Following a case with number and code, as its sender: for a company's own website or app.

Number and code open the case, whoever the token belongs to; the token only lets a program ask at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router
from pydantic import StrictBool

from keyue.cases.models import Case
from keyue.cases.numbers import identity_of
from keyue.cases.sending import Files, uploads
from keyue.channels.actions import take
from keyue.channels.limits import MINUTE, Limit
from keyue.channels.webform import actions, selectors
from keyue.channels.webform.actions import CUSTOMER
from keyue.kernel.errors import Invalid
from keyue.people.api import In, Out, at_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.promises import selectors as promises
from keyue.promises.api import PromiseOut, promise_out

router = Router(tags=["progress"])
LOOKS_AT_CASE = Limit("code over the api", 60, 10 * MINUTE)
"""How often one number may be asked for: enough for every sender, too little to guess a code."""
LONGEST = 2000
OPENED: dict[str, Any] = {"number": "TS-2611-000142", "code": "K7P2M9XQ"}
Answer = TypeVar("Answer")


class ProgressIn(In):
    """What the receipt says."""

    model_config = shown(examples=[OPENED])

    number: str = Field(max_length=40)
    code: str = Field(max_length=40)


class MessageIn(ProgressIn):
    """A further word of the sender's."""

    model_config = shown(examples=[{**OPENED, "body": "补充：铭牌编号 A-31"}])

    body: str = Field(max_length=LONGEST)
    files: Files


class RatingIn(ProgressIn):
    """A score of 1 to 5, and, asked apart from it, whether the matter is to be handled again; at least one of them."""

    model_config = shown(examples=[{**OPENED, "score": 2, "reprocess": True, "reason": "还是超标"}])

    score: int | None = Field(None, ge=1, le=5, strict=True)
    comment: str = Field("", max_length=LONGEST)
    reprocess: StrictBool | None = Field(None, description="是否需要重新处理; true begins the next round")
    reason: str = Field("", max_length=LONGEST)


class WithdrawIn(ProgressIn):
    """The sender takes it back."""

    model_config = shown(examples=[{**OPENED, "reason": "已自行解决"}])

    reason: str = Field("", max_length=LONGEST)


class WordOut(Out):
    """A message between the sender and the company."""

    is_mine: bool
    via: str
    body: str
    at: datetime
    files: list[str] = Field(description="names of the files that came with it")


class Progress(Out):
    """What the sender of a case may know: no names of people, no internal notes."""

    number: str
    stage: str
    sentence: str = Field(description="what happens now, in the reader's language")
    promise: str = Field(description="what is promised next, in words")
    round: int
    is_open: bool
    promises: list[PromiseOut]
    messages: list[WordOut] = Field(description="the newest 100, oldest first")
    score: int | None
    may_rate: bool
    may_answer: bool = Field(description="whether `reprocess` is asked now")
    may_remind: bool


@router.post("", response=Progress, summary="Follow a case")
@needs(Permission.CASE_REGISTER)
def progress(request: HttpRequest, payload: ProgressIn) -> dict[str, Any]:
    """A wrong number and a wrong code get the same answer; a number is answered 60 times in ten minutes at most."""
    return _shown(_opened(request, payload), request)


@router.post("/messages", response=Progress, summary="Add a message")
@needs(Permission.CASE_REGISTER)
def progress_message(request: HttpRequest, payload: MessageIn) -> dict[str, Any]:
    """Whoever works on the case is told; a stopped clock runs again."""
    case = _opened(request, payload)
    actions.add_message(
        case,
        body=payload.body,
        uploads=uploads(payload.files, user_of(request)),
        once=f"{case.pk}:{uuid4().hex}",
        by=CUSTOMER,
        at=at_of(request),
    )
    return _again(case, request)


@router.post("/reminders", response=Progress, summary="Ask to hurry")
@needs(Permission.CASE_REGISTER)
def progress_reminder(request: HttpRequest, payload: ProgressIn) -> dict[str, Any]:
    """Once in four hours; 429 says how long to wait."""
    case = _opened(request, payload)
    actions.remind(case, by=CUSTOMER, at=at_of(request))
    return _again(case, request)


@router.post("/rating", response=Progress, summary="Rate, and say whether it is to be handled again")
@needs(Permission.CASE_REGISTER)
def progress_rating(request: HttpRequest, payload: RatingIn) -> dict[str, Any]:
    """Once a round, after the result was told. The score alone decides nothing; `reprocess` true begins a round."""
    if payload.score is None and payload.reprocess is None:
        sentence = _("请给出 score 或 reprocess。")
        raise Invalid(sentence, fields={"score": sentence})
    case = _opened(request, payload)
    _together(lambda: _rate(case, payload, at_of(request)))
    return _again(case, request)


@router.post("/withdrawal", response=Progress, summary="Take it back")
@needs(Permission.CASE_REGISTER)
def progress_withdrawal(request: HttpRequest, payload: WithdrawIn) -> dict[str, Any]:
    """Pending promises end; what was broken stays."""
    case = _opened(request, payload)
    actions.withdraw(case, reason=payload.reason, by=CUSTOMER, at=at_of(request))
    return _again(case, request)


def _rate(case: Case, payload: RatingIn, at: datetime) -> None:
    if payload.score is not None:
        actions.rate(case, score=payload.score, comment=payload.comment, by=CUSTOMER, at=at)
    if payload.reprocess is not None:
        actions.answer(case, again=payload.reprocess, reason=payload.reason, by=CUSTOMER, at=at)


@transaction.atomic
def _together(act: Callable[[], Answer]) -> Answer:
    """Both or neither."""
    return act()


def _opened(request: HttpRequest, payload: ProgressIn) -> Case:
    take(LOOKS_AT_CASE, identity_of(payload.number) or 0, by=CUSTOMER, at=at_of(request))
    return selectors.case_by_code(payload.number, payload.code)


def _again(case: Case, request: HttpRequest) -> dict[str, Any]:
    return _shown(selectors.case_followed([case.pk], case.number), request)


def _shown(case: Case, request: HttpRequest) -> dict[str, Any]:
    seen = selectors.progress_of(case, at_of(request))
    return {
        "number": case.number,
        "stage": case.stage,
        "sentence": seen.now.sentence,
        "promise": seen.now.promise,
        "round": case.round,
        "is_open": case.is_open,
        "promises": [
            promise_out(row, case.number, public=True) for row in promises.promises_of(case.subject)
        ],
        "messages": [
            {
                "is_mine": line.is_mine,
                "via": line.via,
                "body": line.body,
                "at": line.at,
                "files": [chip.name for chip in line.files],
            }
            for line in seen.lines
        ],
        "score": seen.score,
        "may_rate": seen.may_rate,
        "may_answer": seen.may_answer,
        "may_remind": seen.may_remind,
    }
