"""Cadences by windows (44, 47): what is missed stays, what was done late serves the oldest, down time tells once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

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
