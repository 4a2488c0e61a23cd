"""What happens to a scoring standard, in the past tense; and what the company records of its reviews: S1-6.2, S1-6.3."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class GradingDrafted(Event):
    """A version of the standard was drafted."""

    kind = "grading.drafted"
    version: int


@dataclass(frozen=True)
class GradingRevised(Event):
    """A draft was changed."""

    kind = "grading.revised"
    version: int


@dataclass(frozen=True)
class GradingSubmitted(Event):
    """A draft was handed in for approval."""

    kind = "grading.submitted"
    version: int


@dataclass(frozen=True)
class GradingApproved(Event):
    """Management approved it, with what each grade is given: S1-6.2. `interval`: days between contacts, 0 for none."""

    kind = "grading.approved"
    version: int
    resources: Mapping[str, str]
    policy: Mapping[str, str]
    interval: Mapping[str, int]


@dataclass(frozen=True)
class GradingRefused(Event):
    """Management gave it back (sealed: `reason`)."""

    kind = "grading.refused"
    version: int


@dataclass(frozen=True)
class GradingApplied(Event):
    """Grades are computed by it from now on: S1-6.2."""

    kind = "grading.applied"
    version: int


@dataclass(frozen=True)
class GradingRetired(Event):
    """A newer version took its place."""

    kind = "grading.retired"
    version: int
    by: int


@dataclass(frozen=True)
class GradingReviewed(Event):
    """The company looked at the grades of all its customers: S1-6.3. A fact about the company."""

    kind = "grading.reviewed"
    run: str
    standard: str
    customers: int
    proposals: int


EVENTS: dict[str, type[Event]] = {
    event.kind: event
    for event in Event.__subclasses__()
    if event.__module__ == __name__ and event is not GradingReviewed
}

KINDS = kinds_of(EVENTS)
COMPANY_KINDS = kinds_of({GradingReviewed.kind: GradingReviewed})
