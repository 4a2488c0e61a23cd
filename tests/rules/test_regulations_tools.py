"""The tools of the command line: what they print, and what bad input gets."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from keyue.config.tools import derive_command, due_command, regulation_check_command

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
    assert capsys.readouterr().out == "1 份制度，4 条控制，1 个例子：没有错误\n"

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
    (tmp_path / "a.md").write_text(text.replace('"PT24H"', '"PT30H"', 1), encoding="utf-8")
    assert regulation_check_command([str(tmp_path / "a.md")]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert "提醒：" in first
    assert "24 小时内" in first
    assert last == "1 份制度，4 条控制，0 个例子：没有错误，1 处提醒"


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
