"""Who knows names of people: rooms above register here, this room never imports them."""

from __future__ import annotations

from collections.abc import Collection

from keyue.knowledge.masking import Known

_rooms: dict[str, Known] = {}


def register(room: str, known: Known) -> None:
    """Let `known` say which of some candidates are names of people; once for each room."""
    _rooms[room] = known


def known_names(candidates: Collection[str]) -> set[str]:
    """Those of some candidates that any room knows as the name of somebody."""
    return {name for known in _rooms.values() for name in known(candidates)}
