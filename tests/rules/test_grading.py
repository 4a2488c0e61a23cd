"""A grade is what the standard says by hand: the sum again in whole fractions, written without a line of the product."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.grading.rules import (
    GRADES,
    NO,
    OWN,
    YES,
    Band,
    Factor,
    Kind,
    Missing,
    Part,
    Standard,
    Treatment,
    faults_of,
    read_standard,
    write_factor,
    write_treatment,
)
from keyue.grading.scoring import months_between, read_reasons, score, write_reasons

TODAY = date(2026, 3, 16)
TREATED = {grade: Treatment(30, resources="客户经理", policy="标准服务") for grade in GRADES}
MARKS = {"A": Decimal(80), "B": Decimal(60), "C": Decimal(40)}


def factor(code: str, weight: str, kind: Kind, bands: dict[str, str], **more: object) -> Factor:
    table = tuple(Band(edge, Decimal(points)) for edge, points in bands.items())
    given_: dict[str, object] = {"part": Part.OTHER, "measure": OWN, "otherwise": Decimal(0), **more}
    return Factor(code=code, label=code, kind=kind, weight=Decimal(weight), bands=table, **given_)


SIZE = factor(
    "size", "30", Kind.NUMBER, {"1000000": "100", "200000": "60"}, part=Part.SIZE, otherwise=Decimal(20)
)
CREDIT = factor("credit", "25", Kind.CHOICE, {"good": "80", "poor": "10"}, part=Part.CREDIT)
HISTORY = factor("history", "20", Kind.MONTHS, {"36": "100", "12": "50"}, part=Part.HISTORY)
STRATEGIC = factor("strategic", "25", Kind.YES_NO, {YES: "100", NO: "40"}, part=Part.POTENTIAL)
FOUR = (SIZE, CREDIT, HISTORY, STRATEGIC)


def standard(*factors: Factor, missing: Missing = Missing.LEAVE_OUT) -> Standard:
    return Standard(factors or FOUR, MARKS, missing, TREATED)


def said(a_standard: Standard) -> dict[str, str]:
    return {fault.where: str(fault.why) for fault in faults_of(a_standard)}


# --- the sum, by hand ---


def test_the_sum_as_it_is_done_by_hand():
    known = {"size": "350000", "credit": "good", "history": "2023-03-16", "strategic": True}
    result = score(standard(), known, TODAY)
    # 60 × 30 % + 80 × 25 % + 100 × 20 % + 100 × 25 %
    assert (result.score, result.grade) == (Decimal("83.00"), "A")
    assert [(r.value, r.points, r.contribution) for r in result.reasons] == [
        ("350000", Decimal(60), Decimal("18.00")),
        ("good", Decimal(80), Decimal("20.00")),
        ("36", Decimal(100), Decimal("20.00")),
        (YES, Decimal(100), Decimal("25.00")),
    ]


def test_what_is_not_known_is_left_out_and_the_rest_made_up_to_a_hundred():
    result = score(standard(), {"credit": "good", "strategic": False}, TODAY)
    # (80 × 25 + 40 × 25) / 50
    assert (result.score, result.grade) == (Decimal("60.00"), "B")
    assert result.unknown == ("size", "history")
    assert [r.points for r in result.reasons if not r.is_known] == [None, None]
    assert [r.effective for r in result.reasons] == [0, 50, 0, 50]


def test_what_is_not_known_counts_lowest_where_the_standard_says_so():
    result = score(standard(missing=Missing.LOWEST), {"credit": "good"}, TODAY)
    # 20 × 30 % + 80 × 25 % + 0 × 20 % + 40 × 25 %: the lowest of yes and no is 40, not nought
    assert (result.score, result.grade) == (Decimal("36.00"), "D")
    assert result.unknown == ("size", "history", "strategic")


def test_nothing_known_at_all_is_no_grade():
    result = score(standard(), {}, TODAY)
    assert (result.score, result.grade) == (None, None)
    assert score(standard(missing=Missing.LOWEST), {}, TODAY).grade == "D"


def test_nought_is_known():
    assert score(standard(SIZE), {"size": 0}, TODAY).score == Decimal("20.00")
    assert score(standard(SIZE), {"size": ""}, TODAY).score is None


def test_a_choice_that_the_table_does_not_name_gets_what_is_said_for_others():
    other = factor("credit", "100", Kind.CHOICE, {"good": "80"}, otherwise=Decimal(33))
    assert score(standard(other), {"credit": "fair"}, TODAY).score == Decimal("33.00")


def test_the_score_of_a_part_is_the_mean_of_its_factors():
    result = score(standard(), {"size": "1000000", "history": "2025-03-16"}, TODAY)
    assert result.part(Part.SIZE) == 100
    assert result.part(Part.SIZE, Part.HISTORY) == Decimal("80.00")
    assert result.part(Part.CREDIT) is None


@pytest.mark.parametrize(
    ("since", "months"),
    [
        (date(2026, 3, 16), 0), (date(2026, 2, 17), 0), (date(2026, 2, 16), 1), (date(2025, 3, 16), 12),
        (date(2025, 3, 17), 11), (date(2027, 1, 1), 0),
    ],
)  # fmt: skip
def test_whole_months(since: date, months: int):
    assert months_between(since, TODAY) == months


def test_the_end_of_a_short_month_completes_one():
    assert months_between(date(2026, 1, 31), date(2026, 2, 28)) == 1
    assert months_between(date(2026, 1, 31), date(2026, 2, 27)) == 0


# --- any standard ---


def points() -> st.SearchStrategy[Decimal]:
    return st.decimals(0, 100, places=1)


@st.composite
def weights(draw: st.DrawFn) -> list[Decimal]:
    cuts = sorted(draw(st.lists(st.integers(1, 999), min_size=0, max_size=5, unique=True)))
    edges = [0, *cuts, 1000]
    return [Decimal(b - a) / 10 for a, b in itertools.pairwise(edges)]


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Standard, dict[str, object]]:
    """A sound standard of any factors, and what is known of a customer."""
    factors, values = [], {}
    for n, weight in enumerate(draw(weights())):
        kind, code = draw(st.sampled_from(Kind)), f"f{n}"
        if kind == Kind.YES_NO:
            edges, value = [YES, NO], draw(st.none() | st.booleans())
        elif kind == Kind.CHOICE:
            edges = draw(st.lists(st.sampled_from("甲乙丙丁"), min_size=1, unique=True))
            value = draw(st.none() | st.sampled_from("甲乙丙丁戊"))
        elif kind == Kind.NUMBER:
            found = draw(st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=4, unique=True))
            edges, value = [str(edge) for edge in found], draw(st.none() | st.decimals(0, 1200, places=2))
        else:
            edges = [
                str(edge) for edge in draw(st.lists(st.integers(0, 60), min_size=1, max_size=4, unique=True))
            ]
            ago = draw(st.none() | st.integers(0, 2400))
            value = None if ago is None else TODAY - timedelta(days=ago)
        table = tuple(Band(edge, draw(points())) for edge in edges)
        factors.append(Factor(code, code, Part.OTHER, kind, OWN, weight, table, draw(points())))
        values[code] = value
    low = draw(st.integers(1, 50))
    marks = {"A": Decimal(low + 40), "B": Decimal(low + 20), "C": Decimal(low)}
    return Standard(tuple(factors), marks, draw(st.sampled_from(Missing)), TREATED), values


def by_hand(a_standard: Standard, values: dict[str, object]) -> tuple[Fraction | None, str | None]:
    """The sum once more, in fractions, straight from the words of the standard."""
    gained, counted = Fraction(0), Fraction(0)
    for one in a_standard.factors:
        table = {band.edge: Fraction(band.points) for band in one.bands}
        value, got = values[one.code], None
        if value is None:
            if a_standard.missing == Missing.LEAVE_OUT:
                continue
            options = list(table.values()) + ([] if one.kind == Kind.YES_NO else [Fraction(one.otherwise)])
            got = min(options)
        elif one.kind == Kind.YES_NO:
            got = table["yes" if value else "no"]
        elif one.kind == Kind.CHOICE:
            got = table.get(str(value), Fraction(one.otherwise))
        else:
            if one.kind == Kind.MONTHS:
                reached = 0
                while _later(value, reached + 1) <= TODAY:  # type: ignore[arg-type]
                    reached += 1
                amount = Fraction(reached)
            else:
                amount = Fraction(value)  # type: ignore[arg-type]
            got = Fraction(one.otherwise)
            for edge in sorted(table, key=Fraction):
                if Fraction(edge) <= amount:
                    got = table[edge]
        gained += got * Fraction(one.weight)
        counted += Fraction(one.weight)
    if not counted:
        return None, None
    # two places, a half upwards
    result = Fraction((gained / counted * 100 + Fraction(1, 2)).__floor__(), 100)
    for grade in "ABC":
        if result >= Fraction(a_standard.thresholds[grade]):
            return result, grade
    return result, "D"


def _later(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for n in range(day.day, 0, -1):
        try:
            return date(year, month + 1, n)
        except ValueError:
            continue
    raise AssertionError


@given(worlds())
def test_the_grade_computed_is_the_hand_calculation(world: tuple[Standard, dict[str, object]]):
    a_standard, values = world
    result = score(a_standard, values, TODAY)
    expected, grade = by_hand(a_standard, values)
    assert (None if result.score is None else Fraction(result.score)) == expected
    assert result.grade == grade


@given(worlds())
def test_the_reasons_add_up_to_the_score(world: tuple[Standard, dict[str, object]]):
    result = score(*world, TODAY)
    total = sum(reason.contribution for reason in result.reasons)
    # each is rounded to a cent by itself
    assert abs(total - (result.score or 0)) <= Decimal("0.01") * len(result.reasons)
    assert read_reasons(write_reasons(result)) == result.reasons


@given(worlds())
def test_a_standard_comes_back_from_json_as_it_was(world: tuple[Standard, dict[str, object]]):
    a_standard, values = world
    back = read_standard(
        [write_factor(one) for one in a_standard.factors],
        {grade: str(mark) for grade, mark in a_standard.thresholds.items()},
        a_standard.missing.value,
        {grade: write_treatment(one) for grade, one in a_standard.treatments.items()},
    )
    assert score(back, values, TODAY) == score(a_standard, values, TODAY)
    assert back.treatments == a_standard.treatments


# --- what is wrong with one ---


def test_a_sound_standard_has_no_fault():
    assert said(standard()) == {}


def test_the_weights_sum_to_a_hundred():
    assert said(standard(SIZE, CREDIT)) == {"weight": "权重合计应为 100，现在是 55。"}


def test_thresholds_fall_and_can_be_reached():
    marks = {"A": Decimal(60), "B": Decimal(60), "C": Decimal(40)}
    assert said(Standard(FOUR, marks, Missing.LOWEST, TREATED)) == {
        "thresholds.B": "B 级的分数线应低于 A 级。"
    }
    high = {"A": Decimal(96), "B": Decimal(60), "C": Decimal(40)}
    found = said(Standard(FOUR, high, Missing.LOWEST, TREATED))
    # 100 × 30 % + 80 × 25 % + 100 × 45 %
    assert found == {"thresholds.A": "最高只能得 95 分，谁也评不上 A 级。"}


def test_bands_are_sound():
    wrong = factor("x", "100", Kind.NUMBER, {"5": "10", "5.0": "101"})
    assert said(standard(wrong)) == {
        "factors.0.points": "「x」的得分应在 0 至 100 之间。",
        "factors.0.bands": "「x」有两档的起点相同。",
    }
    assert "factors.0.bands" in said(standard(factor("x", "100", Kind.CHOICE, {})))
    assert "factors.0.bands" in said(standard(factor("x", "100", Kind.YES_NO, {YES: "100"})))
    assert "factors.0.bands" in said(standard(factor("x", "100", Kind.MONTHS, {"很久": "100"})))


def test_every_grade_says_what_it_is_given():
    bare = Standard(FOUR, MARKS, Missing.LOWEST, {**TREATED, "D": Treatment()})
    assert said(bare) == {
        "treatments.D.resources": "D 级没有写明配多少资源。",
        "treatments.D.policy": "D 级没有写明服务策略与权益。",
    }


def test_one_thing_is_not_weighed_twice():
    doubled = factor("other", "50", Kind.CHOICE, {"good": "80"}, measure="credit")
    found = said(standard(doubled, factor("again", "50", Kind.CHOICE, {"good": "100"}, measure="credit")))
    assert set(found) == {"factors.0.measure", "factors.1.measure"}
