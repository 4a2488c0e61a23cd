"""The parts that other rooms add to a customer's page: cases, visits, contracts. They register here from their
AppConfig.ready; this room never imports them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise

from keyue.customers.models import Customer

# (request, customer) -> the inside of a card; empty: no card. The viewer may see the customer; whether they may see
# what the section shows is for the section to ask.
Render = Callable[[HttpRequest, Customer], str]


@dataclass(frozen=True, slots=True)
class Section:
    """A card on a customer's page. `key` is its id in the page, `html` safe to print."""

    key: str
    title: str | Promise
    html: str


_registered: dict[str, tuple[int, str | Promise, Render]] = {}


def register(key: str, title: str | Promise, render: Render, *, order: int = 100) -> None:
    """Let `render` add a section to every customer's page; the lowest `order` comes first."""
    _registered[key] = (order, title, render)


def sections_of(request: HttpRequest, customer: Customer) -> list[Section]:
    """The sections that have something to show."""
    found = []
    for key, (_order, title, render) in sorted(_registered.items(), key=lambda item: (item[1][0], item[0])):
        html = render(request, customer)
        if html:
            # what a room renders from its templates is marked safe there; anything else is escaped when printed
            found.append(Section(key, title, html))
    return found
