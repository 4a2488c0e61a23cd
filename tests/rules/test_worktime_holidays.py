"""The holidays that a new calendar begins with."""

import json
from datetime import date
from pathlib import Path

import pytest

from keyue.kernel.errors import Invalid
from keyue.worktime.calendar import Calendar
from keyue.worktime.holidays import chinese_calendar, published_years

EXAMPLE = json.loads((Path(__file__).parent / "data" / "deadlines.json").read_text())["calendars"][
    "cn_office"
]
WEEKLY = EXAMPLE["weekly"]


def test_published_holidays_are_those_of_the_notices():
    assert chinese_calendar([2024, 2025, 2026], WEEKLY) == EXAMPLE | {"horizon": "2026-12-31"}


def test_years_not_published_are_not_guessed():
    last = published_years()[-1]
    seeded = chinese_calendar(range(last - 1, last + 5), WEEKLY)
    assert seeded["horizon"] == f"{last}-12-31"
    assert all(day[:4] in {str(last - 1), str(last)} for day in [*seeded["holidays"], *seeded["makeup_days"]])


def test_after_the_last_published_year_nothing_fails_and_nothing_is_certain():
    last = published_years()[-1]
    seeded = chinese_calendar([last + 2, last + 3], WEEKLY)
    assert seeded["holidays"] == seeded["makeup_days"] == []
    assert seeded["horizon"] == f"{last}-12-31"
    assert Calendar.from_dict(seeded).is_working_day(date(last + 2, 1, 1)) in (True, False)


def test_the_horizon_ends_before_a_year_that_was_not_asked_for():
    assert chinese_calendar([2023, 2025], WEEKLY)["horizon"] == "2023-12-31"


@pytest.mark.parametrize("years", [[], [1999], range(1999, 2030)])
def test_years_before_the_library_are_refused(years):
    with pytest.raises(Invalid, match="2004"):
        chinese_calendar(years, WEEKLY)


def test_makeup_days_have_the_hours_of_a_normal_weekday():
    short_monday = WEEKLY | {"mon": [["10:00", "12:00"]], "sat": [["09:00", "10:00"]]}
    assert chinese_calendar([2025], short_monday)["makeup_hours"] == WEEKLY["tue"]
    assert chinese_calendar([2025], {"sat": [["09:00", "10:00"]]})["makeup_hours"] == []
    always = Calendar.from_dict(chinese_calendar([2025], {"wed": [["00:00", "24:00"]]}))
    assert always.windows_on(date(2025, 1, 26)) == ((0, 1440),)
