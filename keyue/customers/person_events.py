"""What happens to people who look at customers: access given for a time, and reading in bulk. Ids and codes only.

The subject is `promises.person.person_of(user id)`. What somebody wrote stands sealed under the person's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyue.kernel.events import Event, kinds_of
from keyue.promises.person import declare


@dataclass(frozen=True)
class PersonAccessAsked(Event):
    """Somebody asked to see a customer, or a department's customers, who are not theirs to see: S1-7.2."""

    kind = "person.access_asked"
    access: str
    purpose: str
    until: datetime


@dataclass(frozen=True)
class PersonAccessApproved(Event):
    """Somebody else agreed: S1-7.2."""

    kind = "person.access_approved"
    access: str
    approved_by: str


@dataclass(frozen=True)
class PersonAccessRefused(Event):
    """Somebody else did not agree."""

    kind = "person.access_refused"
    access: str
    refused_by: str


@dataclass(frozen=True)
class PersonAccessGiven(Event):
    """Access counts from now until `ends`: S1-7.2."""

    kind = "person.access_given"
    access: str
    ends: datetime
    customer: str | None = None
    department: str | None = None


@dataclass(frozen=True)
class PersonAccessWithdrawn(Event):
    """Access is gone: its time was over, or somebody took it back before."""

    kind = "person.access_withdrawn"
    access: str
    why: str


@dataclass(frozen=True)
class PersonMassReadingNoticed(Event):
    """Somebody looked at more customers than the limit, or than their usual, explains: S1-7.1."""

    kind = "person.mass_reading_noticed"
    reading: str
    window: str
    n: int
    most: int
    usual: int


@dataclass(frozen=True)
class PersonMassReadingExplained(Event):
    """It was looked into and explained (sealed: `explanation`)."""

    kind = "person.mass_reading_explained"
    reading: str
    explained_by: str


EVENTS: dict[str, type[Event]] = {
    event.kind: event for event in Event.__subclasses__() if event.__module__ == __name__
}

KINDS = kinds_of(EVENTS)
declare(KINDS)
