"""A regulation read from its text, and the same controls from the same text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyue.regulations.controls import ControlError, build_control
from keyue.regulations.document import Fault, document_path, read_document, read_file

TEXT = """# 来件登记制度

```regulation
id      = "intake"
code    = "T-001"
subject = "parcel"
keeper  = "head"

[roles]
desk = "收发室"
```

序言不属于任何一条。

## 1 登记

收到后 2 小时内登记。

- 易碎的轻放
- 贵重的入柜

```control
id       = "register"
name     = "登记"
on       = "parcel.received"
met_by   = "parcel.registered"
within   = "PT2H"
owner    = "desk"
escalate = [{ at = "100%", to = "chief" }]
```

```regulation
when = "parcel.size != 'small'"
```

## 第二条（三） 巡查

```control
kind     = "cadence"
id       = "rounds"
name     = "巡查"
question = "多久巡查一次？"
on       = "parcel.received"
met_by   = "parcel.seen"
owner    = "desk"
```

## 附则

自发布之日起施行。
"""


def test_the_outline_of_a_text():
    document = read_document(TEXT, "intake.md")
    assert document.faults == []
    assert (document.title, document.id, document.code) == ("来件登记制度", "intake", "T-001")
    assert (document.subject, document.keeper, document.source) == ("parcel", "head", TEXT)
    assert [(c.number, c.heading, c.control_ids) for c in document.clauses] == [
        ("1", "登记", ["register"]),
        ("第二条（三）", "巡查", ["rounds"]),
        ("", "附则", []),
    ]
    clause = document.clause("1")
    assert clause is not None
    assert clause.text == "收到后 2 小时内登记。\n\n易碎的轻放\n\n贵重的入柜"
    assert document.clause("9") is None


def test_controls_carry_their_clause_and_what_holds_for_all_below():
    register, rounds = read_document(TEXT).controls()
    assert (register.clause, register.when) == ("1", ())
    assert (rounds.clause, [c.text for c in rounds.when]) == ("第二条（三）", ["parcel.size != 'small'"])


def test_questions_and_their_answers():
    document = read_document(TEXT)
    (question,) = document.questions()
    assert (question.key, question.text, question.clause) == (
        "rounds.every",
        "多久巡查一次？",
        "第二条（三）",
    )
    assert document.questions({"rounds.every": "P1D"}) == ()
    assert document.controls({"rounds.every": "P1D"})[1].limit is not None


@pytest.mark.parametrize("values", [{"nobody.within": "P1D"}, {"rounds": "P1D"}, {"rounds.evry": "P1D"}])
def test_a_value_for_what_is_not_there_is_refused(values):
    with pytest.raises(ControlError):
        read_document(TEXT).controls(values)


def test_roles_are_named_with_what_the_text_calls_them():
    assert read_document(TEXT).roles_named() == {"desk": "收发室", "head": "head", "chief": "chief"}


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ('within   = "PT2H"', 'within   = "2 hrs"', 27, "看不懂期限"),
        ('within   = "PT2H"', 'within   = "PT2H', 27, "不是合法的 TOML"),
        ('owner    = "desk"\nescalate', "escalate", 22, "缺少 owner"),
        ('id       = "register"', 'id       = "rounds"', 38, "在第 22 行已经有了"),
        ("## 1 登记", "## 登记", 22, "有编号的条款标题"),
        ("## 附则", "## 1 附则", 48, "条款 1 在第 15 行已经有了"),
        ("## 附则", "# 附则", 48, "只能有一个一级标题"),
        ('id      = "intake"\n', "", 1, "缺少制度的 id"),
        ('id      = "intake"', 'id      = "来件"', 1, "小写字母"),
        ('subject = "parcel"', 'subject = ["parcel"]', 6, "应是文字"),
        ('keeper  = "head"', 'keper   = "head"', 7, "没有「keper」这一项"),
        ('desk = "收发室"', "desk = 1", 9, "应是一张表"),
        ("parcel.size != 'small'", "parcel.size !=", 33, "条件无法解析"),
        ("when = \"parcel.size != 'small'\"", "when = 3", 33, "应是一条 CEL 条件"),
        ("# 来件登记制度\n", "\n", 1, "缺少一级标题"),
        ("来件登记制度", "长" * 201, 1, "至多 200 个字"),
        ("第二条（三）", "第二条", 0, ""),
    ],
)
def test_a_fault_is_named_with_its_line(old, new, line, sentence):
    assert TEXT.count(old) == 1
    faults = read_document(TEXT.replace(old, new), "intake.md").faults
    if not line:
        assert faults == []
        return
    assert [fault.line for fault in faults if sentence in fault.message] == [line]
    assert str(faults[0]).startswith(f"intake.md:{faults[0].line}: ")


def test_a_regulation_block_may_not_take_back_what_was_said():
    faults = read_document(TEXT + '\n```regulation\nid = "other"\n```\n').faults
    assert [fault.message for fault in faults] == ["「id」前面已经写过 'intake'"]


CONTROL = '```control\nid       = "register"'


@pytest.mark.parametrize(
    ("info", "sentence"),
    [
        ("Control", "没有「Control」这种代码块，是不是 ```control？"),
        ("contrl", "没有「contrl」这种代码块，是不是 ```control？"),
        ("control toml", "没有「control toml」这种代码块，是不是 ```control？"),
        ("regulations", "是不是 ```regulation？"),
        ("toml", "没有「toml」这种代码块，只有 ```control（控制）和 ```regulation（制度）"),
        ("x" * 5000, "没有「" + "x" * 59 + "…」"),
        ("", "代码块要写明种类"),
    ],
)
def test_a_block_that_would_not_run_is_no_silence(info: str, sentence: str):
    assert TEXT.count(CONTROL) == 1
    document = read_document(TEXT.replace(CONTROL, CONTROL.replace("control", info)))
    assert [(fault.line, fault.is_warning) for fault in document.faults] == [(22, False)]
    assert sentence in document.faults[0].message
    assert [block.id for block in document.blocks] == ["rounds"]


BLOCK = """```control
id     = "count"
on     = "parcel.received"
met_by = "parcel.seen"
owner  = "desk"
```
"""
INDENTED = "".join(f"    {line}" for line in BLOCK.splitlines(keepends=True))


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        (f"\n{INDENTED}", 52, "顶格"),
        (INDENTED, 51, "被当作文字"),
        (f"\n<div>\n{BLOCK}</div>\n", 53, "被当作文字"),
        (f"\n<!-- 不再执行\n{BLOCK}", 53, "被当作文字"),
        (f"\n<!-- 不再执行\n{BLOCK}-->\n", 0, ""),
    ],
)
def test_nor_is_one_that_markdown_takes_for_text(text: str, line: int, sentence: str):
    document = read_document(TEXT + text)
    assert [fault.line for fault in document.faults] == ([line] if line else [])
    assert all(sentence in fault.message for fault in document.faults)
    assert [block.id for block in document.blocks] == ["register", "rounds"]


@pytest.mark.parametrize("mark", ["  ```", "~~~", "````"])
def test_every_way_to_write_a_block_is_read(mark: str):
    written = BLOCK.replace("```control", f"{mark} control").replace("\n```", f"\n{mark}")
    document = read_document(f"{TEXT.replace('## 附则', '## 3 附则')}\n{written}")
    assert document.faults == []
    assert [block.id for block in document.blocks] == ["register", "rounds", "count"]


def test_a_warning_says_so():
    assert str(Fault("a.md", 3, "看一看", is_warning=True)) == "a.md:3: 提醒：看一看"


def test_files_as_people_save_them(tmp_path: Path):
    file = tmp_path / "regulation.md"
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    document = read_file(tmp_path)
    assert (document.faults, document.source) == ([], TEXT)
    file.write_bytes(TEXT.encode("utf-8") + "\n客户\n".encode("gbk"))
    document = read_file(file)
    assert [(f.line, f.message) for f in document.faults] == [(52, "不是 UTF-8 文字，请另存为 UTF-8")]


def test_where_a_pack_is(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="找不到制度"):
        document_path(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="找到 0 个"):
        document_path(tmp_path)
    (tmp_path / "a.md").write_text(TEXT, encoding="utf-8")
    assert document_path(tmp_path).name == "a.md"
    (tmp_path / "b.md").write_text(TEXT, encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="找到 2 个"):
        document_path(tmp_path)
    (tmp_path / "regulation.md").write_text(TEXT, encoding="utf-8")
    assert document_path(tmp_path).name == "regulation.md"


# -- any text -----------------------------------------------------------------------------------------------

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True)
KINDS = st.builds("{}.{}".format, NAMES, NAMES)
CODES = st.one_of(NAMES, KINDS)
LIMITS = st.sampled_from(
    ["PT2H", "PT7H30M working", "3 working days, close", "7 days, next working day", "P6M"]
)
# what CEL keeps for itself names no variable (language definition, "Syntax")
RESERVED = frozenset(
    "as break const continue else false for function if import in let loop namespace null package return true var void "
    "while".split()
)
FIELDS = KINDS.filter(lambda kind: not RESERVED.intersection(kind.split(".")))
CONDITIONS = st.builds("{} == '{}'".format, FIELDS, NAMES)
OCCASIONS = st.one_of(KINDS, st.builds("{} if {}".format, KINDS, CONDITIONS))
PERCENTS = st.integers(1, 100).map("{}%".format)
CONTROLS = st.fixed_dictionaries(
    {
        "on": st.lists(OCCASIONS, min_size=1, max_size=3),
        "met_by": st.lists(OCCASIONS, min_size=1, max_size=3),
    },
    optional={
        "name": st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20),
        "owner": st.lists(CODES, min_size=1, max_size=3),
        "within": st.one_of(LIMITS, st.fixed_dictionaries({"by": KINDS, "normal": LIMITS, "urgent": LIMITS})),
        "when": CONDITIONS,
        "again": st.sampled_from(["round", "never", "each", "replace"]),
        "max_pause": st.just("PT120H"),
        "remind": st.lists(PERCENTS, max_size=3),
        "escalate": st.lists(st.fixed_dictionaries({"at": PERCENTS, "to": NAMES}), max_size=2),
        "question": st.text("多久一次？\"'\\#`", max_size=12),
    },
)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def written(controls: list[dict[str, Any]], shared: str) -> str:
    lines = [
        "# 制度",
        "",
        "```regulation",
        'id = "any"',
        'subject = "parcel"',
        f"when = {toml(shared)}",
        "```",
        "",
    ]
    for n, control in enumerate(controls, 1):
        block = {"id": f"c{n}", "owner": ["desk"], **control}
        lines += [f"## {n} 条款", "", "正文。", "", "```control"]
        lines += [f"{key} = {toml(value)}" for key, value in block.items()] + ["```", ""]
    return "\n".join(lines)


@settings(max_examples=40)
@given(st.lists(CONTROLS, max_size=3), st.one_of(st.just(""), CONDITIONS))
def test_what_is_written_is_read(controls, shared):
    text = written(controls, shared)
    document = read_document(text)
    assert document.faults == []
    assert document.source == text
    expected = [
        build_control({"id": f"c{n}", "owner": ["desk"], **raw}, str(n), (shared,) if shared else ())
        for n, raw in enumerate(controls, 1)
    ]
    assert list(document.controls()) == expected
    assert list(read_document(document.source).controls()) == expected


@given(st.text(st.sampled_from("#` \n=\"'[]{}.abc1一（）、control regulation"), max_size=120))
def test_no_text_is_a_surprise(text):
    """Whatever is written, the answer is a document with faults."""
    assert read_document(text).faults


@given(st.integers(0, len(TEXT)), st.integers(0, 40))
def test_a_text_with_a_hole_is_no_surprise(start, length):
    document = read_document(TEXT[:start] + TEXT[start + length :])
    lines = document.source.count("\n") + 1
    assert all(1 <= fault.line <= lines for fault in document.faults)
    document.controls()
