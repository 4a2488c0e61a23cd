"""After how many days a customer is to be contacted again, by grade. The room that grades customers fills it; until it
does, the company's own setting counts (S1-8.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from keyue.customers.models import UpkeepSettings

# grade → days, of the standard that works now; empty: none does
ContactDays = Callable[[], Mapping[str, int]]

DEFAULT: Mapping[str, int] = {"A": 30, "B": 60, "C": 90, "D": 180}
_providers: dict[str, ContactDays] = {}


def register(room: str, contact_days: ContactDays) -> None:
    """Let `contact_days` say the intervals; once for each room."""
    _providers[room] = contact_days


def contact_days() -> dict[str, int]:
    """Days between contacts by grade; a grade that is not in it has no interval."""
    for provider in _providers.values():
        days = provider()
        if days:
            return dict(days)
    return company_days()


def company_days() -> dict[str, int]:
    """What the company set itself, or the product proposes."""
    row = UpkeepSettings.objects.filter(pk=1).first()
    return dict(row.contact_days) if row is not None else dict(DEFAULT)


def is_graded_elsewhere() -> bool:
    """Whether the intervals come from a standard of grading, so that the company's own setting does not count."""
    return any(provider() for provider in _providers.values())
