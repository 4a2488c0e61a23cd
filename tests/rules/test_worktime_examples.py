"""The worked examples of the specification."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from keyue.worktime.calendar import Calendar
from keyue.worktime.rules import due, parse_rule, thresholds

EXAMPLES = json.loads((Path(__file__).parent / "data" / "deadlines.json").read_text())
CALENDARS = {name: Calendar.from_dict(obj) for name, obj in EXAMPLES["calendars"].items()}


def instant(text):
    return text and datetime.fromisoformat(text)


def test_there_are_forty_two():
    assert len(EXAMPLES["vectors"]) == 42


@pytest.mark.parametrize("example", EXAMPLES["vectors"], ids=lambda example: example["id"])
def test_example(example):
    calendar = CALENDARS[example["calendar"]]
    rule = parse_rule(example["rule"])
    pauses = [(instant(pause["from"]), instant(pause["to"])) for pause in example["pauses"]]
    assert due(instant(example["start"]), rule, calendar, pauses) == instant(example["expected_due"])
    expected = example.get("expected_thresholds", {})
    assert thresholds(instant(example["start"]), rule, calendar, pauses) == {
        level: instant(at) for level, at in expected.items()
    }


@pytest.mark.parametrize("name", CALENDARS)
def test_a_calendar_survives_being_written(name):
    calendar = CALENDARS[name]
    again = Calendar.from_dict(json.loads(json.dumps(calendar.to_dict())))
    assert again == calendar
    assert hash(again) == hash(calendar)


@pytest.mark.parametrize("example", EXAMPLES["vectors"], ids=lambda example: example["id"])
def test_a_rule_survives_being_written(example):
    rule = parse_rule(example["rule"])
    assert parse_rule(json.loads(json.dumps(rule.to_dict()))) == rule
