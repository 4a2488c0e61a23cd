"""Background jobs of the sorting room."""

from __future__ import annotations

from datetime import datetime

from keyue.sorting import actions
from keyue.sorting.training import Trainer

A_TURN = 50
_trainer = Trainer()


def take_in(now: datetime) -> int:
    """Propose something for the cases that came in; how many, so that a crowd is worked off at once."""
    return actions.take_in(now=now, size=A_TURN)


JOBS = [
    ("sorting.take_in", 3.0, take_in),
    ("sorting.learn", 20.0, _trainer.turn),
]
