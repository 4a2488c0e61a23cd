"""Who is it? The customer behind a name, a number and an address that somebody gave, or a new one.

Only an identifier, a telephone number or e-mail address that is exactly the same, finds a customer; a name never does.
What a stranger types changes nothing that is on file: an address given together with somebody's number would else
receive that person's mail. Where anything differs from the contact on file, the customer gets a further contact with
what was given now, and this case's answers go there.

Two intakes with the same new number in the same instant give one customer on SQLite, where writers take turns. On
PostgreSQL they may give two: no lock is taken that all intakes would pay for, and `selectors.possible_duplicates`
shows the pair on both pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from keyue.customers import rules
from keyue.customers.actions._ground import (
    clean_contact,
    clean_place,
    contact_filled,
    member,
    new_contact,
    note,
    refuse_empty,
)
from keyue.customers.actions.archive import clean_organisation, insert_customer
from keyue.customers.actions.measuring import measure_read
from keyue.customers.actions.searching import index_contact
from keyue.customers.enums import Kind, LegalBasis, Source
from keyue.customers.events import CustomerContactAdded, CustomerOtherNameGiven
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import Clear, index_of, key_of
from keyue.ledger.facts import Actor
from keyue.ledger.insertion import insert_rows

MOST_CANDIDATES = 50


@transaction.atomic(savepoint=False)
def match_or_create(
    *,
    name: str,
    phone: str,
    email: str,
    region: str,
    kind: str,
    by: Actor,
    at: datetime,
    contact_name: str = "",
    source: str = Source.PORTAL,
    legal_basis: str = LegalBasis.CONSENT,
    via: str = "portal",
) -> tuple[Customer, Contact, bool]:
    """The customer and contact that these belong to, and whether the customer was known.

    `name` is the customer's: of an organisation the organisation's, whose person is `contact_name`. `region`: a code or
    a place in words. An organisation is found among organisations only; a person also as the contact of one. One query
    where the contact is known, three at most, and the inserts. Raises Invalid where no name and no way to reach them is
    given, or any field is wrong.
    """
    sort = member(Kind, kind, "kind")
    company = clean_organisation(name) if sort == Kind.ORGANISATION else ""
    given = clean_contact(name=contact_name if company else name, phone=phone, email=email)
    place = clean_place(region)
    if not company:
        refuse_empty(given)
    found = _candidates(given, sort)
    if found:
        ground = {
            "source": member(Source, source, "source"),
            "legal_basis": member(LegalBasis, legal_basis, "legal_basis"),
        }
        customer, contact = _recognised(found, given, sort, ground, by=by, at=at, via=via)
        _keep_other_name(customer, contact, company, by=by, at=at, via=via)
        return customer, contact, True
    customer, created = insert_customer(
        sort,
        company,
        given,
        by=by,
        at=at,
        via=via,
        region=place.region,
        city=place.city,
        source=member(Source, source, "source"),
        legal_basis=member(LegalBasis, legal_basis, "legal_basis"),
        with_contact=True,
    )
    assert created is not None  # noqa: S101  asked for
    return customer, created, False


def _candidates(given: Clear, sort: Kind) -> list[Contact]:
    """Contacts with the same number or address, the best one first."""
    known = _known(index_of("phone", given.phone), index_of("email", given.email))
    if not known:
        return []
    rows = Contact.objects.filter(pk__in=known).select_related("customer__merged_into")
    if sort == Kind.ORGANISATION:
        rows = rows.filter(customer__kind=Kind.ORGANISATION)
    return sorted(rows[:MOST_CANDIDATES], key=lambda contact: _rank(contact, given, sort))


# most senders are new: asking for ids alone takes a tenth of asking for contacts with their customers.
# Unordered: an order by id would tempt PostgreSQL to walk the whole table by it
_KNOWN = """
SELECT id FROM customers_contact WHERE phone_index = %s
UNION SELECT id FROM customers_contact WHERE email_index = %s LIMIT 200
"""


def _known(phone: str | None, email: str | None) -> list[int]:
    """Ids of contacts with this number or address."""
    if phone is None and email is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [phone, email])
        return [row[0] for row in cursor.fetchall()]


def _rank(contact: Contact, given: Clear, sort: Kind) -> tuple[bool, bool, bool, bool, int]:
    by_phone = bool(given.phone) and contact.phone_index == index_of("phone", given.phone)
    same_name = contact.name_index == index_of("name", given.name)
    other_kind = contact.customer.kind != sort
    return not _agrees(contact, given), not same_name, other_kind, not by_phone, contact.pk


def _agrees(contact: Contact, given: Clear) -> bool:
    """Whether everything given is on file just so; what is not given does not matter."""
    return all(
        getattr(contact, f"{field}_index") == index_of(field, text)
        for field, text in (("name", given.name), ("phone", given.phone), ("email", given.email))
        if text
    )


def _recognised(
    found: Sequence[Contact],
    given: Clear,
    sort: Kind,
    ground: Mapping[str, str],
    *,
    by: Actor,
    at: datetime,
    via: str,
) -> tuple[Customer, Contact]:
    best = found[0]
    # what is new about somebody merged away belongs to the customer who stands for them now
    customer = current(best.customer)
    if _agrees(best, given) or len(found) == MOST_CANDIDATES:
        return customer, best
    contact = new_contact(customer, key_of(customer.pk), given, by=by, at=at)
    contact.source, contact.legal_basis = ground["source"], ground["legal_basis"]
    insert_rows([contact])
    index_contact(customer.pk, given)
    event = CustomerContactAdded(contact=str(contact.pk), **ground, filled=contact_filled(contact))
    note(customer, event, by=by, at=at, via=via)
    measure_read(customer)
    return customer, contact


def current(customer: Customer) -> Customer:
    """The customer that this one has been merged into, else itself."""
    while customer.merged_into is not None:
        customer = customer.merged_into
    return customer


def _keep_other_name(
    customer: Customer, contact: Contact, company: str, *, by: Actor, at: datetime, via: str
) -> None:
    if company and rules.name_key(company) != rules.name_key(customer.name):
        event = CustomerOtherNameGiven(contact=str(contact.pk))
        note(customer, event, by=by, at=at, via=via, sealed={"name": company})
