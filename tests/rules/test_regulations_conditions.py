"""Conditions: what they name, what null does to them, and that remembering changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.regulations.conditions import REMEMBERED, Condition, ConditionError, compile_condition


@dataclass(frozen=True, slots=True)
class State:
    type: str = "feedback"
    done: bool = False
    tags: tuple[str, ...] = ()


@pytest.mark.parametrize(
    ("text", "fields", "whole"),
    [
        ("case.type in ['a', 'b']", (("case", "type"),), ()),
        ("fact.to == 'case.type' && case.done", (("fact", "to"), ("case", "done")), ()),
        ("case.tags.exists(t, t == 'x')", (("case", "tags"),), ()),
        ("fact.rows.all(r, r.n > 1)", (("fact", "rows"),), ()),
        ("size(fact.to) > 2", (("fact", "to"),), ()),
        ("fact['to'] == 'x'", (), ("fact",)),
        ("1 == 1", (), ()),
    ],
)
def test_it_knows_what_it_names(text, fields, whole):
    condition = Condition(text)
    assert (condition.fields, condition.whole) == (fields, whole)
    assert condition.variables == {name for name, _ in fields} | set(whole)


def test_a_field_that_is_missing_reads_as_null():
    condition = Condition("fact.valid != false && case.type == null")
    assert condition.holds({"fact": {}, "case": None})
    assert condition.holds({})
    assert not condition.holds({"fact": {"valid": False}})


def test_states_are_read_like_mappings():
    assert Condition("case.done == false && 'x' in case.tags").holds({"case": State(tags=("x",))})
    assert Condition("case['type'] == 'feedback'").holds({"case": State()})
    assert not Condition("case.nothing == 1").holds({"case": State()})


@pytest.mark.parametrize("text", ["", "case.type ==", "((", "case.type = 'x'", "case.类型 == 1", "'open"])
def test_what_is_no_condition_is_a_sentence(text):
    with pytest.raises(ConditionError, match="条件无法解析"):
        Condition(text)


@pytest.mark.parametrize(
    "text", ["!fact.x", "fact.x > 1", "fact.x.y == 1", "1 / 0 == 1", "nothing(fact.x)", "fact.x + 'a' == 'a'"]
)
def test_what_cannot_be_evaluated_is_a_sentence(text):
    with pytest.raises(ConditionError, match="条件无法求值"):
        Condition(text).holds({"fact": {}})


def test_only_true_and_false_hold():
    with pytest.raises(ConditionError, match="应是真或假"):
        Condition("fact.x").holds({"fact": {"x": "yes"}})
    assert Condition("fact.x").value({"fact": {"x": "2025-06-09T09:00:00Z"}}) == "2025-06-09T09:00:00Z"


VALUES = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, 1.0, "1", "true", ""])


@given(st.lists(VALUES | st.lists(VALUES, max_size=2), min_size=1, max_size=20))
def test_remembering_changes_no_answer(values):
    remembering = Condition("fact.x == 1")
    for value in values:
        assert remembering.value({"fact": {"x": value}}) == Condition("fact.x == 1").value(
            {"fact": {"x": value}}
        )


def test_memory_has_a_bound():
    condition = Condition("fact.x == 'a'")
    for n in range(REMEMBERED + 10):
        condition.holds({"fact": {"x": str(n)}})
    assert len(condition._results) <= REMEMBERED


def test_the_same_text_is_compiled_once():
    assert compile_condition("case.type == 'a'") is compile_condition("case.type == 'a'")
