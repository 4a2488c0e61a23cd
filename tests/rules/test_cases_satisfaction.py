"""Satisfaction is of those who said something, with their number, and of the days that it names."""

from __future__ import annotations

from datetime import date, timedelta

from keyue.cases.satisfaction import Said, satisfaction_of

TODAY = date(2026, 3, 16)


def test_nothing_said_is_no_figure():
    found = satisfaction_of([Said(TODAY, None, None)], TODAY)
    assert (found.mean, found.scored, found.ended, found.quarters, found.change) == (None, 0, 0, (), None)


def test_the_mean_is_of_the_last_year_and_the_line_of_eight_quarters():
    said = [
        Said(TODAY, 3, False),
        Said(date(2026, 1, 1), 4, True),
        Said(date(2025, 12, 31), 5, True),
        Said(TODAY - timedelta(days=364), 2, None),
        # a year ago, and before the eight quarters
        Said(TODAY - timedelta(days=365), 1, True),
        Said(date(2024, 3, 31), 1, None),
    ]
    found = satisfaction_of(said, TODAY)
    assert (found.mean, found.scored, found.satisfied, found.ended) == (3.5, 4, 2, 3)
    assert found.quarters == (1.5, 5.0, 3.5) and found.change == -1.5


def test_what_comes_later_does_not_count():
    assert satisfaction_of([Said(TODAY + timedelta(days=1), 5, True)], TODAY).scored == 0
