"""Changes of the clock: windows are wall time, measured in physical time (R5, R6, R10)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from keyue.kernel.errors import Invalid
from keyue.worktime.calendar import WEEKDAYS, Calendar
from keyue.worktime.rules import Days, Hours, Months, after_counted, counted, due
from keyue.worktime.zones import day_end, day_of, instant_of, micros, zone

HOUR = timedelta(hours=1)


def always(tz, *windows):
    return Calendar.from_dict({"tz": tz, "weekly": {day: list(windows) for day in WEEKDAYS}})


def at(text):
    return datetime.fromisoformat(text)


def open_hours(calendar, day):
    return sum((b - a for a, b in calendar.intervals(day)), timedelta(0)) / HOUR


@pytest.mark.parametrize(
    ("tz", "day", "hours"),
    [
        ("Europe/Berlin", date(2025, 3, 30), 23),
        ("Europe/Berlin", date(2025, 10, 26), 25),
        ("Europe/Berlin", date(2025, 10, 27), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),
        ("America/Sao_Paulo", date(2018, 2, 17), 25),
        ("America/St_Johns", date(2010, 11, 6), 25),
        ("America/St_Johns", date(2010, 11, 7), 24),
        ("Australia/Lord_Howe", date(2018, 10, 7), 23.5),
        ("Pacific/Apia", date(2011, 12, 30), 0),
        ("Asia/Shanghai", date(2025, 3, 30), 24),
    ],
)
def test_a_day_open_all_day_has_the_hours_its_clock_has(tz, day, hours):
    assert open_hours(always(tz, ["00:00", "24:00"]), day) == hours


def test_days_open_all_day_leave_no_gap():
    calendar = always("America/Sao_Paulo", ["00:00", "24:00"])
    for day in (date(2018, 2, 15) + timedelta(days=n) for n in range(300)):
        assert calendar.intervals(day)[-1][1] == calendar.intervals(day + timedelta(days=1))[0][0]


def test_a_window_over_the_skipped_hour_is_shorter():
    calendar = always("Europe/Berlin", ["01:00", "04:00"])
    assert open_hours(calendar, date(2025, 3, 30)) == 2
    assert open_hours(calendar, date(2025, 10, 26)) == 4


def test_a_window_that_begins_inside_the_skipped_hour_begins_after_it():
    calendar = always("Europe/Berlin", ["02:30", "05:00"])
    assert calendar.intervals(date(2025, 3, 30)) == [(at("2025-03-30T01:00Z"), at("2025-03-30T03:00Z"))]


def test_a_window_inside_the_skipped_hour_does_not_open():
    calendar = always("Europe/Berlin", ["02:15", "02:45"])
    assert calendar.intervals(date(2025, 3, 30)) == []
    found = after_counted(at("2025-03-29T20:00Z"), HOUR / 2, "working", calendar)
    assert found == at("2025-03-31T02:45+02:00")


def test_a_window_inside_the_repeated_hour_opens_twice():
    calendar = always("Europe/Berlin", ["02:15", "02:45"])
    assert calendar.intervals(date(2025, 10, 26)) == [
        (at("2025-10-26T02:15+02:00"), at("2025-10-26T02:45+02:00")),
        (at("2025-10-26T02:15+01:00"), at("2025-10-26T02:45+01:00")),
    ]
    assert after_counted(at("2025-10-26T00:00Z"), HOUR, "working", calendar) == at("2025-10-26T02:45+01:00")


@pytest.mark.parametrize("start", ["2025-03-29T10:00+01:00", "2025-10-25T10:00+02:00"])
def test_twenty_four_natural_hours_are_physical_hours(start):
    found = due(at(start), Hours("natural", 24 * HOUR), always("Europe/Berlin"))
    assert found - at(start) == 24 * HOUR
    assert found.astimezone(ZoneInfo("Europe/Berlin")).hour != 10


def test_natural_hours_from_a_local_start_do_not_add_on_the_wall_clock():
    start = datetime(2025, 3, 29, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert due(start, Hours("natural", 24 * HOUR), always("Europe/Berlin")) == at("2025-03-30T09:00Z")
    assert counted(start, start + timedelta(days=1), "natural", always("Europe/Berlin")) == 23 * HOUR


def test_night_hours_over_the_change_are_measured():
    night = always("Europe/Berlin", ["00:00", "06:00"], ["22:00", "24:00"])
    begin = at("2025-03-29T22:00+01:00")
    assert after_counted(begin, 7 * HOUR, "working", night) == at("2025-03-30T06:00+02:00")
    begin = at("2025-10-25T22:00+02:00")
    assert after_counted(begin, 9 * HOUR, "working", night) == at("2025-10-26T06:00+01:00")


def test_a_day_ends_at_the_change_where_its_midnight_does_not_exist():
    calendar = always("America/Sao_Paulo", ["09:00", "18:00"])
    ended = at("2018-11-04T03:00Z")
    assert due(at("2018-11-02T12:00-03:00"), Days("calendar", 1), calendar) == ended
    assert due(at("2018-11-03T23:59:59-03:00"), Days("calendar", 0), calendar) == ended
    assert ended.astimezone(ZoneInfo("America/Sao_Paulo")).isoformat() == "2018-11-04T01:00:00-02:00"


def test_a_start_at_the_missing_midnight_is_of_the_new_day():
    calendar = always("America/Sao_Paulo", ["09:00", "18:00"])
    assert due(at("2018-11-04T03:00Z"), Days("calendar", 0), calendar) == at("2018-11-05T00:00-02:00")


def test_a_day_ends_at_the_second_midnight_where_the_clock_goes_back_over_it():
    # Newfoundland, 7 November 2010: 00:01 became 23:01 of the day before
    assert instant_of(day_end("America/St_Johns", date(2010, 11, 6).toordinal())) == at(
        "2010-11-07T00:00-03:30"
    )
    first_minute = micros(at("2010-11-07T00:00:30-02:30"))
    assert day_of("America/St_Johns", first_minute) == date(2010, 11, 6).toordinal()


def test_a_midnight_that_comes_twice_ends_the_day_the_first_time():
    # Havana, 4 November 2018: 01:00 became 00:00 of the same day
    assert instant_of(day_end("America/Havana", date(2018, 11, 3).toordinal())) == at(
        "2018-11-04T00:00-04:00"
    )
    assert open_hours(always("America/Havana", ["00:00", "01:00"]), date(2018, 11, 4)) == 2


def test_months_land_in_the_offset_of_their_date():
    found = due(at("2025-09-30T10:00+02:00"), Months(1), always("Europe/Berlin"))
    assert found == at("2025-10-31T00:00+01:00")


def test_the_start_day_is_the_local_date():
    start = at("2025-03-03T16:30Z")
    assert due(start, Days("calendar", 1), always("Asia/Shanghai")) == at("2025-03-06T00:00+08:00")
    assert due(start, Days("calendar", 1), always("UTC")) == at("2025-03-05T00:00Z")


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Olympus",
        "",
        "../../etc/passwd",
        "/etc/localtime",
        "America",
        "localtime",
        "right/UTC",
        "a" * 5000,
        "UTC\x00",
    ],
)
def test_what_is_no_zone_is_refused(name):
    with pytest.raises(Invalid, match="时区"):
        zone(name)


@pytest.mark.parametrize(
    "start", [datetime(2025, 3, 3, 10), datetime(1, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_a_start_without_zone_or_out_of_all_bounds_is_refused(start):
    for rule in (Hours("natural", HOUR), Hours("working", HOUR), Days("calendar", 1)):
        with pytest.raises(Invalid):
            due(start, rule, always("Asia/Shanghai", ["09:00", "18:00"]))
