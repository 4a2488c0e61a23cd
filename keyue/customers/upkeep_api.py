"""Fields of the archive, completeness, verification, changes learnt and history over the REST API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router

from keyue.customers import file_cards, history, selectors
from keyue.customers.actions.fields import change_field, define_field, restore_field, retire_field
from keyue.customers.actions.upkeep import (
    enter_change,
    learn_change,
    note_information,
    set_extra,
    verify_fields,
)
from keyue.customers.api import LONGEST, Number, Revision, looked_at, router
from keyue.customers.completing import completeness_of, field_rules
from keyue.customers.enums import CheckedHow, FieldKind
from keyue.customers.extras import PREFIX
from keyue.customers.models import Customer, LearntChange
from keyue.customers.upkeep_rules import FieldRule
from keyue.customers.upkeep_words import label_of, why_of
from keyue.kernel.errors import NotFound
from keyue.people.api import LARGEST_ID, VIA, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission

fields = Router(tags=["customer fields"])
Key = Annotated[str, Path(max_length=60, examples=["process"], description="the field's key")]
FieldKey = Annotated[str, Field(max_length=60)]
MOST_NAMED = 200


class CustomerFieldIn(In):
    """A field of the company's own; key, kind and sensitivity never change afterwards."""

    model_config = shown(
        examples=[{"key": "process", "label": "处理工艺", "kind": "choice", "options": ["膜法", "常规"]}]
    )

    key: str = Field(max_length=40)
    label: str = Field(max_length=LONGEST)
    kind: Literal[tuple(FieldKind.values)]  # type: ignore[valid-type]
    options: list[Annotated[str, Field(max_length=LONGEST)]] = Field([], max_length=MOST_NAMED)
    required: bool = False
    weight: int = Field(5, ge=0, le=100)
    is_personal: bool = Field(False, description="sealed under the customer's key, masked on screen")
    is_sensitive: bool = Field(False, description="sensitive personal data; implies is_personal")
    for_organisations: bool = True
    for_persons: bool = True
    order: int = Field(500, ge=0, le=9999)


class CustomerFieldPatch(In):
    """What is left out stays; of the product's own fields only `required`, `weight` and `order` change."""

    model_config = shown(examples=[{"required": True, "weight": 20}])

    label: str | None = Field(None, max_length=LONGEST)
    options: list[Annotated[str, Field(max_length=LONGEST)]] | None = Field(None, max_length=MOST_NAMED)
    required: bool | None = None
    weight: int | None = Field(None, ge=0, le=100)
    for_organisations: bool | None = None
    for_persons: bool | None = None
    order: int | None = Field(None, ge=0, le=9999)
    retired: bool | None = Field(None, description="true: used no more; what stands in it stays on file")


class CollectedIn(In):
    """When information was got outside the system."""

    collected_at: Instant = Field(examples=["2026-03-16T10:00:00+08:00"])


class CollectedOut(Out):
    """What both facts, of collecting and of entering, are known by."""

    item: str
    collected_at: datetime


class CustomerFieldOut(Out):
    """A field of the archive as it is set up now."""

    key: str = Field(description="as facts and values name it: of the company's own with `extra.`")
    label: str
    kind: str
    is_standard: bool
    required: bool
    weight: int
    is_personal: bool
    is_sensitive: bool
    options: list[str]
    for_organisations: bool
    for_persons: bool
    order: int
    is_retired: bool


class FieldCheckOut(Out):
    """When a field was last found right, by whom and how."""

    field: str
    verified_at: datetime
    by: str
    how: str


class MissingFieldOut(Out):
    """A required field that is empty, and why it matters."""

    field: str
    label: str
    why: str


class UpkeepOut(Out):
    """How complete and how fresh a file is."""

    completeness: int = Field(description="0 to 100")
    missing: list[MissingFieldOut]
    verified_at: datetime | None
    checks: list[FieldCheckOut]
    open_changes: list[ChangeLearntOut]
    extra: dict[str, str] = Field(description="the company's own fields; personal ones under their mask")


class ChangeLearntOut(Out):
    """Something on file that somebody learnt is no longer so."""

    change: str
    fields: list[str]
    learnt_at: datetime
    entered_at: datetime | None


class VerifyIn(In):
    """Which fields were found right, and how; `change` where what had been learnt was a mistake."""

    model_config = shown(examples=[{"fields": ["phone", "address"], "how": "phone"}])

    fields: list[FieldKey] = Field(min_length=1, max_length=MOST_NAMED)
    how: Literal[tuple(CheckedHow.values)]  # type: ignore[valid-type]
    change: str = Field("", max_length=36)


class LearntIn(In):
    """Which fields are no longer right, and when that was learnt."""

    model_config = shown(examples=[{"fields": ["address"], "learnt_at": "2026-03-16T09:00:00+08:00"}])

    fields: list[FieldKey] = Field(min_length=1, max_length=MOST_NAMED)
    learnt_at: Instant


