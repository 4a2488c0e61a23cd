"""The tabs above the lists of customers: each room brings the pages that belong here, and nobody sees what they may not."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise

from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.ui.components import Tab


@dataclass(frozen=True, slots=True)
class _Page:
    url_name: str
    label: str | Promise
    needs: Permission
    order: int


_pages: dict[str, _Page] = {}


def register(url_name: str, label: str | Promise, needs: Permission, *, order: int = 100) -> None:
    """Let a page without arguments stand among the tabs, for whoever has the permission; the lowest `order` first."""
    _pages[url_name] = _Page(url_name, label, needs, order)


def tabs_for(user: User, current: str) -> list[Tab]:
    """The tabs that this person sees on the page with the name `current`."""
    pages = sorted(_pages.values(), key=lambda page: (page.order, page.url_name))
    return [
        Tab(str(page.label), reverse(page.url_name), current=page.url_name == current)
        for page in pages
        if allows(user, page.needs)
    ]
