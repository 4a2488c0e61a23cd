"""Editions as the engine reads them. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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

    def control(self, identity: str) -> Control | None:
        return next((control for control in self.controls if control.id == identity), None)


def editions_by_subject(
    regulation: str, effective: datetime, own: str, controls: Iterable[Control], id: int = 0
) -> list[EditionInForce]:
    """An edition as each kind of subject has it: its own one always, others where a control is about them."""
    by_subject: dict[str, list[Control]] = {own: []}
    for control in controls:
        by_subject.setdefault(control.subject or own, []).append(control)
    return [
        EditionInForce(regulation, effective, subject, tuple(some), id)
        for subject, some in by_subject.items()
    ]
