"""Example cases: compared as sets, on the fields that they give, with the line of the check at fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.promises.scenario import derive_scenario
from keyue.regulations.checker import check, check_path
from keyue.regulations.document import Fault
from keyue.regulations.positions import NotJson, line_of, read_json

from .regulations_world import MODELS, TEXT

EXAMPLE = """{
  "title": "大件四小时内开箱",
  "editions": [{"from": "2024-01-01T00:00:00+08:00"}],
  "facts": [
    {"id": "1", "at": "2025-06-09T09:00:00+08:00", "kind": "parcel.received", "data": {"size": "large"}},
    {"id": "2", "at": "2025-06-09T12:00:00+08:00", "kind": "parcel.opened", "data": {"by": "li"}}
  ],
  "sweeps": ["2025-06-09T11:00:00+08:00", "2025-06-09T13:00:00+08:00"],
  "expect": {
    "checks": [
      {
        "now": "2025-06-09T10:00:00+08:00",
        "promises": [{"control": "open", "state": "pending", "due": "2025-06-09T05:00:00Z", "owner": "desk"}]
      },
      {
        "now": "2025-06-09T13:00:00+08:00",
        "promises": [{"control": "open", "cycle": 1, "seq": 1, "state": "met", "breached_at": null}]
      }
    ],
    "notices": [
      {"sweep": "2025-06-09T11:00:00+08:00", "control": "open", "level": 50}
    ]
  }
}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "intake"
    (folder / "cases").mkdir(parents=True)
    (folder / "regulation.md").write_text(TEXT, encoding="utf-8")
    return folder


def faults_of(pack: Path, text: str, name: str = "a.json") -> list[Fault]:
    (pack / "cases" / name).write_text(text, encoding="utf-8")
    return check_path(pack, MODELS, derive_scenario)


def changed(**more: Any) -> str:
    return json.dumps({**json.loads(EXAMPLE), **more}, ensure_ascii=False)


