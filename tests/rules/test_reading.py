"""The reading passes the worked examples, so that comparing with it means something."""

import json
from pathlib import Path

import pytest

from .reading import part_a, part_c
from .reading.compare import MOMENTS, PLAIN, differences
from .reading.part_a import instant

DATA = Path(__file__).parent / "data"
DEADLINES = json.loads((DATA / "deadlines.json").read_text())
CASES = json.loads((DATA / "cases.json").read_text())

FIELDS = tuple(name for name in MOMENTS + PLAIN if name != "edition")


def derive_input(scenario: dict, pack: str) -> dict:
    """An example case as an input of `keyue derive` (end of section 9)."""
    calendars = scenario.get("calendar_timeline") or [
        {"calendar": "cn_office", "recorded_at": "2024-01-01T00:00:00+08:00"}
    ]
    return {
        "editions": [
            {"from": entry["effective"], "pack": pack, "set": CASES["sets"][entry["policy"]]}
            for entry in scenario["policy_timeline"]
        ],
        "calendars": [
            {"recorded_at": entry["recorded_at"], "calendar": CASES["calendars"][entry["calendar"]]}
            for entry in calendars
        ],
        "facts": scenario["facts"],
        "at": [check["now"] for check in scenario["checks"]],
        "sweeps": scenario.get("sweeps") or [],
    }


def expected_output(scenario: dict) -> dict:
    return {"checks": scenario["checks"], "notices": scenario.get("expected_notifications") or []}


def test_every_example_is_there():
    assert len(DEADLINES["vectors"]) == 42
    assert len(CASES["scenarios"]) == 15


@pytest.mark.parametrize("vector", DEADLINES["vectors"], ids=lambda vector: vector["id"])
def test_deadline(vector):
    calendar = vector["calendar"]
    if isinstance(calendar, str):
        calendar = DEADLINES["calendars"][calendar]
    calendar = part_a.Calendar(calendar)
    pauses = [(instant(p["from"]), p["to"] and instant(p["to"])) for p in vector["pauses"]]
    start = instant(vector["start"])
    expected = vector["expected_due"]
    assert part_a.due(start, vector["rule"], calendar, pauses) == (expected and instant(expected))
    if "expected_thresholds" in vector:
        found = part_a.thresholds(start, vector["rule"], calendar, pauses)
        assert found == {k: v and instant(v) for k, v in vector["expected_thresholds"].items()}


@pytest.mark.parametrize("scenario", CASES["scenarios"], ids=lambda scenario: scenario["id"])
def test_case(scenario):
    found = part_c.derive(derive_input(scenario, "packs/feedback"))
    assert differences(found, expected_output(scenario), fields=FIELDS) == []
    if not scenario.get("sweeps"):
        assert found["notices"] == []
