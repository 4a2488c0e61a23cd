"""Tabs of pages that belong together, as far as somebody may open them."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.functional import Promise

from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows_any
from keyue.ui.components import Tab

# the name of an address, what its tab says, who may open it (nobody named = everybody)
Part = tuple[str, Promise, tuple[Permission, ...]]


def tabs_of(user: User, parts: Sequence[Part], current: str) -> tuple[list[Tab], str]:
    """The tabs that `user` may open, and what the one of `current` says."""
    names = {address: str(text) for address, text, _needed in parts}
    tabs = [
        Tab(names[address], reverse(address), current=address == current)
        for address, _text, needed in parts
        if not needed or allows_any(user, *needed)
    ]
    return tabs, names.get(current, "")
