"""Writing literate regulations: what is written is read back, and what is not touched stays byte for byte."""

from __future__ import annotations

import string
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from keyue.kernel.errors import Invalid
from keyue.regulations.blocks import edited, parsed, same, toml_lines
from keyue.regulations.document import read_document
from keyue.regulations.writing import (
    ClauseText,
    control_text,
    document_text,
    paragraphs_of,
    toml_block,
    with_clause_block,
    with_clause_text,
    with_control,
    with_control_text,
    with_values,
    without_control,
)

PACKS = sorted(Path(__file__).parents[2].glob("packs/*/regulation.md"))
FEEDBACK = next(path for path in PACKS if path.parent.name == "feedback").read_text("utf-8")
HOSTILE = [
    "`",
    "```",
    '"',
    "'",
    "[",
    "]",
    "#",
    "\\",
    "｀",
    "＃",
    "“”",
    "　",
    "{",
    "=",
    "\n",
    "\t",
    "\x85",
    "\u2028",
    "表",
]

texts = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=30),
    st.lists(st.sampled_from([*HOSTILE, "客户", "a ", "- ", "1. ", "|", "<!--"]), max_size=8).map("".join),
)
words = st.text(string.ascii_lowercase + "_", min_size=1, max_size=8)
simple = st.one_of(
    texts, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.dates(min_value=date(1, 1, 1))
)
values = st.recursive(
    simple,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=6,
)
raws = st.dictionaries(st.one_of(words, texts), values, max_size=6)


def control(**more: Any) -> dict[str, Any]:
    return {"id": "extra", "name": "另加", "on": "case.received", "met_by": "case.classified",
            "within": "PT2H", "owner": "service_desk", **more}  # fmt: skip


@given(raws)
def test_what_is_written_as_toml_is_read_back(raw: dict[str, Any]) -> None:
    assert same(parsed(toml_lines(raw)), raw)
    if "roles" not in raw and "thresholds" not in raw:
        assert same(parsed(toml_lines(raw, "clause")), raw)


@given(raws, raws)
def test_an_edited_block_has_the_new_values(before: dict[str, Any], after: dict[str, Any]) -> None:
    shared = {**before, **after}
    assert same(parsed(edited(toml_lines(before), shared)), shared)
    assert same(parsed(edited(toml_lines(shared), before)), before)
    assert edited(toml_lines(before), before) == toml_lines(before)


def test_an_edit_leaves_remarks_and_the_other_lines_alone() -> None:
    text = (
        "# 制度 4.3.2\n"
        'id     = "plan"      # 不要改\n'
        "\n"
        'within = "PT24H" # 二十四小时，见 "附件#1"\n'
        'on     = [\n  "case.assigned", # 派单\n  "round",\n]\n'
    )
    raw = parsed(text)
    assert raw is not None
    changed = edited(text, {**raw, "within": "PT12H", "owner": "service_desk"})
    assert changed == (
        "# 制度 4.3.2\n"
        'id     = "plan"      # 不要改\n'
        "\n"
        'within = "PT12H" # 二十四小时，见 "附件#1"\n'
        'on     = [\n  "case.assigned", # 派单\n  "round",\n]\n'
        'owner  = "service_desk"\n'
    )


def test_tables_with_headers_stay_and_changed_ones_move_inline() -> None:
    text = (
        'id = "solve"\n[within]\nby = "case.priority"\nnormal = "PT48H"\n\n[[escalate]]\nat = "75%"\nto = "a"\n'
        '[[escalate]]\nat = "100%"\nto = "b"\n'
    )
    raw = parsed(text)
    assert raw is not None
    changed = edited(text, {**raw, "within": "PT12H"})
    assert changed.endswith('[[escalate]]\nat = "75%"\nto = "a"\n[[escalate]]\nat = "100%"\nto = "b"\n')
    assert same(parsed(changed), {**raw, "within": "PT12H"})


