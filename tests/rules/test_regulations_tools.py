"""The tools of the command line: what they print, and what bad input gets."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from keyue.config.tools import derive_command, due_command, regulation_check_command
from keyue.regulations.document import read_document

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "packs" / "construction" / "cases" / "answered-in-time.json"
LINE = {
    "id": "a",
    "start": "2025-06-09T09:00:00+08:00",
    "rule": {"type": "hours", "basis": "natural", "amount": "PT2H"},
    "calendar": {"weekly": {"mon": [["09:00", "18:00"]]}},
}


class Stdin:
    def __init__(self, raw: bytes) -> None:
        self.buffer = io.BytesIO(raw)


def test_due_reads_files_and_standard_input(tmp_path: Path, capsys, monkeypatch):
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(LINE), encoding="utf-8")
    assert due_command([str(file)]) == 0
    assert json.loads(capsys.readouterr().out)["due"] == "2025-06-09T11:00:00+08:00"
    monkeypatch.setattr(sys, "stdin", Stdin(json.dumps(LINE).encode() + b"\n\nnonsense\n"))
    assert due_command([]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert json.loads(first)["id"] == "a"
    assert "error" in json.loads(second)


def test_due_says_which_file_it_cannot_read(tmp_path: Path, capsys):
    assert due_command([str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err


def test_derive_answers_an_example_of_a_pack(capsys):
    assert derive_command([str(CASE)]) == 0
    text = capsys.readouterr().out
    output = json.loads(text)
    assert [len(check["promises"]) for check in output["checks"]] == [1, 2, 2]
    assert output["checks"][0]["promises"][0]["control"] == "manager_response"
    assert output["notices"] == []


def test_derive_reads_standard_input_and_prints_chinese_as_it_is(tmp_path: Path, capsys, monkeypatch):
    scenario = json.loads(CASE.read_text(encoding="utf-8"))
    scenario["editions"][0]["pack"] = str(CASE.parent.parent)
    scenario["facts"][0]["data"]["account_manager"] = "李经理"
    monkeypatch.setattr(sys, "stdin", Stdin(json.dumps(scenario).encode()))
    assert derive_command(["-"]) == 0
    assert "李经理" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense",
        b"[]",
        b"{}",
        b'{"editions": [], "facts": []}',
        b'{"editions": 5, "facts": []}',
        b'{"editions": [{"from": "2024-01-01T00:00:00Z", "pack": "no\\nwhere"}], "facts": []}',
        b'{"editions": [{"from": "yesterday", "pack": "packs/feedback"}], "facts": []}',
        b'{"editions": [{"from": "2024-01-01T00:00:00Z", "pack": "packs/feedback", "set": {"x": 1}}], "facts": []}',
        b'{"editions": [{"from": "2024-01-01T00:00:00Z", "pack": "packs/feedback"}], "facts": [{"id": "1"}]}',
        b'{"editions": [{"from": "2024-01-01T00:00:00Z", "pack": "packs/feedback"}], "facts": [], "at": [NaN]}',
        "客户".encode("gbk"),
        b'{"id": "\\ud800", "editions": {}, "facts": []}',
        b"[" * 100_000,
    ],
)
def test_bad_input_gets_a_sentence(text: bytes, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    file = tmp_path / "scenario.json"
    file.write_bytes(text)
    assert derive_command([str(file)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err


def test_without_a_file_it_says_how(capsys, tmp_path: Path):
    assert derive_command([]) == 2
    assert derive_command(["a", "b"]) == 2
    assert derive_command([str(tmp_path)]) == 2
    assert regulation_check_command([]) == 2
    assert regulation_check_command([str(tmp_path / "nowhere")]) == 2
    assert regulation_check_command([str(tmp_path)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 6
    for command in (due_command, derive_command, regulation_check_command):
        assert command(["--help"]) == 0
        assert "keyue" in capsys.readouterr().out


def test_checking_names_each_fault_and_sums_up(tmp_path: Path, capsys):
    text = (ROOT / "packs" / "construction" / "regulation.md").read_text(encoding="utf-8")
    (tmp_path / "regulation.md").write_text(text, encoding="utf-8")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "a.json").write_text(CASE.read_text(encoding="utf-8"), encoding="utf-8")
    assert regulation_check_command([str(tmp_path)]) == 0
    n = len(read_document(text).blocks)
    assert capsys.readouterr().out == f"1 份制度，{n} 条控制，1 个例子：没有错误\n"

    (tmp_path / "regulation.md").write_text(
        text.replace("case.first_response", "case.frist_response", 1), encoding="utf-8"
    )
    assert regulation_check_command([str(tmp_path)]) == 1
    lines = capsys.readouterr().out.splitlines()
    number = text[: text.index("case.first_response")].count("\n") + 1
    assert lines[0].startswith(f"{tmp_path / 'regulation.md'}:{number}: ")
    assert lines[-1].endswith("处错误")


def test_a_text_without_a_control_is_seen_to_have_none(tmp_path: Path, capsys):
    text = '# 制度\n\n```regulation\nid = "t"\nsubject = "case"\n```\n\n## 1 条\n\n文字\n'
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    assert regulation_check_command([str(tmp_path)]) == 0
    assert capsys.readouterr().out == "1 份制度，0 条控制，0 个例子：没有错误\n"
    (tmp_path / "a.md").write_text(text + '\n```contrl\nid = "a"\n```\n', encoding="utf-8")
    assert regulation_check_command([str(tmp_path)]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{tmp_path / 'a.md'}:12: ")
    assert last == "1 份制度，0 条控制，0 个例子：1 处错误"


def test_warnings_alone_are_no_fault(tmp_path: Path, capsys):
    text = (ROOT / "packs" / "construction" / "regulation.md").read_text(encoding="utf-8")
    (tmp_path / "a.md").write_text(
        text.replace('within   = "PT24H"', 'within   = "PT30H"', 1), encoding="utf-8"
    )
    assert regulation_check_command([str(tmp_path / "a.md")]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert "提醒：" in first
    assert "24 小时内" in first
    n = len(read_document(text).blocks)
    assert last == f"1 份制度，{n} 条控制，0 个例子：没有错误，1 处提醒"


# -- what derive refuses ------------------------------------------------------------------------------------------


def scenario(tmp_path: Path, change: dict[str, Any]) -> str:
    """The example of the pack with single values replaced: `{"editions.0.pack": …}`."""
    given = json.loads(CASE.read_text(encoding="utf-8"))
    given["editions"][0]["pack"] = str(CASE.parent.parent)
    for path, value in change.items():
        *steps, last = path.split(".")
        place = given
        for step in steps:
            place = place[int(step) if isinstance(place, list) else step]
        place[int(last) if isinstance(place, list) else last] = value
    file = tmp_path / "scenario.json"
    file.write_text(json.dumps(given), encoding="utf-8")
    return str(file)


LATE = "9999-12-31T23:59:59-08:00"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"editions.0.from": "2024-01-01"}, "「from」：时刻要带时区，得到 '2024-01-01'"),
        ({"at": ["0001-01-01T00:00:00+08:00"]}, "「at」：'0001-01-01T00:00:00+08:00' 超出了能计算的年份"),
        ({"sweeps": [LATE]}, f"「sweeps」：'{LATE}' 超出了能计算的年份"),
        ({"facts.0.at": LATE}, f"'{LATE}' 超出了能计算的年份"),
        ({"editions.0.pack": "a" * 5000}, "读不了 aaa"),
        ({"editions.0.pack": ""}, "每一项要有 from 和 pack"),
        ({"editions.0.set": []}, "「set」应是「控制.字段」到值的对照，得到 []"),
        ({"editions.0.set": {"manager_response.within.x": "PT1H"}}, "没有分档"),
        ({"editions.0.set": {"manager_response.evidence": ["vibes"]}}, "evidence 只能是 mail、"),
        ({"editions.0.set": {"manager_response.calendar": "mars"}}, "按日历「mars」计时，场景没有给它"),
        ({"facts.0.voids": 5}, "voids 应是另一条事实的 id，得到 5"),
        ({"facts.0.voids": []}, "voids 应是另一条事实的 id，得到 []"),
        ({"facts.0.data": []}, "data 应是一个对象，得到 []"),
        ({"facts.0.data": 0}, "data 应是一个对象，得到 0"),
        ({"facts.0.evidence": 5}, "evidence 应是一个列表，得到 5"),
        ({"facts.0.data.account_manager": {"a": 1}}, '是负责的人或部门，应是文字，得到 {"a": 1}'),
        ({"facts.0.data.account_manager": ["a", "b"]}, '应是文字，得到 ["a", "b"]'),
        ({"facts.0.id": 5}, "每条事实要有 id、kind 和 at，得到 "),
        ({"calendars": [{"recorded_at": LATE, "code": 5, "calendar": {}}]}, "「code」应是日历的代码，得到 5"),
    ],
)
def test_derive_says_what_it_was_given_that_cannot_be_meant(change, said: str, tmp_path: Path, capsys):
    assert derive_command([scenario(tmp_path, {})]) == 0
    capsys.readouterr()
    assert derive_command([scenario(tmp_path, change)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err) < 400
    assert "datetime" not in err


HOURS = {"tz": "Asia/Shanghai", "weekly": {"mon": [["09:00", "18:00"]]}}
NIGHT = {"tz": "Asia/Shanghai", "weekly": {"tue": [["20:00", "23:00"]]}}


def test_a_control_counts_by_the_calendar_that_it_names(tmp_path: Path, capsys):
    """It is one of those given, by its code; what names none, and what names `company`, counts by the company's."""
    values = {"manager_response.within": "PT2H working"}
    since = "2020-01-01T00:00:00+08:00"
    calendars = [
        {"recorded_at": since, "code": "mars", "calendar": NIGHT},
        {"recorded_at": since, "calendar": HOURS},
    ]
    due = {}
    for code in (None, "company", "mars"):
        named = {} if code is None else {"manager_response.calendar": code}
        change = {"editions.0.set": {**values, **named}, "calendars": calendars}
        assert derive_command([scenario(tmp_path, change)]) == 0
        due[code] = json.loads(capsys.readouterr().out)["checks"][0]["promises"][0]["due"]
    assert due["company"] == due[None] != due["mars"]
    assert due["mars"].endswith("T22:00:00+08:00")
    only = {"editions.0.set": {**values, "manager_response.calendar": "mars"}, "calendars": calendars[:1]}
    assert derive_command([scenario(tmp_path, only)]) == 0
    assert json.loads(capsys.readouterr().out)["checks"][0]["promises"][0]["due"] == due["mars"]


