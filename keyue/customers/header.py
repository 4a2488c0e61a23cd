"""The buttons at the head of a customer's page. Rooms above add theirs from their AppConfig.ready."""

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


Acts = Callable[[User, Customer], Sequence[Act]]
_rooms: dict[str, tuple[int, Acts]] = {}


def register(room: str, acts: Acts, *, order: int = 100) -> None:
    """Let `acts` add buttons to every customer's page, for those who may press them; the lowest `order` comes first."""
    _rooms[room] = (order, acts)


def acts_for(user: User, customer: Customer) -> list[Act]:
    """The buttons that this person sees on this customer's page."""
    rooms = sorted(_rooms.items(), key=lambda item: (item[1][0], item[0]))
    return [act for _room, (_order, acts) in rooms for act in acts(user, customer)]
