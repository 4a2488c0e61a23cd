"""Contracts over the REST API, with the rules of the pages; projects have `projects_api.py`.

The api room mounts `router` at /contracts; who may is asked here, what they may see by the selectors. Amounts are decimal
text, days ISO dates.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Status
from pydantic import StrictInt

from keyue.contracts import actions, cards, lists, selectors
from keyue.contracts.actions.contracts import Terms
from keyue.contracts.enums import (
    CaseSort,
    ContractKind,
    EndReason,
    Unit,
    Way,
    What,
)
from keyue.contracts.folding import TERMS
from keyue.contracts.levels import MOST_AMOUNT, Level
from keyue.contracts.models import Contract
from keyue.contracts.rules import MOST_LEVELS, MOST_PAYMENTS, TEXT_LONGEST
from keyue.contracts.sealed import opened
from keyue.customers import selectors as customers
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.api import (
    LARGEST_ID,
    VIA,
    Cursor,
    Identity,
    In,
    Limit,
    Out,
    at_of,
    by_of,
    needs,
    user_of,
)
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.promises.selectors import Score

router = Router(tags=["contracts"])
Key = Annotated[int, Path(ge=1, le=LARGEST_ID, description="the id")]
StaffId = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Field(max_length=TEXT_LONGEST)]
Money = Annotated[str, Field(max_length=24, examples=["1280000.00"])]
Revision = Annotated[
    StrictInt | None,
    Field(None, ge=0, le=LARGEST_ID, description="the revision that was read; 409 if it has changed since"),
]
EDIT, VIEW, REVIEW = Permission.CONTRACT_EDIT, Permission.CONTRACT_VIEW, Permission.CONTRACT_REVIEW


# ── contracts ─────────────────────────────────────────────────────────────────────────────────────────────────


class LevelIn(In):
    """A service level: it runs as a promise of its own beside what the company's regulations ask."""

    what: Literal[tuple(What.values)] = Field(examples=["first_response"])  # type: ignore[valid-type]
    amount: StrictInt = Field(ge=1, le=MOST_AMOUNT, examples=[4])
    unit: Literal[tuple(Unit.values)] = Field(examples=["hours"])  # type: ignore[valid-type]
    urgent: StrictInt | None = Field(None, ge=1, le=MOST_AMOUNT, description="the limit of urgent cases")
    types: list[Literal[tuple(CaseSort.values)]] = Field(  # type: ignore[valid-type]
        default_factory=list, max_length=5, description="empty: cases of every type", examples=[["complaint"]]
    )
    calendar: str = Field("", max_length=64, description="empty: the company's")
    clause: str = Field("", max_length=40, examples=["8.2"])
    pauses: bool = Field(False, description="whether waiting for the customer stops the clock")


class PaymentIn(In):
    """A payment of the schedule."""

    due_on: date = Field(examples=["2026-12-01"])
    amount: Money


class TermsIn(In):
    """All that a contract says. `number` is unique in the company."""

    number: str = Field(max_length=80, examples=["HT-2026-001"])
    title: str = Field(max_length=200, examples=["水厂运维服务（三年）"])
    kind: Literal[tuple(ContractKind.values)] = Field("service", examples=["service"])  # type: ignore[valid-type]
    amount: Money | None = None
    effective_on: date | None = None
    ends_on: date | None = None
    renew_on: date | None = None
    rights: Text = ""
    duties: Text = ""
    term: Text = ""
    limits: Text = ""
    credit_limit: Money | None = None
    staff: StaffId | None = Field(None, description="whose it is; null: the customer's account manager")
    duty_post: str = Field(
        "", max_length=60, description="the post that owes a level while no department leads the case"
    )
    levels: list[LevelIn] = Field(default_factory=list, max_length=MOST_LEVELS)
    payments: list[PaymentIn] = Field(default_factory=list, max_length=MOST_PAYMENTS)


class ContractIn(TermsIn):
    """A contract with a customer."""

    customer: str = Field(max_length=40, examples=["KH-00317"])


class TermsPatch(TermsIn):
    """All that the contract says from now on."""

    revision: Revision


class RemarkIn(In):
    """A word to a review; what is returned needs one."""

    remark: Text = Field("", examples=["第 5 条的付款节点请写明日期。"])


class SignIn(In):
    """The day on which both sides had signed."""

    signed_on: date = Field(examples=["2026-03-17"])
    effective_on: date | None = None


