"""Calendars: reading, refusing, and which windows a date has (R6)."""

import json
from datetime import date

import pytest
from hypothesis import given

from keyue.kernel.errors import Invalid
from keyue.worktime.calendar import Calendar, clock_face

from .worktime_strategies import MODEST, definitions

OFFICE = {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], "sat": [["09:00", "12:00"]]}
MONDAY = date(2025, 3, 3)


def windows(definition, day=MONDAY):
    return [f"{clock_face(a)}-{clock_face(b)}" for a, b in Calendar.from_dict(definition).windows_on(day)]


def test_a_date_has_the_windows_of_its_weekday():
    assert windows({"weekly": OFFICE}) == ["09:00-12:00", "13:30-18:00"]
    assert windows({"weekly": OFFICE}, date(2025, 3, 4)) == []


def test_a_holiday_beats_the_week_and_a_makeup_day_beats_the_holiday():
    holiday = {"weekly": OFFICE, "holidays": ["2025-03-03"]}
    assert windows(holiday) == []
    assert windows(holiday | {"makeup_days": ["2025-03-03"], "makeup_hours": [["10:00", "11:00"]]}) == [
        "10:00-11:00"
    ]


def test_makeup_days_may_each_have_their_own_hours():
    own = {"2025-03-03": [["10:00", "11:00"]], "2025-03-04": [["00:00", "24:00"]]}
    definition = {"weekly": OFFICE, "makeup_days": own}
    assert windows(definition) == ["10:00-11:00"]
    assert windows(definition, date(2025, 3, 4)) == ["00:00-24:00"]
    assert Calendar.from_dict(definition).to_dict()["makeup_days"] == own


def test_a_makeup_day_without_hours_is_no_working_day():
    calendar = Calendar.from_dict({"weekly": OFFICE, "makeup_days": ["2025-03-03"], "makeup_hours": []})
    assert not calendar.is_working_day(MONDAY)
    assert Calendar.from_dict(calendar.to_dict()) == calendar


def test_overlapping_and_touching_windows_are_one():
    overlapping = [["14:00", "18:00"], ["09:00", "12:00"], ["11:00", "13:00"], ["13:00", "13:30"]]
    assert windows({"weekly": {"mon": overlapping}}) == ["09:00-13:30", "14:00-18:00"]


def test_a_calendar_says_its_zone_or_is_of_china():
    assert Calendar.from_dict({"weekly": {}}).tz == "Asia/Shanghai"
    assert Calendar.from_dict({"weekly": {}, "tz": "Europe/Berlin"}).tz == "Europe/Berlin"


def test_calendars_are_values():
    first, second = (Calendar.from_dict({"weekly": OFFICE, "horizon": "2026-12-31"}) for _ in range(2))
    first.intervals(MONDAY)
    assert first == second
    assert {first: 1}[second] == 1
    assert first != Calendar.from_dict({"weekly": OFFICE})
    with pytest.raises(AttributeError):
        first.tz = "UTC"


@MODEST
@given(definitions())
def test_writing_and_reading_gives_the_same_calendar(found):
    calendar = Calendar.from_dict(found[0])
    assert Calendar.from_dict(json.loads(json.dumps(calendar.to_dict()))) == calendar


REFUSED = {
    "not an object": ([], "日历"),
    "no weekly": ({"tz": "Asia/Shanghai"}, "weekly"),
    "unknown member": ({"weekly": {}, "holiday": []}, "holiday"),
    "member no text": ({"weekly": {}, 5: 1}, "5"),
    "weekly no object": ({"weekly": [["09:00", "12:00"]]}, "weekly"),
    "unknown weekday": ({"weekly": {"monday": []}}, "monday"),
    "Chinese weekday": ({"weekly": {"周一": []}}, "周一"),
    "windows no list": ({"weekly": {"mon": "09:00-12:00"}}, "weekly.mon"),
    "windows null": ({"weekly": {"mon": None}}, "weekly.mon"),
    "window no pair": ({"weekly": {"mon": [["09:00"]]}}, "weekly.mon"),
    "window of three": ({"weekly": {"mon": [["09:00", "12:00", "13:00"]]}}, "weekly.mon"),
    "window a text": ({"weekly": {"mon": ["09"]}}, "weekly.mon"),
    "from is to": ({"weekly": {"mon": [["09:00", "09:00"]]}}, "不晚于"),
    "from after to": ({"weekly": {"mon": [["22:00", "06:00"]]}}, "不晚于"),
    "from the end": ({"weekly": {"mon": [["24:00", "24:00"]]}}, "不晚于"),
    "midnight as 0": ({"weekly": {"mon": [["22:00", "00:00"]]}}, "24:00"),
    "hour 25": ({"weekly": {"mon": [["09:00", "25:00"]]}}, "25:00"),
    "minute 60": ({"weekly": {"mon": [["09:60", "12:00"]]}}, "09:60"),
    "one digit": ({"weekly": {"mon": [["9:00", "12:00"]]}}, "9:00"),
    "past the end": ({"weekly": {"mon": [["09:00", "24:01"]]}}, "24:01"),
    "seconds": ({"weekly": {"mon": [["09:00:00", "12:00"]]}}, "09:00:00"),
    "other digits": ({"weekly": {"mon": [["0９:00", "12:00"]]}}, "HH:MM"),
    "newline": ({"weekly": {"mon": [["09:00\n", "12:00"]]}}, "HH:MM"),
    "number": ({"weekly": {"mon": [[9, 12]]}}, "HH:MM"),
    "tz number": ({"weekly": {}, "tz": 8}, "tz"),
    "tz null": ({"weekly": {}, "tz": None}, "tz"),
    "tz unknown": ({"weekly": {}, "tz": "Asia/Beijing"}, "Asia/Beijing"),
    "date unreal": ({"weekly": {}, "holidays": ["2025-02-30"]}, "2025-02-30"),
    "date short": ({"weekly": {}, "holidays": ["2025-2-3"]}, "2025-2-3"),
    "date basic": ({"weekly": {}, "holidays": ["20250203"]}, "20250203"),
    "date number": ({"weekly": {}, "holidays": [20250203]}, "20250203"),
    "dates a text": ({"weekly": {}, "holidays": "2025-02-03"}, "holidays"),
    "makeup no hours": ({"weekly": {}, "makeup_days": ["2025-02-03"]}, "makeup_hours"),
    "makeup a number": ({"weekly": {}, "makeup_days": 3, "makeup_hours": []}, "makeup_days"),
    "makeup bad date": ({"weekly": {}, "makeup_days": {"x": []}}, "makeup_days"),
    "makeup bad window": ({"weekly": {}, "makeup_days": {"2025-02-03": [["12:00", "09:00"]]}}, "2025-02-03"),
    "horizon": ({"weekly": {}, "horizon": "2026"}, "horizon"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_calendar_is_refused_with_a_sentence(name):
    definition, word = REFUSED[name]
    with pytest.raises(Invalid, match=word.replace("\\", "")):
        Calendar.from_dict(definition)
