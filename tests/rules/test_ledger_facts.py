"""The form that is hashed: one way to write each fact, whatever the database does to JSON in between."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.kernel.errors import Invalid
from keyue.ledger.facts import (
    LARGEST_NUMBER,
    Actor,
    FactRecord,
    NotPlain,
    Subject,
    canonical,
    chain_hash,
    in_order,
    plain,
    stamp,
)

AT = datetime(2026, 11, 22, 3, 4, 5, 678900, tzinfo=UTC)
UID = UUID("0193528e-5e2a-7c3d-8f00-000000000001")

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-LARGEST_NUMBER, LARGEST_NUMBER) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
instants = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def a_fact(**changes: object) -> dict[str, object]:
    return {
        "subject": Subject("case", "142"),
        "rev": 1,
        "uid": UID,
        "kind": "case.received",
        "at": AT,
        "recorded_at": AT,
        "actor": Actor("staff", "7"),
        "source": "web",
        "data": {"type": "complaint", "主题": "交付时间"},
        "sealed": {},
        "evidence": [{"kind": "message", "id": "9"}],
        "voids": None,
        "prev": b"",
        **changes,
    }


def test_the_documented_form_gives_the_hash():
    """Written out by hand from the module's text, as somebody would who checks a ledger without this program."""
    text = (
        '{"actor":["staff","7"],"at":"2026-11-22T03:04:05.678900Z",'
        '"data":{"type":"complaint","主题":"交付时间"},"evidence":[{"id":"9","kind":"message"}],'
        '"kind":"case.received","prev":"","recorded_at":"2026-11-22T03:04:05.678900Z","rev":1,"sealed":{},'
        '"source":"web","stream":["case","142"],"uid":"0193528e-5e2a-7c3d-8f00-000000000001","v":1,"voids":null}'
    )
    assert chain_hash(**a_fact()) == hashlib.sha256(text.encode()).digest()


@pytest.mark.parametrize(
    "change",
    [
        {"subject": Subject("case", "143")},
        {"subject": Subject("customer", "142")},
        {"rev": 2},
        {"uid": UUID(int=UID.int + 1)},
        {"kind": "case.solved"},
        {"at": AT + timedelta(microseconds=1)},
        {"recorded_at": AT + timedelta(microseconds=1)},
        {"actor": Actor("staff", "8")},
        {"actor": Actor("token", "7")},
        {"source": "api"},
        {"data": {}},
        {"sealed": {"owner": ["customer", "1"], "values": {"text": "k1.x"}}},
        {"evidence": []},
        {"voids": UID},
        {"prev": b"\1" * 32},
    ],
    ids=lambda change: "-".join(change),
)
def test_every_part_of_a_fact_is_in_its_hash(change):
    assert chain_hash(**a_fact(**change)) != chain_hash(**a_fact())


@given(plain_values)
def test_what_is_plain_stays_as_it_is(value):
    assert plain(value) == value


@given(plain_values)
def test_the_writing_survives_a_database(value):
    """SQLite gives the text back, PostgreSQL's jsonb its own order of keys and its own spaces."""

    def shuffled(item):
        if isinstance(item, dict):
            return {key: shuffled(item[key]) for key in reversed(item)}
        return [shuffled(i) for i in item] if isinstance(item, list) else item

    stored = json.loads(json.dumps(shuffled(value), indent=2))
    assert canonical(plain(stored)) == canonical(plain(value))


@given(plain_values)
def test_the_writing_is_json_and_says_the_same(value):
    assert json.loads(canonical(value)) == value


@given(plain_values, plain_values)
def test_different_values_are_written_differently(one, other):
    # True == 1 in Python, not in JSON
    if repr(one) != repr(other):
        assert (canonical(one) == canonical(other)) == (
            json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
        )


@given(instants, st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_written_one_way_in_every_zone(instant, minutes):
    assert stamp(instant.astimezone(timezone(timedelta(minutes=minutes)))) == stamp(instant)
    assert datetime.fromisoformat(stamp(instant)) == instant


def test_whole_seconds_have_their_decimals():
    assert stamp(datetime(2026, 1, 2, tzinfo=UTC)) == "2026-01-02T00:00:00.000000Z"


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        stamp(datetime(2026, 1, 2))


class Colour(StrEnum):
    RED = "red"


class Level(IntEnum):
    HIGH = 3


def test_enums_and_tuples_become_plain():
    value = plain({Colour.RED: (Colour.RED, Level.HIGH, True)})
    assert value == {"red": ["red", 3, True]}
    [key], [items] = value.keys(), value.values()
    assert [type(key), *map(type, items)] == [str, str, int, bool]


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"amount": 1.5}, "data.amount"),
        ({"amount": float("nan")}, "data.amount"),
        ({"deep": [{"x": 1.0}]}, "data.deep[0].x"),
        ({"n": 2**53}, "data.n"),
        ({"n": -(2**53)}, "data.n"),
        ({1: "x"}, "data"),
        ({"text": "a\0b"}, "data.text"),
        ({"a\0b": 1}, "data"),
        ({"text": "\ud800"}, "data.text"),
        ({"at": AT}, "data.at"),
        ({"id": UID}, "data.id"),
        ({"raw": b"x"}, "data.raw"),
        ({"set": {1}}, "data.set"),
    ],
)
def test_what_two_readers_could_read_differently_is_refused(value, path):
    with pytest.raises(NotPlain) as caught:
        plain(value)
    assert isinstance(caught.value, Invalid)
    assert caught.value.path == path


def test_a_value_that_nests_without_end_is_refused():
    value: dict[str, object] = {}
    value["x"] = value
    with pytest.raises(NotPlain):
        plain(value)


def test_facts_come_in_the_order_of_what_happened():
    def fact(id: str, at: int, recorded: int) -> FactRecord:
        return FactRecord(id, "x", AT + timedelta(seconds=at), AT + timedelta(seconds=recorded), {})

    late, early, second, first = fact("a", 5, 5), fact("d", 1, 9), fact("c", 2, 3), fact("b", 2, 3)
    assert in_order([late, early, second, first]) == [early, first, second, late]
