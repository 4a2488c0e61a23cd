"""Who knows when a customer was last in touch with the company. Higher rooms register here; this room never imports them.

What the customers' own facts say of contacts is known without anybody's registering.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

# ids of customers -> the last contact of each, of those that the room knows one of
Source = Callable[[Collection[int]], Mapping[int, datetime]]

_rooms: dict[str, Source] = {}


def register(room: str, source: Source) -> None:
    """Let `source` be asked for last contacts; once for each room."""
    _rooms[room] = source


def last_contacts(customer_ids: Collection[int]) -> dict[int, datetime]:
    """The last contact of each of these customers that any room knows of."""
    found: dict[int, datetime] = {}
    for source in _rooms.values():
        for pk, at in source(customer_ids).items():
            found[pk] = max(at, found.get(pk, at))
    return found
