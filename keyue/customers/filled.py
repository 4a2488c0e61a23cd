"""Which fields of a customer's file hold something, by the names that facts and regulations use for them."""

from __future__ import annotations

from collections.abc import Iterable

from keyue.customers.enums import Part
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import OWN

# the columns of a customer that facts call by their own name
FILLED = ("address", "region", "city", "industry", "scale", "category", "credit", *OWN)


def filled_of(customer: Customer) -> tuple[str, ...]:
    """Which of the fields that regulations may ask for a customer's own row holds."""
    own = ("name", "company") if customer.name else ()
    more = ("credit_limit",) if customer.credit_limit is not None else ()
    return (*own, *(field for field in FILLED if getattr(customer, field)), *more)


def contact_filled(contact: Contact) -> tuple[str, ...]:
    """Which of the fields that regulations may ask for a contact gives the customer's file."""
    found = [field for field in ("phone", "email") if getattr(contact, field)]
    if contact.name:
        found.append("contact")
    if contact.is_self:
        found += [field for field in ("name", "address") if getattr(contact, field)]
    if contact.part in {Part.DECIDER, Part.APPROVER}:
        found.append("decision_makers")
    return tuple(found)


def held_by(customer: Customer, contacts: Iterable[Contact]) -> frozenset[str]:
    """What a customer's own row and the contacts who have not left hold together."""
    of_contacts = (field for one in contacts if one.left_at is None for field in contact_filled(one))
    return frozenset((*filled_of(customer), *of_contacts))
