"""Customers over the REST API. Personal values are masked here as on the pages, until they are revealed.

The api room mounts `router` at /customers, signs people in (`request.auth` is the user behind the token), sets
`request.at`, answers `kernel.errors` as problem documents and remembers idempotency keys.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Schema
from pydantic import StrictInt

from keyue.customers import actions, lists, selectors
from keyue.customers.actions import watching
from keyue.customers.cards import ContactCard, CustomerCard
from keyue.customers.enums import ErasureReason, Grade, Kind, LegalBasis, Secrecy, Source, Stage
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.api import LARGEST_ID, VIA, Identity, In, Instant, Out, at_of, by_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check

router = Router(tags=["customers"])
LONGEST = 400
TEXT = 4_000
Number = Annotated[str, Path(max_length=40, examples=["KH-00317"], description="the customer's number")]
Revision = Annotated[
    StrictInt | None,
    Field(None, ge=0, le=LARGEST_ID, description="the revision that was read; 409 if it has changed since"),
]
Ground = Literal[tuple(v for v in ErasureReason.values if v != ErasureReason.REPEATED)]  # type: ignore[valid-type]
ManagerId = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]


class ContactIn(In):
    """A person, number or address; at least one of name, phone and email."""

    model_config = shown(examples=[{"name": "周叙白", "phone": "13812346027"}])

    name: str = Field("", max_length=LONGEST)
    phone: str = Field(
        "", max_length=LONGEST, examples=["13812346027", "0571-87654321;ext=802", "+852 9123 4567"]
    )
    email: str = Field("", max_length=LONGEST)
    role: str = Field("", max_length=LONGEST)
    address: str = Field("", max_length=LONGEST)
    preferred_channel: str = Field("", max_length=40)
    part: str = Field("", max_length=40, description="the part played where the organisation decides")


class ContactPatch(In):
    """What is left out stays as it is."""

    model_config = shown(examples=[{"phone": "13900001111", "revision": 1}])

    name: str | None = Field(None, max_length=LONGEST)
    phone: str | None = Field(None, max_length=LONGEST)
    email: str | None = Field(None, max_length=LONGEST)
    role: str | None = Field(None, max_length=LONGEST)
    address: str | None = Field(None, max_length=LONGEST)
    preferred_channel: str | None = Field(None, max_length=40)
    part: str | None = Field(None, max_length=40)
    stance: str | None = Field(None, max_length=40)
    source: str | None = Field(None, max_length=40)
    legal_basis: str | None = Field(None, max_length=40)
    revision: Revision


class CustomerIn(ContactIn):
    """`name` is the customer's; of an organisation the person is `contact_name`."""

    model_config = shown(
        examples=[
            {"kind": "person", "name": "周叙白", "phone": "13812346027", "region": "浙江省杭州市"},
            {
                "kind": "organisation",
                "name": "远山机械有限公司",
                "contact_name": "周叙白",
                "email": "zhou@example.com",
            },
        ]
    )

    kind: Literal[tuple(Kind.values)]  # type: ignore[valid-type]
    contact_name: str = Field("", max_length=LONGEST)
    region: str = Field(
        "",
        max_length=LONGEST,
        examples=["330000"],
        description="a province-level code of GB/T 2260, or the place in words",
    )
    city: str = Field("", max_length=LONGEST)
    grade: str | None = Field(None, max_length=40)
    source: str = Field(Source.API.value, max_length=40)
    legal_basis: str = Field(LegalBasis.CONTRACT.value, max_length=40)
    account_manager: ManagerId | None = Field(
        None, description="id of a member of staff, as `GET /staff` has it"
    )
    department: str | None = Field(None, max_length=60)
    stage: str = Field(Stage.PROSPECT.value, max_length=40)
    industry: str = Field("", max_length=LONGEST)
    scale: str = Field("", max_length=LONGEST)
    category: str = Field("", max_length=LONGEST)
    credit: str = Field("", max_length=40)
    credit_limit: str = Field("", max_length=40, description="yuan, as text", examples=["500000.00"])
    needs: str = Field("", max_length=TEXT)
    history: str = Field("", max_length=TEXT)
    strategy: str = Field("", max_length=TEXT)


class CustomerPatch(In):
    """What is left out stays as it is; `grade` null takes the grade away."""

    model_config = shown(examples=[{"region": "杭州", "revision": 1}])

    name: str | None = Field(None, max_length=LONGEST)
    region: str | None = Field(None, max_length=LONGEST)
    city: str | None = Field(None, max_length=LONGEST)
    grade: str | None = Field(None, max_length=40)
    source: str | None = Field(None, max_length=40)
    legal_basis: str | None = Field(None, max_length=40)
    address: str | None = Field(None, max_length=LONGEST, description="an organisation's")
    industry: str | None = Field(None, max_length=LONGEST)
    scale: str | None = Field(None, max_length=LONGEST)
    category: str | None = Field(None, max_length=LONGEST)
    credit: str | None = Field(None, max_length=40)
    credit_limit: str | None = Field(None, max_length=40, description="yuan, as text")
    needs: str | None = Field(None, max_length=TEXT)
    history: str | None = Field(None, max_length=TEXT)
    strategy: str | None = Field(None, max_length=TEXT)
    secrecy: str | None = Field(None, max_length=40)
    revision: Revision


