"""Needs, service plans and opportunities over the REST API; texts in the clear for who may see the customer."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Path, Query, Router
from pydantic import StrictInt

from keyue.customers import selectors as customers
from keyue.customers.rules import number_of
from keyue.people.api import VIA, Identity, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.sales import actions, board, selectors
from keyue.sales.api import LONGEST, TEXT, Cursor, CustomerNumber, Size
from keyue.sales.board import Card
from keyue.sales.enums import LossReason, NeedDrop
from keyue.sales.models import Need, ServicePlan

opportunities = Router(tags=["opportunities"])
wishes = Router(tags=["needs"])
ChanceNumber = Annotated[
    str, Path(max_length=40, examples=["SJ-00012"], description="the opportunity's number")
]
Money = Annotated[
    str | None, Field(None, max_length=30, examples=["120000.00"], description="yuan, two decimals")
]

# --- opportunities ---


class ChanceIn(In):
    """An opportunity with a customer, for a need of theirs where it came from one."""

    model_config = shown(examples=[{"customer": "KH-00317", "title": "二期膜组", "amount": "120000.00"}])

    customer: CustomerNumber
    title: str = Field(max_length=120)
    need: StrictInt | None = None
    stage: str = Field(
        "", max_length=20, description="a code of the company's list; the first open one if empty"
    )
    amount: Money
    expected_on: date | None = None
    next_step: str = Field("", max_length=LONGEST)
    next_on: date | None = None


class ChancePatch(In):
    """What is left out stays as it is."""

    model_config = shown(examples=[{"amount": "150000.00", "revision": 1}])

    title: str | None = Field(None, max_length=120)
    amount: Money
    expected_on: date | None = None
    next_step: str | None = Field(None, max_length=LONGEST)
    next_on: date | None = None
    revision: StrictInt | None = Field(None, ge=1)


class MoveIn(In):
    """To which stage, and the revision that was read."""

    stage: str = Field(max_length=20, examples=["offer"])
    revision: StrictInt | None = Field(None, ge=1)


class LoseIn(In):
    """Why it was lost."""

    reason: Literal[tuple(LossReason.values)]  # type: ignore[valid-type]
    remark: str = Field("", max_length=TEXT)


class ChanceOut(Out):
    """An opportunity; texts in the clear for who may see the customer."""

    number: str = Field(examples=["SJ-00012"])
    customer: str
    title: str
    stage: str
    stage_name: str
    end: str = Field(description="won, lost, or empty while open")
    amount: Decimal | None
    probability: int = Field(description="per cent")
    expected_on: date | None
    owner: int
    next_step: str
    next_on: date | None
    opened_at: datetime
    ended_at: datetime | None
    revision: int


class ChanceList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[ChanceOut]
    next_cursor: str


def chance_dict(card: Card) -> dict[str, Any]:
    """An opportunity as the API shows it."""
    row = card.row
    plain = "number stage end amount expected_on next_on opened_at ended_at revision".split()
    return {
        **{name: getattr(row, name) for name in plain},
        "customer": number_of(row.customer_id),
        "title": card.title,
        "next_step": card.next_step,
        "stage_name": card.stage.name,
        "probability": card.stage.probability,
        "owner": row.owner_id,
    }


def _chance(user: User, number: str) -> dict[str, Any]:
    [card] = board.cards_of([selectors.opportunity_for(user, number)])
    return chance_dict(card)


@opportunities.get("", response=ChanceList, summary="List opportunities")
@needs(Permission.OPPORTUNITY_EDIT)
def list_opportunities(
    request: HttpRequest,
    stage: str = Query("", max_length=20),
    cursor: Cursor = "",
    limit: Size = selectors.PAGE,
) -> dict[str, Any]:
    """The newest first, with the customers that the token's person may see."""
    page = board.opportunity_page(user_of(request), stage=stage, cursor=cursor, size=limit)
    return {"items": [chance_dict(card) for card in page.cards], "next_cursor": page.next}


@opportunities.post("", response={201: ChanceOut}, summary="Open an opportunity")
@needs(Permission.OPPORTUNITY_EDIT)
def open_opportunity(request: HttpRequest, data: ChanceIn) -> dict[str, Any]:
    """The token's person works on it."""
    user = user_of(request)
    given = data.model_dump()
    customer = customers.customer_for(user, given.pop("customer"))
    need_id = given.pop("need")
    need = selectors.need_for(user, need_id) if need_id is not None else None
    made = actions.open_opportunity(
        customer=customer, need=need, owner=user, by=by_of(request), at=at_of(request), via=VIA, **given
    )
    return _chance(user, made.number)


@opportunities.get("/{number}", response=ChanceOut, summary="One opportunity")
@needs(Permission.OPPORTUNITY_EDIT)
def get_opportunity(request: HttpRequest, number: ChanceNumber) -> dict[str, Any]:
    """By number, as `SJ-00012`."""
    return _chance(user_of(request), number)