@given(raws)
@example({"id": "```", "note": "```control\n```"})
@settings(deadline=None)
def test_a_block_in_a_document_is_read_back(raw: dict[str, Any]) -> None:
    raw = {**raw, "id": "extra"}
    for source in (
        "# 制度\n\n## 1 总则\n\n正文。\n\n## 2 附则\n",
        "# 制度\n\n## 1 总则",
        "# 制度\r\n\r\n## 1 总则\r\n正文\r\n## 2 附则\r\n",
    ):
        written = with_control(source, "1", raw)
        assert same(parsed(control_text(written, "extra")), raw)
        assert without_control(written, "extra") == source


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_adding_and_removing_a_control_in_any_clause_gives_the_same_bytes(path: Path) -> None:
    source = path.read_text("utf-8")
    document = read_document(source)
    for clause in document.clauses:
        if not clause.number:
            continue
        written = with_control(source, clause.number, control())
        again = read_document(written)
        [block] = [block for block in again.blocks if block.id == "extra"]
        assert (block.raw, block.clause) == (control(), clause.number)
        assert without_control(written, "extra") == source


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.parent.name)
def test_writing_what_stands_there_changes_nothing(path: Path) -> None:
    source = path.read_text("utf-8")
    document = read_document(source)
    for block in document.blocks:
        assert with_control(source, block.clause, block.raw, replacing=block.id) == source
        anew = read_document(f"# 制度\n\n## {block.clause} 条\n\n{toml_block(block.raw)}")
        assert [one.raw for one in anew.blocks] == [block.raw]
    for clause in document.clauses:
        if clause.number:
            assert with_clause_text(source, clause.number, clause.heading, clause.paragraphs) == source


def test_one_value_changes_one_line() -> None:
    written = with_values(FEEDBACK, {"plan.within": "PT12H", "solve.within.normal": "PT36H"})
    before, after = FEEDBACK.splitlines(), written.splitlines()
    differing = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    assert differing == [
        ('within   = "PT24H"', 'within   = "PT12H"'),
        (
            'within    = { by = "case.priority", normal = "PT48H", urgent = "PT24H" }',
            'within    = { by = "case.priority", normal = "PT36H", urgent = "PT24H" }',
        ),
    ]
    with pytest.raises(Invalid, match="没有这个控制"):
        with_values(FEEDBACK, {"nothing.within": "PT12H"})


def test_a_control_moves_to_another_clause() -> None:
    raw = next(block.raw for block in read_document(FEEDBACK).blocks if block.id == "classify")
    written = with_control(FEEDBACK, "4.1.2", raw, replacing="classify")
    [block] = [block for block in read_document(written).blocks if block.id == "classify"]
    assert block.clause == "4.1.2"
    assert written.count("```control") == FEEDBACK.count("```control")


def test_a_block_somebody_wrote_is_kept_as_typed() -> None:
    typed = '# 我写的\nid="extra"\nname="另加"\nowner="x"\non="case.received"\nmet_by="case.classified"\n'
    written = with_control_text(FEEDBACK, "4.1.2", typed)
    assert typed in written
    assert control_text(written, "extra") == typed
    assert without_control(written, "extra") == FEEDBACK
    with pytest.raises(Invalid, match="TOML"):
        with_control_text(FEEDBACK, "4.1.2", "id = ")


def test_a_control_between_paragraphs_leaves_them_apart() -> None:
    source = '# 制度\n\n## 1 总则\n\n甲。\n\n```control\nid = "x"\n```\n乙。\n'
    assert without_control(source, "x") == "# 制度\n\n## 1 总则\n\n甲。\n\n乙。\n"


def test_what_a_clause_cites_goes_under_its_heading() -> None:
    about = {"laws": ["《中华人民共和国个人信息保护法》第五十条"], "keeper": "service_head"}
    source = "# 制度\n\n## 1 总则\n\n甲。\n\n### 1.1 分类\n乙。\n"
    written = with_clause_block(source, "1.1", about)
    clause = read_document(written).clause("1.1")
    assert clause is not None
    assert (clause.laws, clause.keeper) == (tuple(about["laws"]), "service_head")
    assert with_clause_block(written, "1.1", {}) == source
    other = with_clause_block(written, "1.1", {**about, "keeper": "service_desk"})
    assert other == written.replace('keeper = "service_head"\n```', 'keeper = "service_desk"\n```')