class AccountManagerIn(In):
    """Who looks after the customer, null for nobody; the department is theirs where none is named."""

    account_manager: ManagerId | None = Field(
        description="id of a member of staff, as `GET /staff` has it", examples=[1]
    )
    department: str | None = Field(None, max_length=60)


class RevealIn(In):
    """Which fields, and what for."""

    fields: list[Annotated[str, Field(max_length=40)]] = Field(
        min_length=1, max_length=10, examples=[["phone"]], description="name, phone, email"
    )
    purpose: str = Field(max_length=40, examples=["contact"])
    remark: str = Field("", max_length=LONGEST)


class EraseIn(In):
    """Why: one of the grounds of 个人信息保护法 article 47."""

    reason: Ground = Field(examples=["requested"])  # type: ignore[valid-type]


class ContactOut(Out):
    """A contact under its masks."""

    id: int
    is_self: bool
    name: str = Field(description="masked")
    phone: str = Field(examples=["138****6027"])
    email: str = Field(examples=["z***@example.com"])
    role: str
    address: str = Field(description="masked")
    preferred_channel: str
    part: str
    stance: str
    revision: int


class CustomerBrief(Out):
    """A customer as lists show it."""

    number: str = Field(examples=["KH-00317"])
    kind: str
    name: str
    region: str
    city: str
    grade: str | None
    stage: str
    category: str
    secrecy: str
    completeness: int = Field(description="of a hundred")
    verified_at: datetime | None
    account_manager: int | None
    department: str | None
    source: str
    legal_basis: str
    revision: int
    created_at: datetime
    erased_at: datetime | None


class ListQuery(Schema):
    """What the list is narrowed to, and its order; what is left out is not asked for."""

    kind: Literal[("", *Kind.values)] = ""  # type: ignore[valid-type]
    stage: Literal[("", *Stage.values)] = ""  # type: ignore[valid-type]
    grade: Literal[("", "none", *Grade.values)] = Field("", description="`none`: without a grade")  # type: ignore[valid-type]
    category: str = Field("", max_length=40)
    region: str = Field("", max_length=6, description="a province-level code of GB/T 2260")
    manager: str = Field("", pattern=r"^(mine|nobody|\d{1,15})?$", description="an id, `mine` or `nobody`")
    department: str = Field("", max_length=60)
    secrecy: Literal[("", *Secrecy.values)] = ""  # type: ignore[valid-type]
    complete_below: int | None = Field(None, ge=0, le=100)
    verified_before: Instant | None = Field(None, description="last verified before then, or never")
    order: Literal[tuple(lists.ORDERS)] = Field(lists.NEWEST)  # type: ignore[valid-type]


class CustomerOut(CustomerBrief):
    """A customer with its contacts."""

    contacts: list[ContactOut]


class CustomerList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[CustomerBrief]
    next_cursor: str


class Revealed(Out):
    """The fields asked for, in the clear; those not asked for are null."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


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


def looked_at(request: HttpRequest, number: str) -> Customer:
    """The customer of an address that shows them: whoever reads leaves a line in the access trail, as on the page.

    Raises NotFound.
    """
    customer = selectors.customer_for(user_of(request), number)
    watching.note_view(customer=customer, by=by_of(request), at=at_of(request), via=VIA)
    return customer


@router.get("", response=CustomerList, summary="List or search customers")
@needs(Permission.CUSTOMER_VIEW)
def list_customers(
    request: HttpRequest,
    narrowed: Annotated[ListQuery, Query(...)],
    q: str = Query(
        "", max_length=120, description="part of a name, its pinyin initials, the end of a number …"
    ),
    cursor: str = Query("", max_length=1200, description="`next_cursor` of the page before"),
    limit: int = Query(lists.PAGE, ge=1, le=lists.MOST_PAGE, description="rows a page"),
) -> dict[str, Any]:
    """Narrowed by any of these, in the order asked for; with `q` what is found by a part of a name, by pinyin or its
    initials, by the last four or eight digits of a telephone number, or by a whole number, address or code."""
    given = narrowed.model_dump()
    order = given.pop("order")
    page = lists.customer_page(
        user_of(request), filters=lists.Filters(text=q, **given), order=order, cursor=cursor, size=limit
    )
    return {"items": [customer_dict(card) for card in page.cards], "next_cursor": page.next}


@router.post("", response={201: CustomerOut}, summary="Enter a customer")
@needs(Permission.CUSTOMER_EDIT)
def create_customer(request: HttpRequest, data: CustomerIn) -> dict[str, Any]:
    """With the first contact: a person's own, or the one of an organisation."""
    if data.grade:
        check(user_of(request), Permission.GRADE_DECIDE)
    manager = _manager(data.account_manager)
    reach = people.visible_departments(user_of(request), Permission.CUSTOMER_VIEW)
    if manager is None and not data.department and reach is not None:
        # else who sees only their own customers would not see the one they have entered
        manager = user_of(request)
    fields = data.model_dump() | {"account_manager": manager}
    customer = actions.create_customer(**fields, by=by_of(request), at=at_of(request), via=VIA)
    return customer_dict(selectors.customer_card(customer.pk))


