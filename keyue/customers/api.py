"""Customers over the REST API. Personal values are masked here as on the pages, until they are revealed.

The api room mounts `router` at /customers, signs people in (`request.auth` is the user behind the token), sets
`request.at`, answers `kernel.errors` as problem documents and remembers idempotency keys.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from keyue.customers import actions, lists, selectors
from keyue.customers.cards import ContactCard, CustomerCard
from keyue.customers.enums import LegalBasis, Source
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.http import StaffRequest
from keyue.people.models import User
from keyue.people.permissions import check

router = Router(tags=["customers"])
VIA = "api"


class ContactIn(Schema):
    """A person, number or address; at least one of name, phone and email."""

    name: str = ""
    phone: str = Field("", examples=["13812346027", "0571-87654321;ext=802", "+852 9123 4567"])
    email: str = ""
    role: str = ""
    preferred_channel: str = ""


class ContactPatch(Schema):
    """What is left out stays as it is."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    role: str | None = None
    preferred_channel: str | None = None
    revision: int | None = Field(None, description="the revision that was read; 409 if it has changed since")


class CustomerIn(ContactIn):
    """`name` is the customer's; of an organisation the person is `contact_name`."""

    kind: str = Field(examples=["person", "organisation"])
    contact_name: str = ""
    region: str = Field(
        "", examples=["330000"], description="a province-level code of GB/T 2260, or the place in words"
    )
    city: str = ""
    grade: str | None = None
    source: str = Source.API.value
    legal_basis: str = LegalBasis.CONTRACT.value
    account_manager: int | None = Field(None, description="id of a member of staff")
    department: str | None = None


class CustomerPatch(Schema):
    """What is left out stays as it is; `grade` null takes the grade away."""

    name: str | None = None
    region: str | None = None
    city: str | None = None
    grade: str | None = None
    source: str | None = None
    legal_basis: str | None = None
    revision: int | None = Field(None, description="the revision that was read; 409 if it has changed since")


class AccountManagerIn(Schema):
    """Who looks after the customer, null for nobody; the department is theirs where none is named."""

    account_manager: int | None = Field(description="id of a member of staff")
    department: str | None = None


class RevealIn(Schema):
    """Which fields, and what for."""

    fields: list[str] = Field(examples=[["phone"]])
    purpose: str = Field(examples=["contact"])
    remark: str = ""


class EraseIn(Schema):
    """Why: one of the grounds of 个人信息保护法 article 47."""

    reason: str = Field(examples=["requested"])


class ContactOut(Schema):
    """A contact under its masks."""

    id: int
    is_self: bool
    name: str = Field(description="masked")
    phone: str = Field(examples=["138****6027"])
    email: str = Field(examples=["z***@example.com"])
    role: str
    preferred_channel: str
    revision: int


class CustomerBrief(Schema):
    """A customer as lists show it."""

    number: str = Field(examples=["KH-00317"])
    kind: str
    name: str
    region: str
    city: str
    grade: str | None
    account_manager: int | None
    department: str | None
    source: str
    legal_basis: str
    revision: int
    created_at: datetime
    erased_at: datetime | None


class CustomerOut(CustomerBrief):
    """A customer with its contacts."""

    contacts: list[ContactOut]


class CustomerList(Schema):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[CustomerBrief]
    next_cursor: str


