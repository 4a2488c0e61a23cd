"""Conflicts between regulations in words: both sides, which one people work to, and on what it depends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.compliance.control_words import limit_words, named_in, owner_words, start_words
from keyue.people import selectors as people
from keyue.regulations import selectors as regulations
from keyue.regulations.conflicting import conflicts_in_force
from keyue.regulations.conflicts import Conflict, Side
from keyue.regulations.selectors import Reading


@dataclass(frozen=True, slots=True)
class SideView:
    """One of two controls that ask the same with different limits."""

    regulation: str
    title: str
    clause: str
    control: str
    name: str
    url: str
    limit: str
    owner: str
    start: str
    is_stricter: bool


@dataclass(frozen=True, slots=True)
class ConflictView:
    """A conflict on a page; the stricter side stands first. `examples` are a start and whose limit ends first then."""

    sides: tuple[SideView, SideView]
    depends: str
    overlap: str
    examples: Sequence[tuple[datetime, str]]


SHOWN = 100
"""Conflicts on one page: whoever has more begins with these."""


def conflict_views(at: datetime, *, regulation: str = "", clause: str = "") -> list[ConflictView]:
    """The conflicts in force at an instant, at most `SHOWN`; with a clause those that it takes part in."""
    found = [
        conflict
        for conflict in conflicts_in_force(at)
        if not regulation
        or any((side.regulation, side.control.clause) == (regulation, clause) for side in conflict.pair.sides)
    ][:SHOWN]
    if not found:
        return []
    readings = {reading.document.id: reading for reading in regulations.documents_in_force(at)}
    codes = {code for conflict in found for side in conflict.pair.sides for code in named_in(side.control)}
    names = people.owner_names(codes)
    return [_view(conflict, readings, names) for conflict in found]


def _view(conflict: Conflict, readings: Mapping[str, Reading], names: Mapping[str, str]) -> ConflictView:
    first, second = (
        _side(side, readings[side.regulation], names, is_stricter=conflict.stricter == n)
        for n, side in enumerate(conflict.pair.sides)
    )
    overlap = ""
    if conflict.pair.narrower is not None:
        narrower = (first, second)[conflict.pair.narrower]
        overlap = _("只在《%(title)s》%(clause)s管到的情形里同时适用。") % {
            "title": narrower.title,
            "clause": narrower.clause,
        }
    examples = [
        (start, side.title)
        for start, side in zip(conflict.examples, (first, second), strict=True)
        if start is not None and conflict.stricter is None
    ]
    depends = str(conflict.why) if conflict.why is not None else ""
    sides = (second, first) if second.is_stricter else (first, second)
    return ConflictView(sides, depends, overlap, examples)


def _side(side: Side, reading: Reading, names: Mapping[str, str], *, is_stricter: bool) -> SideView:
    control = side.control
    return SideView(
        regulation=side.regulation,
        title=reading.document.title,
        clause=control.clause,
        control=control.id,
        name=control.name,
        url=reverse("regulations:clause", args=[side.regulation, control.clause]) if control.clause else "",
        limit=limit_words(control),
        owner=owner_words(control.owner, names),
        start=start_words(control),
        is_stricter=is_stricter,
    )
