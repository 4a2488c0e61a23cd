"""Times, hours and days as people type them into the first run."""

from __future__ import annotations

from datetime import date

import pytest

from keyue.kernel.errors import Invalid
from keyue.operations.first_run.durations import written
from keyue.worktime.typed import dates, weekly, windows


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


def test_hours_and_days_as_people_type_them():
    assert windows("９:00 至 12:00，13:30—18:00") == [["09:00", "12:00"], ["13:30", "18:00"]]
    assert windows("休息") == []
    assert weekly({"mon": "00:00-24:00"}) == {"mon": [["00:00", "24:00"]]}
    for wrong in ("9-18", "18:00-09:00", "09:00-13:00, 12:00-18:00", "09:00-25:00", "09:75-10:00"):
        with pytest.raises(Invalid):
            windows(wrong)
    with pytest.raises(Invalid):
        weekly({})
    assert dates("2027-02-05 至 2027-02-07 春节\n2027年5月1日") == [
        *(date(2027, 2, day) for day in (5, 6, 7)),
        date(2027, 5, 1),
    ]
    for wrong in (
        "元旦",
        "2027-02-30",
        "2027-02-07 至 2027-02-05",
        "2027-01-01 至 2027-12-31",
        "2027-02-051",
        "2027-02-05 至 2-12",
        "2027-02-05 09:00-12:00",
    ):
        with pytest.raises(Invalid):
            dates(wrong)