class ArchiveIn(In):
    """Where the signed contract lies."""

    place: str = Field(max_length=200, examples=["档案室 3 排 12 盒"])


class EndIn(In):
    """Why it ends before its term."""

    reason: Literal[tuple(EndReason.values)] = Field(examples=["agreed"])  # type: ignore[valid-type]
    remark: Text = ""


class ReceiveIn(In):
    """What came in."""

    amount: Money
    received_on: date = Field(examples=["2026-12-01"])


class ChaseIn(In):
    """How the customer was reminded."""

    way: Literal[tuple(Way.values)] = Field(examples=["call"])  # type: ignore[valid-type]
    remark: Text = Field(examples=["客户说本周付款。"])


class LevelScore(Out):
    """How a level was kept over the life of the contract; `rate` null: nothing was due."""

    kept: int
    broken: int
    pending: int
    rate: float | None


class LevelOut(Out):
    """A service level, and how it was kept."""

    n: int
    what: str
    amount: int
    unit: str
    urgent: int | None
    types: list[str]
    calendar: str
    clause: str
    pauses: bool
    score: LevelScore


class PaymentOut(Out):
    """A payment, and what came in of it."""

    id: int
    n: int
    due_on: date
    amount: Decimal
    received: Decimal
    open: Decimal


class ContractBrief(Out):
    """A contract as lists show it. `standing` is what it is today."""

    id: int
    number: str
    title: str
    customer: str
    kind: str
    amount: Decimal | None
    currency: str
    standing: str = Field(examples=["in_force"])
    effective_on: date | None
    ends_on: date | None
    renew_on: date | None
    staff: int
    signed_on: date | None
    unpaid_from: date | None
    revision: int


class ContractOut(ContractBrief):
    """A contract with its terms, service levels and payments."""

    rights: str
    duties: str
    term: str
    limits: str
    credit_limit: Decimal | None
    duty_post: str
    levels_from: datetime | None
    levels_until: datetime | None
    levels: list[LevelOut]
    payments: list[PaymentOut]


class ContractList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[ContractBrief]
    next_cursor: str


def _terms(data: TermsIn) -> Terms:
    given = data.model_dump(exclude={"customer", "revision", "levels", "payments", "staff"})
    levels = [Level(n=0, **{**one.model_dump(), "types": tuple(one.types)}) for one in data.levels]
    payments = [(one.due_on, one.amount) for one in data.payments]
    return Terms(**given, staff=colleague(data.staff, "staff"), levels=levels, payments=payments)


def colleague(pk: int | None, field: str) -> User | None:
    """The member of staff with this id; None where none is named. Raises Invalid."""
    if pk is None:
        return None
    try:
        return people.find_user(pk)
    except NotFound as error:
        said = _("没有这位同事。")
        raise Invalid(said, fields={field: said}) from error


def _brief(rows: list[Contract], now: datetime) -> list[dict[str, Any]]:
    return [
        {
            **{name: getattr(card, name, None) for name in ContractBrief.model_fields},
            "customer": row.customer.number,
            "kind": row.kind,
            "staff": row.staff_id,
            "signed_on": row.signed_on,
            "revision": row.revision,
        }
        for row, card in zip(rows, cards.contract_cards(rows, now), strict=True)
    ]


def _whole(request: HttpRequest, pk: int) -> dict[str, Any]:
    row = selectors.contract_for(user_of(request), pk)
    scores = selectors.level_scores(row)
    levels = selectors.levels_of(row)
    return {
        **_brief([row], at_of(request))[0],
        **opened([(row.customer_id, row)], TERMS)[0],
        **{name: getattr(row, name) for name in ("credit_limit", "duty_post", "levels_from", "levels_until")},
        "levels": [
            {
                **{name: getattr(level, name) for name in LevelOut.model_fields if name != "score"},
                "types": list(level.types),
                "score": _score(scores.get(level.control, Score({}))),
            }
            for level in levels
        ],
        "payments": [
            {name: getattr(one, name) for name in PaymentOut.model_fields}
            for one in selectors.payments_of(row)
        ],
    }


def _score(score: Score) -> dict[str, Any]:
    rate = None if score.rate is None else round(score.rate, 1)
    return {"kept": score.kept, "broken": score.broken, "pending": score.pending, "rate": rate}


