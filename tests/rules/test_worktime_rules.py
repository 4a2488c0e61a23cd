"""Days, months, periods, lunar dates, cut-offs, rolls, bounds and horizons, case by case."""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from keyue.kernel.errors import Invalid
from keyue.worktime.calendar import WEEKDAYS, Calendar
from keyue.worktime.lunar import birthday_on
from keyue.worktime.rules import (
    BOUND,
    Cadence,
    Days,
    Hours,
    LunarBirthday,
    Months,
    PeriodEnd,
    after_counted,
    counted,
    depends_on_calendar,
    due,
    is_hours,
    is_provisional,
    parse_rule,
    thresholds,
)

DATA = json.loads((Path(__file__).parent / "data" / "deadlines.json").read_text())["calendars"]
OFFICE = Calendar.from_dict(DATA["cn_office"])
NEVER = Calendar.from_dict(DATA["never_open"])
HOUR = timedelta(hours=1)


def at(text):
    return datetime.fromisoformat(text + "+08:00")


def found(start, rule, calendar=OFFICE, pauses=()):
    """The deadline as local text; a plain form will do as a rule."""
    result = due(at(start), parse_rule(rule) if isinstance(rule, str) else rule, calendar, pauses)
    return None if result is None else f"{(result + timedelta(hours=8)):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        # the day of 3 March 2025 is a Monday
        ("2025-03-03T23:50", "same day", "2025-03-04T00:00"),
        ("2025-03-08T10:00", "same day", "2025-03-09T00:00"),
        ("2025-03-08T10:00", "same working day", "2025-03-11T00:00"),
        ("2025-03-08T10:00", "same working day, close", "2025-03-10T18:00"),
        ("2025-03-03T17:59", "same working day, close", "2025-03-03T18:00"),
        ("2025-03-03T18:00", "same working day, close", "2025-03-04T18:00"),
        ("2025-03-07T18:00", "same working day, close", "2025-03-10T18:00"),
        ("2025-03-03T12:30", "same working day, close", "2025-03-03T18:00"),
        ("2025-03-08T10:00", "same day, next working day", "2025-03-11T00:00"),
        ("2025-03-08T10:00", "same day, close", "2025-03-09T00:00"),
        # to the letter of C3: the same date, and its close
        ("2025-03-03T19:00", "same day, close", "2025-03-03T18:00"),
        ("2025-03-03T10:00", "1 working days", "2025-03-05T00:00"),
        ("2025-03-07T10:00", "1 working days, close", "2025-03-10T18:00"),
        # 28 September 2025, a Sunday, is a make-up day
        ("2025-09-26T10:00", "1 working days, close", "2025-09-28T18:00"),
        ("2025-09-27T10:00", "7 days, next working day", "2025-10-10T00:00"),
        ("2025-09-27T10:00", "7 days, previous working day", "2025-10-01T00:00"),
        ("2025-09-27T10:00", "7 days, close", "2025-10-05T00:00"),
        ("2025-09-20T10:00", "8 days, next working day, close", "2025-09-28T18:00"),
        ("2025-01-31T10:00", "1 months", "2025-03-01T00:00"),
        ("2025-02-28T10:00", "1 months", "2025-03-29T00:00"),
        ("2024-02-29T10:00", "12 months", "2025-03-01T00:00"),
        ("2025-03-15T10:00", "0 months", "2025-03-16T00:00"),
        ("2025-05-15T10:00", "1 months, close, next working day", "2025-06-16T18:00"),
        ("2025-05-15T10:00", "1 months, previous working day", "2025-06-14T00:00"),
    ],
)
def test_days_and_months(start, rule, expected):
    assert found(start, rule) == expected


@pytest.mark.parametrize(
    ("start", "rule", "expected"),
    [
        ("2025-03-03T17:59", "same day, before 18:00", "2025-03-04T00:00"),
        ("2025-03-03T18:00", "same day, before 18:00", "2025-03-05T00:00"),
        ("2025-03-07T18:00", "same day, before 18:00", "2025-03-11T00:00"),
        ("2025-03-07T18:00", "same working day, before 18:00, close", "2025-03-10T18:00"),
        # before the cut-off of a Saturday it is still Saturday
        ("2025-03-08T10:00", "same day, before 18:00", "2025-03-09T00:00"),
        ("2025-03-08T18:30", "same day, before 18:00", "2025-03-11T00:00"),
        # what belongs to Tuesday has its first counted day on Wednesday
        ("2025-03-03T18:00", "1 working day, before 18:00", "2025-03-06T00:00"),
        ("2025-03-03T17:00", "1 working day, before 18:00", "2025-03-05T00:00"),
        ("2025-03-07T20:00", "7 days, before 18:00", "2025-03-18T00:00"),
        ("2025-09-30T18:00", "same day, before 18:00", "2025-10-10T00:00"),
        ("2025-01-31T20:00", "1 months, before 18:00", "2025-03-06T00:00"),
    ],
)
def test_a_late_start_belongs_to_the_next_working_day(start, rule, expected):
    assert found(start, rule) == expected


