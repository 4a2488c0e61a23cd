"""Conflicts between the regulations in force, worked out once while neither they nor the calendars change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from keyue.regulations import selectors
from keyue.regulations.conflicts import Conflict, Pair, conflicts, in_force, pairs
from keyue.regulations.editions import EditionInForce, editions_by_subject
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR, Calendar

REMEMBERED = 16
# by what they are of: published editions and versions of calendars never change
_pairs: dict[tuple[Any, ...], tuple[Pair, ...]] = {}
_conflicts: dict[tuple[Any, ...], tuple[Conflict, ...]] = {}


def pairs_in_force(editions: Sequence[EditionInForce], at: datetime) -> tuple[Pair, ...]:
    """The controls that ask the same in different regulations, of editions that were read already."""
    governing = in_force(editions, at)
    key = tuple((edition.regulation, edition.subject, edition.effective, edition.id) for edition in governing)
    if key not in _pairs:
        if len(_pairs) >= REMEMBERED:
            _pairs.clear()
        _pairs[key] = tuple(pairs(governing))
    return _pairs[key]


def conflicts_in_force(at: datetime) -> Sequence[Conflict]:
    """Every pair of controls in force at an instant whose limits differ, by the calendars of that day."""
    editions: list[EditionInForce] = []
    for reading in selectors.documents_in_force(at):
        row = reading.edition
        editions += editions_by_subject(
            row.regulation_id, row.effective_from or at, reading.document.subject, reading.controls, row.pk
        )
    found = pairs_in_force(editions, at)
    if not found:
        return ()
    calendars = _calendars(side.control.calendar for pair in found for side in pair.sides)
    since = datetime.combine(at.date(), time(), at.tzinfo)
    key = (
        tuple(sorted(edition.id for edition in editions)),
        tuple(sorted(calendars)),
        *calendars.values(),
        since,
    )
    if key not in _conflicts:
        if len(_conflicts) >= REMEMBERED:
            _conflicts.clear()
        _conflicts[key] = tuple(conflicts(found, calendars, since))
    return _conflicts[key]


def _calendars(named: Iterable[str | None]) -> dict[str, Calendar]:
    """The newest version of the company's calendar, under "", and of those that are named."""
    found = {"": worktime.company_calendar()}
    for code in sorted({code for code in named if code and code != COMPANY_CALENDAR}):
        versions = worktime.calendar_versions(code)
        if versions:
            found[code] = versions[-1][1]
    return found
