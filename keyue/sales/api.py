"""Leads and the public pool over the REST API. Personal values are masked here as on the pages.

The api room mounts the routers, signs people in and answers `kernel.errors` as problem documents.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router

from keyue.customers import selectors as customers
from keyue.customers.enums import Kind, LegalBasis, Source
from keyue.kernel.errors import Denied
from keyue.people import selectors as people
from keyue.people.api import VIA, Identity, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.sales import actions, selectors
from keyue.sales.enums import DropReason, LeadState, PoolReason, Settlement
from keyue.sales.models import Lead
from keyue.sales.selectors import LeadCard, PoolRow

leads = Router(tags=["leads"])
pool = Router(tags=["pool"])
LONGEST = 400
TEXT = 5000
LeadNumber = Annotated[str, Path(max_length=40, examples=["XS-00012"], description="the lead's number")]
Size = Annotated[int, Query(ge=1, le=selectors.MOST_PAGE, description="rows a page")]
Cursor = Annotated[str, Query(max_length=40, description="`next_cursor` of the page before")]
CustomerNumber = Annotated[
    str, Field(max_length=40, examples=["KH-00317"], description="the customer's number")
]


class LeadIn(In):
    """Whom one means to win: an organisation by its name, a person by theirs and a number or address."""

    model_config = shown(
        examples=[{"kind": "organisation", "name": "远山机械有限公司", "phone": "0571-87654321"}]
    )

    kind: Literal[tuple(Kind.values)]  # type: ignore[valid-type]
    name: str = Field("", max_length=LONGEST)
    uscc: str = Field("", max_length=40, description="unified social credit code")
    person: str = Field("", max_length=LONGEST, description="the contact, or the person's own name")
    phone: str = Field("", max_length=LONGEST)
    email: str = Field("", max_length=LONGEST)
    region: str = Field("", max_length=LONGEST)
    note: str = Field("", max_length=TEXT)
    source: str = Field(Source.API.value, max_length=40)
    legal_basis: str = Field(LegalBasis.CONTRACT.value, max_length=40)
    contacted: Instant | None = Field(None, description="when they were contacted before, if they were")


class LeadContactIn(In):
    """That a lead was contacted."""

    way: str = Field("phone", max_length=40, examples=["phone"])
    what: str = Field("", max_length=TEXT)
    happened: Instant | None = None


class LeadDropIn(In):
    """Why nothing comes of it."""

    reason: Literal[tuple(v for v in DropReason.values if v != DropReason.CONFLICT)]  # type: ignore[valid-type]
    remark: str = Field("", max_length=TEXT)


class SettleIn(In):
    """Whose it is, and why."""

    outcome: Literal[tuple(Settlement.values)]  # type: ignore[valid-type]
    why: str = Field(max_length=TEXT, examples=["先有合同"])


class QualifyIn(In):
    """The customer that it turned out to be; null enters a new one."""

    customer: str | None = Field(None, max_length=40, examples=["KH-00317"])


class LeadOut(Out):
    """A lead under its masks."""

    number: str = Field(examples=["XS-00012"])
    kind: str
    name: str
    person: str = Field(description="masked")
    phone: str = Field(examples=["138****6027"])
    email: str
    state: str
    staff: int
    department: str | None
    registered_at: datetime
    protected_until: datetime | None
    contacted_at: datetime | None
    customer: int | None
    conflict_score: int | None
    conflict_reasons: list[str]


class LeadList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[LeadOut]
    next_cursor: str


def lead_dict(card: LeadCard) -> dict[str, Any]:
    """A lead as the API shows it."""
    lead = card.lead
    plain = ("number", "kind", "state", "department", "registered_at", "protected_until", "contacted_at")
    return {
        **{name: getattr(lead, name) for name in (*plain, "conflict_score", "conflict_reasons")},
        **{name: getattr(card, name) for name in ("name", "person", "phone", "email")},
        "staff": lead.staff_id,
        "customer": lead.customer_id,
    }


def _lead(lead: Lead) -> dict[str, Any]:
    [card] = selectors.lead_cards([lead])
    return lead_dict(card)


def _followed(user: User, number: str) -> Lead:
    lead = selectors.lead_for(user, number)
    if lead.staff_id not in people.acting_for(user) and not allows(user, Permission.LEAD_MANAGE):
        raise Denied(_("只有报备人或销售负责人可以操作这条线索。"))
    return lead


@leads.get("", response=LeadList, summary="List leads")
@needs(Permission.LEAD_REGISTER)
def list_leads(
    request: HttpRequest,
    state: str = Query("", max_length=20, description=", ".join(LeadState.values)),
    q: str = Query("", max_length=120),
    cursor: Cursor = "",
    limit: Size = selectors.PAGE,
) -> dict[str, Any]:
    """The newest first, of those that the token's person may see."""
    page = selectors.lead_page(user_of(request), state=state, text=q, cursor=cursor, size=limit)
    return {"items": [lead_dict(card) for card in page.cards], "next_cursor": page.next}