def test_there_is_no_next_working_day_where_nobody_works():
    assert found("2025-03-03T18:00", "same day, before 18:00", NEVER) is None
    assert found("2025-03-03T10:00", "same day, before 18:00", NEVER) == "2025-03-04T00:00"
    for rule in (
        "1 working day",
        "same working day",
        "7 days, next working day",
        "1 months, previous working day",
    ):
        assert found("2025-03-03T10:00", rule, NEVER) is None
    assert found("2025-03-03T10:00", PeriodEnd("month", 1), NEVER) is None


@pytest.mark.parametrize(
    ("period", "lag", "end", "expected"),
    [
        ("month", 0, "midnight", "2025-06-01T00:00"),
        ("quarter", 0, "midnight", "2025-07-01T00:00"),
        ("half_year", 0, "midnight", "2025-07-01T00:00"),
        ("year", 0, "midnight", "2026-01-01T00:00"),
        ("quarter", 0, "close", "2025-06-30T18:00"),
        # 31 May to 2 June 2025 are the Dragon Boat holiday
        ("month", 1, "midnight", "2025-06-04T00:00"),
        ("month", 3, "close", "2025-06-05T18:00"),
    ],
)
def test_period_ends(period, lag, end, expected):
    assert found("2025-05-20T10:00", PeriodEnd(period, lag, end)) == expected


def test_a_cadence_does_not_drift():
    dates = [found("2024-08-31T15:00", Cadence(6, k))[:10] for k in range(5)]
    assert dates == ["2024-09-01", "2025-03-01", "2025-09-01", "2026-03-01", "2026-09-01"]
    assert found("2024-08-31T15:00", Cadence(6, 2, "close", "previous_working_day")) == "2025-08-29T18:00"


@pytest.mark.parametrize(
    ("year", "month", "day", "leap", "expected"),
    [
        (2025, 1, 1, False, date(2025, 1, 29)),
        (2025, 6, 15, True, date(2025, 8, 8)),
        # no leap sixth month in 2026: the ordinary one
        (2026, 6, 15, True, date(2026, 7, 28)),
        # a leap month of another number is no leap sixth month
        (2023, 6, 15, True, date(2023, 8, 1)),
        # the twelfth month of 2026 has 29 days, that of 2023 has 30
        (2026, 12, 30, False, date(2027, 2, 5)),
        (2023, 12, 30, False, date(2024, 2, 9)),
    ],
)
def test_lunar_birthdays(year, month, day, leap, expected):
    assert birthday_on(year, month, day, leap) == expected
    rule = LunarBirthday(year, month, day, leap)
    assert found("2025-01-01T00:00", rule) == f"{expected + timedelta(days=1)}T00:00"


def test_lunar_years_without_certain_tables_are_refused():
    with pytest.raises(ValueError, match="2101"):
        birthday_on(2101, 1, 1, False)


@pytest.mark.parametrize(
    ("end", "since", "until", "expected"),
    [
        # the day of 4 March ends at its 24:00: from < e <= to
        ("midnight", "2025-03-04T23:59", "2025-03-05T00:00", "2025-03-06T00:00"),
        ("midnight", "2025-03-04T23:58", "2025-03-04T23:59", "2025-03-05T00:00"),
        ("midnight", "2025-03-05T00:00", "2025-03-06T00:00", "2025-03-05T00:00"),
        ("midnight", "2025-03-04T10:00", "2025-03-06T00:00", "2025-03-07T00:00"),
        ("close", "2025-03-04T17:59", "2025-03-04T18:00", "2025-03-05T18:00"),
        ("close", "2025-03-04T18:00", "2025-03-05T09:00", "2025-03-04T18:00"),
        # the start day is not counted, so it cannot be skipped
        ("midnight", "2025-03-03T11:00", "2025-03-04T00:00", "2025-03-05T00:00"),
    ],
)
def test_a_day_counts_if_the_clock_runs_at_its_end(end, since, until, expected):
    for basis in ("calendar", "working"):
        assert found("2025-03-03T10:00", Days(basis, 1, end), pauses=[(at(since), at(until))]) == expected


def test_pauses_of_years_are_stepped_over():
    pauses = [(at("2025-03-04T10:00"), at("2825-03-04T10:00"))]
    assert found("2025-03-03T10:00", Days("calendar", 2), pauses=pauses) == "2825-03-06T00:00"
    assert found("2025-03-03T10:00", Days("working", 2), pauses=pauses) is None
    for_ever = [(at("2025-03-04T10:00"), datetime.max.replace(tzinfo=UTC))]
    assert found("2025-03-03T10:00", Days("calendar", 2), pauses=for_ever) is None


def test_other_rules_know_no_pause():
    pauses = [(at("2025-03-03T10:00"), None)]
    for rule in (Days("calendar", 0), Days("working", 0), Months(1), Cadence(6, 1), PeriodEnd("year", 1)):
        assert found("2025-03-03T10:00", rule, pauses=pauses) == found("2025-03-03T10:00", rule)


