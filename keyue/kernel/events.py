"""The shape of business events: frozen dataclasses in the past tense that become facts of the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar


@dataclass(frozen=True)
class Event:
    """Base of all events. `kind` is the stable dotted name under which it is recorded; fields are plain values.

    A field that is None is left out of the fact, and reads as null in conditions.
    """

    kind: ClassVar[str]

    def data(self) -> dict[str, Any]:
        """The fact's data: instants as ISO text, tuples as lists."""
        return {f.name: _plain(value) for f in fields(self) if (value := getattr(self, f.name)) is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value


def kinds_of(events: Mapping[str, type[Event]]) -> dict[str, tuple[str, ...]]:
    """Fact kind to the names of its fields, for the checker of regulations and the reference pages."""
    return {kind: tuple(f.name for f in fields(event)) for kind, event in events.items()}
