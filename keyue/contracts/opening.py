"""How an opinion becomes a case. The room of the cases registers here; this room never imports it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from keyue.ledger.facts import Actor
from keyue.people.models import User


@dataclass(frozen=True, slots=True)
class Heard:
    """An opinion: whose, of what sort, what was said about which project, when, and who heard it."""

    customer_id: int
    type: str
    text: str
    title: str
    heard_at: datetime
    staff: User


# registers a case inside the transaction and gives its number
Open = Callable[[Heard, Actor, datetime], str]
_openers: list[Open] = []


def register(opener: Open) -> None:
    """Let cases be opened by `opener`; the last one registered does."""
    _openers[:] = [opener]


def open_case(heard: Heard, by: Actor, at: datetime) -> str:
    """Register a case and give its number."""
    return _openers[0](heard, by, at)
