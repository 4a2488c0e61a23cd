"""When the company last had to do with a customer, room by room. Rooms above register from their AppConfig.ready."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

# (customer ids) -> when each was last dealt with, without those with whom there was never anything; an instant to come
# for what still runs
Last = Callable[[Sequence[int]], Mapping[int, datetime]]

_rooms: dict[str, Last] = {}


def register(room: str, last: Last) -> None:
    """Let `last` be asked before a customer counts as without dealings; once for each room."""
    _rooms[room] = last


def last_of(customer_ids: Sequence[int]) -> dict[int, datetime]:
    """The latest instant of any room for each of these customers."""
    found: dict[int, datetime] = {}
    for last in _rooms.values():
        for pk, instant in last(customer_ids).items():
            found[pk] = max(found.get(pk, instant), instant)
    return found
