"""Editions as the engine reads them. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from keyue.regulations.controls import Control


@dataclass(frozen=True, slots=True)
class EditionInForce:
    """An edition of a regulation, in force from `effective` until the next one of the same regulation.

    `id` is the stored edition's; 0 for one that stands in no database.
    """

    regulation: str
    effective: datetime
    subject: str
    controls: tuple[Control, ...]
    id: int = 0

    def control(self, identity: str) -> Control | None:
        return next((control for control in self.controls if control.id == identity), None)
