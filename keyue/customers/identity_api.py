"""Identifiers, duplicates and merges over the REST API. A pair is seen by whoever may see both files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router

from keyue.customers import actions, identity_selectors, selectors
from keyue.customers.api import LONGEST, Number, router
from keyue.customers.enums import IdentifierKind
from keyue.customers.identity_selectors import IdentifierCard, MergeCard, PairCard
from keyue.customers.models import Customer, Merge
from keyue.kernel.errors import Invalid
from keyue.people.api import VIA, Identity, In, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

duplicates = Router(tags=["duplicates"])
MOST = 100


class IdentifierIn(In):
    """A code or a further name; `system` belongs to an external number."""

    model_config = shown(examples=[{"kind": "uscc", "value": "91330106MA2CFRGH9X"}])

    kind: Literal[tuple(IdentifierKind.values)]  # type: ignore[valid-type]
    value: str = Field(max_length=LONGEST)
    system: str = Field("", max_length=LONGEST)
    valid_from: date | None = None
    valid_until: date | None = None


class IdentifierOut(Out):
    """A code or a name; a person's under its mask."""

    id: int
    customer: str = Field(
        examples=["KH-00317"], description="on whose file it stands, also where that was merged"
    )
    kind: str
    system: str
    value: str
    valid_from: date | None
    valid_until: date | None
    created_at: datetime
    ended_at: datetime | None


class DuplicateOut(Out):
    """Two files that may be of one customer; `score` out of a hundred."""

    id: int
    a: str = Field(examples=["KH-00317"])
    b: str = Field(examples=["KH-00402"])
    score: int
    reasons: list[str]
    state: str
    found_at: datetime


class DuplicateList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[DuplicateOut]
    next_cursor: str


class DuplicateDecisionIn(In):
    """Which file stays; null: they are two customers."""

    keep: Annotated[str, Field(max_length=40)] | None = Field(examples=["KH-00317"])


class CustomerMergeIn(In):
    """Whose file this one is merged into."""

    into: str = Field(max_length=40, examples=["KH-00317"])


class CustomerMergeOut(Out):
    """A merge; `undone_at` where it was taken apart."""

    id: int
    loser: str = Field(examples=["KH-00402"])
    into: str = Field(examples=["KH-00317"])
    is_automatic: bool
    merged_at: datetime
    undone_at: datetime | None


class CustomerMergeList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[CustomerMergeOut]
    next_cursor: str


def _identifier(card: IdentifierCard) -> dict[str, Any]:
    fields = {field: getattr(card, field, None) for field in IdentifierOut.model_fields}
    return {**fields, "customer": card.customer_number, "kind": card.kind.value}


def _pair(card: PairCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "a": card.a.number,
        "b": card.b.number,
        "score": card.score,
        "reasons": list(card.reasons),
        "state": card.state.value,
        "found_at": card.found_at,
    }


def _merge(card: MergeCard) -> dict[str, Any]:
    fields = {field: getattr(card, field) for field in ("id", "is_automatic", "merged_at", "undone_at")}
    return {**fields, "loser": card.loser.number, "into": card.into.number}


def _of(merge: Merge) -> dict[str, Any]:
    return {
        "id": merge.pk,
        "loser": merge.loser.number,
        "into": merge.into.number,
        "is_automatic": merge.is_automatic,
        "merged_at": merge.merged_at,
        "undone_at": merge.undone_at,
    }


def _current(request: HttpRequest, number: str) -> Customer:
    customer = selectors.customer_for(user_of(request), number)
    return customer.merged_into or customer


@router.get("/{number}/identifiers", response=list[IdentifierOut], summary="By what a customer is known")
@needs(Permission.CUSTOMER_VIEW)
def list_identifiers(
    request: HttpRequest, number: Number, ended: bool = Query(False, description="also what is no longer so")
) -> list[dict[str, Any]]:
    """Codes and further names, of everybody merged into the customer too."""
    customer = _current(request, number)
    cards = identity_selectors.identifiers_of(selectors.family_of(customer.pk), ended=ended)
    return [_identifier(card) for card in cards]


