"""`keyue due`: right lines, wrong lines, and lines nobody thought of."""

import io
import json
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.worktime.due_tool import run

from .worktime_strategies import MODEST

EXAMPLES = json.loads((Path(__file__).parent / "data" / "deadlines.json").read_text())
OFFICE = {"tz": "Asia/Shanghai", "weekly": {"mon": [["09:00", "12:00"], ["13:30", "18:00"]]}}
HOURS = {"type": "hours", "basis": "natural", "amount": "PT2H"}
GOOD = {"id": "a", "start": "2025-03-03T10:00:00+08:00", "rule": HOURS, "calendar": OFFICE, "pauses": []}
OURS = "报告给我们"


def answers(*lines):
    """(exit code, answers) for lines given as objects, text or bytes."""
    out = io.StringIO()
    code = run([line if isinstance(line, str | bytes) else json.dumps(line) for line in lines], out)
    return code, [json.loads(line) for line in out.getvalue().splitlines()]


def test_the_worked_examples_as_they_are():
    lines = [
        example | {"calendar": EXAMPLES["calendars"][example["calendar"]]} for example in EXAMPLES["vectors"]
    ]
    code, found = answers(*lines)
    assert code == 0
    for example, answer in zip(lines, found, strict=True):
        assert answer["id"] == example["id"]
        assert instant(answer["due"]) == instant(example["expected_due"])
        assert ("thresholds" in answer) == (example["rule"]["type"] == "hours")
        for level, expected in example.get("expected_thresholds", {}).items():
            assert instant(answer["thresholds"][level]) == instant(expected)


def instant(text):
    return text and datetime.fromisoformat(text)


def test_an_answer_is_in_the_zone_of_the_calendar():
    code, [here, there] = answers(GOOD, GOOD | {"calendar": OFFICE | {"tz": "Europe/Berlin"}})
    assert here == {
        "id": "a",
        "due": "2025-03-03T12:00:00+08:00",
        "thresholds": {"50": "2025-03-03T11:00:00+08:00", "75": "2025-03-03T11:30:00+08:00"},
    }
    assert there["due"] == "2025-03-03T05:00:00+01:00"
    assert code == 0


def test_a_rule_may_be_a_plain_form():
    _, [answer] = answers(GOOD | {"rule": "2 working days"})
    assert answer == {"id": "a", "due": "2025-03-18T00:00:00+08:00"}


def test_a_threshold_that_cannot_be_given_is_null_one_by_one():
    pauses = [{"from": "2025-03-03T11:15:00+08:00", "to": None}]
    _, [answer] = answers(GOOD | {"pauses": pauses})
    assert answer == {"id": "a", "due": None, "thresholds": {"50": "2025-03-03T11:00:00+08:00", "75": None}}


def test_one_wrong_line_spoils_the_exit_code_and_no_other_line():
    code, found = answers(GOOD, "{", GOOD | {"id": 7})
    assert code == 1
    assert [answer["id"] for answer in found] == ["a", None, 7]
    assert "error" in found[1]
    assert found[2]["due"] == found[0]["due"]


def test_empty_lines_are_passed_over_and_a_byte_order_mark_is_none_of_the_line():
    assert answers("", "  \n") == (0, [])
    code, [answer] = answers("\ufeff" + json.dumps(GOOD))
    assert code == 0
    assert answer["id"] == "a"


def test_bytes_that_are_no_text_are_an_error_of_their_line():
    code, found = answers(b"\xff\xfe", json.dumps(GOOD).encode())
    assert code == 1
    assert "error" in found[0]
    assert found[1]["id"] == "a"


def test_chinese_is_written_as_it_is_and_what_cannot_be_is_escaped():
    out = io.StringIO()
    run([json.dumps(GOOD | {"id": "投诉"}), json.dumps(GOOD | {"id": "\ud800"})], out)
    first, second = out.getvalue().splitlines()
    assert "投诉" in first
    assert "\\ud800" in second

    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    run([json.dumps(GOOD | {"id": "投诉"}), "{"], plain)
    plain.flush()
    assert json.loads(plain.buffer.getvalue().splitlines()[0])["id"] == "投诉"


def without(key):
    return {name: value for name, value in GOOD.items() if name != key}


def paused(since, until="2025-03-03T12:00:00+08:00"):
    return GOOD | {"pauses": [{"from": since, "to": until}]}


