"""The data that layouts and components are given. Rooms build these; templates only print them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the main navigation.

    `key` is the letter after G that jumps there; `group` separates (a change of group draws a line, `foot` stands
    at the bottom); `tab` puts the item into the bar at the foot of a telephone's screen.
    """

    name: str
    label: str
    url: str
    icon: str
    count: int | None = None
    current: bool = False
    key: str = ""
    group: str = ""
    tab: bool = False


@dataclass(frozen=True, slots=True)
class Crumb:
    """A step of the path to this page; the last one has no address."""

    label: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view, or a part of a page."""

    label: str
    url: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry of the account menu; `post` makes it a button that sends a form."""

    label: str
    url: str
    icon: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Me:
    """Who is signed in, as the top bar shows it."""

    name: str
    title: str = ""
    menu: Sequence[MenuItem] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class ClauseTag:
    """A clause as the tag `clause` shows it: any object with these attributes does."""

    number: str
    label: str = ""
    url: str = ""
    title: str = ""
    tone: str = "idle"


@dataclass(frozen=True, slots=True)
class FileChip:
    """An attachment: `note` is its size or its state."""

    name: str
    url: str = ""
    note: str = ""
    icon: str = "clip"
