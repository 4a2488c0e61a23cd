"""How the texts of contracts and projects are sealed under the customer's key, and opened many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Model

from keyue.customers.models import subject_of
from keyue.ledger import sealing
from keyue.ledger.sealing import OwnerKey


def context(model: type[Model], field: str) -> str:
    """What a sealed value is bound to beside its owner. Never changes."""
    return f"contracts.{model.__name__}.{field}"


def key_of(customer_id: int) -> OwnerKey:
    """The customer's key, made where there is none."""
    return sealing.key_of(subject_of(customer_id))


def sealed(key: OwnerKey, model: type[Model], values: Mapping[str, str]) -> dict[str, str]:
    """What is stored for these texts; nothing for an empty one."""
    return {field: key.seal(text, context(model, field)) if text else "" for field, text in values.items()}


def opened(rows: Sequence[tuple[int, Model]], fields: Iterable[str] = ("title",)) -> list[dict[str, str]]:
    """The texts of rows, each given with its customer's id, in their order; empty where nothing is known or the customer
    is erased. One query for all keys."""
    names = tuple(fields)
    values = sealing.unseal_many(
        [
            (subject_of(customer), getattr(row, field), context(type(row), field))
            for customer, row in rows
            for field in names
        ]
    )
    n = len(names)
    return [{field: values[at + k] or "" for k, field in enumerate(names)} for at in range(0, len(values), n)]
