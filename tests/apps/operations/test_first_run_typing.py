"""Times as people type them into the first run."""

from __future__ import annotations

import pytest

from keyue.kernel.errors import Invalid
from keyue.regulations.durations import written


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("30 分钟", "PT30M"),
        ("半小时", "PT30M"),
        ("1.5小时", "PT1H30M"),
        ("1 小时 30 分钟", "PT1H30M"),
        ("一个半小时", "PT1H30M"),
        ("２小时", "PT2H"),
        ("两小时", "PT2H"),
        ("8 工作小时", "PT8H working"),
        ("1 天", "P1D"),
        ("3 个工作日", "3 working days"),
        ("一周", "P1W"),
        ("6 个月", "P6M"),
        ("PT45M", "PT45M"),
        ("2 working days", "2 working days"),
    ],
)
def test_times_as_people_say_them(text, said):
    assert written(text) == said


@pytest.mark.parametrize("text", ["很快", "0 分钟", "2", "两天左右", "半天", "1 天 2 小时", "-1 天", "小时"])
def test_times_that_are_none(text):
    with pytest.raises(Invalid):
        written(text)
