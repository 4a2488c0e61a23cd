"""What a note of a contact must say, how late it was entered, and whether a customer is contacted often enough. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyue.worktime.calendar import Calendar
from keyue.worktime.zones import zone

ASKED_OF_IMPORTANT = ("attendees", "topics", "feedback", "next_steps")
"""What an important contact must say beside its time and way: S1-8.3."""


def missing_of_important(filled: Mapping[str, bool]) -> list[str]:
    """What an important contact lacks, in the order of the form."""
    return [name for name in ASKED_OF_IMPORTANT if not filled.get(name)]


@dataclass(frozen=True, slots=True)
class Delay:
    """How long after a contact its note was entered: in hours, and in working days that lie between the two days."""

    hours: float
    working_days: int


def entry_delay(contacted: datetime, entered: datetime, calendar: Calendar) -> Delay:
    """The delay of an entry. The same day counts as no working day, the next working day as one."""
    first, last = (instant.astimezone(zone(calendar.tz)).date() for instant in (contacted, entered))
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    n = sum(1 for day in days if calendar.is_working_day(day))
    return Delay(max(0.0, (entered - contacted) / timedelta(hours=1)), n)


def next_contact(last: datetime | None, since: datetime, days: int | None) -> datetime | None:
    """When a customer is to be contacted next: so many days after the last contact, or since they are on file.

    None where their grade has no interval.
    """
    return None if days is None else (last or since) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the customers that have an interval, how many were contacted within it, and how many never were."""

    covered: int
    total: int
    overdue: int
    never: int

    @property
    def rate(self) -> float | None:
        """Per cent; None where no customer has an interval."""
        return None if not self.total else 100 * self.covered / self.total
