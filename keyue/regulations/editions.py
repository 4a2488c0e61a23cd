"""Editions as the engine reads them. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from keyue.regulations.controls import Control


@dataclass(frozen=True, slots=True)
class EditionInForce:
    """An edition of a regulation about one kind of subject, in force from `effective` until the next one of the same
    regulation.

    `id` is the stored edition's; 0 for one that stands in no database.
    """

    regulation: str
    effective: datetime
    subject: str
    controls: tuple[Control, ...]
    id: int = 0
    # an act asks for its controls some hundred times
    by_id: Mapping[str, Control] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        by_id = {control.id: control for control in reversed(self.controls)}
        object.__setattr__(self, "by_id", by_id)

    def control(self, identity: str) -> Control | None:
        return self.by_id.get(identity)


def subjects_of(own: str, controls: Iterable[Control]) -> frozenset[str]:
    """The kinds of subjects that an edition says something about: its own, and those of its controls."""
    return frozenset({own, *(control.subject or own for control in controls)})


def editions_by_subject(
    regulation: str,
    effective: datetime,
    own: str,
    controls: Iterable[Control],
    id: int = 0,
    others: Iterable[str] = (),
) -> list[EditionInForce]:
    """An edition as each kind of subject has it: its own one first and always, others where a control is about them.

    `others` are kinds that another edition of the regulation is about. Of those this one may ask nothing, and yet it
    takes the place of the edition before it.
    """
    by_subject: dict[str, list[Control]] = {own: [], **{name: [] for name in sorted(others) if name != own}}
    for control in controls:
        by_subject.setdefault(control.subject or own, []).append(control)
    return [
        EditionInForce(regulation, effective, subject, tuple(some), id)
        for subject, some in by_subject.items()
    ]
