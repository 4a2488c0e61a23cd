"""Background work of the people room, called by the worker."""

from __future__ import annotations

from datetime import datetime

from keyue.ledger.facts import Actor
from keyue.people import actions

WORKER = Actor("system", "worker")


def tidy(at: datetime) -> int:
    """Once an hour or so: remove sessions that are over and counts under unknown names; returns how many rows."""
    return actions.tidy(by=WORKER, at=at)


JOBS = [("people.tidy", 3600.0, tidy)]
