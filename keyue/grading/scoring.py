"""The sum: what a customer scores under a standard, and why: S1-6.1. Pure.

Nothing known is a value of its own: such a factor is left out, with the weights of the others made up to 100, or it
counts with the lowest points it can give, as the standard lays down; the reasons say which.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from keyue.grading.rules import GRADES, NO, YES, Factor, Kind, Missing, Part, Standard, decimal, plain

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Reason:
    """What one factor brought. `value` as text, None where nothing is known; `points` None where it was left out.

    `effective` is the weight after others were left out; `contribution` what it adds to the score.
    """

    code: str
    label: str
    part: Part
    kind: Kind
    value: str | None
    points: Decimal | None
    weight: Decimal
    effective: Decimal
    contribution: Decimal

    @property
    def is_known(self) -> bool:
        """Whether anything is known."""
        return self.value is not None


@dataclass(frozen=True, slots=True)
class Scored:
    """A score out of a hundred with its reasons; without score and grade where nothing at all is known."""

    score: Decimal | None
    grade: str | None
    reasons: tuple[Reason, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """The labels of the factors of which nothing is known."""
        return tuple(reason.label for reason in self.reasons if not reason.is_known)

    def part(self, *parts: Part) -> Decimal | None:
        """The weighted mean of the points of these parts; None where none of their factors counts."""
        counted = [reason for reason in self.reasons if reason.part in parts and reason.points is not None]
        weight = sum((reason.weight for reason in counted), Decimal(0))
        if not weight:
            return None
        total = sum((reason.weight * (reason.points or Decimal(0)) for reason in counted), Decimal(0))
        return rounded(total / weight)


def rounded(value: Decimal) -> Decimal:
    """Two places, a half upwards: what is shown is what is judged."""
    return value.quantize(CENT, ROUND_HALF_UP)


def score(standard: Standard, values: Mapping[str, object], today: date) -> Scored:
    """What the values of a customer, by the code of the factor, come to on the day `today`.

    A number is a Decimal or its text, a choice its text, yes or no a bool or those words, months the day since when;
    absent, None or an empty text: nothing is known.
    """
    found = [(factor, _value_of(factor, values.get(factor.code), today)) for factor in standard.factors]
    leave_out = standard.missing == Missing.LEAVE_OUT
    total = sum((factor.weight for factor, value in found if value is not None or not leave_out), Decimal(0))
    reasons = tuple(_reason(factor, value, total, leave_out) for factor, value in found)
    if not total:
        return Scored(None, None, reasons)
    exact = sum((r.weight * r.points for r in reasons if r.points is not None), Decimal(0)) / total
    result = rounded(exact)
    return Scored(result, grade_of(standard, result), reasons)


def grade_of(standard: Standard, result: Decimal) -> str:
    """The highest grade whose threshold the score reaches."""
    return next((grade for grade in GRADES[:-1] if result >= standard.thresholds[grade]), GRADES[-1])


def _reason(factor: Factor, value: str | None, total: Decimal, leave_out: bool) -> Reason:
    points = points_of(factor, value) if value is not None else None if leave_out else factor.lowest
    counts = points is not None and total
    return Reason(
        code=factor.code,
        label=factor.label,
        part=factor.part,
        kind=factor.kind,
        value=value,
        points=points,
        weight=factor.weight,
        effective=rounded(factor.weight * 100 / total) if counts else Decimal(0),
        contribution=rounded(factor.weight * points / total) if points is not None and total else Decimal(0),
    )


def points_of(factor: Factor, value: str) -> Decimal:
    """The points of a value as `_value_of` gives it."""
    if factor.kind in {Kind.CHOICE, Kind.YES_NO}:
        named = (band.points for band in factor.bands if band.edge == value)
        return next(named, factor.otherwise)
    number = Decimal(value)
    reached = [band for band in factor.bands if decimal(band.edge) <= number]
    return max(reached, key=lambda band: decimal(band.edge)).points if reached else factor.otherwise


def _value_of(factor: Factor, value: object, today: date) -> str | None:
    """A value as the factor's table is asked for it, None where nothing is known."""
    if value is None or value == "":
        return None
    if factor.kind == Kind.MONTHS:
        since = _day(value)
        return None if since is None else str(months_between(since, today))
    if factor.kind == Kind.YES_NO:
        words = {True: YES, False: NO, YES: YES, NO: NO}
        return words.get(value) if isinstance(value, bool | str) else None
    if factor.kind == Kind.NUMBER:
        number = decimal(value, Decimal("NaN"))
        return None if number.is_nan() else plain(number)
    return str(value)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def months_between(since: date, today: date) -> int:
    """Whole months: the same day n months later, or the last of a shorter month, completes n. A day to come is 0."""
    months = (today.year - since.year) * 12 + today.month - since.month
    last = monthrange(today.year, today.month)[1]
    return max(0, months - (today.day < min(since.day, last)))


# --- as JSON ---


def write_reasons(scored: Scored) -> list[dict[str, Any]]:
    """The reasons as a proposal keeps them; numbers as text."""
    return [
        {
            "code": r.code,
            "label": r.label,
            "part": r.part.value,
            "kind": r.kind.value,
            "value": r.value,
            "points": None if r.points is None else plain(r.points),
            "weight": plain(r.weight),
            "effective": plain(r.effective),
            "contribution": plain(r.contribution),
        }
        for r in scored.reasons
    ]


def read_reasons(raw: list[dict[str, Any]]) -> tuple[Reason, ...]:
    """The reasons of a proposal."""
    return tuple(
        Reason(
            code=one["code"],
            label=one["label"],
            part=Part(one["part"]),
            kind=Kind(one["kind"]),
            value=one["value"],
            points=None if one["points"] is None else Decimal(one["points"]),
            weight=Decimal(one["weight"]),
            effective=Decimal(one["effective"]),
            contribution=Decimal(one["contribution"]),
        )
        for one in raw
    )
