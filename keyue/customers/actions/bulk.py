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
from keyue.customers.enums import Grade, Kind, LegalBasis, Source
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import Clear
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
