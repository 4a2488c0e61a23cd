"""Background jobs of outlets."""

from __future__ import annotations

from datetime import datetime

from keyue.channels.webhook import actions, facts, selectors
from keyue.ledger.facts import SYSTEM


def report_given_up(now: datetime) -> int:
    """Pushes that the outbox tries no longer stand in the log as given up."""
    return actions.note_given_up(keys=[item.key for item in selectors.given_up()], by=SYSTEM, at=now) and 0


JOBS = [("outlets.facts", 5.0, facts.gather), ("outlets.given_up", 60.0, report_given_up)]
