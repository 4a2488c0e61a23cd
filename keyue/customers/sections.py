"""The parts that other rooms add to a customer's page: cases, visits, contracts. They register here from their
AppConfig.ready; this room never imports them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.utils.functional import Promise

from keyue.customers.models import Customer


@dataclass(frozen=True, slots=True)
class Inside:
    """The inside of a card, safe to print, and a figure that stands at the end of its head."""

    html: str
    note: str = ""


# (request, customer) -> the inside of a card; empty: no card. The viewer may see the customer; whether they may see
# what the section shows is for the section to ask.
Render = Callable[[HttpRequest, Customer], str | Inside]


class Place(StrEnum):
    """Where on the page a section stands: the tab it belongs to, and of the overview which column."""

    MAIN = "main"
    ASIDE = "aside"
    CONTACTS = "contacts"
    CONTRACTS = "contracts"
    DEALINGS = "dealings"
    PROMISES = "promises"
    FILE = "file"
    TRAIL = "trail"


OVERVIEW = (Place.MAIN, Place.ASIDE)


@dataclass(frozen=True, slots=True)
class Section:
    """A card on a customer's page. `key` is its id in the page, `html` safe to print, `note` stands in its head."""

    key: str
    title: str | Promise
    html: str
    place: Place = Place.MAIN
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Registered:
    key: str
    title: str | Promise
    render: Render
    order: int
    place: Place


_registered: dict[str, _Registered] = {}


def register(
    key: str, title: str | Promise, render: Render, *, order: int = 100, place: Place = Place.MAIN
) -> None:
    """Let `render` add a section to every customer's page; the lowest `order` comes first."""
    _registered[key] = _Registered(key, title, render, order, place)


def sections_of(
    request: HttpRequest, customer: Customer, places: Collection[Place] = OVERVIEW
) -> list[Section]:
    """The sections of these places that have something to show."""
    found = []
    for one in sorted(_registered.values(), key=lambda one: (one.order, one.key)):
        inside = one.render(request, customer) if one.place in places else ""
        inside = inside if isinstance(inside, Inside) else Inside(inside)
        if inside.html:
            # what a room renders from its templates is marked safe there; anything else is escaped when printed
            found.append(Section(one.key, one.title, inside.html, one.place, inside.note))
    return found