def test_hour_rules_give_up_after_3700_days():
    start = at("2025-03-03T10:00")
    limit = start + BOUND
    always = Calendar.from_dict({"weekly": {day: [["00:00", "24:00"]] for day in WEEKDAYS}})
    for basis in ("natural", "working"):
        assert after_counted(start, BOUND, basis, always) == limit
        assert after_counted(start, BOUND + timedelta(seconds=1), basis, always) is None
        pause = [(start, start + timedelta(seconds=1))]
        assert after_counted(start, BOUND - timedelta(seconds=1), basis, always, pause) == limit
        assert after_counted(start, BOUND, basis, always, pause) is None
    levels = thresholds(start, Hours("natural", 24 * 5000 * HOUR), always)
    assert levels == {"50": start + timedelta(days=2500), "75": None}


def test_searches_for_working_days_give_up_after_3700_days():
    yearly = Calendar.from_dict(
        {"weekly": {}, "makeup_days": ["2035-04-20", "2035-04-21"], "makeup_hours": [["09:00", "10:00"]]}
    )
    assert found("2025-03-03T10:00", "1 working days", yearly) == "2035-04-21T00:00"
    assert found("2025-03-02T10:00", "1 working days", yearly) is None
    assert found("2025-03-03T10:00", "2 working days", yearly) is None
    # dates need no search
    assert found("2025-03-03T10:00", "5000 days") == "2038-11-11T00:00"


def test_calendars_without_a_weekly_pattern_work_on_their_makeup_days():
    fair = Calendar.from_dict(
        {
            "weekly": {},
            "makeup_days": {"2025-03-05": [["10:00", "12:00"]], "2025-04-01": [["10:00", "11:00"]]},
        }
    )
    assert found("2025-03-03T10:00", "2 working hours", fair) == "2025-03-05T12:00"
    assert found("2025-03-03T10:00", "PT2H30M working", fair) == "2025-04-01T10:30"
    assert found("2025-03-03T10:00", "4 working hours", fair) is None


@pytest.mark.parametrize(
    "rule", [Days("calendar", 9_999_999), Months(9_999_999), Cadence(9_999_999, 9_999_999)]
)
def test_dates_beyond_all_bounds_are_refused(rule):
    with pytest.raises(Invalid, match="9900"):
        due(at("2025-03-03T10:00"), rule, OFFICE)


def test_nonsense_is_refused():
    start = at("2025-03-03T10:00")
    with pytest.raises(Invalid, match="负"):
        after_counted(start, -HOUR, "natural", OFFICE)
    with pytest.raises(Invalid, match="calendar"):
        after_counted(start, HOUR, "calendar", OFFICE, [(start, start + HOUR)])
    with pytest.raises(Invalid, match="暂停"):
        after_counted(start, HOUR, "natural", OFFICE, [(start + HOUR, start)])
    with pytest.raises(Invalid, match="时区"):
        after_counted(start, HOUR, "natural", OFFICE, [(datetime(2025, 3, 3), None)])


def test_nothing_is_counted_backwards():
    start = at("2025-03-03T10:00")
    assert counted(start, start - HOUR, "natural", OFFICE) == timedelta(0)
    assert counted(start, start, "working", OFFICE) == timedelta(0)


def test_only_hour_rules_have_thresholds():
    assert is_hours(parse_rule("PT2H"))
    for rule in (Days("working", 2), Months(1), Cadence(6, 1), PeriodEnd("year"), LunarBirthday(2025, 1, 1)):
        assert not is_hours(rule)
        assert thresholds(at("2025-03-03T10:00"), rule, OFFICE) == {}


@pytest.mark.parametrize(
    ("rule", "depends"),
    [
        ("24 hours", False),
        ("8 working hours", True),
        ("0 working hours", False),
        ("7 days", False),
        ("7 days, close", True),
        ("7 days, next working day", True),
        ("7 days, before 18:00", True),
        ("2 working days", True),
        ("same day", False),
        ("1 months", False),
        ("1 months, previous working day", True),
        ({"type": "cadence", "every_months": 6, "k": 1}, False),
        ({"type": "cadence", "every_months": 6, "k": 1, "end": "close"}, True),
        ({"type": "period_end", "period": "year"}, False),
        ({"type": "period_end", "period": "year", "lag_working_days": 2}, True),
        ({"type": "lunar_birthday", "lunar_year": 2027, "month": 1, "day": 1}, False),
    ],
)
def test_a_deadline_beyond_the_horizon_is_provisional_if_it_rests_on_holidays(rule, depends):
    calendar = Calendar.from_dict(DATA["cn_office"] | {"horizon": "2026-12-31"})
    rule = parse_rule(rule)
    assert depends_on_calendar(rule) is depends
    assert is_provisional(at("2027-01-01T00:01"), rule, calendar) is depends
    assert not is_provisional(at("2027-01-01T00:00"), rule, calendar)
    assert not is_provisional(at("2027-01-01T00:01"), rule, OFFICE)
    assert not is_provisional(None, rule, calendar)


def test_the_cutoff_is_a_time():
    assert parse_rule("same day, before 18:00").cutoff == time(18)
