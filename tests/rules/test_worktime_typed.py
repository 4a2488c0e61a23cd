"""Hours and days as people type them, and what one calendar says otherwise than another."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.kernel.errors import Invalid
from keyue.worktime.calendar import Calendar
from keyue.worktime.changes import changes, check_publishable, days_off, spans, worked_days
from keyue.worktime.holidays import festival_of, published_days, published_years
from keyue.worktime.typed import YEARS, dates, day_line, hours_text, weekly, windows, worked

OFFICE = [["09:00", "12:00"], ["13:30", "18:00"]]
WEEKLY = {day: OFFICE for day in ("mon", "tue", "wed", "thu", "fri")}
TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


def calendar(**said: object) -> Calendar:
    return Calendar.from_dict({"weekly": WEEKLY, "makeup_hours": OFFICE, **said})


def test_hours_and_days():
    assert windows("９:00 至 12:00，13:30—18:00") == OFFICE
    assert windows("休息") == []
    assert weekly({"mon": "00:00-24:00"}) == {"mon": [["00:00", "24:00"]]}
    assert hours_text(calendar().weekly[0]) == "09:00-12:00, 13:30-18:00"
    assert dates("2027-02-05 至 2027-02-07 春节\n2027年5月1日, 2027/5/2；2027.5.3 劳动节") == [
        *(date(2027, 2, day) for day in (5, 6, 7)),
        *(date(2027, 5, day) for day in (1, 2, 3)),
    ]
    assert dates(" \n\n") == []


def test_days_worked_carry_their_hours():
    said = worked("2027-02-13 补春节\n2027-02-20 09:00-12:00, 13:30-17:00 半天\n2027-03-06（８:00-9:00）")
    assert said == {
        date(2027, 2, 13): [],
        date(2027, 2, 20): [["09:00", "12:00"], ["13:30", "17:00"]],
        date(2027, 3, 6): [["08:00", "09:00"]],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "元旦",
        "2027-02-30",
        "2027-02-07 至 2027-02-05",
        "2027-01-01 至 2027-12-31",
        "2027-02-051",
        "2027-02-05 至 2-12",
        "2027-02-05, 02-06",
        "2027-02-05 09:00-12:00",
        "1027-02-05",
        "9999-12-31",
    ],
)
def test_days_off_that_are_none(wrong):
    with pytest.raises(Invalid) as found:
        dates(wrong)
    assert str(found.value)


@pytest.mark.parametrize(
    "wrong",
    ["2027-02-13 12:00-09:00", "2027-02-13 09:00-13:00, 12:00-18:00", "2027-02-13\n2027-02-13 09:00-12:00"],
)
def test_days_worked_that_are_none(wrong):
    with pytest.raises(Invalid):
        worked(wrong)


@given(st.sets(DAYS, max_size=60))
def test_what_is_written_is_read_again(days):
    lines = [day_line(first, last, "名称") for first, last in spans(days) if (last - first).days <= 60]
    assert set(dates("\n".join(lines))) == days


@given(st.text(max_size=60))
def test_no_text_is_too_much(text):
    for reads in (dates, worked, windows):
        try:
            reads(text)
        except Invalid as error:
            assert str(error)


# --- what differs -----------------------------------------------------------------------------------------------


def test_what_differs_is_what_holds_not_how_it_is_written():
    both = calendar(holidays=["2027-02-13"], makeup_days=["2027-02-13"])
    alone = calendar(makeup_days={"2027-02-13": OFFICE})
    assert changes(both, alone).is_empty
    closed = calendar(makeup_days={"2027-02-12": []})
    assert days_off(closed) == {date(2027, 2, 12)} and not worked_days(closed)
    assert changes(calendar(holidays=["2027-02-12"]), closed).is_empty


def test_every_difference_is_said():
    old = calendar(holidays=["2027-01-01", "2027-02-05"], makeup_days=["2027-02-13"], horizon="2026-12-31")
    early = {**WEEKLY, "mon": [["08:00", "12:00"]]}
    new = Calendar.from_dict(
        {
            "weekly": early,
            "holidays": ["2027-02-05", "2027-02-06"],
            "makeup_days": {"2027-02-13": [["09:00", "12:00"]], "2027-02-20": OFFICE},
            "horizon": "2027-12-31",
        }
    )
    found = changes(old, new)
    assert [change.days for change in found.weekly] == [("mon",)]
    assert found.off_added == [date(2027, 2, 6)] and found.off_removed == [date(2027, 1, 1)]
    assert [day for day, _hours in found.worked_added] == [date(2027, 2, 20)]
    assert [day for day, _hours in found.rehoured] == [date(2027, 2, 13)]
    assert found.horizon == (date(2026, 12, 31), date(2027, 12, 31)) and found.moves and found.is_general
    # the horizon alone moves no deadline
    assert not changes(calendar(), calendar(horizon="2027-12-31")).moves


@given(
    st.sets(DAYS, max_size=20),
    st.sets(DAYS, max_size=20),
    st.sets(DAYS, max_size=9),
    st.sets(DAYS, max_size=9),
)
def test_days_that_are_not_named_are_the_same(off, other_off, on, other_on):
    old = calendar(holidays=sorted(off), makeup_days=sorted(on))
    new = calendar(holidays=sorted(other_off), makeup_days=sorted(other_on))
    named = set(changes(old, new).days)
    for n in range(730):
        day = date(2026, 1, 1) + timedelta(days=n)
        assert day in named or old.windows_on(day) == new.windows_on(day)


# --- what may be published --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"holidays": ["2026-11-20"]}, "holidays"),
        ({"holidays": ["2026-10-01"]}, "holidays"),
        ({"holidays": [], "makeup_days": ["2026-10-10"]}, "holidays"),
        ({"makeup_days": ["2026-10-10", "2026-11-21"]}, "makeup_days"),
        ({"makeup_days": []}, "makeup_days"),
        ({"horizon": "9999-12-31"}, "horizon"),
        ({"holidays": ["0001-01-01"]}, "holidays"),
        ({"weekly": {}}, "weekly"),
    ],
)
def test_what_no_version_may_say(said, field):
    old = {"holidays": ["2026-10-01", "2026-10-02"], "makeup_days": ["2026-10-10"]}
    with pytest.raises(Invalid) as found:
        check_publishable(calendar(**old), calendar(**{**old, **said}), TODAY)
    assert field in found.value.fields and str(found.value)


def test_today_and_what_changes_nothing_may_be_said():
    old = calendar(holidays=["2026-10-01"])
    check_publishable(old, calendar(holidays=["2026-10-01", TODAY.isoformat(), "2027-01-01"]), TODAY)
    # a Sunday that is over was no workday before either
    check_publishable(old, calendar(holidays=["2026-10-01", "2026-11-15"]), TODAY)
    # other hours of the week are no change of a single day
    check_publishable(old, Calendar.from_dict({"weekly": {"tue": OFFICE}, "holidays": ["2026-10-01"]}), TODAY)
    check_publishable(None, calendar(holidays=["2020-01-01"]), TODAY)


# --- festivals --------------------------------------------------------------------------------------------------


def test_festivals_are_named():
    last = published_years().stop - 1
    off, on = published_days(last)
    assert all(festival_of(day) for day in (*off, *on))
    assert str(festival_of(date(2026, 10, 10))) == "国庆节"
    assert festival_of(date(2026, 11, 20)) is None
    # of a year not published the festival's own day is known
    assert str(festival_of(date(2033, 1, 31))) == "春节"
    assert festival_of(date(2033, 2, 1)) is None
    assert published_days(2099) == ([], [])
    assert YEARS.stop == 2101