@leads.post("", response={201: LeadOut}, summary="Register a lead")
@needs(Permission.LEAD_REGISTER)
def register_lead(request: HttpRequest, data: LeadIn) -> dict[str, Any]:
    """Before anybody is contacted. What is a colleague's already has the state `conflict`, until it is settled."""
    given = data.model_dump()
    contacted = given.pop("contacted")
    lead = actions.register_lead(
        registration=actions.Registration(**given),
        staff=user_of(request),
        contacted=contacted,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _lead(lead)


@leads.get("/{number}", response=LeadOut, summary="One lead")
@needs(Permission.LEAD_REGISTER)
def get_lead(request: HttpRequest, number: LeadNumber) -> dict[str, Any]:
    """By number, as `XS-00012`."""
    return _lead(selectors.lead_for(user_of(request), number))


@leads.post("/{number}/contacts", response=LeadOut, summary="Note that a lead was contacted")
@needs(Permission.LEAD_REGISTER)
def contact_lead(request: HttpRequest, number: LeadNumber, data: LeadContactIn) -> dict[str, Any]:
    """By who follows it."""
    lead = _followed(user_of(request), number)
    return _lead(
        actions.contact_lead(lead=lead, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump())
    )


@leads.post("/{number}/drop", response=LeadOut, summary="Give a lead up")
@needs(Permission.LEAD_REGISTER)
def drop_lead(request: HttpRequest, number: LeadNumber, data: LeadDropIn) -> dict[str, Any]:
    """Colleagues may register it from then on."""
    lead = _followed(user_of(request), number)
    return _lead(
        actions.drop_lead(lead=lead, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump())
    )


@leads.post("/{number}/qualify", response=LeadOut, summary="Turn a lead into a customer")
@needs(Permission.LEAD_REGISTER)
def qualify_lead(request: HttpRequest, number: LeadNumber, data: QualifyIn) -> dict[str, Any]:
    """A new one of who follows it, or one that has no other account manager."""
    user = user_of(request)
    lead = _followed(user, number)
    customer = customers.customer_for(user, data.customer) if data.customer else None
    actions.qualify_lead(lead=lead, customer=customer, by=by_of(request), at=at_of(request), via=VIA)
    return _lead(selectors.lead_for(user, number))


@leads.post("/{number}/settle", response=LeadOut, summary="Settle a conflict")
@needs(Permission.LEAD_MANAGE)
def settle_lead(request: HttpRequest, number: LeadNumber, data: SettleIn) -> dict[str, Any]:
    """By who manages leads and is none of the two."""
    lead = selectors.lead_for(user_of(request), number)
    return _lead(
        actions.settle_conflict(lead=lead, by=by_of(request), at=at_of(request), via=VIA, **data.model_dump())
    )


# --- the pool ---


class PoolOut(Out):
    """A customer in the public pool, as far as everybody may know."""

    id: int
    number: str = Field(examples=["KH-00317"])
    name: str
    grade: str | None
    region: str
    reason: str
    entered_at: datetime
    may_pick: bool


class PoolList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[PoolOut]
    next_cursor: str


class PickedOut(Out):
    """The customer that was picked."""

    number: str = Field(examples=["KH-00317"])


class ReleaseIn(In):
    """Which customer goes into the pool."""

    customer: CustomerNumber


class ReleasedOut(Out):
    """The entry in the pool."""

    id: int
    locked_until: datetime | None


def pool_dict(row: PoolRow) -> dict[str, Any]:
    """What lies in the pool as the API shows it."""
    entry = row.entry
    return {
        "id": entry.pk,
        "number": entry.customer.number,
        "name": row.name,
        "grade": entry.customer.grade,
        "region": entry.customer.region,
        "reason": entry.reason,
        "entered_at": entry.entered_at,
        "may_pick": not row.is_locked,
    }


@pool.get("", response=PoolList, summary="List the public pool")
@needs(Permission.LEAD_REGISTER)
def list_pool(
    request: HttpRequest,
    grade: str = Query("", max_length=4),
    cursor: Cursor = "",
    limit: Size = selectors.PAGE,
) -> dict[str, Any]:
    """What came last first."""
    page = selectors.pool_page(user_of(request), at_of(request), grade=grade, cursor=cursor, size=limit)
    return {"items": [pool_dict(row) for row in page.rows], "next_cursor": page.next}


@pool.post("", response={201: ReleasedOut}, summary="Put a customer into the pool")
@needs(Permission.LEAD_REGISTER)
def release_to_pool(request: HttpRequest, data: ReleaseIn) -> dict[str, Any]:
    """By the account manager, or by who manages the pool."""
    user = user_of(request)
    customer = customers.customer_for(user, data.customer)
    is_own = customer.account_manager_id in people.acting_for(user)
    if not is_own and not allows(user, Permission.LEAD_MANAGE):
        raise Denied(_("只有客户经理本人或销售负责人可以放入公海。"))
    reason = PoolReason.RELEASED if is_own else PoolReason.MANAGER
    entry = actions.release_customer(
        customer=customer, reason=reason, by=by_of(request), at=at_of(request), via=VIA
    )
    return {"id": entry.pk, "locked_until": entry.locked_until}


@pool.post("/{entry_id}/pick", response=PickedOut, summary="Pick a customer out of the pool")
@needs(Permission.LEAD_REGISTER)
def pick_from_pool(request: HttpRequest, entry_id: Identity) -> dict[str, Any]:
    """Within the company's limits; of two who reach for the same one, one gets it and the other a 409 or 404."""
    user = user_of(request)
    entry = selectors.pool_entry_for(user, entry_id)
    made = actions.pick_customer(entry=entry, user=user, by=by_of(request), at=at_of(request), via=VIA)
    return {"number": made.number}
