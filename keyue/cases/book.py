"""What pages about promises need of the regulations: clauses with their rate, limits in words, the act that performs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language

from keyue.cases.cards import Face
from keyue.cases.enums import WaitingReason
from keyue.cases.links import clause_url
from keyue.cases.models import Case
from keyue.cases.wording import label
from keyue.promises import selectors as promises
from keyue.promises.models import Promise
from keyue.promises.selectors import Score
from keyue.regulations import selectors as regulations
from keyue.regulations.conflicting import pairs_in_force
from keyue.regulations.conflicts import Pair
from keyue.regulations.controls import Control, Limit
from keyue.regulations.document import Clause
from keyue.regulations.selectors import Reading
from keyue.ui.components import ClauseTag
from keyue.ui.wording import clause_tone
from keyue.worktime.rules import Rule, describe

NOTHING = Score({})


class Book:
    """The regulations about cases at one instant, read once for a page."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now = now
        self.editions = {edition.id: edition for edition in regulations.editions_for("case")}
        self.readings: dict[str, Reading] = {
            reading.edition.regulation_id: reading
            for reading in regulations.documents_in_force(now)
            if reading.document.subject == "case"
        }
        self._scores = promises.scores(month=f"{now.astimezone(zone):%Y-%m}")

    @property
    def pairs(self) -> Sequence[Pair]:
        """The controls of different regulations in force that ask the same."""
        return pairs_in_force(tuple(self.editions.values()), self.now)

    def control(self, promise: Promise) -> Control | None:
        """The control of a promise, of the edition that it runs under."""
        edition = self.editions.get(promise.edition_id)
        return edition.control(promise.control) if edition else None

    def names(self) -> dict[tuple[str, str], str]:
        """What each control of any edition is called."""
        return {
            (edition.regulation, control.id): control.name
            for edition in self.editions.values()
            for control in edition.controls
        }

    def upcoming(self) -> list[tuple[str, Control]]:
        """The controls in force now, in the order of the texts, each with its regulation."""
        return [
            (identity, control)
            for identity, reading in self.readings.items()
            for control in reading.controls
            if control.runs
        ]

    def title(self, regulation: str) -> str:
        """What a regulation is called, in its brackets."""
        reading = self.readings.get(regulation)
        return f"《{reading.edition.regulation.title}》" if reading else regulation

    def tag(self, regulation: str, clause: str, text: str = "") -> ClauseTag:
        """A clause; its edge is coloured by how well the whole clause is kept this month."""
        return ClauseTag(
            number=clause,
            label=text,
            url=clause_url(regulation, clause),
            title=f"{self.title(regulation)}{clause}",
            tone=self.tone(regulation, clause),
        )

    def tone(self, regulation: str, clause: str) -> str:
        reading = self.readings.get(regulation)
        if reading is None:
            return "idle"
        controls = [control.id for control in reading.controls if control.clause == clause]
        score = promises.total(self._scores.get((regulation, control), NOTHING) for control in controls)
        limits = reading.document.thresholds
        return clause_tone(score.kept, score.broken, good=limits["good"], fair=limits["fair"])

    def quoted(self, promise: Promise) -> Clause | None:
        """The clause that a promise stands on, of its own edition."""
        reading = self.readings.get(promise.regulation)
        if reading is None or reading.edition.pk != promise.edition_id:
            return regulations.clause(promise.regulation, promise.clause, at=promise.start)
        return reading.document.clause(promise.clause)


def limit_text(limit: Limit | None, state: Any) -> str:
    """How long, in words: of a limit by context the one that holds for this subject."""
    rule = rule_of(limit, state)
    return describe(rule, get_language() or "zh") if rule is not None else ""


def rule_of(limit: Limit | None, state: Any) -> Rule | None:
    """The rule that a limit gives for a subject's state."""
    if limit is None:
        return None
    if limit.by is None:
        return limit.rule
    value = getattr(state, limit.by.partition(".")[2], None)
    return limit.table.get(str(value))


def face_of(promise: Promise, case: Case | None = None) -> Face:
    """A promise for the countdown; a paused one says what it waits for."""
    reason = case.waiting_reason if case is not None and promise.paused else ""
    return Face(
        state=promise.state,
        start=promise.start,
        due=promise.due,
        closed_at=promise.closed_at,
        paused=promise.paused,
        pause_reason=label(WaitingReason, reason) if reason else "",
        is_open=promise.is_open,
    )
