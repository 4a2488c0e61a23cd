"""What if: a replay compares two sides from the same facts, and nothing but the change can make a difference."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keyue.cases.rules import CASE
from keyue.ledger.facts import FactRecord
from keyue.promises.engine import BEGINNING, CalendarEdition, Edition, derive
from keyue.promises.given import read_scenario
from keyue.promises.replay import (
    BASE,
    BETTER,
    BROKEN,
    CHANGED,
    FRESH,
    GONE,
    OFF_HOURS,
    WORSE,
    Period,
    Plan,
    Replayed,
    Terms,
    differing,
    plans_of,
    replay,
)
from keyue.regulations.controls import Control
from keyue.regulations.document import Document, read_document, read_file
from keyue.worktime.calendar import Calendar

from .reading.scenarios import PACK, random_scenario

START = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)  # Monday, 10:00 in Shanghai
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
END = START + 60 * DAY
WORKING = Calendar.from_dict(
    {"weekly": {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
CALENDARS = [CalendarEdition(BEGINNING, WORKING)]
PERIOD = Period(START - 400 * DAY, END, END)
FEEDBACK = read_file(Path(PACK))


def terms(document: Document, values: dict[str, Any] | None = None, calendars: Any = CALENDARS) -> Terms:
    return Terms(document.subject, document.controls(values or {}), calendars)


def fact(n: int, kind: str, hours: float, **data: Any) -> FactRecord:
    at = START + hours * HOUR
    return FactRecord(f"f{n}", f"case.{kind}", at, at, data)


def case(classified: float | None, *, since: float = 0) -> list[FactRecord]:
    """A case that was classified some hours after it came."""
    facts = [fact(1, "received", since, type="feedback")]
    if classified is not None:
        facts.append(fact(2, "classified", since + classified, type="feedback"))
    return facts


def replayed(
    facts: list[FactRecord], values: dict[str, Any], period: Period = PERIOD, document: Document = FEEDBACK
) -> Replayed:
    (plan,) = plans_of("feedback", terms(document), terms(document, values), period)
    return replay("7", facts, plan, CASE)


def states(found: Replayed, side: str) -> dict[str, int]:
    return {state: n for (s, _control, _owner, state), n in found.counts.items() if s == side}


# --- properties ------------------------------------------------------------------------------------------------


def property_test(n: int) -> Any:
    return settings(max_examples=n, deadline=None, suppress_health_check=list(HealthCheck))


def stories() -> st.SearchStrategy[tuple[list[FactRecord], datetime]]:
    """Stories of a case, and an instant by which everything is known."""

    def read(seed: int) -> tuple[list[FactRecord], datetime]:
        given_ = read_scenario(random_scenario(seed))
        return given_.facts, max(f.recorded_at for f in given_.facts) + 100 * DAY

    return st.integers(0, 2**32).map(read)


def whole(now: datetime) -> Period:
    return Period(BEGINNING, now, now)


def of_cases(terms: Terms) -> list[Control]:
    """The controls about cases: those about channels and conversations have subjects of their own."""
    return [control for control in terms.controls if terms.subject_of(control) == "case"]


def forced(base: Terms, changed: Terms, period: Period, wanted: set[str] | None = None) -> Plan:
    """A plan that derives controls whether or not they differ."""
    sides = [
        (
            Edition(
                "feedback",
                BEGINNING,
                "case",
                tuple(c for c in of_cases(t) if not wanted or c.id in wanted),
            ),
        )
        for t in (base, changed)
    ]
    return Plan("case", period, sides[0], sides[1], tuple(base.calendars), tuple(changed.calendars))


@property_test(40)
@given(stories())
def test_no_change_makes_no_difference(story: tuple[list[FactRecord], datetime]) -> None:
    facts, now = story
    same = terms(FEEDBACK)
    assert plans_of("feedback", same, terms(FEEDBACK), whole(now)) == []
    found = replay("7", facts, forced(same, terms(FEEDBACK), whole(now)), CASE)
    sides = [{key[1:]: n for key, n in found.counts.items() if key[0] == side} for side in (BASE, CHANGED)]
    assert sides[0] == sides[1]
    assert not found.moves
    assert found.affected == []


@property_test(40)
@given(stories(), st.sampled_from(["PT1H", "PT12H", "P2D", "PT6H working"]))
def test_the_other_controls_change_nothing_in_one(
    story: tuple[list[FactRecord], datetime], limit: str
) -> None:
    """Deriving only what differs comes to the same as deriving everything."""
    facts, now = story
    base, changed = terms(FEEDBACK), terms(FEEDBACK, {"plan.within": limit, "follow_up.within": limit})
    (plan,) = plans_of("feedback", base, changed, whole(now))
    alone, together = (replay("7", facts, one, CASE) for one in (plan, forced(base, changed, whole(now))))
    wanted = {"plan", "follow_up"}
    assert alone.counts == Counter({key: n for key, n in together.counts.items() if key[1] in wanted})
    assert alone.moves == together.moves
    assert alone.affected == together.affected


@property_test(40)
@given(stories(), st.integers(1, 200), st.integers(1, 200))
def test_a_longer_limit_never_breaks_more(
    story: tuple[list[FactRecord], datetime], hours: int, more: int
) -> None:
    facts, now = story
    short, long = ({"plan.within": f"PT{n}H"} for n in (hours, hours + more))
    (plan,) = plans_of("feedback", terms(FEEDBACK, short), terms(FEEDBACK, long), whole(now))
    found = replay("7", facts, plan, CASE)
    assert found.moves["plan", WORSE] == 0
    broken = [sum(states(found, side).get(state, 0) for state in BROKEN) for side in (BASE, CHANGED)]
    assert broken[1] <= broken[0]


@property_test(20)
@given(st.lists(stories(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_parts_add_up_in_any_order(stories_: list[tuple[list[FactRecord], datetime]], rng: Random) -> None:
    now = max(now for _facts, now in stories_)
    (plan,) = plans_of("feedback", terms(FEEDBACK), terms(FEEDBACK, {"classify.within": "PT10M"}), whole(now))
    parts = [replay(str(n), facts, plan, CASE) for n, (facts, _now) in enumerate(stories_)]
    one, other = Replayed(), Replayed()
    for part in parts:
        one.add(part)
    rng.shuffle(parts)
    for part in parts:
        # as a slice is kept: through JSON
        other = Replayed.from_json(other.as_json())
        other.add(Replayed.from_json(part.as_json()))
    assert one.as_json() == other.as_json()


@property_test(30)
@given(stories())
def test_the_base_is_what_the_engine_derives(story: tuple[list[FactRecord], datetime]) -> None:
    facts, now = story
    found = replay("7", facts, forced(terms(FEEDBACK), terms(FEEDBACK), whole(now)), CASE)
    edition = Edition("feedback", BEGINNING, "case", tuple(of_cases(terms(FEEDBACK))))
    derived = derive(facts, [edition], CALENDARS, CASE, now).promises
    expected = Counter((BASE, p.control, p.breach_owner or p.owner, p.state) for p in derived)
    assert Counter({key: n for key, n in found.counts.items() if key[0] == BASE}) == expected


# --- what comes out --------------------------------------------------------------------------------------------


def test_kept_becomes_broken_and_the_case_is_named() -> None:
    found = replayed(case(1.5), {"classify.within": "PT1H"})
    assert (states(found, BASE), states(found, CHANGED)) == ({"met": 1}, {"met_late": 1})
    assert dict(found.moves) == {("classify", WORSE): 1}
    (one,) = found.affected
    assert (one.ref, one.worse, one.late, one.controls) == ("7", 1, 1800, ("classify",))


def test_broken_becomes_kept() -> None:
    found = replayed(case(3), {"classify.within": "PT4H"})
    assert dict(found.moves) == {("classify", BETTER): 1}
    assert (found.affected[0].worse, found.affected[0].better) == (0, 1)


def test_what_began_at_night_is_counted_apart() -> None:
    found = replayed(case(1.5, since=12), {"classify.within": "PT1H"})
    assert found.moves["classify", OFF_HOURS] == 1


def test_another_owner_breaks_nothing() -> None:
    found = replayed(case(1), {"classify.owner": "desk2"})
    assert {(side, owner) for side, _control, owner, _state in found.counts} == {
        (BASE, "service_desk"),
        (CHANGED, "desk2"),
    }
    assert not found.moves


@pytest.mark.parametrize(("since", "until", "n"), [(0, 1, 1), (0.5, 1, 0), (-5, 0, 0)])
def test_a_promise_counts_where_it_starts(since: float, until: float, n: int) -> None:
    period = Period(START + since * HOUR, START + until * HOUR, END)
    assert sum(states(replayed(case(1.5), {"classify.within": "PT1H"}, period), BASE).values()) == n


def test_what_was_recorded_later_is_not_known() -> None:
    now = START + HOUR
    found = replayed(case(1.5), {"classify.within": "PT30M"}, Period(START - DAY, now, now))
    assert (states(found, BASE), states(found, CHANGED)) == ({"pending": 1}, {"breached": 1})


def test_a_control_more_and_one_less() -> None:
    source = FEEDBACK.source
    renamed = read_document(source.replace('id       = "classify"', 'id       = "sorted"', 1))
    assert not renamed.faults
    base, changed = terms(FEEDBACK), terms(renamed)
    assert differing(base, changed) == ["classify", "sorted"]
    (plan,) = plans_of("feedback", base, changed, PERIOD)
    found = replay("7", case(1), plan, CASE)
    assert dict(found.moves) == {("classify", GONE): 1, ("sorted", FRESH): 1}


def test_words_alone_are_no_difference() -> None:
    source = FEEDBACK.source.replace('id       = "classify"', 'id       = "classify"\nnote     = "别拖"', 1)
    reworded = read_document(source)
    assert not reworded.faults
    assert reworded.source != FEEDBACK.source
    assert differing(terms(FEEDBACK), terms(reworded)) == []


# --- calendars -------------------------------------------------------------------------------------------------


def test_a_calendar_moves_only_what_counts_by_it() -> None:
    values = {"classify.within": "PT2H working"}
    always = Calendar.from_dict(
        {"weekly": {d: [["00:00", "24:00"]] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}}
    )
    base = terms(FEEDBACK, values)
    changed = base.with_calendar(always)
    assert "classify" in differing(base, changed)
    assert "plan" not in differing(base, changed)
    (plan,) = plans_of("feedback", base, changed, PERIOD)
    # 11:00 in Shanghai, four hours later: the lunch break makes it one working hour and a half less
    found = replay("7", case(3, since=1), plan, CASE)
    assert (states(found, BASE)["met"], states(found, CHANGED)["met_late"]) == (1, 1)


WINDOWS = """# 抽查制度

```regulation
id = "checks"
subject = "case"
```

## 1 每周抽查

```control
kind   = "cadence"
id     = "check"
window = "fixed"
every  = "P1W"
met_by = "case.first_response"
owner  = "service_desk"
```
"""


def test_windows_before_the_period_do_not_count() -> None:
    document = read_document(WINDOWS)
    assert not document.faults
    period = Period(START + 14 * DAY, START + 28 * DAY, END)
    (plan,) = plans_of("checks", terms(document), terms(document, {"check.every": "P2W"}), period)
    assert plan.has_windows
    found = replay("7", [*case(None), fact(3, "first_response", 20 * 24)], plan, CASE)
    assert (sum(states(found, BASE).values()), sum(states(found, CHANGED).values())) == (2, 1)
