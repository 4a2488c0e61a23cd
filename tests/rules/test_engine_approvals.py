"""What needs somebody else's word: going over to another edition (24, 25), and an end that is not satisfaction (34)."""

from __future__ import annotations

from typing import Any

import pytest

from keyue.cases.rules import CASE
from keyue.promises.scenario import derive_scenario

DAY = "2025-06-02"
OPENED = [
    {"id": "1", "kind": "case.received", "at": f"{DAY}T09:00:00+08:00", "data": {"type": "feedback"}},
    {"id": "2", "kind": "case.assigned", "at": f"{DAY}T10:00:00+08:00", "data": {"lead": "tech"}},
]


def derived(*facts: dict[str, Any], at: str, **more: Any) -> dict[str, dict[str, Any]]:
    scenario = {
        "editions": [
            {"from": "2025-01-01T00:00:00+08:00", "pack": "packs/feedback"},
            {"from": f"{DAY}T12:00:00+08:00", "pack": "packs/feedback", "set": {"plan.within": "PT12H"}},
        ],
        "facts": [*OPENED, *facts],
        "at": [at],
        **more,
    }
    [check] = derive_scenario(scenario, {CASE.name: CASE})["checks"]
    return {promise["control"]: promise for promise in check["promises"]}


def rebased(at: str, **data: Any) -> dict[str, Any]:
    said = {"control": "plan", "edition": f"{DAY}T12:00:00+08:00", **data}
    return {"id": "9", "kind": "promise.rebased", "at": f"{DAY}T{at}:00+08:00", "data": said}


@pytest.mark.parametrize(
    ("fact", "due"),
    [
        (rebased("20:00", approved_by="gu"), f"{DAY}T22:00:00+08:00"),
        # the new limit would have ended before it was agreed to
        (rebased("22:30", approved_by="gu"), "2025-06-03T10:00:00+08:00"),
        (rebased("20:00"), "2025-06-03T10:00:00+08:00"),
        (rebased("20:00", approved_by="gu", requested_by="gu"), "2025-06-03T10:00:00+08:00"),
    ],
)
def test_a_running_promise_goes_over_only_by_an_approved_act(fact: dict[str, Any], due: str):
    plan = derived(fact, at=f"{DAY}T23:00:00+08:00")["plan"]
    assert plan["due"] == due
    assert (plan["breached_at"] is None) == (due > f"{DAY}T23:00:00+08:00")


@pytest.mark.parametrize(
    ("data", "state"),
    [
        ({"exit": "third_party", "approved_by": "gu"}, "cancelled"),
        ({"exit": "third_party", "approved_by": "tech"}, "pending"),
        ({"exit": "third_party"}, "pending"),
        ({"exit": "whatever", "approved_by": "gu"}, "pending"),
        ({"exit": "satisfied"}, "cancelled"),
    ],
)
def test_an_end_needs_an_approver_who_is_not_the_owner(data: dict[str, Any], state: str):
    closed = {"id": "9", "kind": "case.closed", "at": f"{DAY}T11:00:00+08:00", "data": data}
    assert derived(closed, at=f"{DAY}T11:30:00+08:00")["plan"]["state"] == state
