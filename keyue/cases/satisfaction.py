"""How satisfied a customer is, by what they said themselves: scores on the portal, and how their cases ended. Pure Python.

Scores go from 1 to 5 and are of those who gave one: the number of them stands beside every mean (ISO 10002 8.3, 8.4).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

YEAR = timedelta(days=365)
QUARTERS = 8


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one case: the day it came in, the score where one was given, and whether it ended with the
    customer satisfied; None where it runs, or ended without asking for that."""

    day: date
    score: int | None
    satisfied: bool | None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Of the last 365 days: `mean` to one decimal and how many `scored`; of those `ended` how many `satisfied`.

    `quarters`: the mean of each of the last eight quarters in which a score was given, the oldest first. `change`: the
    newest of them against the one before it.
    """

    mean: float | None
    scored: int
    satisfied: int
    ended: int
    quarters: tuple[float, ...]
    change: float | None


def satisfaction_of(said: Iterable[Said], today: date) -> Satisfaction:
    """What the customer said of their cases, as of a day."""
    rows = list(said)
    recent = [row for row in rows if today - YEAR < row.day <= today]
    scores = [row.score for row in recent if row.score is not None]
    answers = [row.satisfied for row in recent if row.satisfied is not None]
    first = _quarter(today) - QUARTERS
    by_quarter: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        if row.score is not None and first < _quarter(row.day) <= _quarter(today):
            by_quarter[_quarter(row.day)].append(row.score)
    quarters = tuple(_mean(by_quarter[n]) for n in sorted(by_quarter))
    return Satisfaction(
        mean=_mean(scores) if scores else None,
        scored=len(scores),
        satisfied=sum(answers),
        ended=len(answers),
        quarters=quarters,
        change=round(quarters[-1] - quarters[-2], 1) if len(quarters) > 1 else None,
    )


def _quarter(day: date) -> int:
    return day.year * 4 + (day.month - 1) // 3


def _mean(scores: list[int]) -> float:
    return round(sum(scores) / len(scores), 1)