@opportunities.patch("/{number}", response=ChanceOut, summary="Change an opportunity")
@needs(Permission.OPPORTUNITY_EDIT)
def change_opportunity(request: HttpRequest, number: ChanceNumber, data: ChancePatch) -> dict[str, Any]:
    """Its name, amount, days and next step; stages are moved to."""
    user = user_of(request)
    row = selectors.opportunity_for(user, number)
    changes = data.model_dump(exclude_unset=True)
    revision = changes.pop("revision", None)
    for name in ("title", "next_step"):
        if name in changes:
            changes[name] = changes[name] or ""
    actions.change_opportunity(
        opportunity=row, changes=changes, revision=revision, by=by_of(request), at=at_of(request), via=VIA
    )
    return _chance(user, number)


@opportunities.post("/{number}/move", response=ChanceOut, summary="Move an opportunity to another stage")
@needs(Permission.OPPORTUNITY_EDIT)
def move_opportunity(request: HttpRequest, number: ChanceNumber, data: MoveIn) -> dict[str, Any]:
    """Open stages, or the one that is won; what is lost says why, at `lose`."""
    user = user_of(request)
    row = selectors.opportunity_for(user, number)
    actions.move_opportunity(
        opportunity=row,
        stage=data.stage,
        revision=data.revision,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _chance(user, number)


@opportunities.post("/{number}/lose", response=ChanceOut, summary="Lose an opportunity")
@needs(Permission.OPPORTUNITY_EDIT)
def lose_opportunity(request: HttpRequest, number: ChanceNumber, data: LoseIn) -> dict[str, Any]:
    """With the reason."""
    user = user_of(request)
    row = selectors.opportunity_for(user, number)
    actions.lose_opportunity(
        opportunity=row, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump()
    )
    return _chance(user, number)


# --- needs and plans ---


class NeedIn(In):
    """What a customer needs."""

    model_config = shown(examples=[{"customer": "KH-00317", "what": "加两台膜组"}])

    customer: CustomerNumber
    what: str = Field(max_length=TEXT)
    learned: Instant | None = Field(None, description="when it was learned; now if null")
    contact: StrictInt | None = Field(None, description="id of the contact who said so")


class NeedDropIn(In):
    """Why it is not followed any more."""

    reason: Literal[tuple(NeedDrop.values)]  # type: ignore[valid-type]
    remark: str = Field("", max_length=TEXT)


class NeedOut(Out):
    """A need; what it says, on the customer's page."""

    id: int
    number: str = Field(examples=["XQ-00012"])
    state: str
    learned_at: datetime
    contact_id: int | None


class PlanIn(In):
    """A service plan, for the customer to agree to."""

    text: str = Field(max_length=TEXT, examples=["每月检查一次水泵，故障四小时内到场"])
    items: list[Annotated[str, Field(max_length=LONGEST)]] = Field(default_factory=list, max_length=50)


class PlanOut(Out):
    """The plan, and its link: it is told here once and can be read nowhere afterwards."""

    number: str = Field(examples=["FA-00012"])
    version: int
    state: str
    expires_at: datetime
    link: str


def need_dict(need: Need) -> dict[str, Any]:
    """A need as the API shows it."""
    return {name: getattr(need, name) for name in ("number", "state", "learned_at", "contact_id")} | {
        "id": need.pk
    }


@wishes.post("", response={201: NeedOut}, summary="Note a need")
@needs(Permission.OPPORTUNITY_EDIT)
def note_need(request: HttpRequest, data: NeedIn) -> dict[str, Any]:
    """The promises that the regulations make of it follow."""
    user = user_of(request)
    contact = customers.contact_for(user, data.contact) if data.contact is not None else None
    need = actions.note_need(
        customer=customers.customer_for(user, data.customer),
        what=data.what,
        learned=data.learned,
        contact=contact,
        user=user,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return need_dict(need)


@wishes.post("/{need_id}/drop", response=NeedOut, summary="Follow a need no more")
@needs(Permission.OPPORTUNITY_EDIT)
def drop_need(request: HttpRequest, need_id: Identity, data: NeedDropIn) -> dict[str, Any]:
    """With the reason."""
    need = selectors.need_for(user_of(request), need_id)
    dropped = actions.drop_need(need=need, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump())
    return need_dict(dropped)


@wishes.post("/{need_id}/plans", response={201: PlanOut}, summary="Lay a service plan before the customer")
@needs(Permission.OPPORTUNITY_EDIT)
def send_plan(request: HttpRequest, need_id: Identity, data: PlanIn) -> dict[str, Any]:
    """A plan that waited before is replaced, and its link ends."""
    user = user_of(request)
    plan, token = actions.send_plan(
        need=selectors.need_for(user, need_id),
        text=data.text,
        items=data.items,
        user=user,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return plan_dict(plan, token)


def plan_dict(plan: ServicePlan, token: str) -> dict[str, Any]:
    """A plan that has just been made, as the API shows it."""
    return {
        **{name: getattr(plan, name) for name in ("number", "version", "state", "expires_at")},
        "link": settings.BASE_URL + reverse("sales:plan_link", args=[token]),
    }
