"""Compared with a clock read minute by minute, and with another reading of the specification."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.worktime.calendar import Calendar
from keyue.worktime.rules import Days, Months, after_counted, counted, due, parse_rule, thresholds

from . import worktime_oracle as oracle
from .reading import part_a
from .worktime_strategies import MODEST, SCARCE, amounts, pauses_after, scenes

DAYS = 9
# where the other reading takes a window's edge inside a skipped or repeated hour differently, it is not asked
STEADY = [("Asia/Shanghai", date(2018, 2, 16)), ("UTC", date(2018, 6, 1))]


@SCARCE
@given(st.data(), scenes(), st.sampled_from(["working", "working", "natural"]))
def test_the_deadline_is_where_the_minutes_run_out(data, scene, basis):
    definition, calendar, start = scene
    amount = data.draw(amounts(40, least=0))
    pauses = data.draw(pauses_after(start, days=5))
    found = after_counted(start, amount, basis, calendar, pauses)
    expected = oracle.due(definition, basis, start, amount, pauses, DAYS)
    if expected is None:
        assert found is None or found > start + timedelta(days=DAYS)
    else:
        assert found == expected


@SCARCE
@given(st.data(), scenes(), st.sampled_from(["working", "natural"]))
def test_the_measure_is_the_number_of_minutes(data, scene, basis):
    definition, calendar, start = scene
    pauses = data.draw(pauses_after(start, days=5))
    end = start + timedelta(days=DAYS)
    assert counted(start, end, basis, calendar, pauses) == oracle.counted(
        definition, basis, start, pauses, DAYS
    )


@MODEST
@given(st.data(), scenes(zones=STEADY))
def test_another_reading_of_the_text_gives_the_same(data, scene):
    definition, calendar, start = scene
    rule = data.draw(
        st.one_of(
            st.builds(
                Days,
                st.sampled_from(["calendar", "working"]),
                st.integers(0, 20),
                st.sampled_from(["midnight", "close"]),
                st.sampled_from(["none", "next_working_day", "previous_working_day"]),
            ),
            st.builds(Months, st.integers(0, 30), st.sampled_from(["midnight", "close"])),
        )
    )
    pauses = data.draw(pauses_after(start))
    if pauses and data.draw(st.booleans()):
        pauses[-1] = (pauses[-1][0], None)
    other = part_a.Calendar(definition)
    assert due(start, rule, calendar, pauses) == part_a.due(start, rule.to_dict(), other, pauses)


@MODEST
@given(st.data(), scenes(zones=STEADY), st.sampled_from(["working", "natural"]))
def test_another_reading_of_hours_gives_the_same(data, scene, basis):
    definition, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    if pauses and data.draw(st.booleans()):
        pauses[-1] = (pauses[-1][0], None)
    rule = part_a.rule_of(
        {"type": "hours", "basis": basis, "amount": f"PT{data.draw(st.integers(0, 9000))}M"}
    )
    other = part_a.Calendar(definition)
    assert due(start, parse_rule(rule), calendar, pauses) == part_a.due(start, rule, other, pauses)
    assert thresholds(start, parse_rule(rule), calendar, pauses) == part_a.thresholds(
        start, rule, other, pauses
    )


@pytest.mark.parametrize("basis", ["working", "natural"])
def test_the_oracle_can_tell_a_fault(basis):
    # a minute more must not be the same deadline, or the comparisons above prove nothing
    definition = {
        "tz": "Asia/Shanghai",
        "weekly": {"mon": [["09:00", "12:00"]]},
        "holidays": [],
        "makeup_days": {},
    }
    start = part_a.instant("2025-03-03T10:00:00+08:00")
    hour = timedelta(hours=1)
    expected = oracle.due(definition, basis, start, hour, [], 2)
    assert expected == after_counted(start, hour, basis, Calendar.from_dict(definition))
    assert expected != after_counted(
        start, hour + timedelta(minutes=1), basis, Calendar.from_dict(definition)
    )