@pytest.mark.parametrize("command", [due_command, derive_command, regulation_check_command])
def test_a_name_that_is_empty_is_no_file(command, capsys):
    assert command([""]) == 2
    assert "变量没有设置？" in capsys.readouterr().err


# -- where nothing can be read or written -------------------------------------------------------------------------

TOOLS = {
    "due": "due_command([])",
    "derive": f"derive_command([{str(CASE)!r}])",
    "check": "regulation_check_command(['packs/construction'])",
    "help": "due_command(['--help'])",
}


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("> /dev/full", "写不出结果：No space left on device\n"),
        (">&-", "写不出结果：标准输出已关闭\n"),
        ("> /dev/full 2> /dev/full", ""),
        (">&- 2>&-", ""),
    ],
)
def test_what_cannot_be_written_is_a_sentence(tool: str, where: str, said: str):
    code = f"import sys; from keyue.config.tools import *; sys.exit({TOOLS[tool]})"
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "$CODE" {where}'],
        input=(json.dumps(LINE) + "\n").encode(),
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "CODE": code, "PYTHONIOENCODING": "utf-8"},
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", said)


@pytest.mark.parametrize("call", ["due_command([])", "derive_command(['-'])"])
def test_without_standard_input_it_says_so(call: str):
    done = subprocess.run(
        ["bash", "-c", f'{sys.executable} -c "$CODE" <&-'],
        capture_output=True,
        cwd=ROOT,
        env={
            "PYTHONPATH": str(ROOT),
            "PATH": "/usr/bin:/bin",
            "CODE": f"import sys; from keyue.config.tools import *; sys.exit({call})",
            "PYTHONIOENCODING": "utf-8",
        },
        timeout=60,
    )
    assert (done.returncode, done.stderr.decode()) == (2, "没有标准输入可读\n")


