"""Background jobs of the knowledge room."""

from __future__ import annotations

from datetime import datetime

from keyue.knowledge import actions
from keyue.knowledge.files import CONTENTS
from keyue.ledger.facts import SYSTEM


def forget(now: datetime) -> int:
    """Delete questions whose time is over."""
    return actions.forget_old(by=SYSTEM, at=now)


def tidy(now: datetime) -> int:
    """Delete contents of files that nothing names."""
    return CONTENTS.tidy(now)


JOBS = [("knowledge.questions", 3600.0, forget), ("knowledge.files", 300.0, tidy)]
