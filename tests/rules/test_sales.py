"""The pure rules of the sales room: periods, idle customers, the funnel, and how a lead is folded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.ledger.facts import FactRecord
from keyue.sales.folding import fold
from keyue.sales.rules import (
    Funnel,
    IdleStep,
    Reached,
    funnel_of,
    idle_step,
    number_of,
    parse_number,
    parse_period,
    period_of,
    reached,
)

AT = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = st.dates(date(2001, 1, 1), date(2099, 12, 31))
KINDS = st.sampled_from(("month", "quarter", "year"))


def fact(kind: str, at: datetime = AT, **data: object) -> FactRecord:
    return FactRecord(kind, kind, at, at, data)


@given(DAYS, KINDS)
def test_every_day_lies_in_one_period_of_a_kind(day: date, kind: str) -> None:
    period = period_of(kind, day)
    assert period.start <= day < period.end and period.kind == kind
    assert parse_period(period.code) == period
    assert period.before.end == period.start and period.after.start == period.end


def test_periods_are_read_as_they_are_written() -> None:
    quarter = parse_period(" 2026-q4 ")
    assert quarter is not None and (quarter.start, quarter.end) == (date(2026, 10, 1), date(2027, 1, 1))
    start, end = quarter.bounds(ZoneInfo("Asia/Shanghai"))
    assert (start.isoformat(), end.isoformat()) == ("2026-10-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00")
    assert [parse_period(text) for text in ("", "2026-13", "2026-Q5", "1999", "2026-3", "二〇二六")] == [
        None
    ] * 6


@given(st.integers(1, 10**15))
def test_numbers_are_read_back(pk: int) -> None:
    assert parse_number("XS", number_of("XS", pk)) == pk == parse_number("XS", f"xs {pk}")
    assert parse_number("XS", number_of("SJ", pk)) is None


# --- idle customers ---


def walk(days: int, warn: int, contacts: set[int], until: int) -> list[tuple[int, IdleStep]]:
    """What a worker that looks every day does about a customer held since day 0, contacted on these days."""
    last, due, steps = 0, None, []
    for day in range(until):
        if day in contacts:
            last, due = day, None
        step = idle_step(
            now=AT + day * DAY,
            last=AT + last * DAY,
            days=days,
            warn_days=warn,
            is_exempt=False,
            warned_due=due,
        )
        if step.step is IdleStep.WARN:
            due = step.due
        if step.step is IdleStep.REST:
            due = None
        if step.step in {IdleStep.WARN, IdleStep.RECYCLE}:
            steps.append((day, step.step))
        if step.step is IdleStep.RECYCLE:
            break
    return steps


@given(st.integers(1, 60), st.integers(1, 20), st.sets(st.integers(1, 150), max_size=20))
def test_nobody_is_recycled_unwarned_or_too_soon(days: int, warn: int, contacts: set[int]) -> None:
    steps = walk(days, warn, contacts, 200)
    recycled = [day for day, step in steps if step is IdleStep.RECYCLE]
    last = max((day for day in contacts if not recycled or day <= recycled[0]), default=0)
    for day in recycled:
        warned = max(other for other, step in steps if step is IdleStep.WARN)
        # warned of this very contact, so long before, and the days are over
        assert last <= warned <= day - min(warn, days) and day - last >= days
    # whoever is left alone for long enough is recycled in the end
    if 200 - last > days + warn + 1:
        assert recycled


def test_the_exempt_and_the_unlimited_rest() -> None:
    for days, exempt in ((None, False), (10, True)):
        step = idle_step(now=AT + 900 * DAY, last=AT, days=days, warn_days=7, is_exempt=exempt, warned_due=AT)
        assert step.step is IdleStep.REST and step.look_at > AT + 900 * DAY


# --- the funnel ---


def test_a_later_stage_includes_the_earlier_ones() -> None:
    facts = [
        fact("customer.created"),
        fact("customer.stage_changed", AT + DAY, old="prospect", new="signed"),
        fact("customer.stage_changed", AT + 2 * DAY, old="signed", new="past"),
        fact("customer.stage_changed", AT + 3 * DAY, old="past", new="signed"),
    ]
    assert reached(facts) == Reached(AT, AT + DAY, AT + DAY)
    assert reached([fact("customer.created", stage="intent")]) == Reached(AT, AT, None)


@given(st.lists(st.integers(0, 3)))
def test_a_funnel_never_widens(steps: list[int]) -> None:
    ways = [None, Reached(AT), Reached(AT, AT), Reached(AT, AT, AT)]
    found = funnel_of(ways[step] for step in steps)
    assert len(steps) == found.leads >= found.prospects >= found.intents >= found.signed
    assert found.signed == steps.count(3)
    assert found == sum((funnel_of([ways[step]]) for step in steps), Funnel())


# --- the lead's fold ---


def folded(*facts: FactRecord):
    state = None
    for one in facts:
        state = fold(state, one) or state
    return state


REGISTERED = fact("lead.registered", staff="user:7", type="organisation", department="north", until="x")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ([fact("lead.contacted", staff="user:7")], {"contacted": True, "registered": False, "staff": "user:7"}),
        ([REGISTERED], {"registered": True, "department": "north", "ended": False}),
        ([REGISTERED, fact("lead.registered_again")], {"disputed": True, "ended": False}),
        ([REGISTERED, fact("lead.registered_again"), fact("lead.conflict_settled", until="y")],
         {"disputed": False, "until": "y"}),
        ([REGISTERED, fact("lead.handed_over", staff="user:9", department="south")], {"staff": "user:9"}),
        ([REGISTERED, fact("lead.dropped")], {"ended": True, "outcome": "dropped"}),
        ([REGISTERED, fact("lead.qualified")], {"ended": True, "outcome": "qualified"}),
    ],
)  # fmt: skip
def test_a_lead_is_folded(facts: list[FactRecord], said: dict[str, object]) -> None:
    state = folded(*facts)
    assert {name: getattr(state, name) for name in said} == said


def test_nothing_is_known_of_a_lead_before_it_begins() -> None:
    assert fold(None, fact("lead.extended", until="y")) is None
    assert fold(None, fact("customer.created")) is None
