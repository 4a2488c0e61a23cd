"""The buttons at the head of a customer's page, and the tags beside the name. Rooms above add theirs from their
AppConfig.ready."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from keyue.customers.models import Customer
from keyue.people.models import User


@dataclass(frozen=True, slots=True)
class Act:
    """A button: `key` is the letter that presses it, `dialog` opens its page over this one, `is_main` the one to press."""

    label: str
    url: str
    icon: str = ""
    key: str = ""
    dialog: bool = False
    is_main: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """A tag beside the name, of what whoever opens the page should know first; it leads to `url`."""

    label: str
    url: str


Acts = Callable[[User, Customer], Sequence[Act]]
Flags = Callable[[User, Customer], Sequence[Flag]]
_rooms: dict[str, tuple[int, Acts]] = {}
_flags: dict[str, Flags] = {}


def register(room: str, acts: Acts, *, order: int = 100) -> None:
    """Let `acts` add buttons to every customer's page, for those who may press them; the lowest `order` comes first."""
    _rooms[room] = (order, acts)


def acts_for(user: User, customer: Customer) -> list[Act]:
    """The buttons that this person sees on this customer's page."""
    rooms = sorted(_rooms.items(), key=lambda item: (item[1][0], item[0]))
    return [act for _room, (_order, acts) in rooms for act in acts(user, customer)]


def register_flags(room: str, flags: Flags) -> None:
    """Let `flags` add tags beside the name of every customer; once for each room."""
    _flags[room] = flags


def flags_for(user: User, customer: Customer) -> list[Flag]:
    """The tags that this person sees beside this customer's name."""
    return [flag for _room, flags in sorted(_flags.items()) for flag in flags(user, customer)]
