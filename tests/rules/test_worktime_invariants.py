"""Invariants I9–I15 and I25 of ENGINE section 4, and R2, R3, R8, as properties of random cases."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import assume, given
from hypothesis import strategies as st

from keyue.worktime.calendar import BLOCK, Calendar
from keyue.worktime.rules import BOUND, Days, Hours, Months, after_counted, counted, due, thresholds
from keyue.worktime.zones import day_end, day_of, instant_of, micros

from .worktime_strategies import (
    CHANGES,
    MINUTE,
    MODEST,
    TICK,
    amounts,
    day_rules,
    late,
    pauses_after,
    scenes,
)

BASES = st.sampled_from(["working", "natural"])
SHANGHAI = [zone for zone in CHANGES if zone[0] == "Asia/Shanghai"]


@dataclass(frozen=True)
class Watched(Calendar):
    """A calendar that notes which dates it was asked for."""

    def __hash__(self):
        return super().__hash__()

    @property
    def visited(self):
        return self.__dict__.setdefault("_visited", [])

    def openings(self, day):
        self.visited.append(day)
        return super().openings(day)


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts()), day_rules(least=1)))
def test_i9_a_pause_never_makes_a_deadline_earlier(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    more = data.draw(pauses_after(start, most=1))
    assert late(due(start, rule, calendar, pauses)) <= late(due(start, rule, calendar, pauses + more))


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts()), day_rules(least=1)))
def test_i9_two_adjacent_pauses_are_one_and_order_does_not_matter(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start, most=2))
    since = start + data.draw(st.integers(-300, 6000)) * MINUTE
    middle = since + data.draw(st.integers(0, 3000)) * MINUTE
    until = middle + data.draw(st.integers(0, 3000)) * MINUTE
    whole = due(start, rule, calendar, [*pauses, (since, until)])
    assert whole == due(start, rule, calendar, [(middle, until), *pauses, (since, middle)])


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts()), day_rules()))
def test_i9_a_pause_from_the_deadline_on_changes_nothing(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    found = due(start, rule, calendar, pauses)
    assume(found is not None and found >= start)
    later = found + data.draw(st.integers(0, 3000)) * MINUTE
    until = data.draw(st.sampled_from([None, later, later + timedelta(days=2)]))
    assert due(start, rule, calendar, [*pauses, (later, until)]) == found


@MODEST
@given(st.data(), scenes(), amounts())
def test_i9_a_pause_outside_working_time_changes_nothing(data, scene, amount):
    _, calendar, start = scene
    day = start.date() + timedelta(days=data.draw(st.integers(0, 6)))
    edges = [at for on in (day, day + timedelta(days=1)) for pair in calendar.intervals(on) for at in pair]
    closed = [(a, b) for a, b in zip(edges[1::2], edges[2::2], strict=False) if a < b]
    assume(closed)
    closed_pause = data.draw(st.sampled_from(closed))
    pauses = data.draw(pauses_after(start))
    expected = after_counted(start, amount, "working", calendar, pauses)
    assert after_counted(start, amount, "working", calendar, [*pauses, closed_pause]) == expected


@MODEST
@given(st.data(), scenes(), BASES, amounts(), amounts())
def test_i10_durations_add_up(data, scene, basis, first, second):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    middle = after_counted(start, first, basis, calendar, pauses)
    assume(middle is not None)
    whole = after_counted(start, first + second, basis, calendar, pauses)
    assume(whole is not None)
    assert after_counted(middle, second, basis, calendar, pauses) == whole


@MODEST
@given(st.data(), scenes(), BASES)
def test_i10_also_where_the_first_part_ends_a_window(data, scene, basis):
    _, calendar, start = scene
    closings = [
        closes
        for n in range(4)
        for _, closes in calendar.intervals(start.date() + timedelta(days=n))
        if closes > start
    ]
    assume(closings)
    closing = data.draw(st.sampled_from(closings))
    first, second = counted(start, closing, basis, calendar), data.draw(amounts())
    assume(first)
    assert after_counted(start, first, basis, calendar) == closing
    assert after_counted(closing, second, basis, calendar) == after_counted(
        start, first + second, basis, calendar
    )


@MODEST
@given(st.data(), scenes(), BASES, amounts(least=0), amounts(least=0))
def test_i11_longer_is_not_earlier(data, scene, basis, amount, more):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    shorter = after_counted(start, amount, basis, calendar, pauses)
    assert late(shorter) <= late(after_counted(start, amount + more, basis, calendar, pauses))


@MODEST
@given(st.data(), scenes(), day_rules())
def test_i11_more_days_are_not_earlier(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    assume(rule.n > 0 or not pauses)
    more = Days(rule.basis, rule.n + data.draw(st.integers(0, 5)), rule.end)
    assert late(due(start, rule, calendar, pauses)) <= late(due(start, more, calendar, pauses))


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts(least=0)), day_rules()))
def test_i11_a_later_start_is_not_due_earlier(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    later = start + data.draw(st.integers(0, 5000)) * MINUTE
    assert late(due(start, rule, calendar, pauses)) <= late(due(later, rule, calendar, pauses))


@MODEST
@given(st.data(), scenes(), BASES, amounts())
def test_i12_and_r2_the_measure_is_the_duration_and_no_earlier_instant_has_it(data, scene, basis, amount):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    found = after_counted(start, amount, basis, calendar, pauses)
    assume(found is not None)
    assert counted(start, found, basis, calendar, pauses) == amount
    assert counted(start, found - TICK, basis, calendar, pauses) == amount - TICK


@MODEST
@given(st.data(), scenes(), amounts(least=0))
def test_i13_working_time_is_never_before_natural_time(data, scene, amount):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    natural = after_counted(start, amount, "natural", calendar, pauses)
    assert late(after_counted(start, amount, "working", calendar, pauses)) >= late(natural)


@MODEST
@given(st.data(), scenes(zones=SHANGHAI), st.one_of(st.builds(Hours, BASES, amounts(least=0)), day_rules()))
def test_i14_whole_weeks_move_everything(data, scene, rule):
    definition, _, start = scene
    calendar = Calendar.from_dict(definition | {"holidays": [], "makeup_days": []})
    pauses = data.draw(pauses_after(start))
    weeks = timedelta(weeks=data.draw(st.integers(-60, 60)))
    moved = due(start + weeks, rule, calendar, [(since + weeks, until + weeks) for since, until in pauses])
    found = due(start, rule, calendar, pauses)
    assert moved == (None if found is None else found + weeks)


@MODEST
@given(
    st.data(),
    scenes(),
    st.one_of(st.builds(Hours, BASES, amounts(least=0)), day_rules(), st.builds(Months, st.integers(0, 20))),
)
def test_i14_the_offset_an_instant_is_written_in_does_not_matter(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    offset = timezone(data.draw(st.integers(-720, 840)) * MINUTE)
    there = [(since.astimezone(offset), until) for since, until in pauses]
    found = due(start, rule, calendar, pauses)
    assert due(start.astimezone(offset), rule, calendar, there) == found
    assert found is None or found.tzinfo is UTC
    assert thresholds(start.astimezone(offset), rule, calendar, there) == thresholds(
        start, rule, calendar, pauses
    )


ROLLED = st.builds(
    Days,
    st.sampled_from(["calendar", "working"]),
    st.integers(0, 12),
    st.just("midnight"),
    st.sampled_from(["none", "next_working_day"]),
)


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts()), ROLLED))
def test_i15_a_holiday_never_brings_a_deadline_nearer(data, scene, rule):
    definition, calendar, start = scene
    holiday = (start.date() + timedelta(days=data.draw(st.integers(-1, 12)))).isoformat()
    fewer = Calendar.from_dict(definition | {"holidays": [*definition["holidays"], holiday]})
    assert late(due(start, rule, fewer)) >= late(due(start, rule, calendar))


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts()), ROLLED))
def test_i15_a_makeup_day_never_puts_a_deadline_off(data, scene, rule):
    definition, calendar, start = scene
    day = start.date() + timedelta(days=data.draw(st.integers(-1, 12)))
    assume(not calendar.windows_on(day))
    makeup = definition["makeup_days"] | {day.isoformat(): [["10:00", "16:00"]]}
    more = Calendar.from_dict(definition | {"makeup_days": makeup})
    assert late(due(start, rule, more)) <= late(due(start, rule, calendar))


@MODEST
@given(st.data(), scenes(), amounts(most_hours=3000))
def test_i25_no_date_is_visited_outside_start_and_deadline(data, scene, amount):
    definition, _, start = scene
    calendar = Watched.from_dict(definition)
    pauses = data.draw(pauses_after(start))
    for _ in range(2):
        calendar.visited.clear()
        found = after_counted(start, amount, "working", calendar, pauses)
        first = day_of(calendar.tz, micros(start))
        last = day_of(calendar.tz, micros(start + BOUND if found is None else found))
        # a date with a pause in it is looked at once before and once after
        assert len(calendar.visited) <= last - first + 1 + len(pauses) + 1
        assert all(first <= day <= last for day in calendar.visited)


def test_i25_a_long_span_is_walked_by_blocks_once_it_is_known():
    calendar = Watched.from_dict({"weekly": {"mon": [["09:00", "17:00"]]}})
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    first = after_counted(begin, timedelta(hours=3000), "working", calendar)
    walked = len(calendar.visited)
    calendar.visited.clear()
    assert after_counted(begin, timedelta(hours=3000), "working", calendar) == first
    assert walked > 2000
    assert len(calendar.visited) < 100


@MODEST
@given(st.data(), scenes())
def test_i25_what_is_remembered_changes_no_answer(data, scene):
    definition, _, start = scene
    known = Watched.from_dict(definition)
    counted(start - timedelta(days=100), start + timedelta(days=400), "working", known)
    # instants at the edges of what is remembered as one sum, and anywhere else
    edge = (start.toordinal() // BLOCK + data.draw(st.integers(0, 10))) * BLOCK
    stop = (
        instant_of(day_end(known.tz, edge - data.draw(st.integers(0, 2))))
        - data.draw(st.integers(0, 1500)) * MINUTE
    )
    if data.draw(st.booleans()):
        start = (
            instant_of(day_end(known.tz, edge - 1 - data.draw(st.integers(0, 5)) * BLOCK))
            + data.draw(st.integers(0, 1440)) * MINUTE
        )
    assume(start < stop)
    amount = counted(start, stop, "working", Calendar.from_dict(definition))
    assert counted(start, stop, "working", known) == amount
    pauses = data.draw(pauses_after(start, days=200))
    fresh = after_counted(start, amount, "working", Calendar.from_dict(definition), pauses)
    assert after_counted(start, amount, "working", known, pauses) == fresh


def test_i25_a_calendar_that_never_opens_is_not_walked():
    calendar = Watched.from_dict({"weekly": {}, "makeup_days": {"2020-01-01": [["09:00", "10:00"]]}})
    assert after_counted(datetime(2025, 1, 1, tzinfo=UTC), timedelta(hours=1), "working", calendar) is None
    assert calendar.visited == []


@MODEST
@given(st.data(), scenes(), BASES)
def test_r3_no_duration_is_due_at_once(data, scene, basis):
    _, calendar, start = scene
    pauses = [*data.draw(pauses_after(start)), (start - MINUTE, None)]
    rule = Hours(basis, timedelta(0))
    assert due(start, rule, calendar, pauses) == start
    assert thresholds(start, rule, calendar, pauses) == {"50": start, "75": start}


@MODEST
@given(st.data(), scenes(), st.one_of(st.builds(Hours, BASES, amounts()), day_rules(least=1)))
def test_r8_an_open_pause_before_the_deadline_leaves_none(data, scene, rule):
    _, calendar, start = scene
    pauses = data.draw(pauses_after(start))
    found = due(start, rule, calendar, pauses)
    assume(found is not None and found > start)
    since = start + (found - start) * data.draw(st.floats(0, 0.999))
    assert due(start, rule, calendar, [*pauses, (since, None)]) is None


@MODEST
@given(st.data(), scenes(), BASES, amounts())
def test_r15_thresholds_are_given_one_by_one(data, scene, basis, amount):
    _, calendar, start = scene
    rule = Hours(basis, 4 * amount)
    half = after_counted(start, 2 * amount, basis, calendar)
    assume(half is not None)
    found = thresholds(start, rule, calendar, [(half, None)])
    assert found == {"50": half, "75": None}
    assert due(start, rule, calendar, [(half, None)]) is None
