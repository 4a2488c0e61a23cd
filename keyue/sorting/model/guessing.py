"""What is proposed. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """A proposed answer, how probable it is, and the words that speak for it."""

    label: str
    probability: float
    why: tuple[str, ...] = ()
