"""Two regulations that ask the same with different limits: both are found, and the stricter is named (decision 50)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.regulations.conflicts import Conflict, conflicts, in_force, pairs
from keyue.regulations.document import read_document
from keyue.regulations.editions import EditionInForce, editions_by_subject
from keyue.worktime import rules as worktime
from keyue.worktime.calendar import Calendar

AT = datetime(2026, 3, 16, tzinfo=UTC)
WORKING = Calendar.from_dict(
    {"weekly": {day: [["09:00", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}}
)
TEXT = """# 制度 {id}

```regulation
id = "{id}"
subject = "case"
{head}
```

## 1 一条

```control
id     = "plan"
on     = {on}
met_by = {met_by}
owner  = "desk"
{more}
```
"""


def edition(
    id: str,
    within: str | None = "PT24H",
    *,
    on: str = '"case.assigned"',
    met_by: str = '"case.plan_filed"',
    head: str = "",
    more: str = "",
    effective: datetime = AT,
) -> EditionInForce:
    if within is not None:
        more = f"within = {within if within.startswith('{') else repr(within)}\n{more}"
    document = read_document(TEXT.format(id=id, on=on, met_by=met_by, head=head, more=more))
    assert not document.faults, document.faults
    return editions_by_subject(document.id, effective, document.subject, document.controls())[0]


def found(*editions: EditionInForce, **calendars: Calendar) -> list[Conflict]:
    return list(conflicts(pairs(editions), {"": WORKING, **calendars}, AT))


def only(*editions: EditionInForce) -> Conflict:
    (conflict,) = found(*editions)
    return conflict


# --- which is stricter -----------------------------------------------------------------------------------------


def test_the_shorter_limit_is_the_stricter() -> None:
    assert only(edition("a", "PT24H"), edition("b", "PT12H")).side.regulation == "b"
    assert only(edition("b", "PT12H"), edition("a", "PT24H")).side.regulation == "b"


def test_equal_limits_are_no_conflict_however_they_are_written() -> None:
    assert found(edition("a", "PT24H"), edition("b", "24 hours")) == []


def test_what_has_a_limit_is_stricter_than_what_has_none() -> None:
    assert only(edition("a", None), edition("b", "P30D")).side.regulation == "b"


def test_natural_hours_are_stricter_than_as_many_working_hours() -> None:
    assert only(edition("a", "PT10H working"), edition("b", "PT10H")).side.regulation == "b"


def test_it_may_depend_on_the_hour_and_both_examples_hold() -> None:
    conflict = only(edition("a", "PT9H working"), edition("b", "PT30H"))
    assert conflict.stricter is None
    assert "起算" in str(conflict.why)
    for start, earlier in zip(conflict.examples, (0, 1), strict=True):
        assert start is not None
        dues = [worktime.due(start, worktime.parse_rule(text), WORKING) for text in ("PT9H working", "PT30H")]
        assert dues[earlier] < dues[1 - earlier]


def test_it_may_depend_on_the_case() -> None:
    by = '{ by = "case.priority", normal = "PT48H", urgent = "PT6H" }'
    assert only(edition("a", by), edition("b", "PT24H")).stricter is None
    other = '{ by = "case.priority", normal = "PT50H", urgent = "PT7H" }'
    assert only(edition("a", by), edition("b", other)).side.regulation == "a"


def test_a_shorter_pause_is_stricter() -> None:
    assert only(edition("a", more='max_pause = "PT48H"'), edition("b")).side.regulation == "b"
    turned = only(edition("a", "PT12H", more='max_pause = "PT48H"'), edition("b"))
    assert (turned.stricter, turned.why is not None) == (None, True)


def test_a_named_instant_and_a_limit_depend() -> None:
    conflict = only(edition("a"), edition("b", None, more='until = "fact.due"'))
    assert conflict.stricter is None


@given(st.integers(1, 400), st.integers(1, 400))
def test_the_order_of_the_editions_does_not_matter(one: int, other: int) -> None:
    first, second = edition("a", f"PT{one}H"), edition("b", f"PT{other}H")
    there, back = found(first, second), found(second, first)
    assert [c.side.key for c in there] == [c.side.key for c in back]
    assert bool(there) == (one != other)
    if there:
        assert there[0].side.regulation == ("a" if one < other else "b")


# --- what meets ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"on": '"case.received"'},
        {"met_by": '"case.solved"'},
        {"on": "\"case.assigned if fact.lead == 'x'\"", "met_by": '"case.solved"'},
        {"more": 'question = "多久？"', "within": None},
    ],
)
def test_what_asks_something_else_is_none(changed: dict[str, Any]) -> None:
    assert found(edition("a"), edition("b", **{"within": "PT12H", **changed})) == []


def test_one_of_several_triggers_or_performances_is_enough_and_said() -> None:
    wide = edition("a", on='["case.assigned", "round"]', met_by='["case.plan_filed", "case.solved"]')
    conflict = only(wide, edition("b", "PT12H"))
    assert conflict.pair.sides[conflict.pair.narrower].regulation == "b"


def test_a_condition_narrows() -> None:
    narrow = edition("b", "PT12H", on="\"case.assigned if fact.lead == 'x'\"")
    conflict = only(edition("a"), narrow)
    assert conflict.pair.sides[conflict.pair.narrower].regulation == "b"


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("case.type == 'complaint'", "case.type == 'feedback'", False),
        ("case.type in ['complaint', 'feedback']", "case.type == 'feedback'", True),
        ("case.type in ['complaint', 'praise']", "case.type == 'feedback'", False),
        ("case.solved", "!case.solved", False),
        ("case.type == 'complaint' && case.level == 'major'", "case.level == 'minor'", False),
        ("case.type == 'complaint' || case.solved", "case.type == 'feedback'", True),
        ("", "case.type == 'feedback'", True),
    ],
)
def test_conditions_that_never_hold_together(one: str, other: str, meet: bool) -> None:
    heads = [f'when = "{text}"' if text else "" for text in (one, other)]
    assert bool(found(edition("a", head=heads[0]), edition("b", "PT12H", head=heads[1]))) is meet


def test_a_regulation_does_not_conflict_with_itself() -> None:
    older, newer = edition("a"), edition("a", "PT12H", effective=AT + timedelta(days=1))
    assert pairs([older, newer]) == []


def test_only_what_is_in_force_counts() -> None:
    older = edition("a", "PT24H", effective=AT - timedelta(days=9))
    newer = edition("a", "PT12H", effective=AT)
    coming = edition("b", "PT1H", effective=AT + timedelta(days=1))
    assert in_force([older, coming, newer], AT) == [newer]
    assert {e.regulation for e in in_force([older, coming, newer], AT + timedelta(days=2))} == {"a", "b"}


def test_cadences_are_compared_too() -> None:
    def every(id: str, each: str, more: str = "") -> EditionInForce:
        said = f'kind = "cadence"\nevery = "{each}"\n{more}'
        return edition(id, None, more=said)

    assert only(every("a", "P2D"), every("b", "P1D")).side.regulation == "b"
