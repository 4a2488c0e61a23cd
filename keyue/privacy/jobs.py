"""Background jobs of the privacy room."""

from __future__ import annotations

from datetime import datetime

from keyue.ledger.facts import SYSTEM
from keyue.privacy import actions


def look_at_retention(now: datetime) -> int:
    """Some hundred customers under the rule whose turn it is; other jobs have their turn in between."""
    return actions.look_on(now=now)


def tidy(now: datetime) -> int:
    """Delete identity checks that are over; nothing more to do until the next turn."""
    actions.tidy(by=SYSTEM, at=now)
    return 0


JOBS = [
    ("privacy.retention", 600.0, look_at_retention),
    ("privacy.tidy", 3600.0, tidy),
]