@router.get("", response=ContractList, summary="List contracts")
@needs(VIEW)
def list_contracts(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="how a number begins, or a customer's number"),
    show: Literal[("", *lists.SHOWS)] = Query("", description="which of them"),  # type: ignore[valid-type]
    cursor: Cursor = "",
    limit: Limit = lists.PAGE,
) -> dict[str, Any]:
    """The newest first."""
    found = lists.contract_page(
        user_of(request),
        show=show,
        text=q,
        today=cards.today_at(at_of(request)),
        cursor=cursor,
        size=limit,
    )
    return {"items": _brief(list(found.rows), at_of(request)), "next_cursor": found.next}


@router.post("", response={201: ContractOut}, summary="Enter a contract")
@needs(EDIT)
def draft_contract(request: HttpRequest, data: ContractIn) -> Any:
    """It is reviewed and signed before anything of it runs."""
    customer = customers.customer_for(user_of(request), data.customer)
    made = actions.draft_contract(
        customer=customer, terms=_terms(data), by=by_of(request), at=at_of(request), via=VIA
    )
    return Status(201, _whole(request, made.pk))


@router.get("/{pk}", response=ContractOut, summary="A contract")
@needs(VIEW)
def contract_detail(request: HttpRequest, pk: Key) -> dict[str, Any]:
    """With its terms, its service levels and how they were kept, and its payments."""
    return _whole(request, pk)


@router.put("/{pk}", response=ContractOut, summary="Change a contract before its signature")
@needs(EDIT)
def change_contract(request: HttpRequest, pk: Key, data: TermsPatch) -> dict[str, Any]:
    """It is reviewed anew."""
    row = selectors.contract_for(user_of(request), pk)
    actions.change_contract(
        contract=row,
        terms=_terms(data),
        revision=data.revision,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _whole(request, pk)


@router.post("/{pk}/review", response=ContractOut, summary="Agree to a contract's signing")
@needs(REVIEW)
def review_contract(request: HttpRequest, pk: Key, data: RemarkIn) -> dict[str, Any]:
    """Somebody other than who wrote it."""
    return _done(request, pk, actions.review_contract, remark=data.remark)


@router.post("/{pk}/return", response=ContractOut, summary="Ask for changes of a contract")
@needs(REVIEW)
def return_contract(request: HttpRequest, pk: Key, data: RemarkIn) -> dict[str, Any]:
    """With what is to be changed."""
    return _done(request, pk, actions.return_contract, remark=data.remark)


@router.post("/{pk}/sign", response=ContractOut, summary="Enter that a contract was signed")
@needs(EDIT)
def sign_contract(request: HttpRequest, pk: Key, data: SignIn) -> dict[str, Any]:
    """Its service levels run from the day it takes effect, never for the past."""
    return _done(request, pk, actions.sign_contract, **data.model_dump())


@router.post("/{pk}/archive", response=ContractOut, summary="Enter where a signed contract lies")
@needs(EDIT)
def archive_contract(request: HttpRequest, pk: Key, data: ArchiveIn) -> dict[str, Any]:
    """Once."""
    return _done(request, pk, actions.archive_contract, place=data.place)


@router.post("/{pk}/terminate", response=ContractOut, summary="End a contract now")
@needs(EDIT)
def terminate_contract(request: HttpRequest, pk: Key, data: EndIn) -> dict[str, Any]:
    """Cases received from now on are no longer under its service levels."""
    return _done(request, pk, actions.terminate_contract, **data.model_dump())


@router.post("/{pk}/payments/{payment}/receive", response=ContractOut, summary="Enter money that came in")
@needs(EDIT)
def receive_payment(request: HttpRequest, pk: Key, payment: Identity, data: ReceiveIn) -> dict[str, Any]:
    """All of a payment, or a part."""
    row = selectors.payment_for(user_of(request), pk, payment)
    actions.receive_payment(payment=row, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump())
    return _whole(request, pk)


@router.post("/{pk}/payments/{payment}/chase", response=ContractOut, summary="Enter a reminder of a payment")
@needs(EDIT)
def chase_payment(request: HttpRequest, pk: Key, payment: Identity, data: ChaseIn) -> dict[str, Any]:
    """Of one that has not all come in."""
    row = selectors.payment_for(user_of(request), pk, payment)
    actions.chase_payment(payment=row, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump())
    return _whole(request, pk)


def _done(request: HttpRequest, pk: int, act: Any, **given: Any) -> dict[str, Any]:
    row = selectors.contract_for(user_of(request), pk)
    act(contract=row, by=by_of(request), at=at_of(request), via=VIA, **given)
    return _whole(request, pk)
