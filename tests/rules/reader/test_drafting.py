"""What was read of a file becomes a literate regulation that runs, and nothing of the text is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import keyue.compliance.rules  # noqa: F401  declares what is recorded about the company
from keyue.cases.rules import CASE
from keyue.promises.company import MODEL as COMPANY
from keyue.regulations.document import read_document
from keyue.regulations.reader.drafting import About, Decision, drafted
from keyue.regulations.reader.reading import read_regulation
from keyue.regulations.vocabulary import check_vocabulary

TEXTS = sorted(path for path in (Path(__file__).parents[1] / "data/regulations").glob("*.txt"))


def confirmed(reading: Mapping[str, Any]) -> list[tuple[int, str, Decision]]:
    return [
        (one["at"], one["raw"], Decision({**one["control"], "owner": "service_desk"}))
        for one in reading["suggested_controls"]
    ]


def letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_every_text_becomes_a_draft_without_faults(path: Path) -> None:
    reading = read_regulation(path)
    text = drafted(reading, About("测试制度", "drafted"), confirmed(reading))
    document = read_document(text)
    check_vocabulary(document, {CASE.name: CASE, COMPANY.name: COMPANY})
    assert [str(fault) for fault in document.faults if not fault.is_warning] == []
    assert len(document.blocks) == len(reading["suggested_controls"])
    whole = letters("".join(f"{c.number}{c.heading}{c.text}" for c in document.clauses))
    for unit in reading["structure"]:
        assert letters(unit["heading"]) in whole
        for line in unit["text"].split("\n"):
            assert letters(line) in whole


def read(tmp_path: Path, text: str) -> dict[str, Any]:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    return read_regulation(path)


def test_numbers_that_begin_anew_are_written_whole(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "投诉处理制度\n一、受理\n（一）登记\n1. 两小时内登记投诉。\n2. 记下电话。\n二、处理\n（一）派单\n1. 派给责任部门。\n",
    )
    document = read_document(drafted(reading, About("投诉处理制度", "complaints"), confirmed(reading)))
    assert document.faults == []
    assert [clause.number for clause in document.clauses] == [
        "1",
        "1.1",
        "1.1.1",
        "1.1.2",
        "2",
        "2.1",
        "2.1.1",
    ]
    assert document.clause("1.1.1").sources == ("一/（一）/1",)
    [control] = document.controls()
    assert (control.clause, control.id) == ("1.1.1", "classified")


def test_what_has_one_number_in_the_text_has_two_in_the_draft(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "投诉处理制度\n一、受理\n1. 登记投诉。\n2. 记下电话。\n二、处理\n1. 派给责任部门。\n2. 办结。\n"
        "二、回访\n1. 及时回访客户。\n2. 记下结果。\n",
    )
    document = read_document(drafted(reading, About("投诉处理制度", "complaints"), confirmed(reading)))
    assert document.faults == []
    numbers = [clause.number for clause in document.clauses]
    assert numbers == ["1", "1.1", "1.2", "2", "2.1", "2.2", "2b", "2.1b", "2.2b"]
    assert [clause.sources for clause in document.clauses][6:8] == [("二",), ("二/1",)]


def test_chapters_that_end_in_a_nought_keep_their_number(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "租赁制度\n1.0 签约\n1.1 两小时内登记投诉。\n2.0 保养\n2.1 及时回访客户。\n2.1 记下结果。\n",
    )
    document = read_document(drafted(reading, About("租赁制度", "rent"), confirmed(reading)))
    assert [clause.number for clause in document.clauses] == ["1", "1.1", "2", "2.1", "2.1b"]


def test_items_of_an_article_stay_in_it(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "投诉处理制度\n第一章 总则\n第一条 为了处理投诉，制定本制度。\n第二章 处理\n第二条 客服部应当：\n"
        "（一）两小时内登记投诉；\n（二）二十四小时内答复客户。\n第三条 及时回访客户。\n",
    )
    decisions = confirmed(reading)
    text = drafted(reading, About("投诉处理制度", "complaints"), decisions)
    document = read_document(text)
    assert document.faults == []
    assert [clause.number for clause in document.clauses] == [
        "第一章",
        "第一条",
        "第二章",
        "第二条",
        "第三条",
    ]
    second = document.clause("第二条")
    assert second is not None and "（二）" in second.text
    assert len(second.control_ids) == 2
    [asked] = document.questions()
    assert (asked.clause, asked.control) == ("第三条", "follow_up_call")


def test_what_is_declined_is_kept_with_its_reason(tmp_path: Path) -> None:
    reading = read(tmp_path, "投诉处理制度\n第一条 两小时内登记投诉。\n第二条 及时回访客户。\n")
    declined = [(one["at"], one["raw"], Decision(None, "另有规定")) for one in reading["suggested_controls"]]
    document = read_document(drafted(reading, About("投诉处理制度", "complaints"), declined))
    assert document.blocks == []
    assert [clause.declined for clause in document.clauses] == [
        ({"text": "两小时内", "why": "另有规定"},),
        ({"text": "及时", "why": "另有规定"},),
    ]


def test_an_uncertain_repair_can_be_put_right(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "保密制度\n第一条 员工应遵守必威体育官网网址规定。\n第二条 两小时内登记投诉，及时更新保密台账。\n",
    )
    [repair] = [one for one in reading["repairs"] if not one["certain"]]
    assert repair["near"] == "第一条 员工应遵守保密规定。"
    right = repair["near"].replace("保密", "安全").removeprefix("第一条 ")
    corrections = {repair["near"].removeprefix("第一条 "): right}
    text = drafted(reading, About("保密制度", "secrecy"), [], corrections)
    assert "安全规定" in text
    assert "保密台账" in text


def test_the_command_prints_what_the_screen_shows(tmp_path: Path) -> None:
    reading = read(tmp_path, "投诉处理制度\n第一条 一般投诉 48 小时内解决，紧急投诉 24 小时内解决。\n")
    assert json.loads(json.dumps(reading["suggested_controls"], ensure_ascii=False)) == [
        {
            "key": "d0",
            "at": 0,
            "clause": "第一条",
            "raw": "48 小时内",
            "who": "",
            "control": {
                "id": "solved",
                "name": "解决",
                "on": "case.assigned",
                "met_by": "case.solved",
                "within": {"by": "case.priority", "normal": "PT48H", "urgent": "PT24H"},
            },
            "why": "责任部门解决问题",
            "is_question": False,
        }
    ]


def test_a_part_of_a_text_begins_with_its_own_first_number(tmp_path: Path) -> None:
    reading = read(tmp_path, "摘录\n第十五条 两小时内登记投诉。\n第十六条 每半年组织一次满意度调查。\n")
    assert [unit["number"] for unit in reading["structure"]] == ["第十五条", "第十六条"]
    assert [duty["clause"] for duty in reading["timed_duties"]] == ["第十五条", "第十六条"]


def test_the_purpose_of_a_regulation_asks_nothing(tmp_path: Path) -> None:
    reading = read(
        tmp_path, "投诉处理办法\n第一条 为了及时处理客户投诉，制定本办法。\n第二条 投诉办结后及时回访客户。\n"
    )
    assert [one["clause"] for one in reading["vague_time"]] == ["第一条", "第二条"]
    assert [one["clause"] for one in reading["suggested_controls"]] == ["第二条"]