# ── text ──────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(texts, max_size=4), texts)
@example(["# 标题", "- 一", "1. 二", "a\n===", "a | b\n--- | ---", "<div>", "[a]: b", "```", "> 引"], "4.2 #")
@settings(deadline=None)
def test_any_text_of_a_clause_is_read_back(paragraphs: list[str], heading: str) -> None:
    try:
        wanted = paragraphs_of(paragraphs)
    except Invalid:
        return
    assert paragraphs_of(wanted) == wanted
    source = FEEDBACK
    before = read_document(source)
    try:
        written = with_clause_text(source, "4.3.1", heading, paragraphs)
    except Invalid:
        return
    document = read_document(written)
    clause = document.clause("4.3.1")
    assert clause is not None
    assert clause.paragraphs == wanted
    assert [one.paragraphs for one in document.clauses if one.number != "4.3.1"] == [
        one.paragraphs for one in before.clauses if one.number != "4.3.1"
    ]
    assert [block.raw for block in document.blocks] == [block.raw for block in before.blocks]


@pytest.mark.parametrize("text", ["含 `代码` 与 ``` 三个反引号", '引号 " \' “”', "[方括号] 与 ［全角］", "# 井号在前", "反\\斜\\杠", "１、全角数字", "第 3. 条", "| 竖线 |", "2. 像列表", "~~~ 波浪"])  # fmt: skip
def test_signs_survive_in_text(text: str) -> None:
    written = with_clause_text(FEEDBACK, "4.1.2", "登记", ["前一段。", text])
    clause = read_document(written).clause("4.1.2")
    assert clause is not None
    assert clause.paragraphs[1].replace("\\", "") == text.replace("\\", "")
    assert not [fault for fault in read_document(written).faults if not fault.is_warning]


def test_paragraphs_are_added_changed_and_removed_around_the_blocks() -> None:
    source = '# 制度\n\n## 1 总则\n\n甲。\n\n```control\nid = "x"\n```\n\n乙。\n\n- 丙\n- 丁\n\n## 2 附则\n'
    written = with_clause_text(source, "1", "总的", ["甲一。", "乙。", "丙", "丁丁"])
    assert written == source.replace("总则", "总的").replace("甲。", "甲一。").replace("- 丁", "- 丁丁")
    written = with_clause_text(source, "1", "总则", ["乙。", "丙", "丁", "戊。"])
    assert '## 1 总则\n\n```control\nid = "x"\n```\n\n乙。\n\n- 丙\n- 丁\n\n戊。\n\n## 2' in written
    with pytest.raises(Invalid, match="列表"):
        with_clause_text(source, "1", "总则", ["甲。", "乙。", "丙"])


def test_there_is_no_such_clause() -> None:
    for write in (
        lambda: with_control(FEEDBACK, "9.9", control()),
        lambda: with_clause_text(FEEDBACK, "9.9", "无", []),
        lambda: with_clause_block(FEEDBACK, "", {"keeper": "x"}),
    ):
        with pytest.raises(Invalid, match="条"):
            write()


# ── a whole document ──────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(texts, st.lists(texts, max_size=2), raws), max_size=3), raws)
@settings(deadline=None)
def test_a_document_from_parts_is_read_back(
    parts: list[tuple[str, list[str], dict[str, Any]]], about: dict[str, Any]
) -> None:
    try:
        clauses = [
            ClauseText(
                3, f"1.{n}", heading, paragraphs_of(paragraphs), about, [("control", {**raw, "id": f"c{n}"})]
            )
            for n, (heading, paragraphs, raw) in enumerate(parts, start=1)
        ]
        source = document_text("制度", {"id": "own", "subject": "case", "roles": {"a": "甲"}}, clauses)
    except Invalid:
        return
    document = read_document(source)
    assert (document.title, document.id, document.roles) == ("制度", "own", {"a": "甲"})
    assert [(clause.number, clause.paragraphs) for clause in document.clauses] == [
        (clause.number, list(clause.paragraphs)) for clause in clauses
    ]
    for clause in clauses:
        raw = clause.blocks[0][1]
        assert same(parsed(control_text(source, str(raw["id"]))), raw)


def test_chinese_numbers_of_clauses() -> None:
    clauses = [
        ClauseText(2, "第一章", "总则"),
        ClauseText(3, "第三条", "（二）"),
        ClauseText(2, "三", "附则"),
        ClauseText(2, "", "说明"),
    ]
    document = read_document(document_text("制度", {"id": "own", "subject": "case"}, clauses))
    assert [(one.number, one.heading) for one in document.clauses] == [
        ("第一章", "总则"), ("第三条", "（二）"), ("三", "附则"), ("", "说明"),
    ]  # fmt: skip
    assert not document.faults
    with pytest.raises(Invalid, match="条款号"):
        document_text("制度", {}, [ClauseText(2, "甲", "总则")])