def test_a_sound_example(pack: Path):
    assert faults_of(pack, EXAMPLE) == []
    report = check(pack, MODELS, derive_scenario)
    assert (report.regulations, report.examples, report.is_sound) == (1, 1, True)


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        (
            '"state": "pending", ',
            '"state": "met", ',
            11,
            "open（第 1 轮第 1 条）的 state 应是 met，推算得 pending",
        ),
        ("T05:00:00Z", "T06:00:00Z", 11, "due 应是"),
        ('"owner": "desk"', '"owner": "head"', 11, "owner 应是 head，推算得 desk"),
        ('"owner": "desk"', '"onwer": "desk"', 11, "没有这一项"),
        ('"breached_at": null', '"breached_at": "2025-06-09T13:00:00+08:00"', 15, "推算得 空"),
        ('"breached_at": null', '"paused": true', 15, "paused 应是 是，推算得 否"),
        (
            '"control": "open", "cycle": 1, "seq": 1',
            '"control": "open", "cycle": 2',
            15,
            "应有 open（第 2 轮第 1 条）",
        ),
        (
            '[{"control": "open", "cycle": 1, "seq": 1, "state": "met", "breached_at": null}]',
            "[]",
            15,
            "多出 open",
        ),
        ('"level": 50', '"level": 75', 20, "通知：多出 "),
        ('"level": 50', '"level": 50, "threshold_at": "2025-06-09T11:00:01+08:00"', 20, "threshold_at 应是"),
        ('{"size": "large"}', '{"size": "large", "colour": "red"}', 5, "没有 'colour' 这个字段"),
        ('"kind": "parcel.opened"', '"kind": "parcel.openned"', 6, "没有 'parcel.openned' 这种事实"),
        ('"title": "大件四小时内开箱",', '"titel": "x",', 1, "缺少 title"),
        ('"sweeps"', '"sweps"', 8, "例子没有「sweps」这一项"),
        ('"notices"', '"notes"', 20, "expect 没有「notes」这一项"),
        ('"now": "2025-06-09T10:00:00+08:00"', '"now": "2025-06-09T10:00:00"', 11, "不是带时区的时刻"),
        ('{"from": "2024-01-01T00:00:00+08:00"}', "{}", 3, "例子无法推算"),
        ('"id": "2", ', "", 6, "例子无法推算"),
        ('"id": "1", "at"', '"id": "1", "id": "1", "at"', 1, "写了两次"),
        ('"state": "met", ', '"state": "met" ', 17, "不是 JSON"),
        ('"due": "2025-06-09T05:00:00Z"', '"due": NaN', 1, "NaN"),
    ],
)
def test_a_fault_is_named_with_its_line(pack: Path, old: str, new: str, line: int, sentence: str):
    assert EXAMPLE.count(old) == 1
    faults = faults_of(pack, EXAMPLE.replace(old, new))
    found = [fault for fault in faults if sentence in fault.message]
    assert [(Path(fault.path).name, fault.line) for fault in found] == [("a.json", line)]


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        (
            '"kind": "parcel.opened", "data": {"by": "li"}',
            '"kind": "parcel.opened", "voids": 5',
            6,
            "voids 应是",
        ),
        (
            '[{"from": "2024-01-01T00:00:00+08:00"}],',
            '[\n{"from": "2024-01-01T00:00:00+08:00", "set": {\n"open.name": "开箱",\n"open.within.huge": "PT9H"}}],',
            6,
            "没有「huge」这一档",
        ),
        ('"facts": [', '"fatcs": [', 4, "缺少 facts：写明发生了什么（「fatcs」写错了？）"),
        ('"facts": [', '"note": [', 1, "缺少 facts"),
        ('"expect": {', '"expct":\n {', 9, "缺少 expect：写明应有的约定（「expct」写错了？）"),
        ('"editions": [', '"edition": [', 3, "（「edition」写错了？）"),
        (
            '"sweeps": ["2025-06-09T11:00:00+08:00", ',
            '"sweeps": [\n"2025-06-09T11:00:00+08:00",\n"",\n',
            10,
            "不是一个时刻：''",
        ),
        (
            '"now": "2025-06-09T10:00:00+08:00"',
            '"now": "0001-01-01T00:00:00+08:00"',
            12,
            "超出了能计算的年份",
        ),
    ],
)
def test_what_derive_refuses_is_named_where_it_stands(pack: Path, old, new, line: int, sentence: str):
    test_a_fault_is_named_with_its_line(pack, old, new, line, sentence)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "[" * 100_000,
        '{"title": "x"}',
        changed(expect={}),
        changed(expect=[]),
        changed(expect={"checks": []}),
        changed(expect={"checks": [], "failed": ["open"]}),
        changed(expect={"notices": []}, sweeps=[]),
        changed(expect={"checks": {}}),
        changed(expect={"checks": [{"now": "2025-06-09T10:00:00+08:00"}]}),
        changed(expect={"checks": [{"now": 5, "promises": []}]}),
        changed(expect={"checks": [{"now": "2025-06-09T10:00:00+08:00", "promises": [{}]}]}),
        changed(expect={"notices": [{"control": "open"}]}),
        changed(facts={}),
        changed(facts=[5]),
        changed(
            facts=[{"id": "1", "kind": "parcel.received", "at": "2025-06-09T09:00:00+08:00", "evidence": 5}]
        ),
        changed(editions=5),
        changed(editions=[5]),
        changed(editions=[{"from": "2024-01-01T00:00:00+08:00", "pack": "nowhere"}]),
        changed(editions=[{"from": "2024-01-01T00:00:00+08:00", "pack": 5}]),
        changed(editions=[{"from": "2024-01-01T00:00:00+08:00", "set": {"open.within": "soon"}}]),
        changed(at="now"),
        changed(sweeps=["now"]),
    ],
)
def test_what_is_no_example_is_a_fault_and_never_a_traceback(pack: Path, text: str):
    faults = faults_of(pack, text)
    assert len(faults) == 1
    assert faults[0].line == 1


