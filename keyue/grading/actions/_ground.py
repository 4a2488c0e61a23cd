"""What the actions of this room share: who did it, facts about a standard, texts sealed under its key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from keyue.grading.events import Event
from keyue.grading.models import GradingStandard
from keyue.ledger.facts import Actor, Draft
from keyue.promises import actions as promises

WEB = "web"
WORKER = Actor("system", "grading")


def doer(by: Actor) -> str:
    """An actor as the columns `…_by` keep it."""
    return f"{by.kind}:{by.id}"


def note_standard(
    standard: GradingStandard,
    event: Event,
    *,
    by: Actor,
    at: datetime,
    via: str,
    sealed: Mapping[str, str] | None = None,
    begins: bool = False,
) -> None:
    """Record one fact about a standard, and let its promises follow; `sealed` texts are under its own key."""
    draft = Draft(event.kind, event.data(), sealed=sealed or {})
    owner = standard.subject if sealed else None
    promises.record(standard.subject, [draft], by=by, at=at, source=via, seal_for=owner, begins=begins)
