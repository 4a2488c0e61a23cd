"""Many customers at once: for demonstrations, measurements and the first filling of an archive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from keyue.customers.actions._ground import (
    clean_contact,
    clean_place,
    created,
    member,
    new_contact,
    new_customer,
    refuse_empty,
)
from keyue.customers.actions.archive import clean_organisation
from keyue.customers.actions.intake import match_or_create
from keyue.customers.enums import Grade, Kind, LegalBasis, Source
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import Clear, index_of
from keyue.ledger import actions as ledger
from keyue.ledger import sealing
from keyue.ledger.actions import HISTORY_SOURCES
from keyue.ledger.facts import Actor, Draft, Entry

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
    region: str = ""
    city: str = ""
    grade: str | None = None
    account_manager_id: int | None = None
    department: str | None = None
    source: str = Source.IMPORT.value
    legal_basis: str = LegalBasis.CONTRACT.value
    at: datetime | None = None


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
    made = []
    for start in range(0, len(rows), AT_A_TIME):
        made += _insert(rows[start : start + AT_A_TIME], by, via)
    return made


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


def _row(given: NewCustomer, by: Actor, at: datetime) -> tuple[Customer, Clear]:
    sort = member(Kind, given.kind, "kind")
    company = clean_organisation(given.name) if sort == Kind.ORGANISATION else ""
    clear = clean_contact(given.contact_name if company else given.name, given.phone, given.email, given.role)
    if not company:
        refuse_empty(clear)
    place = clean_place(given.region, given.city)
    customer = new_customer(
        sort,
        company,
        by=by,
        at=at,
        region=place.region,
        city=place.city,
        grade=member(Grade, given.grade, "grade") if given.grade else None,
        account_manager_id=given.account_manager_id,
        department=given.department or None,
        source=member(Source, given.source, "source"),
        legal_basis=member(LegalBasis, given.legal_basis, "legal_basis"),
    )
    return customer, clear


def _insert(rows: Sequence[tuple[Customer, Clear]], by: Actor, via: str) -> list[tuple[Customer, Contact]]:
    Customer.objects.bulk_create([customer for customer, _clear in rows])
    keys = sealing.keys_of([customer.subject for customer, _clear in rows])
    made = []
    for customer, clear in rows:
        contact = new_contact(customer, keys[customer.subject], clear, by=by, at=customer.created_at)
        contact.is_self = customer.is_person
        made.append((customer, contact))
    Contact.objects.bulk_create([contact for _customer, contact in made])
    entries = [_entry(customer, contact, via) for customer, contact in made]
    ledger.record_many(entries, by=by, at=rows[0][0].created_at, source=via)
    return made


def _entry(customer: Customer, contact: Contact, via: str) -> Entry:
    event = created(customer, contact)
    at = customer.created_at
    return Entry(
        customer.subject,
        [Draft(event.kind, event.data())],
        at=at,
        recorded_at=at if via in HISTORY_SOURCES else None,
    )
