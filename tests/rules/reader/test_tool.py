"""`keyue regulation read`: what it prints, and what bad input gets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from keyue.config.tools import regulation_read_command
from keyue.regulations.reader.reading import read_regulation

TEXT = """客户服务响应规定

第一条 为提高响应速度，制定本规定。
第二条 客服专员应在接到来电后15分钟内登记，并及时转交责任部门。
第三条 责任部门应当在3个工作日内答复客户。
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "规定.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_everything_is_printed_for_programs(file, capsys):
    assert regulation_read_command([str(file), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {
        "title", "issuer", "dated", "complete", "script", "removed", "repairs", "structure", "timed_duties", "vague_time",
        "other_time_expressions", "tables", "suggested_controls",
    } <= set(found)  # fmt: skip
    assert found["title"] == "客户服务响应规定" and found["complete"] and found["script"] == "simplified"
    assert [unit["number"] for unit in found["structure"]] == ["第一条", "第二条", "第三条"]
    first, second = found["timed_duties"]
    assert (first["clause"], first["quantity"], first["unit"], first["kind"]) == (
        "第二条",
        15,
        "minute",
        "deadline",
    )
    assert (second["quantity"], second["unit"], second["who"]) == (3, "workday", "责任部门")
    assert [(one["clause"], one["word"]) for one in found["vague_time"]] == [("第二条", "及时")]
    assert {one["clause"] for one in found["suggested_controls"]} == {"第二条", "第三条"}


def test_a_person_reads_an_outline(file, capsys):
    assert regulation_read_command([str(file)]) == 0
    said = capsys.readouterr().out
    assert "3 个条款，2 处有时限的职责，1 处没有写明时限" in said
    assert "第三条  3个工作日内  责任部门 答复客户" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "请给一个文件"),
        (["a", "b"], "请给一个文件"),
        (["--what"], "请给一个文件"),
        (["/nowhere/at-all.docx"], "at-all.docx"),
    ],
)
def test_bad_input_gets_a_sentence_and_exit_code_2(arguments, sentence, capsys):
    assert regulation_read_command(arguments) == 2
    said = capsys.readouterr()
    assert sentence in said.err and said.out == ""


def test_an_empty_file_is_named(tmp_path, capsys):
    path = tmp_path / "空.docx"
    path.write_bytes(b"")
    assert regulation_read_command([str(path)]) == 2
    assert "文件是空的" in capsys.readouterr().err


def test_the_command_needs_no_database(file, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from keyue.config.cli import main; code = main(sys.argv[1:]); "
         "assert 'django' not in sys.modules; sys.exit(code)", "regulation", "read", str(file), "--json"],
        capture_output=True, text=True, encoding="utf-8", check=False, timeout=60, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0 and json.loads(done.stdout)["title"] == "客户服务响应规定", done.stderr


def test_the_rows_of_a_table_are_duties_with_grade_and_owner(tmp_path):
    path = tmp_path / "时限.html"
    path.write_text(
        "<h1>投诉处理时限规定</h1><p>第一条 各类投诉的处理时限如下：</p><table>"
        "<tr><th>级别</th><th>时限</th><th>责任人</th></tr>"
        "<tr><td>一般投诉</td><td>3个工作日</td><td>客服主管</td></tr>"
        "<tr><td>重大投诉</td><td>24小时内</td><td>客服总监</td></tr>"
        "<tr><td>整机保修期</td><td>两年</td><td></td></tr></table><p>第二条 本规定由客服部解释。</p>",
        encoding="utf-8",
    )
    found = read_regulation(path)
    assert [(one["grade"], one["quantity"], one["unit"], one["who"]) for one in found["timed_duties"]] == [
        ("一般", 3, "workday", "客服主管"),
        ("重大", 24, "hour", "客服总监"),
    ]
    assert len(found["tables"]) == 1 and len(found["tables"][0]["rows"]) == 4


def test_rows_between_strokes_are_a_table(tmp_path):
    path = tmp_path / "时限.md"
    path.write_text(
        "# 投诉处理时限规定\n\n## 第一条 时限\n\n| 级别 | 时限 | 责任人 |\n|---|---|---|\n| 一般投诉 | 3个工作日 | 客服主管 |\n",
        encoding="utf-8",
    )
    found = read_regulation(path)
    assert [one["rows"] for one in found["tables"]] == [
        [["级别", "时限", "责任人"], ["一般投诉", "3个工作日", "客服主管"]]
    ]
    assert [(one["grade"], one["quantity"], one["who"]) for one in found["timed_duties"]] == [
        ("一般", 3, "客服主管")
    ]


def test_a_text_without_line_breaks_is_cut_where_its_numbers_stand(tmp_path):
    path = tmp_path / "规范.txt"
    path.write_text(
        "软件客户支持服务规范 第一部分 服务等级 1.0 总体要求 1.1 支持热线工作时间为工作日9:00至18:00。 1.2 所有问题在15分钟内给出"
        "工单编号。 2.0 响应 2.1 一级故障：30分钟内响应，4小时内恢复。 2.2 二级故障：2小时内响应，1个工作日内恢复。 3.0 升级 3.1 "
        "超过恢复时限仍未解决的，支持经理应在1小时内向客户书面说明。",
        encoding="utf-8",
    )
    found = read_regulation(path)
    assert [unit["number"] for unit in found["structure"]] == [
        "第一部分", "1.0", "1.1", "1.2", "2.0", "2.1", "2.2", "3.0", "3.1",
    ]  # fmt: skip
    assert [(one["clause"], one["quantity"], one["unit"]) for one in found["timed_duties"]] == [
        ("1.2", 15, "minute"), ("2.1", 30, "minute"), ("2.1", 4, "hour"), ("2.2", 2, "hour"), ("2.2", 1, "workday"),
        ("3.1", 1, "hour"),
    ]  # fmt: skip