class FieldValuesIn(In):
    """Values by the keys of the fields; an empty one takes a value away."""

    model_config = shown(examples=[{"values": {"extra.process": "膜法"}}])

    values: dict[FieldKey, Annotated[str, Field(max_length=LONGEST * 5)] | None] = Field(
        max_length=MOST_NAMED
    )
    revision: Revision


class FileChangeOut(Out):
    """One field that changed. Values of people stand under their masks."""

    fact: str
    field: str
    contact: int | None
    old: str
    new: str
    by: str
    why: str
    at: datetime
    recorded_at: datetime
    learnt_at: datetime | None


class FileChangeList(Out):
    """A page, the newest first; `next_cursor` leads to the one after it, empty on the last."""

    items: list[FileChangeOut]
    next_cursor: str


class AsOfOut(Out):
    """What the file said at an instant, under masks; `exists` is false before the customer was on file."""

    at: datetime
    exists: bool
    values: dict[str, str]
    contacts: list[dict[str, str]]


UpkeepOut.model_rebuild()


# --- fields ---


def _field_dict(rule: FieldRule) -> dict[str, Any]:
    return {name: getattr(rule, name, None) for name in CustomerFieldOut.model_fields} | {
        "label": label_of(rule),
        "options": list(rule.options),
    }


@fields.get("", response=list[CustomerFieldOut], summary="The fields of the archive")
@needs(Permission.CUSTOMER_VIEW)
def list_customer_fields(request: HttpRequest) -> list[dict[str, Any]]:
    """Those of the product and the company's own, retired ones too, in the company's order."""
    return [_field_dict(rule) for rule in field_rules(retired=True)]


@fields.post("", response={201: CustomerFieldOut}, summary="Add a field")
@needs(Permission.CUSTOMER_CONFIGURE)
def define_customer_field(request: HttpRequest, data: CustomerFieldIn) -> dict[str, Any]:
    """A field of the company's own."""
    row = define_field(**data.model_dump(), by=by_of(request), at=at_of(request), via=VIA)
    return _field_dict(_rule(row.key))


@fields.patch("/{key}", response=CustomerFieldOut, summary="Change a field")
@needs(Permission.CUSTOMER_CONFIGURE)
def change_customer_field(request: HttpRequest, key: Key, data: CustomerFieldPatch) -> dict[str, Any]:
    """What is required and how it weighs; of the company's own also name, options, and whether it is used."""
    changes = {
        name: value for name, value in data.model_dump(exclude_unset=True).items() if value is not None
    }
    retired = changes.pop("retired", None)
    bare = key.removeprefix(PREFIX)
    _rule(bare)
    by, at = by_of(request), at_of(request)
    if changes:
        change_field(key=bare, changes=changes, by=by, at=at, via=VIA)
    if retired is not None:
        act = retire_field if retired else restore_field
        act(key=bare, by=by, at=at, via=VIA)
    return _field_dict(_rule(bare))


def _rule(key: str) -> FieldRule:
    found = next((r for r in field_rules(retired=True) if r.key.removeprefix(PREFIX) == key), None)
    if found is None:
        raise NotFound(_("没有这个字段。"))
    return found


# --- one file ---


def _customer(request: HttpRequest, number: str) -> Customer:
    return selectors.customer_for(user_of(request), number)


@router.get("/{number}/upkeep", response=UpkeepOut, summary="How complete and fresh a file is")
@needs(Permission.CUSTOMER_VIEW)
def get_customer_upkeep(request: HttpRequest, number: Number) -> dict[str, Any]:
    """The score with what is missing, what was verified when, and what was learnt and is not entered yet."""
    return _upkeep(request, looked_at(request, number))


def _upkeep(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    customer.refresh_from_db()
    complete = completeness_of(customer)
    rules = {rule.key: rule for rule in field_rules(retired=True)}
    checks = list(customer.checks.order_by("field"))
    actors = [tuple(row.verified_by.split(":", 1)) for row in checks]
    names = file_cards.actor_names(actors)
    values = history.snapshot(customer, at_of(request)).values
    return {
        "completeness": complete.score,
        "missing": [
            {"field": key, "label": label_of(rules[key]), "why": why_of(key)} for key in complete.missing
        ],
        "verified_at": customer.verified_at,
        "checks": [
            {"field": row.field, "verified_at": row.verified_at, "by": names[actor], "how": row.how}
            for row, actor in zip(checks, actors, strict=True)
        ],
        "open_changes": [
            _learnt(row) for row in customer.learnt_changes.filter(entered_at=None).order_by("pk")
        ],
        "extra": {
            key: file_cards.own_value(rules[key], str(value))
            for key, value in values.items()
            if key.startswith(PREFIX) and key in rules
        },
    }


def _learnt(row: LearntChange) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ChangeLearntOut.model_fields}


