"""What pages about promises need of the regulations: clauses with their rate, limits in words, the act that performs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
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
from keyue.regulations import scoped
from keyue.regulations import selectors as regulations
from keyue.regulations.conflicting import pairs_in_force
from keyue.regulations.conflicts import Pair, in_force, pairs, pairs_between
from keyue.regulations.controls import Control, Limit
from keyue.regulations.document import Clause, Document
from keyue.regulations.editions import EditionInForce
from keyue.regulations.scoped import Scoped
from keyue.regulations.selectors import Reading
from keyue.ui.components import ClauseTag
from keyue.ui.wording import clause_tone
from keyue.worktime.rules import Rule, describe

NOTHING = Score({})


class Book:
    """The regulations about cases at one instant, read once for a page. Of what was agreed with single customers it knows
    what it is asked to `know`."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self.now = now
        self.month = f"{now.astimezone(zone):%Y-%m}"
        self.editions = {edition.id: edition for edition in regulations.editions_for("case")}
        self.readings: dict[str, Reading] = {
            reading.edition.regulation_id: reading
            for reading in regulations.documents_in_force(now)
            if reading.document.subject == "case"
        }
        self.agreed: dict[str, tuple[Scoped, ...]] = {}

    def know(self, rows: Iterable[Promise]) -> None:
        """Read what was agreed with single customers under which some of these promises run: two queries at most, none
        where all of them run under the company's own regulations."""
        found = scoped.of_regulations({row.regulation for row in rows} - self.agreed.keys())
        if found:
            self.agreed |= found
            for stale in ("_scores", "_agreed_editions"):
                self.__dict__.pop(stale, None)

    @cached_property
    def _scores(self) -> Mapping[tuple[str, str], Score]:
        return promises.scores(month=self.month, regulations=[*self.readings, *self.agreed])

    @cached_property
    def _agreed_editions(self) -> dict[int, EditionInForce]:
        return {one.id: one for found in self.agreed.values() for each in found for one in each.editions}

    def pairs(self, rows: Iterable[Promise]) -> Sequence[Pair]:
        """The controls that ask the same: of different regulations in force, and of what was agreed with the customer
        under the edition that these promises run under."""
        company = tuple(self.editions.values())
        of_company = pairs_in_force(company, self.now)
        running = {row.edition_id for row in rows} & self._agreed_editions.keys()
        if not running:
            return of_company
        agreed = [self._agreed_editions[pk] for pk in sorted(running)]
        return [*of_company, *pairs_between(agreed, in_force(company, self.now)), *pairs(agreed)]

    def edition(self, promise: Promise) -> EditionInForce | None:
        """The edition that a promise runs under."""
        return self.editions.get(promise.edition_id) or self._agreed_editions.get(promise.edition_id)

    def control(self, promise: Promise) -> Control | None:
        """The control of a promise, of the edition that it runs under."""
        edition = self.edition(promise)
        return edition.control(promise.control) if edition else None

    def names(self) -> dict[tuple[str, str], str]:
        """What each control of any edition is called."""
        return {
            (edition.regulation, control.id): control.name
            for edition in (*self.editions.values(), *self._agreed_editions.values())
            for control in edition.controls
        }

    def upcoming(self) -> list[tuple[str, Control]]:
        """The controls in force now, in the order of the texts, each with its regulation: what was agreed with the
        customer first."""
        agreed = [
            (identity, control)
            for identity, found in self.agreed.items()
            for one in scoped.in_force(found, self.now)
            for edition in one.editions
            for control in edition.controls
        ]
        own = [(name, control) for name, reading in self.readings.items() for control in reading.controls]
        return [(identity, control) for identity, control in (*agreed, *own) if control.runs]

    def _document(self, regulation: str) -> Document | None:
        reading = self.readings.get(regulation)
        if reading is not None:
            return reading.document
        agreed = self.agreed.get(regulation)
        return agreed[0].document if agreed else None

    def _controls(self, regulation: str) -> Sequence[Control]:
        reading = self.readings.get(regulation)
        if reading is not None:
            return reading.controls
        agreed = scoped.in_force(self.agreed.get(regulation, ()), self.now)
        return [control for one in agreed for edition in one.editions for control in edition.controls]

    def title(self, regulation: str) -> str:
        """What a regulation is called, in its brackets; a contract by its number."""
        reading = self.readings.get(regulation)
        if reading is not None:
            return f"《{reading.edition.regulation.title}》"
        document = self._document(regulation)
        return f"{document.title} " if document else regulation

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
        document = self._document(regulation)
        if document is None:
            return "idle"
        controls = [control.id for control in self._controls(regulation) if control.clause == clause]
        score = promises.total(self._scores.get((regulation, control), NOTHING) for control in controls)
        limits = document.thresholds
        return clause_tone(score.kept, score.broken, good=limits["good"], fair=limits["fair"])

    def quoted(self, promise: Promise) -> Clause | None:
        """The clause that a promise stands on, of its own edition."""
        if promise.edition_id in self._agreed_editions:
            return scoped.clause_of(promise.edition_id, promise.clause)
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
