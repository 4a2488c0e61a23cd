"""What is held about a person, room by room, for whoever asks to see or have it: 个人信息保护法 article 45.

Rooms above register from their AppConfig.ready; this room never imports them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from keyue.customers.models import Contact, Customer


@dataclass(frozen=True, slots=True)
class Holding:
    """One kind of things held: `columns` name the values of `rows` for people, by their keys for programs."""

    key: str
    title: str
    columns: Mapping[str, str]
    rows: Sequence[Mapping[str, object]] = field(default_factory=tuple)


# (customer, contact, at) -> what the room holds about this person; of an organisation only what is the contact's own
Gather = Callable[[Customer, Contact, datetime], Sequence[Holding]]

_rooms: dict[str, Gather] = {}


def register(room: str, gather: Gather) -> None:
    """Let `gather` add to every package; once for each room."""
    _rooms[room] = gather


def held_about(customer: Customer, contact: Contact, at: datetime) -> list[Holding]:
    """Everything that the rooms hold about this person, without what is empty."""
    found = [one for gather in _rooms.values() for one in gather(customer, contact, at)]
    return [one for one in found if one.rows]
