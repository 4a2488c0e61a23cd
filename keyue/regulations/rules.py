"""Pure decisions about editions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    submitted_at: datetime | None = None,
    withdrawn_at: datetime | None = None,
) -> str:
    """The state at an instant: one of `draft_state`, else announced, in_force or superseded.

    `next_effective` is when the following edition of the same regulation takes effect, if one is published.
    """
    if published_at is None or effective_from is None:
        return draft_state(approved_at=approved_at, submitted_at=submitted_at, withdrawn_at=withdrawn_at)
    if at < effective_from:
        return "announced"
    return "superseded" if next_effective is not None and next_effective <= at else "in_force"


def draft_state(
    *, approved_at: datetime | None, submitted_at: datetime | None, withdrawn_at: datetime | None
) -> str:
    """The state of what is not published: drafted, submitted, approved or withdrawn."""
    if withdrawn_at is not None:
        return "withdrawn"
    if approved_at is not None:
        return "approved"
    return "drafted" if submitted_at is None else "submitted"


def score_of(test: Mapping[str, Any], chosen: Sequence[int | None]) -> int:
    """How many questions of a test are answered rightly."""
    questions = test.get("questions", [])
    return sum(
        given == question["answer"]
        for question, given in zip(questions, chosen, strict=False)
        if given is not None
    )


def digest_of(source: str, answers: Mapping[str, Any]) -> str:
    """What makes an edition this one and no other: its text and the company's answers."""
    return sha256(canonical({"answers": dict(answers), "source": source})).hexdigest()


RESERVED = frozenset({"adopt", "approval-steps", "conflicts", "packs", "statements", "steps", "upload"})
"""Words that stand in addresses where the id of a regulation stands: no regulation is called so."""
