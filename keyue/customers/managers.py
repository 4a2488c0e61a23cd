"""Who follows when a customer gets another account manager. Higher rooms register here; this room never imports them.

What is owed by a customer's account manager is owed by that person: with the customer it changes hands.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keyue.ledger.facts import Actor

# (customer id, the new account manager's id or None, by, at): called inside the transaction of the change
Follow = Callable[[int, int | None, Actor, datetime], None]

_rooms: dict[str, Follow] = {}


def register(room: str, follow: Follow) -> None:
    """Let `follow` be called for every customer whose account manager changes; once for each room."""
    _rooms[room] = follow


def follow_everywhere(customer_id: int, manager_id: int | None, by: Actor, at: datetime) -> None:
    """Call what was registered."""
    for follow in _rooms.values():
        follow(customer_id, manager_id, by, at)
