"""Background jobs of the compliance room."""

from __future__ import annotations

from datetime import datetime

from keyue.compliance import actions


def note_editions_in_force(now: datetime) -> int:
    """Record that an announced edition has come in force, at its own instant."""
    return actions.note_editions_in_force(now=now)


JOBS = [("editions.in_force", 15.0, note_editions_in_force)]
