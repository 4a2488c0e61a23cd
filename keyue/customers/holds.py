"""What keeps a customer from being erased. Higher rooms register here; this room never imports them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

# (customer ids) -> the sentence for each that may not be erased now
Stand = Callable[[Sequence[int]], Mapping[int, str]]

_rooms: dict[str, Stand] = {}


def register(room: str, stand: Stand) -> None:
    """Let `stand` be asked before anybody is erased; once for each room."""
    _rooms[room] = stand


def standing(customer_ids: Sequence[int]) -> dict[int, str]:
    """Why each of these customers may not be erased now, without those who may."""
    found: dict[int, str] = {}
    for stand in _rooms.values():
        found = {**stand(customer_ids), **found}
    return found
