"""What a scoring standard is, and what is wrong with one: S1-6.1, S1-6.2, S4-7.1. Pure.

A standard weighs factors. Each factor turns what is known of a customer into points of 0 to 100, by a table of its own;
the weights of all factors sum to 100; the weighted mean of the points is the score, and thresholds make it a grade.
`scoring.py` does the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from keyue.kernel.texts import Sentence, sentence

GRADES = ("A", "B", "C", "D")
"""The highest first; who reaches no threshold has the last."""
HUNDRED = Decimal(100)
MOST_FACTORS = 20
MOST_BANDS = 12
LABEL_LONGEST = 20
CHOICE_LONGEST = 40
TEXT_LONGEST = 200
LARGEST = Decimal("99999999999999.99")
OWN = "own"
"""The measure of a factor whose values people enter for each customer."""
YES, NO = "yes", "no"


class Kind(StrEnum):
    """How a factor turns a value into points."""

    NUMBER = "number"
    CHOICE = "choice"
    YES_NO = "yes_no"
    MONTHS = "months"


class Part(StrEnum):
    """What a factor speaks of: S1-6.1 names the first four, S4-7.1 value and needs."""

    SIZE = "size"
    POTENTIAL = "potential"
    CREDIT = "credit"
    HISTORY = "history"
    VALUE = "value"
    NEEDS = "needs"
    OTHER = "other"


class Missing(StrEnum):
    """What of a factor of which nothing is known: it never counts silently as nought."""

    LEAVE_OUT = "leave_out"
    LOWEST = "lowest"


@dataclass(frozen=True, slots=True)
class Band:
    """A row of a factor's table: from this number or month on, or for this choice, so many points."""

    edge: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing a customer is scored by. `otherwise` are the points of a value that no band names."""

    code: str
    label: str
    part: Part
    kind: Kind
    measure: str
    weight: Decimal
    bands: tuple[Band, ...] = ()
    otherwise: Decimal = Decimal(0)

    @property
    def is_own(self) -> bool:
        """Whether people enter its values."""
        return self.measure == OWN

    @property
    def all_points(self) -> tuple[Decimal, ...]:
        """Every number of points that it can give."""
        own = tuple(band.points for band in self.bands)
        return own if self.kind == Kind.YES_NO and own else (*own, self.otherwise)

    @property
    def lowest(self) -> Decimal:
        return min(self.all_points)

    @property
    def highest(self) -> Decimal:
        return max(self.all_points)

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that its table names."""
        return tuple(band.edge for band in self.bands)


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a grade is given: S1-6.2b, S4-7.1b. Days and hours are whole; None: nothing is laid down, by intent."""

    contact_days: int | None = None
    visit_days: int | None = None
    verification_days: int | None = None
    first_response_hours: int | None = None
    leader_visits: int | None = None
    resources: str = ""
    policy: str = ""


@dataclass(frozen=True, slots=True)
class Standard:
    """A scoring standard; `thresholds` say from which score on a grade is reached, for all grades but the last."""

    factors: tuple[Factor, ...]
    thresholds: Mapping[str, Decimal]
    missing: Missing
    treatments: Mapping[str, Treatment] = field(default_factory=dict)

    @property
    def weight(self) -> Decimal:
        """What the weights sum to."""
        return sum((factor.weight for factor in self.factors), Decimal(0))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: `factors.2.weight`, `thresholds.A`, `treatments.B.policy`."""

    where: str
    why: Sentence


# --- as JSON ---


def decimal(value: object, default: Decimal = Decimal(0)) -> Decimal:
    """A number as it was kept or typed; `default` for what is none."""
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return default
    return found if found.is_finite() else default


