"""Who follows what happens to a customer. Higher rooms register here; this room never imports them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keyue.kernel.events import Event
from keyue.ledger.facts import Actor

# (customer id, what happened, by, at): called inside the transaction of the fact, for every one that this room records
# about one customer; whoever follows picks the kinds that concern them and does little
Follow = Callable[[int, Event, Actor, datetime], None]

_rooms: dict[str, Follow] = {}


def register(room: str, follow: Follow) -> None:
    """Let `follow` be called for every fact about a customer; once for each room."""
    _rooms[room] = follow


def follow_everywhere(customer_id: int, event: Event, by: Actor, at: datetime) -> None:
    """Call what was registered."""
    for follow in _rooms.values():
        follow(customer_id, event, by, at)