def test_that_nothing_is_sent_is_worth_saying(pack: Path):
    sweeps = ["2025-06-09T09:01:00+08:00"]
    assert faults_of(pack, changed(expect={"notices": []}, sweeps=sweeps)) == []


def test_an_example_that_is_no_text(pack: Path):
    (pack / "cases" / "a.json").write_bytes(b'{\n"title": "' + "客户".encode("gbk"))
    (fault,) = check_path(pack, MODELS, derive_scenario)
    assert (fault.line, fault.message) == (2, "不是 UTF-8 文字，请另存为 UTF-8")


def test_a_regulation_may_be_named_in_every_way(pack: Path, monkeypatch: pytest.MonkeyPatch):
    other = pack.parent / "other"
    other.mkdir()
    (other / "regulation.md").write_text(
        TEXT.replace('"intake"', '"other"').replace('"open"', '"unpack"'), encoding="utf-8"
    )
    since = {"from": "2024-01-01T00:00:00+08:00"}
    for same in (".", "intake", "..", str(pack), str(pack / "regulation.md")):
        assert faults_of(pack, changed(editions=[{**since, "pack": same}])) == [], same
    (fault, *_) = faults_of(pack, changed(editions=[since, {**since, "pack": "other"}]))
    assert "多出 unpack" in fault.message
    monkeypatch.chdir(pack.parent)
    assert faults_of(pack, changed(editions=[{**since, "pack": "intake"}])) == []


def test_instants_asked_for_need_not_be_repeated(pack: Path):
    assert faults_of(pack, changed(at=["2025-06-09T13:00:00+08:00"])) == []


def test_a_control_that_fails_is_a_fault_unless_expected(pack: Path):
    facts = [
        {"id": "1", "at": "2025-06-09T09:00:00+08:00", "kind": "parcel.received", "data": {"size": "huge"}}
    ]
    checks = [{"now": "2025-06-09T10:00:00+08:00", "promises": []}]
    (fault,) = faults_of(pack, changed(facts=facts, sweeps=[], expect={"checks": checks}))
    assert "控制 open 失灵" in fault.message
    assert (
        faults_of(pack, changed(facts=facts, sweeps=[], expect={"checks": checks, "failed": ["open"]})) == []
    )


def test_examples_of_a_text_that_cannot_be_read_are_not_run(pack: Path):
    (pack / "regulation.md").write_text(TEXT.replace('"PT2H"', '"2 hrs"'), encoding="utf-8")
    (fault,) = faults_of(pack, EXAMPLE)
    assert fault.line == 23


# -- positions ------------------------------------------------------------------------------------------------

KEYS = st.text(max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def paths_of(value: Any, path: tuple[str | int, ...] = ()):
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from paths_of(item, (*path, key))


@given(JSON)
def test_every_value_is_found_on_its_line(value: Any):
    text = json.dumps(value, indent=1, ensure_ascii=False)
    lines = text.split("\n")
    for path, item in paths_of(value):
        line = lines[line_of(text, path) - 1]
        shown = json.dumps(item, ensure_ascii=False)
        assert (shown if not isinstance(item, list | dict) or not item else shown[0]) in line


def test_what_is_not_there_is_at_its_nearest_ancestor():
    text = '{\n "a": [\n  1,\n  {"b": 2}\n ]\n}'
    assert [line_of(text, path) for path in [(), ("a",), ("a", 1), ("a", 1, "b"), ("a", 7), ("c", "d"), ("a", "x")]] == [
        1, 2, 4, 4, 2, 1, 2,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line"), [("{\n\n]", 3), ('{"a": 1,\n"a": 2}', 1), ("[Infinity]", 1), ("", 1)]
)
def test_what_is_no_json(text: str, line: int):
    with pytest.raises(NotJson) as caught:
        read_json(text)
    assert caught.value.line == line
