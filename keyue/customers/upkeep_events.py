"""What happens to the archive as a whole: its fields, its settings, the daily check. Pure Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyue.customers.upkeep_rules import ARCHIVE_CHECKED
from keyue.kernel.events import Event
from keyue.ledger.facts import Subject

THE_ARCHIVE = Subject("archive", "1")
"""Whose chain tells how the archive is set up."""


@dataclass(frozen=True)
class FieldDefined(Event):
    """The company has a further field of its own."""

    kind = "archive.field_defined"
    key: str
    label: str
    holds: str
    required: bool
    weight: int
    is_personal: bool
    is_sensitive: bool = False


@dataclass(frozen=True)
class FieldChanged(Event):
    """What the company says of a field changed; `old` and `new` hold what differs."""

    kind = "archive.field_changed"
    key: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


@dataclass(frozen=True)
class FieldRetired(Event):
    """A field is used no more; what stands in it stays on file."""

    kind = "archive.field_retired"
    key: str


@dataclass(frozen=True)
class FieldRestored(Event):
    """A field that had been retired is used again."""

    kind = "archive.field_restored"
    key: str


@dataclass(frozen=True)
class UpkeepSet(Event):
    """Which stages are checked daily, and after how many days customers of a grade are to be contacted."""

    kind = "archive.upkeep_set"
    stages: tuple[str, ...]
    contact_days: Mapping[str, int]


@dataclass(frozen=True)
class ArchiveChecked(Event):
    """The check of one day went through all files: how many, how many defects it found, how many were mended."""

    kind = ARCHIVE_CHECKED
    day: str
    checked: int
    found: int
    mended: int
