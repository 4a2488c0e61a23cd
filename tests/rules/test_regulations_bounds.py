"""What no company means and no calendar can count is refused where it is written, not met by the engine."""

from __future__ import annotations

import pytest

from keyue.kernel.errors import Invalid
from keyue.regulations.blocks import parsed
from keyue.regulations.conditions import Condition, ConditionError
from keyue.regulations.document import read_document
from keyue.regulations.writing import with_control_text


def faults(block: str) -> list[str]:
    text = (
        f'# 制度\n\n```regulation\nid = "x"\nsubject = "case"\n```\n\n## 1 条\n\n```control\n{block}\n```\n'
    )
    return [fault.message for fault in read_document(text).faults]


DEADLINE = 'id="x"\non="case.received"\nmet_by="case.closed"\nwithin="{}"\nowner="desk"'
CADENCE = 'kind="cadence"\nid="x"\nwindow="fixed"\nmet_by="case.closed"\nevery="{}"\nowner="desk"'


@pytest.mark.parametrize("limit", ["PT999999H", "999999 months", "9999999 working days", "PT999999H working"])
def test_a_limit_of_more_than_a_hundred_years_is_none(limit: str):
    [said] = faults(DEADLINE.format(limit))
    assert "至多 100 年" in said


@pytest.mark.parametrize("every", ["P9999999D", "P1201M"])
def test_nor_is_a_period(every: str):
    [said] = faults(CADENCE.format(every))
    assert "至多 100 年" in said


@pytest.mark.parametrize("limit", ["P100Y", "P1200M", "PT87600H", "36500 days"])
def test_what_is_long_and_can_be_meant_stays(limit: str):
    assert faults(DEADLINE.format(limit)) == [] or limit == "P100Y"


@pytest.mark.parametrize("anchor", ["9999-12-31", "0001-01-01", '"9999-12-31"'])
def test_windows_are_anchored_within_sight(anchor: str):
    [said] = faults(CADENCE.format("P1M") + f"\nanchor = {anchor}")
    assert "anchor 的年份" in said
    assert faults(CADENCE.format("P1M") + "\nanchor = 2026-01-01") == []


def test_a_condition_has_an_end():
    with pytest.raises(ConditionError, match="太长"):
        Condition(" || ".join(["case.x == 1"] * 200))
    deep = "true"
    for n in range(4):
        deep = f"[1, 2].all(x{n}, {deep})"
    with pytest.raises(ConditionError, match="至多 3 个"):
        Condition(deep)
    assert Condition("[1].all(a, [2].exists(b, [3].all(c, a < b)))").holds({})
    # what stands in quotes is no loop
    assert Condition("'.all(x, .all(x, .all(x, .all(x, ' != ''").holds({})


@pytest.mark.parametrize(
    "lines",
    [
        "count = " + "9" * 5000,
        "fields = " + "[" * 5000 + "]" * 5000,
        "fields = " + "[" * 12 + "]" * 12,
        ".".join("a" * 3000) + " = 1",
    ],
)
def test_a_block_is_read_to_its_end_whatever_it_holds(lines: str):
    assert "不是合法的 TOML" in faults(lines)[0]
    assert parsed(lines) is None
    source = '# 制度\n\n```regulation\nid = "x"\nsubject = "case"\n```\n\n## 1 条\n\n正文。\n'
    with pytest.raises(Invalid, match="不是合法的 TOML"):
        with_control_text(source, "1", lines)


@pytest.mark.parametrize("line", ['name = "a\\u0000b"', 'evidence = ["b\\u0000"]', 'note = "a\\u0000"'])
def test_a_letter_that_no_database_takes_is_refused(line: str):
    [said] = faults(DEADLINE.format("PT2H") + "\n" + line)
    assert "空字符" in said