class Revealed(Schema):
    """The fields asked for, in the clear; those not asked for are null."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


def _user(request: HttpRequest) -> User:
    return cast(User, cast(Any, request).auth)


def _at(request: HttpRequest) -> datetime:
    return cast(StaffRequest, request).at


def _by(request: HttpRequest) -> Actor:
    return Actor("staff", str(_user(request).pk))


def contact_dict(card: ContactCard) -> dict[str, Any]:
    """A contact as the API shows it."""
    return {field: getattr(card, field) for field in ContactOut.model_fields}


def customer_dict(card: CustomerCard) -> dict[str, Any]:
    """A customer as the API shows it, with as many contacts as the card has."""
    shown = {field: getattr(card, field, None) for field in CustomerBrief.model_fields}
    return {
        **shown,
        "kind": card.kind.value,
        "grade": card.grade or None,
        "account_manager": card.account_manager_id,
        "department": card.department or None,
        "source": card.source.value,
        "legal_basis": card.legal_basis.value,
        "contacts": [contact_dict(contact) for contact in card.contacts],
    }


@router.get("", response=CustomerList, summary="List or search customers")
def list_customers(
    request: HttpRequest,
    q: str = Query("", max_length=120),
    cursor: str = Query("", max_length=1200),
    limit: int = Query(lists.PAGE, ge=1, le=lists.MOST_PAGE),
) -> dict[str, Any]:
    """The newest first; with `q` (number, whole phone, e-mail or name, beginning of an organisation's name) the finds."""
    check(_user(request), Permission.CUSTOMER_VIEW)
    page = lists.customer_page(_user(request), text=q, cursor=cursor, size=limit)
    return {"items": [customer_dict(card) for card in page.cards], "next_cursor": page.next}


@router.post("", response={201: CustomerOut}, summary="Enter a customer")
def create_customer(request: HttpRequest, data: CustomerIn) -> dict[str, Any]:
    """With the first contact: a person's own, or the one of an organisation."""
    check(_user(request), Permission.CUSTOMER_EDIT)
    manager = _manager(data.account_manager)
    if manager is None and not data.department and selectors.scope_of(_user(request)) is not None:
        # else who sees only their own customers would not see the one they have entered
        manager = _user(request)
    fields = data.dict() | {"account_manager": manager}
    customer = actions.create_customer(**fields, by=_by(request), at=_at(request), via=VIA)
    return customer_dict(selectors.customer_card(customer.pk))


@router.get("/{number}", response=CustomerOut, summary="One customer with its contacts")
def get_customer(request: HttpRequest, number: str) -> dict[str, Any]:
    """By number, as `KH-00317`."""
    check(_user(request), Permission.CUSTOMER_VIEW)
    return customer_dict(selectors.customer_card(selectors.customer_for(_user(request), number).pk))


@router.patch("/{number}", response=CustomerOut, summary="Change a customer")
def change_customer(request: HttpRequest, number: str, data: CustomerPatch) -> dict[str, Any]:
    """Fields of the customer; a person's name, numbers and addresses are changed in the contacts."""
    check(_user(request), Permission.CUSTOMER_EDIT)
    customer = selectors.customer_for(_user(request), number)
    changes, revision = _changes(data, nullable={"grade"})
    actions.change_customer(
        customer=customer, changes=changes, revision=revision, by=_by(request), at=_at(request), via=VIA
    )
    return customer_dict(selectors.customer_card(customer.pk))


@router.put("/{number}/account-manager", response=CustomerOut, summary="Say who looks after a customer")
def set_account_manager(request: HttpRequest, number: str, data: AccountManagerIn) -> dict[str, Any]:
    """An account manager, and the department that the customer belongs to."""
    check(_user(request), Permission.CUSTOMER_EDIT)
    customer = selectors.customer_for(_user(request), number)
    actions.assign_account_manager(
        customer=customer,
        user=_manager(data.account_manager),
        department=data.department,
        by=_by(request),
        at=_at(request),
        via=VIA,
    )
    return customer_dict(selectors.customer_card(customer.pk))


@router.get("/{number}/contacts", response=list[ContactOut], summary="A customer's contacts")
def list_contacts(request: HttpRequest, number: str) -> list[dict[str, Any]]:
    """Under their masks; a person's own contact first."""
    check(_user(request), Permission.CUSTOMER_VIEW)
    card = selectors.customer_card(selectors.customer_for(_user(request), number).pk)
    return [contact_dict(contact) for contact in card.contacts]


@router.post("/{number}/contacts", response={201: ContactOut}, summary="Add a contact")
def add_contact(request: HttpRequest, number: str, data: ContactIn) -> dict[str, Any]:
    """A further person, number or address."""
    check(_user(request), Permission.CUSTOMER_EDIT)
    customer = selectors.customer_for(_user(request), number)
    contact = actions.add_contact(customer=customer, **data.dict(), by=_by(request), at=_at(request), via=VIA)
    return contact_dict(selectors.contact_cards([contact.pk])[contact.pk])


@router.patch("/contacts/{int:contact_id}", response=ContactOut, summary="Change a contact")
def change_contact(request: HttpRequest, contact_id: int, data: ContactPatch) -> dict[str, Any]:
    """What was, and what is now, are sealed in the fact."""
    check(_user(request), Permission.CUSTOMER_EDIT)
    contact = selectors.contact_for(_user(request), contact_id)
    changes, revision = _changes(data)
    actions.change_contact(
        contact=contact, changes=changes, revision=revision, by=_by(request), at=_at(request), via=VIA
    )
    return contact_dict(selectors.contact_cards([contact.pk])[contact.pk])


@router.post("/contacts/{int:contact_id}/reveal", response=Revealed, summary="Look at masked fields")
def reveal_contact(request: HttpRequest, contact_id: int, data: RevealIn) -> dict[str, Any]:
    """In the clear, for a purpose; every look is recorded."""
    check(_user(request), Permission.CUSTOMER_REVEAL)
    contact = selectors.contact_for(_user(request), contact_id)
    return actions.reveal(
        contact=contact,
        fields=data.fields,
        purpose=data.purpose,
        remark=data.remark,
        by=_by(request),
        at=_at(request),
        via=VIA,
    )


@router.post("/{number}/erase", response=CustomerOut, summary="Erase personal data for good")
def erase_customer(request: HttpRequest, number: str, data: EraseIn) -> dict[str, Any]:
    """The customer's key is destroyed; number, region, an organisation's name and the chain of facts stay."""
    check(_user(request), Permission.CUSTOMER_ERASE)
    customer = selectors.customer_for(_user(request), number)
    actions.erase(customer=customer, reason=data.reason, by=_by(request), at=_at(request), via=VIA)
    return customer_dict(selectors.customer_card(customer.pk))


def _manager(pk: int | None) -> User | None:
    if pk is None:
        return None
    try:
        return people.find_user(pk)
    except NotFound as error:
        raise Invalid(error.message, fields={"account_manager": error.message}) from None


def _changes(data: Schema, nullable: Collection[str] = ()) -> tuple[dict[str, Any], int | None]:
    """The fields that were sent, and the revision that was read."""
    sent = data.dict(exclude_unset=True)
    revision = sent.pop("revision", None)
    empty = {field: _("不能是 null；要清空请写空文本") for field, value in sent.items() if value is None}
    faults = {field: sentence for field, sentence in empty.items() if field not in nullable}
    if faults:
        raise Invalid(_("有字段是 null。"), fields=faults)
    return sent, revision
