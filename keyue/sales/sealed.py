"""How the personal columns of this room are sealed, found and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keyue.customers import sealed as customers
from keyue.customers.models import subject_of
from keyue.ledger import sealing
from keyue.ledger.sealing import OwnerKey
from keyue.sales.models import Lead, Need, Opportunity, ServicePlan

# what of a lead is called otherwise in the archive, whose blind indexes it shares
AS_CUSTOMER = {"person": "name", "phone": "phone", "email": "email"}


@dataclass(frozen=True, slots=True)
class ClearLead:
    """A lead's personal columns in the clear; empty where nothing is known or the key is gone."""

    person: str = ""
    phone: str = ""
    email: str = ""
    note: str = ""


def context(model: str, field: str) -> str:
    """What a sealed value is bound to beside its owner. Never changes."""
    return f"sales.{model}.{field}"


def index_of(field: str, value: str) -> str | None:
    """The blind index of a lead's normalised name, number or address: equal values of customers have the same."""
    return customers.index_of(AS_CUSTOMER[field], value)


def lead_columns(key: OwnerKey, clear: ClearLead) -> dict[str, str | None]:
    """What is stored of a lead: the sealed texts and their blind indexes."""
    stored: dict[str, str | None] = {
        field: key.seal(getattr(clear, field), context("Lead", field)) for field in Lead.personal
    }
    return stored | {f"{field}_index": index_of(field, getattr(clear, field)) for field in AS_CUSTOMER}


def opened_leads(leads: Sequence[Lead]) -> list[ClearLead]:
    """The leads in the clear, in their order; one query for all keys."""
    values = sealing.unseal_many(
        [
            (lead.subject, getattr(lead, field), context("Lead", field))
            for lead in leads
            for field in Lead.personal
        ]
    )
    n = len(Lead.personal)
    rows = (values[start : start + n] for start in range(0, len(values), n))
    return [ClearLead(*(text or "" for text in row)) for row in rows]


def seal_for_customer(customer_id: int, model: str, field: str, text: str) -> str:
    """A text about a customer, under their key."""
    return customers.key_of(customer_id).seal(text, context(model, field))


def opened_texts(rows: Sequence[Need | ServicePlan | Opportunity], *fields: str) -> list[dict[str, str]]:
    """Sealed columns of rows that belong to customers, in the clear; one query for all keys."""
    items = [
        (subject_of(row.customer_id), getattr(row, field), context(type(row).__name__, field))
        for row in rows
        for field in fields
    ]
    values = sealing.unseal_many(items)
    n = len(fields)
    return [
        {field: values[at * n + place] or "" for place, field in enumerate(fields)} for at in range(len(rows))
    ]
