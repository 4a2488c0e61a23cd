"""What other rooms forget when a customer is erased. Higher rooms register here; this room never imports them.

Texts sealed under the customer's key need nothing: they are unreadable from then on. This is for what is not sealed:
rows of a search index, files, a name kept in a heading.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from keyue.ledger.facts import Actor

# (customer id, by, at): called inside the transaction of the erasure, and again after a restore
Forget = Callable[[int, Actor, datetime], None]

_rooms: dict[str, Forget] = {}


def register(room: str, forget: Forget) -> None:
    """Let `forget` be called for every customer who is erased; once for each room."""
    _rooms[room] = forget


def forget_everywhere(customer_id: int, by: Actor, at: datetime) -> None:
    """Call what was registered."""
    for forget in _rooms.values():
        forget(customer_id, by, at)
