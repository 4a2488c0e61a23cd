"""The values of the company's own fields: plain ones in the clear, personal ones sealed together under the customer's key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from keyue.customers.models import Customer
from keyue.customers.sealed import key_of, own_context
from keyue.ledger import sealing

CONTEXT = own_context("extra_sealed")
PREFIX = "extra."
"""How facts, checks and defects name a field of the company's own: `extra.` and its key."""


def opened_extra(customers: Sequence[Customer]) -> list[dict[str, str]]:
    """All values of the company's own fields by key, of each of these customers; at most one query, for the keys.

    Personal ones are left out where the customer's key is gone.
    """
    sealed = [(one.subject, one.extra_sealed, CONTEXT) for one in customers]
    texts = (
        sealing.unseal_many(sealed) if any(one.extra_sealed for one in customers) else [None] * len(sealed)
    )
    return [
        {**one.extra, **(json.loads(text) if text else {})}
        for one, text in zip(customers, texts, strict=True)
    ]


def put_extra(customer: Customer, values: Mapping[str, str], personal: frozenset[str]) -> None:
    """Put all values of the company's own fields into the row, not yet saved; `personal` keys go under the seal."""
    customer.extra = {key: value for key, value in values.items() if key not in personal}
    hidden = {key: value for key, value in values.items() if key in personal}
    text = json.dumps(hidden, ensure_ascii=False, sort_keys=True)
    customer.extra_sealed = key_of(customer.pk).seal(text, CONTEXT) if hidden else ""
