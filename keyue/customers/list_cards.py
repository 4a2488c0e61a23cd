"""What the list of customers and its acts on many show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition of the list in words, the address of the list without it, and how many there would be."""

    text: str
    url: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class BulkLine:
    """A customer whom a change of many left out: what became of them, and why."""

    number: str
    url: str
    tone: str
    state: str
    problem: str
