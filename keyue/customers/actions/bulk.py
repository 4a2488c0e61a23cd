"""Many customers at once: for demonstrations, measurements and the first filling of an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from keyue.customers.actions._ground import (
    clean_contact,
    clean_place,
    created,
    member,
    new_contact,
    new_customer,
    refuse_empty,
    signature,
)
from keyue.customers.actions.archive import CUSTOMER_FIELDS, clean_organisation, clean_values, only
from keyue.customers.actions.intake import match_or_create
from keyue.customers.actions.measuring import measure_new
from keyue.customers.actions.searching import index_new, reindex
from keyue.customers.completing import field_rules
from keyue.customers.enums import Grade, IdentifierKind, Kind, LegalBasis, Source, Stage
from keyue.customers.events import CustomerIdentifierAdded
from keyue.customers.models import Contact, Customer, Identifier
from keyue.customers.sealed import OWN, Clear, index_of, own_context
from keyue.customers.sealed_identifiers import key_for
from keyue.ledger import sealing
from keyue.ledger.actions import HISTORY_SOURCES
from keyue.ledger.facts import Actor, Draft, Entry
from keyue.ledger.insertion import insert_rows
from keyue.promises import actions as promises

AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class NewCustomer:
    """What is known of one of them; `at` is when they became known, where that is not now."""

    kind: str
    name: str = ""
    contact_name: str = ""
    phone: str = ""
    email: str = ""
    role: str = ""
    address: str = ""
    region: str = ""
    city: str = ""
    grade: str | None = None
    account_manager_id: int | None = None
    department: str | None = None
    source: str = Source.IMPORT.value
    legal_basis: str = LegalBasis.CONTRACT.value
    at: datetime | None = None
    stage: str = Stage.PROSPECT.value
    # any other of CUSTOMER_FIELDS
    more: Mapping[str, Any] = field(default_factory=dict)
    # (kind, system, code) of codes that stand in the clear
    codes: Sequence[tuple[str, str, str]] = ()


@dataclass(slots=True)
class _Row:
    """A customer on the way in: the row, the first contact in the clear, texts to be sealed, and codes."""

    customer: Customer
    clear: Clear
    texts: Mapping[str, str] = field(default_factory=dict)
    codes: Sequence[tuple[str, str, str]] = ()
    contact: Contact | None = None
    identifiers: Sequence[Identifier] = ()

    @property
    def first(self) -> Clear | None:
        """The first contact; None for an organisation of whose people nothing was said."""
        return self.clear if self.customer.is_person or any(asdict(self.clear).values()) else None


@transaction.atomic
def enter_many(*, customers: Sequence[NewCustomer], by: Actor, at: datetime, via: str) -> list[Customer]:
    """`create_many`, where an organisation of whose people nothing is said gets no contact."""
    rows = [_row(given, by, given.at or at) for given in customers]
    for start in range(0, len(rows), AT_A_TIME):
        _insert(rows[start : start + AT_A_TIME], by, via, all_reached=False)
    return [row.customer for row in rows]


@transaction.atomic
def create_many(
    *, customers: Sequence[NewCustomer], by: Actor, at: datetime, via: str
) -> list[tuple[Customer, Contact]]:
    """Enter all of them, each with a contact, in their order; or, where one is wrong, none: Invalid.

    As many queries for 500 as for one, and the same rows and facts as `create_customer` gives. Nobody is matched, and
    account managers and departments are taken as they are. With `via` "demo" or "bench", `at` is also when the facts
    were recorded.
    """
    rows = [_row(given, by, given.at or at) for given in customers]
    for start in range(0, len(rows), AT_A_TIME):
        _insert(rows[start : start + AT_A_TIME], by, via, all_reached=True)
    return [(row.customer, row.contact) for row in rows if row.contact is not None]


@transaction.atomic
def match_or_create_many(
    *, customers: Sequence[NewCustomer], by: Actor, at: datetime, via: str
) -> list[tuple[Customer, Contact]]:
    """`match_or_create` for many persons, in their order: who is on file is matched, all others are entered together.

    Somebody who stands there twice is entered once. Raises Invalid, and then nobody is entered.
    """
    numbers = [_numbers(given) for given in customers]
    on_file = _on_file({number for found in numbers for number in found})
    fresh: list[int] = []
    for place, found in enumerate(numbers):
        if not found & on_file:
            fresh.append(place)
            on_file |= found
    made = create_many(customers=[customers[place] for place in fresh], by=by, at=at, via=via)
    result = dict(zip(fresh, made, strict=True))
    for place, given in enumerate(customers):
        if place not in result:
            customer, contact, _known = match_or_create(
                name=given.name,
                phone=given.phone,
                email=given.email,
                region=given.region,
                kind=given.kind,
                by=by,
                at=given.at or at,
                source=given.source,
                legal_basis=given.legal_basis,
                via=via,
            )
            result[place] = customer, contact
    return [result[place] for place in range(len(customers))]


def _numbers(given: NewCustomer) -> set[str]:
    """The blind indexes of the number and address by which somebody is known again."""
    clear = clean_contact(phone=given.phone, email=given.email)
    found = (index_of(field, getattr(clear, field)) for field in ("phone", "email"))
    return {index for index in found if index}


def _on_file(numbers: set[str]) -> set[str]:
    """Those of the numbers and addresses that some contact has."""
    wanted = sorted(numbers)
    found: set[str] = set()
    for start in range(0, len(wanted), AT_A_TIME):
        some = wanted[start : start + AT_A_TIME]
        for column in ("phone_index", "email_index"):
            rows = Contact.objects.filter(**{f"{column}__in": some})
            found.update(rows.values_list(column, flat=True))
    return found


def _row(given: NewCustomer, by: Actor, at: datetime) -> _Row:
    sort = member(Kind, given.kind, "kind")
    company = clean_organisation(given.name) if sort == Kind.ORGANISATION else ""
    clear = clean_contact(
        given.contact_name if company else given.name,
        given.phone,
        given.email,
        given.role,
        "" if company else given.address,
    )
    if not company:
        refuse_empty(clear)
    place = clean_place(given.region, given.city)
    only(given.more, CUSTOMER_FIELDS)
    values = clean_values({**given.more, "address": given.address if company else ""})
    texts = {name: values.pop(name) for name in OWN if name in values}
    customer = new_customer(
        sort,
        company,
        by=by,
        at=at,
        region=place.region,
        city=place.city,
        stage=member(Stage, given.stage, "stage"),
        grade=member(Grade, given.grade, "grade") if given.grade else None,
        account_manager_id=given.account_manager_id,
        department=given.department or None,
        source=member(Source, given.source, "source"),
        legal_basis=member(LegalBasis, given.legal_basis, "legal_basis"),
        **values,
    )
    return _Row(customer, clear, {name: text for name, text in texts.items() if text}, given.codes)


def _insert(rows: Sequence[_Row], by: Actor, via: str, *, all_reached: bool) -> None:
    known = field_rules()
    for row in rows:
        measure_new(row.customer, row.clear if all_reached else row.first, texts=row.texts, rules=known)
    insert_rows([row.customer for row in rows])
    keyed = [row.customer.subject for row in rows if all_reached or row.first or row.texts]
    keys = sealing.keys_of(keyed)
    for row in rows:
        key = keys.get(row.customer.subject)
        if key is None:
            continue
        for name, text in row.texts.items():
            setattr(row.customer, name, key.seal(text, own_context(name)))
        if all_reached or row.first is not None:
            row.contact = new_contact(row.customer, key, row.clear, by=by, at=row.customer.created_at)
            row.contact.is_self = row.customer.is_person
    texted = [row.customer for row in rows if row.texts]
    if texted:
        Customer.objects.bulk_update(texted, OWN)
    contacts = [row.contact for row in rows if row.contact is not None]
    if contacts:
        insert_rows(contacts)
    _identify(rows, by)
    index_new([(row.customer, row.clear if row.contact else None) for row in rows])
    coded = [row for row in rows if row.codes]
    if coded:
        reindex([row.customer.pk for row in coded])
    entries = [_entry(row, via) for row in rows]
    promises.record_many(entries, by=by, at=rows[0].customer.created_at, source=via, announce=False)


def _identify(rows: Sequence[_Row], by: Actor) -> None:
    """The codes of customers who have just been entered. IntegrityError where one is taken."""
    for row in rows:
        row.identifiers = [
            Identifier(
                customer=row.customer,
                kind=kind,
                system=system,
                value=code,
                key=key_for(row.customer.is_person, IdentifierKind(kind), code),
                created_at=row.customer.created_at,
                created_by=signature(by),
            )
            for kind, system, code in row.codes
        ]
    Identifier.objects.bulk_create([one for row in rows for one in row.identifiers])


def _entry(row: _Row, via: str) -> Entry:
    customer = row.customer
    event = created(customer, row.contact)
    at = customer.created_at
    added = [
        CustomerIdentifierAdded(
            identifier=str(one.pk), type=one.kind, system=one.system or None, value=one.value
        )
        for one in row.identifiers
    ]
    return Entry(
        customer.subject,
        [Draft(event.kind, event.data()), *(Draft(one.kind, one.data()) for one in added)],
        at=at,
        recorded_at=at if via in HISTORY_SOURCES else None,
    )
