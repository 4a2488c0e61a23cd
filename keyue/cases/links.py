"""Addresses of pages that other rooms bring: a page renders without those that are not installed."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

from keyue.regulations import scoped


def address(name: str, *args: object) -> str:
    """The address of a page by its name; empty where there is no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def clause_url(regulation: str, number: str) -> str:
    """The clause on the page of its regulation, or of the contract that it stands in."""
    if scoped.is_scoped(regulation):
        return scoped.place_of(regulation, number)
    return address("regulations:clause", regulation, number)


def case_url(number: str) -> str:
    """A case's own page."""
    return reverse("cases:page", args=[number])