def run(code: str, *, encoding: str, text: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", f"import sys\nfrom keyue.config.tools import *\n{code}"],
        input=text,
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
        timeout=60,
    )


def test_a_terminal_without_chinese_still_gets_json():
    scenario = json.loads(CASE.read_text(encoding="utf-8"))
    scenario["editions"][0]["pack"] = "packs/construction"
    scenario["facts"][0]["data"]["account_manager"] = "李😀"
    done = run("sys.exit(derive_command(['-']))", encoding="ascii", text=json.dumps(scenario).encode())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["checks"][0]["promises"][0]["owner"] == "李😀"
    assert run("sys.exit(regulation_check_command(['packs/construction']))", encoding="ascii").returncode == 0
    assert run("sys.exit(derive_command(['nowhere']))", encoding="ascii").returncode == 2


def test_the_tools_load_no_django():
    done = run(
        f"regulation_check_command(['packs/construction']); derive_command([{str(CASE)!r}]); due_command([])\n"
        "sys.exit('django' in sys.modules)",
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_that_leaves_is_no_error():
    scenario = f"{sys.executable} -c 'from keyue.config.tools import *; due_command([])'"
    lines = (json.dumps(LINE) + "\n") * 5000
    done = subprocess.run(
        ["bash", "-c", f"{scenario} | head -1"],
        input=lines.encode(),
        capture_output=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        timeout=60,
    )
    assert done.stdout.count(b"\n") == 1
    assert done.stderr == b""
