"""How the personal columns of contacts are sealed and found: contexts, blind indexes, and opening many at once.

A value is sealed under the key of the customer that the contact belongs to, also where that customer has since been
merged into another: nothing has to be sealed anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keyue.customers import rules
from keyue.customers.models import Contact, Customer, subject_of
from keyue.ledger import sealing
from keyue.ledger.sealing import OwnerKey

OWN = ("needs", "history", "strategy")
"""The texts in a customer's own row that are sealed."""
INDEXED = ("name", "phone", "email")


@dataclass(frozen=True, slots=True)
class Clear:
    """What a contact's personal columns say, normalised; empty where nothing is known or the customer is erased."""

    name: str = ""
    phone: str = ""
    email: str = ""
    role: str = ""
    address: str = ""


def context(field: str) -> str:
    """What a sealed value is bound to beside its owner. Never changes."""
    return f"customers.Contact.{field}"


def own_context(field: str) -> str:
    """`context` for a sealed column of the customer's own row."""
    return f"customers.Customer.{field}"


def opened_own(customer: Customer, fields: Sequence[str] = OWN) -> dict[str, str]:
    """What the sealed columns of a customer's own row say; empty where nothing is known or the key is gone."""
    values = sealing.unseal_many(
        [(customer.subject, getattr(customer, field), own_context(field)) for field in fields]
    )
    return {field: text or "" for field, text in zip(fields, values, strict=True)}


def index_of(field: str, value: str) -> str | None:
    """The blind index of a normalised phone or e-mail address, or of a name; None of nothing."""
    text = rules.name_key(value) if field == "name" else value
    return sealing.blind_index(text, context(field)) if text else None


def key_of(customer_id: int) -> OwnerKey:
    """A customer's key, made where there is none; one query."""
    return sealing.key_of(subject_of(customer_id))


def new_key(customer_id: int) -> OwnerKey:
    """The key of a customer who has just been entered."""
    return sealing.new_key(subject_of(customer_id))


def columns(key: OwnerKey, values: Mapping[str, str]) -> dict[str, str | None]:
    """What is stored for these normalised values: the sealed texts and their blind indexes."""
    stored: dict[str, str | None] = {field: key.seal(text, context(field)) for field, text in values.items()}
    stored |= {f"{field}_index": index_of(field, values[field]) for field in INDEXED if field in values}
    return stored


def opened(contacts: Sequence[Contact]) -> list[Clear]:
    """The contacts in the clear, in their order; one query for all keys."""
    values = sealing.unseal_many(
        [
            (subject_of(contact.customer_id), getattr(contact, field), context(field))
            for contact in contacts
            for field in Contact.personal
        ]
    )
    n = len(Contact.personal)
    rows = (values[start : start + n] for start in range(0, len(values), n))
    return [Clear(*(text or "" for text in row)) for row in rows]