def plain(value: Decimal) -> str:
    """A number without needless noughts: 12.5, 30."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read_factor(raw: Mapping[str, Any]) -> Factor:
    """A factor from its JSON."""
    return Factor(
        code=str(raw.get("code", "")),
        label=str(raw.get("label", "")),
        part=Part(raw.get("part", Part.OTHER)),
        kind=Kind(raw.get("kind", Kind.NUMBER)),
        measure=str(raw.get("measure", OWN)),
        weight=decimal(raw.get("weight")),
        bands=tuple(Band(str(edge), decimal(points)) for edge, points in raw.get("bands", ())),
        otherwise=decimal(raw.get("otherwise")),
    )


def write_factor(factor: Factor) -> dict[str, Any]:
    """The JSON of a factor; numbers as text."""
    return {
        "code": factor.code,
        "label": factor.label,
        "part": factor.part.value,
        "kind": factor.kind.value,
        "measure": factor.measure,
        "weight": plain(factor.weight),
        "bands": [[band.edge, plain(band.points)] for band in factor.bands],
        "otherwise": plain(factor.otherwise),
    }


def read_treatment(raw: Mapping[str, Any]) -> Treatment:
    """A treatment from its JSON."""
    return Treatment(**{name: raw[name] for name in Treatment.__dataclass_fields__ if name in raw})


def write_treatment(treatment: Treatment) -> dict[str, Any]:
    """The JSON of a treatment."""
    return {name: getattr(treatment, name) for name in Treatment.__dataclass_fields__}


def read_standard(
    factors: Sequence[Mapping[str, Any]],
    thresholds: Mapping[str, Any],
    missing: str,
    treatments: Mapping[str, Mapping[str, Any]],
) -> Standard:
    """A standard from what is kept of it."""
    return Standard(
        factors=tuple(read_factor(raw) for raw in factors),
        thresholds={grade: decimal(thresholds.get(grade)) for grade in GRADES[:-1]},
        missing=Missing(missing),
        treatments={grade: read_treatment(treatments.get(grade, {})) for grade in GRADES},
    )


# --- what is wrong ---


def faults_of(standard: Standard) -> list[Fault]:
    """Everything that keeps a standard from being used, in its order; empty where nothing does."""
    return [
        *_of_factors(standard),
        *(fault for n, factor in enumerate(standard.factors) for fault in _of_factor(n, factor)),
        *_of_thresholds(standard),
        *_of_treatments(standard),
    ]


def _of_factors(standard: Standard) -> Iterator[Fault]:
    factors = standard.factors
    if not factors:
        yield Fault("factors", sentence("请至少写一个因素。"))
        return
    if len(factors) > MOST_FACTORS:
        yield Fault("factors", sentence("因素最多 %(most)s 个。", most=MOST_FACTORS))
    if standard.weight != HUNDRED:
        yield Fault("weight", sentence("权重合计应为 100，现在是 %(sum)s。", sum=plain(standard.weight)))
    labels = Counter(factor.label for factor in factors)
    measures = Counter(factor.measure for factor in factors if not factor.is_own)
    for n, factor in enumerate(factors):
        if labels[factor.label] > 1 and factor.label:
            yield Fault(f"factors.{n}.label", sentence("「%(label)s」写了两次，请合并。", label=factor.label))
        if measures[factor.measure] > 1:
            yield Fault(
                f"factors.{n}.measure",
                sentence("「%(label)s」的取值已用在另一个因素里。", label=factor.label),
            )


def _of_factor(n: int, factor: Factor) -> Iterator[Fault]:
    where, name = f"factors.{n}", factor.label or str(n + 1)
    if not factor.label:
        yield Fault(f"{where}.label", sentence("第 %(n)s 个因素没有名称。", n=n + 1))
    if not 0 < factor.weight <= HUNDRED:
        yield Fault(f"{where}.weight", sentence("「%(label)s」的权重应大于 0，不超过 100。", label=name))
    if any(not 0 <= points <= HUNDRED for points in factor.all_points):
        yield Fault(f"{where}.points", sentence("「%(label)s」的得分应在 0 至 100 之间。", label=name))
    yield from _of_bands(where, name, factor)


def _of_bands(where: str, name: str, factor: Factor) -> Iterator[Fault]:
    edges = [band.edge for band in factor.bands]
    if factor.kind == Kind.YES_NO:
        if set(edges) != {YES, NO} or len(edges) != 2:
            yield Fault(f"{where}.bands", sentence("「%(label)s」要写明是与否各得几分。", label=name))
        return
    if not edges:
        yield Fault(f"{where}.bands", sentence("「%(label)s」还没有一档得分。", label=name))
    if len(edges) > MOST_BANDS:
        yield Fault(
            f"{where}.bands", sentence("「%(label)s」最多 %(most)s 档。", label=name, most=MOST_BANDS)
        )
    if factor.kind == Kind.CHOICE:
        doubled = [edge for edge, times in Counter(edges).items() if times > 1]
        if doubled:
            yield Fault(
                f"{where}.bands",
                sentence("「%(label)s」里「%(value)s」写了两次。", label=name, value=doubled[0]),
            )
        return
    numbers = [decimal(edge, Decimal(-1)) for edge in edges]
    if any(not 0 <= number <= LARGEST for number in numbers):
        yield Fault(f"{where}.bands", sentence("「%(label)s」每一档的起点应为不小于 0 的数。", label=name))
    elif len(set(numbers)) < len(numbers):
        yield Fault(f"{where}.bands", sentence("「%(label)s」有两档的起点相同。", label=name))


def _of_thresholds(standard: Standard) -> Iterator[Fault]:
    marks = [standard.thresholds.get(grade, Decimal(0)) for grade in GRADES[:-1]]
    for grade, mark in zip(GRADES, marks, strict=False):
        if not 0 < mark <= HUNDRED:
            yield Fault(
                f"thresholds.{grade}", sentence("%(grade)s 级的分数线应大于 0，不超过 100。", grade=grade)
            )
    for n in range(1, len(marks)):
        if marks[n] >= marks[n - 1]:
            yield Fault(
                f"thresholds.{GRADES[n]}",
                sentence("%(low)s 级的分数线应低于 %(high)s 级。", low=GRADES[n], high=GRADES[n - 1]),
            )
    if standard.factors and standard.weight == HUNDRED:
        reach = sum((factor.weight * factor.highest for factor in standard.factors), Decimal(0)) / HUNDRED
        if marks[0] > reach:
            said = sentence("最高只能得 %(reach)s 分，谁也评不上 A 级。", reach=plain(reach))
            yield Fault("thresholds.A", said)


def _of_treatments(standard: Standard) -> Iterator[Fault]:
    for grade in GRADES:
        treatment = standard.treatments.get(grade, Treatment())
        if not treatment.resources:
            yield Fault(
                f"treatments.{grade}.resources", sentence("%(grade)s 级没有写明配多少资源。", grade=grade)
            )
        if not treatment.policy:
            yield Fault(
                f"treatments.{grade}.policy", sentence("%(grade)s 级没有写明服务策略与权益。", grade=grade)
            )


# --- who may do what with one ---


def may_approve(authors: Sequence[str], submitted_by: str, by: str) -> bool:
    """Whether somebody may approve a standard: not who wrote any of it, nor who submitted it (S1-6.2a)."""
    return by not in authors and by != submitted_by