@router.post("/{number}/identifiers", response={201: IdentifierOut}, summary="Add an identifier")
@needs(Permission.CUSTOMER_EDIT)
def add_identifier(request: HttpRequest, number: Number, data: IdentifierIn) -> dict[str, Any]:
    """422 where a check sign is wrong, 409 `identifier_taken` where the code is another customer's."""
    made = actions.add_identifier(
        customer=_current(request, number), **data.model_dump(), by=by_of(request), at=at_of(request), via=VIA
    )
    [card] = [one for one in identity_selectors.identifiers_of([made.customer_id]) if one.id == made.pk]
    return _identifier(card)


@router.post("/identifiers/{identifier}/end", response=IdentifierOut, summary="End an identifier")
@needs(Permission.CUSTOMER_EDIT)
def end_identifier(request: HttpRequest, identifier: Identity) -> dict[str, Any]:
    """It is the customer's no more; the row stays."""
    row = identity_selectors.identifier_for(user_of(request), identifier)
    actions.end_identifier(identifier=row, by=by_of(request), at=at_of(request), via=VIA)
    cards = identity_selectors.identifiers_of([row.customer_id], ended=True)
    return next(_identifier(card) for card in cards if card.id == row.pk)


@router.post("/{number}/merge", response={201: CustomerMergeOut}, summary="Merge a customer into another")
@needs(Permission.CUSTOMER_MERGE)
def merge_customer(request: HttpRequest, number: Number, data: CustomerMergeIn) -> dict[str, Any]:
    """The customer becomes an alias; nothing is moved or deleted, and it can be undone at any time."""
    made = actions.merge(
        loser=selectors.customer_for(user_of(request), number),
        into=selectors.customer_for(user_of(request), data.into),
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _of(made)


@duplicates.get("", response=DuplicateList, summary="Files that may be of one customer")
@needs(Permission.CUSTOMER_MERGE)
def list_duplicates(
    request: HttpRequest,
    cursor: str = Query("", max_length=200, description="`next_cursor` of the page before"),
    limit: int = Query(identity_selectors.PAGE, ge=1, le=MOST, description="rows a page"),
) -> dict[str, Any]:
    """What waits for a decision, the surest first."""
    page = identity_selectors.pairs_page(user_of(request), cursor=cursor, size=limit)
    return {"items": [_pair(card) for card in page.cards], "next_cursor": page.next}


@duplicates.post("/{pair}/decision", response=DuplicateOut, summary="Decide about two files")
@needs(Permission.CUSTOMER_MERGE)
def decide_duplicate(request: HttpRequest, pair: Identity, data: DuplicateDecisionIn) -> dict[str, Any]:
    """Merge them into the one named `keep`, or, with null, find that they are two customers."""
    user, by, at = user_of(request), by_of(request), at_of(request)
    row = identity_selectors.pair_for(user, pair)
    if data.keep is None:
        actions.find_distinct(pair=row, by=by, at=at, via=VIA)
    elif not data.keep.strip():
        raise Invalid(_("请选择保留哪一份档案。"), fields={"keep": _("请选择保留哪一份档案。")})
    else:
        actions.merge_pair(pair=row, keep=selectors.customer_for(user, data.keep), by=by, at=at, via=VIA)
    row.refresh_from_db()
    return _pair(identity_selectors.pair_card(row))


@duplicates.get("/merges", response=CustomerMergeList, summary="What was merged")
@needs(Permission.CUSTOMER_MERGE)
def list_merges(
    request: HttpRequest,
    cursor: str = Query("", max_length=40, description="`next_cursor` of the page before"),
) -> dict[str, Any]:
    """The newest first, with what was taken apart."""
    found, following = identity_selectors.merges_page(user_of(request), cursor=cursor)
    return {"items": [_merge(card) for card in found], "next_cursor": following}


@duplicates.post("/merges/{merge}/undo", response=CustomerMergeOut, summary="Undo a merge")
@needs(Permission.CUSTOMER_MERGE)
def undo_merge(request: HttpRequest, merge: Identity) -> dict[str, Any]:
    """In any order, whatever was merged or changed since. 409 where it has been undone already."""
    row = identity_selectors.merge_for(user_of(request), merge)
    return _of(actions.unmerge(merge=row, by=by_of(request), at=at_of(request), via=VIA))
