"""Months, quarters and years as people type them; what is no whole number of months is none."""

from __future__ import annotations

import pytest

from keyue.kernel.errors import Invalid
from keyue.regulations.durations import written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("半年", "P6M"),
        ("1 年", "P12M"),
        ("一年", "P12M"),
        ("1.5年", "P18M"),
        ("1 个季度", "P3M"),
        ("3 个月", "P3M"),
        ("一个月", "P1M"),
    ],
)
def test_months_quarters_and_years(text: str, said: str) -> None:
    assert written(text) == said


@pytest.mark.parametrize("text", ["半个月", "一个半月", "1 年 2 天", "0 年", "半个季度", "年"])
def test_parts_of_months_are_none(text: str) -> None:
    with pytest.raises(Invalid):
        written(text)