@router.post("/{number}/verify", response=UpkeepOut, summary="Say that fields were found right")
@needs(Permission.CUSTOMER_EDIT)
def verify_customer(request: HttpRequest, number: Number, data: VerifyIn) -> dict[str, Any]:
    """Verified on, by and how, for each field."""
    customer = _customer(request, number)
    verify_fields(customer=customer, **data.model_dump(), by=by_of(request), at=at_of(request), via=VIA)
    return _upkeep(request, customer)


@router.post(
    "/{number}/changes-learnt", response={201: ChangeLearntOut}, summary="Note that something changed"
)
@needs(Permission.CUSTOMER_EDIT)
def learn_customer_change(request: HttpRequest, number: Number, data: LearntIn) -> dict[str, Any]:
    """When it was learnt is kept apart from when it is entered."""
    row = learn_change(
        customer=_customer(request, number),
        **data.model_dump(),
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _learnt(row)


@router.post("/{number}/information", response={201: CollectedOut}, summary="Say when information was got")
@needs(Permission.CUSTOMER_EDIT)
def note_customer_information(request: HttpRequest, number: Number, data: CollectedIn) -> dict[str, Any]:
    """Got outside the system, and entered now: how late is measured."""
    item = note_information(
        customer=_customer(request, number),
        collected_at=data.collected_at,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return {"item": item, "collected_at": data.collected_at}


@router.post("/{number}/changes-learnt/{change}", response=UpkeepOut, summary="Enter what was learnt")
@needs(Permission.CUSTOMER_EDIT)
def enter_customer_change(
    request: HttpRequest, number: Number, change: Annotated[str, Path(max_length=36)], data: FieldValuesIn
) -> dict[str, Any]:
    """Columns of the customer's row and the company's own fields; contacts are changed with `PATCH /customers/contacts`."""
    customer = _customer(request, number)
    sent = data.model_dump()
    enter_change(
        customer=customer, change=change, values=sent["values"], revision=sent["revision"],
        by=by_of(request), at=at_of(request), via=VIA,
    )  # fmt: skip
    return _upkeep(request, customer)


@router.put("/{number}/extra", response=UpkeepOut, summary="Set the company's own fields")
@needs(Permission.CUSTOMER_EDIT)
def set_customer_extra(request: HttpRequest, number: Number, data: FieldValuesIn) -> dict[str, Any]:
    """What is not named stays."""
    customer = _customer(request, number)
    sent = data.model_dump()
    set_extra(
        customer=customer, values=sent["values"], revision=sent["revision"], by=by_of(request), at=at_of(request),
        via=VIA,
    )  # fmt: skip
    return _upkeep(request, customer)


@router.get("/{number}/history", response=FileChangeList, summary="What changed in a file")
@needs(Permission.CUSTOMER_VIEW)
def get_customer_history(
    request: HttpRequest,
    number: Number,
    field: Annotated[str, Query(max_length=60, description="one field alone")] = "",
    cursor: Annotated[str, Query(max_length=20, pattern=r"^\d*$")] = "",
    limit: Annotated[int, Query(ge=1, le=100, description="rows a page")] = history.PAGE,
) -> dict[str, Any]:
    """Old, new, who, when and why, the newest first."""
    customer = looked_at(request, number)
    before = min(int(cursor), LARGEST_ID) if cursor else None
    found, following = history.changes_of(customer, field=field, before=before, size=limit)
    lines = file_cards.change_lines(user_of(request), customer, found)
    items = [
        {
            "fact": line.change.fact, "field": line.change.field, "contact": line.change.contact,
            "old": line.old, "new": line.new, "by": line.who, "why": line.why, "at": line.change.at,
            "recorded_at": line.change.recorded_at, "learnt_at": line.change.learnt_at,
        }
        for line in lines
    ]  # fmt: skip
    return {"items": items, "next_cursor": str(following) if following is not None else ""}


@router.get("/{number}/as-of", response=AsOfOut, summary="A file as of a date")
@needs(Permission.CUSTOMER_VIEW)
def get_customer_as_of(
    request: HttpRequest,
    number: Number,
    at: Annotated[
        Instant | None, Query(description="the instant to read the file of; now where it is left out")
    ] = None,
) -> dict[str, Any]:
    """What the file said at that instant: every change that was recorded since is taken back."""
    customer = looked_at(request, number)
    at = at or at_of(request)
    card = file_cards.file_card(user_of(request), customer, now=at_of(request), at=at)
    values = {line.key: line.value for group in card.groups for line in group.lines if line.value}
    contacts = [{line.key: line.value for line in lines} for lines in card.contacts]
    return {"at": at, "exists": card.exists, "values": values if card.exists else {}, "contacts": contacts}
