"""What promises of a pack are derived from: editions, calendars, and what is asked. Pure Python.

Who makes a pack and who checks one build the same ground from the same plain data, and ask it for the rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keyue.compliance.packs.form import ClauseNamed, ControlNamed, Period, Row, decisions_of, row_of
from keyue.ledger.facts import FactRecord, Subject
from keyue.promises.calendars import calendar_editions
from keyue.promises.engine import CalendarEdition, SubjectModel, derive
from keyue.promises.knowledge import known_facts
from keyue.regulations.controls import Control
from keyue.regulations.document import Document, read_document
from keyue.regulations.editions import EditionInForce, editions_by_subject, subjects_of
from keyue.worktime.calendar import Calendar

Models = Mapping[str, SubjectModel]


@dataclass(frozen=True, slots=True)
class EditionText:
    """An edition as published: its number, when it takes effect, its text and the company's answers."""

    n: int
    effective: datetime
    source: str
    answers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CalendarText:
    """A version of a calendar as published."""

    code: str
    n: int
    recorded_at: datetime
    definition: Mapping[str, Any]


@dataclass(slots=True)
class Ground:
    """`clause` is "" for the whole regulation; `as_of` the instant as of which everything is derived."""

    regulation: str
    clause: str
    period: Period
    as_of: datetime
    editions: Sequence[EditionText]
    calendars: Sequence[CalendarText]
    models: Models
    failures: set[str] = field(default_factory=set)
    documents: list[tuple[EditionText, Document, tuple[Control, ...]]] = field(init=False)
    numbers: dict[datetime, int] = field(init=False)
    scope: frozenset[str] = field(init=False)
    _editions: list[EditionInForce] = field(init=False)
    _calendars: list[CalendarEdition] = field(init=False)

    def __post_init__(self) -> None:
        self.documents = []
        for edition in sorted(self.editions, key=lambda one: one.effective):
            document = read_document(edition.source, f"{self.regulation} v{edition.n}")
            controls, _faults = document.sound_controls(edition.answers)
            self.documents.append((edition, document, controls))
        self.numbers = {edition.effective: edition.n for edition in self.editions}
        kinds = frozenset[str]().union(
            *(subjects_of(document.subject, controls) for _edition, document, controls in self.documents)
        )
        self._editions = [
            one
            for edition, document, controls in self.documents
            for one in editions_by_subject(
                self.regulation, edition.effective, document.subject, controls, edition.n, kinds
            )
        ]
        self._calendars = calendar_editions(
            (one.code, one.recorded_at, Calendar.from_dict(one.definition)) for one in self.calendars
        )
        self.scope = frozenset(
            control for _number, _heading, controls in self.clauses() for control, _name, _runs in controls
        )

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of subjects about which its controls promise something."""
        return frozenset(
            one.subject
            for one in self._editions
            for control in one.controls
            if control.runs and control.id in self.scope
        )

    def in_force(self) -> tuple[EditionText, Document, tuple[Control, ...]] | None:
        """The edition in force at `as_of`; None before the first."""
        known = [one for one in self.documents if one[0].effective <= self.as_of]
        return known[-1] if known else None

    def clauses(self) -> list[ClauseNamed]:
        """The clauses with controls that are asked for: number, heading, and each control with its name.

        A control stands under its clause of the edition in force, one that this edition no longer has under its clause
        of the last edition that had it.
        """
        current = self.in_force()
        if current is None:
            return []
        newest_first = [
            current,
            *(one for one in reversed(self.documents) if one[0].effective < current[0].effective),
        ]
        found: dict[str, tuple[str, list[ControlNamed]]] = {}
        seen: set[str] = set()
        for _edition, document, controls in newest_first:
            headings = {clause.number: clause.heading for clause in document.clauses}
            for control in controls:
                if control.id in seen:
                    continue
                seen.add(control.id)
                if self.clause in ("", control.clause):
                    place = found.setdefault(control.clause, (headings.get(control.clause, ""), []))
                    place[1].append((control.id, control.name, control.runs))
        return [(number, heading, named) for number, (heading, named) in found.items()]

    def rows(self, subject: Subject, facts: Iterable[FactRecord]) -> list[Row]:
        """The promises about a subject that belong to the pack, in their order. Raises KeyError for an unknown kind."""
        facts = list(facts)
        found = derive(facts, self._editions, self._calendars, self.models[subject.kind], self.as_of)
        self.failures |= {failure.control for failure in found.failures if failure.control in self.scope}
        asked = [
            promise
            for promise in found.promises
            if promise.control in self.scope and self.period.holds(promise)
        ]
        if not asked:
            return []
        known = known_facts(facts, self.as_of)
        by_id, decided = {fact.id: fact for fact in known}, decisions_of(known)
        asked.sort(key=lambda promise: (promise.control, promise.cycle, promise.seq))
        return [
            row_of(promise, subject, self.numbers[promise.edition], by_id, decided.get(promise.key, ()))
            for promise in asked
        ]