WRONG = {
    "not JSON": "due please",
    "half an object": '{"id": 1',
    "two objects": "{} {}",
    "not an object": "[]",
    "a number": "12",
    "null": "null",
    "NaN": '{"id": NaN}',
    "Infinity": '{"id": "a", "start": -Infinity}',
    "deep": "[" * 100_000,
    "deep object": '{"calendar":' * 100_000,
    "a number of 5,000 digits": '{"id": ' + "9" * 5000 + "}",
    "a member twice": json.dumps(GOOD)[:-1] + ', "start": "2025-03-04T10:00:00+08:00"}',
    "a member twice inside": json.dumps(GOOD).replace('"tz"', '"weekly": {}, "tz"'),
    "id a list": GOOD | {"id": []},
    "id a truth": GOOD | {"id": True},
    "id a fraction": '{"id": 1e999}',
    "nothing": {},
    "no start": without("start"),
    "no rule": without("rule"),
    "no calendar": without("calendar"),
    "start naive": GOOD | {"start": "2025-03-03T10:00:00"},
    "start a date": GOOD | {"start": "2025-03-03"},
    "start a number": GOOD | {"start": 1741000000},
    "start a truth": GOOD | {"start": True},
    "start empty": GOOD | {"start": ""},
    "start words": GOOD | {"start": "tomorrow"},
    "start unreal": GOOD | {"start": "2025-02-29T10:00:00+08:00"},
    "start hour 24": GOOD | {"start": "2025-03-03T24:00:00+08:00"},
    "start second 60": GOOD | {"start": "2025-03-03T10:00:60+08:00"},
    "start offset 25": GOOD | {"start": "2025-03-03T10:00:00+25:00"},
    "start of a week": GOOD | {"start": "2025-W10-1T10:00:00+08:00"},
    "start of year 1": GOOD | {"start": "0001-01-01T00:00:00+08:00"},
    "start of year 9999": GOOD | {"start": "9999-12-31T23:59:59-12:00"},
    "start five-digit year": GOOD | {"start": "12025-03-03T10:00:00+08:00"},
    "rule a list": GOOD | {"rule": [HOURS]},
    "rule unknown": GOOD | {"rule": {"type": "weeks", "n": 1}},
    "rule without type": GOOD | {"rule": {"basis": "natural", "amount": "PT2H"}},
    "basis unknown": GOOD | {"rule": HOURS | {"basis": "wall"}},
    "amount P": GOOD | {"rule": HOURS | {"amount": "P"}},
    "amount PT": GOOD | {"rule": HOURS | {"amount": "PT"}},
    "amount negative": GOOD | {"rule": HOURS | {"amount": "PT-2H"}},
    "amount 1h": GOOD | {"rule": HOURS | {"amount": "1h"}},
    "amount a number": GOOD | {"rule": HOURS | {"amount": 2}},
    "amount huge": GOOD | {"rule": HOURS | {"amount": "PT" + "9" * 400 + "H"}},
    "n negative": GOOD | {"rule": {"type": "days", "basis": "calendar", "n": -1}},
    "n a truth": GOOD | {"rule": {"type": "days", "basis": "calendar", "n": True}},
    "n a fraction": GOOD | {"rule": {"type": "days", "basis": "calendar", "n": 1.5}},
    "n huge": GOOD | {"rule": {"type": "days", "basis": "calendar", "n": 10**50}},
    "n past the year 9999": GOOD | {"rule": {"type": "days", "basis": "calendar", "n": 9_999_999}},
    "months past the year 9999": GOOD | {"rule": {"type": "months", "n": 999_999}},
    "roll unknown": GOOD | {"rule": {"type": "days", "basis": "calendar", "n": 1, "roll": "forward"}},
    "calendar a name": GOOD | {"calendar": "cn_office"},
    "calendar no zone": GOOD | {"calendar": OFFICE | {"tz": "Asia/Nowhere"}},
    "calendar backwards": GOOD | {"calendar": {"weekly": {"mon": [["18:00", "09:00"]]}}},
    "calendar unused but wrong": GOOD | {"calendar": {"weekly": {"mon": [["9", "18"]]}}},
    "pauses an object": GOOD | {"pauses": {"from": "2025-03-03T10:00:00+08:00", "to": None}},
    "pause a list": GOOD | {"pauses": [["2025-03-03T10:00:00+08:00", None]]},
    "pause without to": GOOD | {"pauses": [{"from": "2025-03-03T10:00:00+08:00"}]},
    "pause without from": GOOD | {"pauses": [{"to": "2025-03-03T10:00:00+08:00"}]},
    "pause from null": paused(None),
    "pause naive": paused("2025-03-03T10:00:00"),
    "pause backwards": paused("2025-03-03T12:00:01+08:00"),
    "pause backwards where no pause counts": paused("2025-03-03T12:00:01+08:00") | {"rule": "1 months"},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_line_gets_a_sentence_and_no_date(name):
    code, [answer] = answers(WRONG[name])
    assert code == 1
    assert set(answer) == {"id", "error"}
    assert answer["error"]
    assert OURS not in answer["error"]
    if isinstance(WRONG[name], dict) and WRONG[name].get("id") == "a":
        assert answer["id"] == "a"


def test_a_repeated_member_is_named():
    _, [answer] = answers(WRONG["a member twice"])
    assert "start" in answer["error"]


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2025-03-03T02:00:00Z", "2025-03-03T12:00:00+08:00"),
        ("2025-03-03t02:00z", "2025-03-03T12:00:00+08:00"),
        ("2025-03-03 10:00:00+0800", "2025-03-03T12:00:00+08:00"),
        ("2025-03-03T10:00:00.5+08:00", "2025-03-03T12:00:00.500000+08:00"),
        ("2025-03-03T10:00:00.123456789+08:00", "2025-03-03T12:00:00.123456+08:00"),
        ("2025-03-02T22:00:00-04:00", "2025-03-03T12:00:00+08:00"),
    ],
)
def test_an_instant_may_be_written_in_any_offset(start, due):
    _, [answer] = answers(GOOD | {"start": start})
    assert answer["due"] == due


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["PT2H", "P", "24:00", "mon", "2025-03-03T10:00:00+08:00", "9999-12-31T23:59:59Z", "working", "close"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


def places(value, path=()):
    """Every place in a JSON value."""
    yield path
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(inner, (*path, key))


def replaced(value, path, new):
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


SOUND = [
    GOOD,
    paused("2025-03-03T10:30:00+08:00") | {"rule": HOURS | {"basis": "working"}},
    GOOD
    | {
        "rule": {
            "type": "days",
            "basis": "working",
            "n": 3,
            "end": "close",
            "roll": "none",
            "cutoff": "18:00",
        }
    },
    GOOD
    | {
        "rule": {
            "type": "cadence",
            "every_months": 6,
            "k": 3,
            "end": "midnight",
            "roll": "previous_working_day",
        }
    },
    GOOD | {"rule": {"type": "period_end", "period": "quarter", "lag_working_days": 3, "end": "close"}},
    GOOD
    | {
        "rule": {
            "type": "lunar_birthday",
            "lunar_year": 2025,
            "month": 6,
            "day": 30,
            "leap": True,
            "end": "close",
        }
    },
    GOOD
    | {
        "calendar": OFFICE | {"holidays": ["2025-03-10"], "makeup_days": {"2025-03-15": [["10:00", "24:00"]]}}
    },
]


def one_answer(line):
    out = io.StringIO()
    code = run([line], out)
    [text] = out.getvalue().splitlines()
    answer = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert code == ("error" in answer)
    assert set(answer) in ({"id", "error"}, {"id", "due"}, {"id", "due", "thresholds"})
    assert OURS not in answer.get("error", "")
    for at in (answer.get("due"), *answer.get("thresholds", {}).values()):
        assert at is None or datetime.fromisoformat(at).tzinfo
    return answer


@MODEST
@given(st.data(), st.sampled_from(SOUND))
def test_whatever_stands_in_a_line_it_gets_one_answer(data, request):
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(request))[1:]))
        request = replaced(request, path, data.draw(JSON))
    one_answer(json.dumps(request))


@MODEST
@given(st.data(), st.sampled_from(SOUND))
def test_whatever_happens_to_the_text_of_a_line_it_gets_one_answer(data, request):
    text = json.dumps(request)
    cut = data.draw(st.integers(0, len(text)))
    text = text[:cut] + data.draw(st.text(max_size=4)) + text[cut + data.draw(st.integers(0, 3)) :]
    if text.strip() and "\n" not in text:
        one_answer(text)


@MODEST
@given(st.binary(min_size=1, max_size=40).filter(lambda line: line.strip()))
def test_whatever_the_bytes_of_a_line_it_gets_one_answer(line):
    assert "error" in one_answer(line)