@router.get("/{number}", response=CustomerOut, summary="One customer with its contacts")
@needs(Permission.CUSTOMER_VIEW)
def get_customer(request: HttpRequest, number: Number) -> dict[str, Any]:
    """By number, as `KH-00317`."""
    return customer_dict(selectors.customer_card(looked_at(request, number).pk))


@router.patch("/{number}", response=CustomerOut, summary="Change a customer")
@needs(Permission.CUSTOMER_EDIT)
def change_customer(request: HttpRequest, number: Number, data: CustomerPatch) -> dict[str, Any]:
    """Fields of the customer; a person's name, numbers and addresses are changed in the contacts."""
    customer = selectors.customer_for(user_of(request), number)
    changes, revision = _changes(data, nullable={"grade"})
    if "grade" in changes:
        check(user_of(request), Permission.GRADE_DECIDE)
    actions.change_customer(
        customer=customer, changes=changes, revision=revision, by=by_of(request), at=at_of(request), via=VIA
    )
    return customer_dict(selectors.customer_card(customer.pk))


@router.put("/{number}/account-manager", response=CustomerOut, summary="Say who looks after a customer")
@needs(Permission.CUSTOMER_EDIT)
def set_account_manager(request: HttpRequest, number: Number, data: AccountManagerIn) -> dict[str, Any]:
    """An account manager, and the department that the customer belongs to."""
    customer = selectors.customer_for(user_of(request), number)
    actions.assign_account_manager(
        customer=customer,
        user=_manager(data.account_manager),
        department=data.department,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return customer_dict(selectors.customer_card(customer.pk))


@router.get("/{number}/contacts", response=list[ContactOut], summary="A customer's contacts")
@needs(Permission.CUSTOMER_VIEW)
def list_contacts(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """Under their masks; a person's own contact first."""
    card = selectors.customer_card(looked_at(request, number).pk)
    return [contact_dict(contact) for contact in card.contacts]


@router.post("/{number}/contacts", response={201: ContactOut}, summary="Add a contact")
@needs(Permission.CUSTOMER_EDIT)
def add_contact(request: HttpRequest, number: Number, data: ContactIn) -> dict[str, Any]:
    """A further person, number or address."""
    customer = selectors.customer_for(user_of(request), number)
    contact = actions.add_contact(
        customer=customer, **data.model_dump(), by=by_of(request), at=at_of(request), via=VIA
    )
    return contact_dict(selectors.contact_cards([contact.pk])[contact.pk])


@router.patch("/contacts/{contact_id}", response=ContactOut, summary="Change a contact")
@needs(Permission.CUSTOMER_EDIT)
def change_contact(request: HttpRequest, contact_id: Identity, data: ContactPatch) -> dict[str, Any]:
    """What was, and what is now, are sealed in the fact."""
    contact = selectors.contact_for(user_of(request), contact_id)
    changes, revision = _changes(data)
    actions.change_contact(
        contact=contact, changes=changes, revision=revision, by=by_of(request), at=at_of(request), via=VIA
    )
    return contact_dict(selectors.contact_cards([contact.pk])[contact.pk])


@router.post("/contacts/{contact_id}/reveal", response=Revealed, summary="Look at masked fields")
@needs(Permission.CUSTOMER_REVEAL)
def reveal_contact(request: HttpRequest, contact_id: Identity, data: RevealIn) -> dict[str, Any]:
    """In the clear, for a purpose; every look is recorded."""
    contact = selectors.contact_for(user_of(request), contact_id)
    return actions.reveal(
        contact=contact,
        fields=data.fields,
        purpose=data.purpose,
        remark=data.remark,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )


@router.post("/{number}/erase", response=CustomerOut, summary="Erase personal data for good")
@needs(Permission.CUSTOMER_ERASE)
def erase_customer(request: HttpRequest, number: Number, data: EraseIn) -> dict[str, Any]:
    """The customer's key is destroyed; number, region, an organisation's name and the chain of facts stay."""
    customer = selectors.customer_for(user_of(request), number)
    actions.erase(customer=customer, reason=data.reason, by=by_of(request), at=at_of(request), via=VIA)
    return customer_dict(selectors.customer_card(customer.pk))


def _manager(pk: int | None) -> User | None:
    if pk is None:
        return None
    try:
        return people.find_user(pk)
    except NotFound as error:
        raise Invalid(error.message, fields={"account_manager": error.message}) from None


def _changes(data: In, nullable: Collection[str] = ()) -> tuple[dict[str, Any], int | None]:
    """The fields that were sent, and the revision that was read."""
    sent = data.model_dump(exclude_unset=True)
    revision = sent.pop("revision", None)
    empty = {field: _("不能是 null；要清空请写空文本") for field, value in sent.items() if value is None}
    faults = {field: sentence for field, sentence in empty.items() if field not in nullable}
    if faults:
        raise Invalid(_("有字段是 null。"), fields=faults)
    return sent, revision
