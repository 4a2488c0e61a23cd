"""Pure decisions about editions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from keyue.ledger.facts import canonical


def state_of(
    *,
    approved_at: datetime | None,
    published_at: datetime | None,
    effective_from: datetime | None,
    next_effective: datetime | None,
    at: datetime,
) -> str:
    """The state at an instant: drafted, approved, announced, in_force or superseded.

    `next_effective` is when the following edition of the same regulation takes effect, if one is published.
    """
    if published_at is None or effective_from is None:
        return "drafted" if approved_at is None else "approved"
    if at < effective_from:
        return "announced"
    return "superseded" if next_effective is not None and next_effective <= at else "in_force"


def digest_of(source: str, answers: Mapping[str, Any]) -> str:
    """What makes an edition this one and no other: its text and the company's answers."""
    return sha256(canonical({"answers": dict(answers), "source": source})).hexdigest()
