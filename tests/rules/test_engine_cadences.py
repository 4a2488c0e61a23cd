"""Cadences by windows (44, 47): what is missed stays, what was done late serves the oldest, down time tells once."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from keyue.cases.rules import CASE
from keyue.promises.scenario import derive_scenario

TEXT = """# 走访制度

```regulation
id = "visits"
subject = "case"
```

## 1 每月走访

```control
kind   = "cadence"
id     = "visit"
window = "fixed"
every  = "P1M"
anchor = "2025-01-01"
met_by = "case.first_response"
owner  = "service_desk"
{more}
```
"""
CALENDAR = {"tz": "Asia/Shanghai", "weekly": {"mon": [["09:00", "18:00"]]}}
RECEIVED = {
    "id": "r",
    "kind": "case.received",
    "at": "2025-01-01T00:00:00+08:00",
    "data": {"type": "feedback"},
}


@pytest.fixture
def derived(tmp_path: Path):
    def run(
        *facts: dict[str, Any], at: str = "", sweeps: tuple[str, ...] = (), more: str = ""
    ) -> dict[str, Any]:
        pack = tmp_path / "visits.md"
        pack.write_text(TEXT.format(more=more), encoding="utf-8")
        scenario = {
            "editions": [{"from": "2024-01-01T00:00:00+08:00", "pack": str(pack)}],
            "calendars": [{"recorded_at": "2024-01-01T00:00:00+08:00", "calendar": CALENDAR}],
            "facts": list(facts),
            "at": [at] if at else [],
            "sweeps": list(sweeps),
        }
        return derive_scenario(scenario, {CASE.name: CASE})

    return run


DAILY = TEXT.replace('"P1M"', '"P1D"').format(more='days = ["working"]')
OFFICE = {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory):
    """The promises of March 2025, one for each working day, by their date; `versions` of the calendar by instant."""
    pack = tmp_path_factory.mktemp("daily") / "visits.md"
    pack.write_text(DAILY, encoding="utf-8")

    def run(*facts: dict[str, Any], at: str, **versions: dict[str, Any]) -> dict[str, dict[str, Any]]:
        known = {"2024-01-01T00:00:00+08:00": {"weekly": OFFICE}, **versions}
        scenario = {
            "editions": [{"from": "2025-03-03T00:00:00+08:00", "pack": str(pack)}],
            "calendars": [
                {"recorded_at": instant, "calendar": {"tz": "Asia/Shanghai", **said}}
                for instant, said in known.items()
            ],
            "facts": [RECEIVED, *facts],
            "at": [at],
        }
        found = derive_scenario(scenario, {CASE.name: CASE})["checks"][0]["promises"]
        return {promise["start"][:10]: promise for promise in found}

    return run


def visit(at: str, **more: Any) -> dict[str, Any]:
    return {"id": f"v{at}", "kind": "case.first_response", "at": f"{at}+08:00", **more}


def states(answer: dict[str, Any]) -> dict[int, str]:
    return {promise["seq"]: promise["state"] for promise in answer["checks"][0]["promises"]}


def told(answer: dict[str, Any]) -> list[tuple[str, int, int | str]]:
    return [(notice["sweep"][:10], notice["seq"], notice["level"]) for notice in answer["notices"]]


def test_every_window_is_a_promise_and_what_is_missed_stays(derived):
    found = derived(RECEIVED, visit("2025-02-10T10:00:00"), at="2025-04-10T10:00:00+08:00")
    # the visit of February comes late for January, and the others have none
    assert states(found) == {1: "met_late", 2: "breached", 3: "breached", 4: "pending"}
    first, *_others, last = found["checks"][0]["promises"]
    assert (first["start"], first["due"]) == ("2025-01-01T00:00:00+08:00", "2025-02-01T00:00:00+08:00")
    assert (last["start"], last["due"]) == ("2025-04-01T00:00:00+08:00", "2025-05-01T00:00:00+08:00")


def test_two_in_one_window_do_not_serve_the_next(derived):
    visits = (visit("2025-01-10T10:00:00"), visit("2025-01-20T10:00:00"))
    assert states(derived(RECEIVED, *visits, at="2025-03-02T10:00:00+08:00")) == {
        1: "met", 2: "breached", 3: "pending"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", {1: "met_late", 2: "breached", 3: "pending"}),
        ("late_serves_next = true", {1: "met_late", 2: "met_late", 3: "met"}),
    ],
)
def test_a_late_one_serves_the_oldest_and_others_where_the_clause_allows(derived, more, expected):
    late = visit("2025-03-05T10:00:00")
    assert states(derived(RECEIVED, late, at="2025-03-10T10:00:00+08:00", more=more)) == expected


def test_who_comes_within_a_window_begins_with_the_next(derived):
    late = {**RECEIVED, "at": "2025-01-01T00:00:01+08:00"}
    assert states(derived(late, visit("2025-01-15T10:00:00"), at="2025-02-02T10:00:00+08:00")) == {
        2: "pending"
    }


def test_after_down_time_the_missed_windows_are_told_once(derived):
    sweeps = ("2025-05-05T10:00:00+08:00", "2025-05-06T10:00:00+08:00", "2025-06-02T10:00:00+08:00")
    found = derived(RECEIVED, at="2025-05-05T10:00:00+08:00", sweeps=sweeps)
    assert states(found) == {1: "breached", 2: "breached", 3: "breached", 4: "breached", 5: "pending"}
    assert told(found) == [("2025-05-05", 4, 100), ("2025-06-02", 5, 100)]


def test_each_is_told_where_nothing_was_down(derived):
    sweeps = tuple(f"2025-0{month}-01T00:00:01+08:00" for month in (2, 3, 4))
    assert told(derived(RECEIVED, sweeps=sweeps)) == [
        ("2025-02-01", 1, 100), ("2025-03-01", 2, 100), ("2025-04-01", 3, 100)
    ]  # fmt: skip


def test_what_was_not_told_is_not_taken_back(derived):
    """Visits that are recorded late take both breaches back; one was told."""
    kept = [visit(f"2025-0{month}-10T10:00:00", recorded_at="2025-03-06T10:00:00+08:00") for month in (1, 2)]
    sweeps = ("2025-03-05T10:00:00+08:00", "2025-03-07T10:00:00+08:00")
    found = derived(RECEIVED, *kept, at="2025-03-07T10:00:00+08:00", sweeps=sweeps)
    assert states(found) == {1: "met", 2: "met", 3: "pending"}
    assert told(found) == [("2025-03-05", 2, 100), ("2025-03-07", 2, "retract")]


def test_what_is_decided_about_a_window_holds_for_it(derived: Any) -> None:
    """A waiver, an extension and a taking name a window as they name any other promise (39, 40)."""
    waived = {
        "id": "w", "kind": "promise.waiver_approved", "at": "2025-02-10T10:00:00+08:00",
        "data": {"control": "visit", "seq": 2, "requested_by": "1", "approved_by": "2"},
    }  # fmt: skip
    longer = {
        "id": "x", "kind": "promise.extension_approved", "at": "2025-01-20T10:00:00+08:00",
        "data": {"control": "visit", "due": "2025-02-05T00:00:00+08:00", "requested_by": "1", "approved_by": "2"},
    }  # fmt: skip
    done = {"id": "d", "kind": "case.first_response", "at": "2025-02-03T10:00:00+08:00"}
    rows = derived(RECEIVED, waived, longer, done, at="2025-03-15T00:00:00+08:00")["checks"][0]["promises"]
    assert [(row["seq"], row["state"], row["due"][:10]) for row in rows] == [
        (1, "met", "2025-02-05"),
        (2, "waived", "2025-03-01"),
        (3, "pending", "2025-04-01"),
    ]
    # once it was done in time, nothing is left to waive
    late = {**waived, "at": "2025-02-20T10:00:00+08:00"}
    again = {"id": "e", "kind": "case.first_response", "at": "2025-02-15T10:00:00+08:00"}
    rows = derived(RECEIVED, late, longer, done, again, at="2025-03-15T00:00:00+08:00")["checks"][0][
        "promises"
    ]
    assert rows[1]["state"] == "met"


# --- calendars that come later (27) -----------------------------------------------------------------------------


def test_a_day_that_is_over_is_asked_about_by_the_calendar_of_that_day(days: Any) -> None:
    """From Thursday on the company works on Saturdays instead of Fridays: what was owed before stays owed."""
    later = {"weekly": {**OFFICE, "fri": [], "sat": [["09:00", "18:00"]]}}
    found = days(at="2025-03-24T12:00:00+08:00", **{"2025-03-20T10:00:00+08:00": later})
    assert [day for day in found if day < "2025-03-20"] == [
        f"2025-03-{day:02d}" for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 17, 18, 19)
    ]
    assert [day for day in found if day >= "2025-03-20"] == ["2025-03-20", "2025-03-22", "2025-03-24"]


def test_a_day_off_that_is_announced_in_the_morning_takes_back_what_is_open(days: Any) -> None:
    off = {"2025-03-05T10:00:00+08:00": {"weekly": OFFICE, "holidays": ["2025-03-05"]}}
    at = "2025-03-05T12:00:00+08:00"
    assert list(days(at=at)) == ["2025-03-03", "2025-03-04", "2025-03-05"]
    assert list(days(at=at, **off)) == ["2025-03-03", "2025-03-04"]
    # what was done before that stays done; what is done after it serves a day that was missed
    before = [visit(f"2025-03-{day:02d}T09:00:00") for day in (3, 4, 5)]
    assert [promise["state"] for promise in days(*before, at=at, **off).values()] == ["met"] * 3
    after = days(before[0], visit("2025-03-05T11:00:00"), at=at, **off)
    assert {day: promise["state"] for day, promise in after.items()} == {
        "2025-03-03": "met",
        "2025-03-04": "met_late",
    }


def test_a_day_that_becomes_one_of_work_is_asked_about_while_it_lasts(days: Any) -> None:
    makeup = {"weekly": OFFICE, "makeup_days": {"2025-03-08": [["09:00", "18:00"]]}}
    found = days(at="2025-03-08T12:00:00+08:00", **{"2025-03-08T10:00:00+08:00": makeup})
    assert found["2025-03-08"]["state"] == "pending"
    # said when the day is over, it is too late
    assert "2025-03-08" not in days(at="2025-03-09T12:00:00+08:00", **{"2025-03-09T10:00:00+08:00": makeup})


def test_a_calendar_recorded_as_a_window_begins_is_the_one_it_begins_with(days: Any) -> None:
    off = {"2025-03-05T00:00:00+08:00": {"weekly": OFFICE, "holidays": ["2025-03-05"]}}
    visits = [
        visit(f"2025-03-{day:02d}T{clock}:00") for day, clock in ((3, "09:00"), (4, "09:00"), (5, "00:00"))
    ]
    assert list(days(*visits, at="2025-03-05T12:00:00+08:00", **off)) == ["2025-03-03", "2025-03-04"]


def test_another_zone_moves_no_window_that_has_begun(days: Any) -> None:
    at, moved = "2025-03-07T12:00:00+08:00", {"2025-03-06T10:00:00+08:00": {"tz": "UTC", "weekly": OFFICE}}
    before, after = days(at=at), days(at=at, **moved)
    for day in ("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06"):
        assert after[day] == before[day]


hours = st.integers(0, 24 * 14).map(lambda n: f"2025-03-{3 + n // 24:02d}T{n % 24:02d}:00:00")
weeks = st.fixed_dictionaries(
    {
        day: st.sampled_from([[], [["09:00", "18:00"]]])
        for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    }
)


@given(recorded=hours, weekly=weeks, visits=st.lists(hours, max_size=6, unique=True))
@example(
    recorded="2025-03-03T00:00:00",
    weekly={"mon": [], "tue": [], "wed": [], "thu": [], "fri": [], "sat": [], "sun": []},
    visits=["2025-03-03T00:00:00"],
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
def test_a_calendar_leaves_what_is_closed_or_over_as_it_was(
    days: Any, recorded: str, weekly: dict[str, Any], visits: list[str]
) -> None:
    """I17 for windows; and what is not there then does not come to be."""
    facts, at = [visit(one) for one in visits], "2025-03-18T12:00:00+08:00"
    instant = datetime.fromisoformat(f"{recorded}+08:00")

    def settled(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """What is over, and what was closed in windows that had begun: one that begins at that very instant
        begins with the new calendar known.
        """
        return {
            day: promise
            for day, promise in found.items()
            if datetime.fromisoformat(promise["due"]) < instant
            or (
                promise["closed_at"]
                and datetime.fromisoformat(promise["closed_at"]) <= instant
                and datetime.fromisoformat(f"{day}T00:00:00+08:00") < instant
            )
        }

    before = settled(days(*facts, at=f"{recorded}+08:00"))
    after = days(*facts, at=at, **{instant.isoformat(): {"weekly": weekly}})
    earlier = days(*facts, at=at)
    for day, promise in before.items():
        # what was done later still counts for a window that was missed
        assert after[day]["due"] == promise["due"] and after[day]["breached_at"] == promise["breached_at"]
        if promise["closed_at"]:
            assert {**after[day], "look_at": None} == {**promise, "look_at": None}
    over = {day for day, promise in after.items() if datetime.fromisoformat(promise["due"]) < instant}
    assert over == {
        day for day, promise in earlier.items() if datetime.fromisoformat(promise["due"]) < instant
    }
