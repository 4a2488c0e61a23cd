"""What the company decides about personal data as a whole. What happens to a customer is in `customers.events`."""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event, kinds_of
from keyue.ledger.facts import Subject

COMPANY = Subject("privacy", "company")
"""The chain of the company's purposes, texts and rules."""


@dataclass(frozen=True)
class PurposeSet(Event):
    """A purpose that people may agree to."""

    kind = "privacy.purpose_set"
    purpose: str
    is_separate: bool
    is_used_elsewhere: bool


@dataclass(frozen=True)
class TextPublished(Event):
    """A version of what people agree to; `digest` is the SHA-256 of the text."""

    kind = "privacy.text_published"
    purpose: str
    version: int
    digest: str
    is_renewing: bool


@dataclass(frozen=True)
class PurposeRetired(Event):
    """Nobody is asked for this purpose any more, and nothing rests on it."""

    kind = "privacy.purpose_retired"
    purpose: str


@dataclass(frozen=True)
class RetentionRuleSet(Event):
    """How long whose data is kept."""

    kind = "privacy.retention_rule_set"
    rule: str
    whose: str
    years: int


@dataclass(frozen=True)
class RetentionRuleEnded(Event):
    """A rule of retention works no more."""

    kind = "privacy.retention_rule_ended"
    rule: str


EVENTS: dict[str, type[Event]] = {
    event.kind: event for event in Event.__subclasses__() if event.__module__ == __name__
}

KINDS = kinds_of(EVENTS)
