"""What follows when an opportunity is won: a contract to draw up. Higher rooms register here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from keyue.ledger.facts import Actor

if TYPE_CHECKING:
    from keyue.sales.models import Opportunity

# (the opportunity, by, at): called inside the transaction in which it is won
Follow = Callable[["Opportunity", Actor, datetime], None]

_rooms: dict[str, Follow] = {}


def register(room: str, follow: Follow) -> None:
    """Let `follow` be called for every opportunity that is won; once for each room."""
    _rooms[room] = follow


def follow_everywhere(opportunity: Opportunity, by: Actor, at: datetime) -> None:
    """Call what was registered."""
    for follow in _rooms.values():
        follow(opportunity, by, at)
