"""Sentences of modules without Django: in which language they are worded, and that they stay what they are."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from keyue.config import cli
from keyue.kernel import texts
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import in_chinese, sentence, sentence_from, sentence_of
from keyue.promises.scenario import derive_scenario
from keyue.worktime.grammar import parse_rule

WORDS = {
    "缺少 %(key)s": "%(key)s is missing",
    "第 %(line)d 行：%(why)s": "line %(line)d: %(why)s",
    "可写的有 %(known)s": "one of %(known)s",
    "、": ", ",
    "占 100%": "takes 100%",
}
MISSING = sentence("缺少 %(key)s", key="start")


@pytest.fixture
def english():
    with texts.speaking(lambda message: WORDS.get(message, message)):
        yield


def test_a_sentence_is_chinese_where_nobody_says_otherwise():
    with texts.speaking(texts.as_written):
        assert str(MISSING) == "缺少 start"


def test_it_is_worded_when_it_is_shown_and_with_what_it_holds(english):
    nested = sentence("第 %(line)d 行：%(why)s", line=3, why=MISSING)
    assert str(nested) == "line 3: start is missing"
    assert nested.chinese == in_chinese(nested) == "第 3 行：缺少 start"


def test_lists_are_joined_as_the_language_joins_them(english):
    known = sentence("可写的有 %(known)s", known=["tz", MISSING])
    assert str(known) == "one of tz, start is missing"
    assert known.chinese == "可写的有 tz、缺少 start"


def test_without_places_a_per_cent_sign_is_only_that(english):
    assert str(sentence("占 100%")) == "takes 100%"


def test_what_fills_a_place_is_not_read_as_one():
    assert sentence("缺少 %(key)s", key="50% %(line)d").chinese == "缺少 50% %(line)d"


def test_errors_carry_their_sentence_on(english):
    error = Invalid(MISSING)
    assert sentence_of(error) == MISSING
    assert str(sentence("第 %(line)d 行：%(why)s", line=1, why=error)) == "line 1: start is missing"
    assert sentence_of(KeyError("start")) == "'start'"


def test_equal_sentences_are_equal_in_any_language(english):
    assert {MISSING, sentence("缺少 %(key)s", key="start")} == {MISSING}
    assert sentence("缺少 %(key)s", key="rule") != MISSING


def test_a_kept_sentence_is_worded_later(english):
    nested = sentence(
        "第 %(line)d 行：%(why)s", line=3, why=sentence("可写的有 %(known)s", known=["a", MISSING])
    )
    kept = sentence_from(json.loads(json.dumps(nested.to_dict())))
    assert kept == nested
    assert sentence_from(None) is sentence_from({"other": 1}) is None


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "zh"),
        ({"LANG": "C.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en:zh"}, "en"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": ""}, "en"),
    ],
)
def test_the_environment_names_the_language(monkeypatch, environment, language):
    for name in texts.ASKED_BY:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert texts.language_asked() == language


def test_the_tools_speak_as_the_environment_asks_and_then_no_more(monkeypatch, capsys, tmp_path):
    lines = tmp_path / "lines.jsonl"
    lines.write_text("[]\n", encoding="utf-8")
    monkeypatch.setenv("LANGUAGE", "en")
    assert cli.main(["due", str(lines)]) == 1
    assert json.loads(capsys.readouterr().out)["error"] == "line 1 must be a JSON object; this is []"
    assert cli.main(["derive"]) == 2
    assert capsys.readouterr().err == "name one file: keyue derive FILE (- is standard input)\n"
    assert cli.main(["regulation", "check", str(tmp_path)]) == 2
    assert "holds no regulation" in capsys.readouterr().err
    assert cli.main(["nothing"]) == 2
    assert "there is no command “nothing”" in capsys.readouterr().err
    monkeypatch.delenv("LANGUAGE")
    assert cli.main(["due", str(lines)]) == 1
    assert "应是一个 JSON 对象" in json.loads(capsys.readouterr().out)["error"]


def test_a_tool_of_its_own_process_speaks_english_without_django():
    code = "import sys; from keyue.config.cli import main; main(['due']); sys.exit('django' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        input='{"id": 7, "rule": "PT2H"}\n',
        env={**os.environ, "LANG": "en_GB.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"id": 7, "error": "start is missing"}


def test_every_error_of_a_rule_has_its_english():
    """Whatever is wrong with a deadline, an English reader reads no Chinese."""
    wrong = [
        "two hours",
        "P1D, 18:00",
        "2 days, close, close",
        "PT2H, close",
        "PT999999999999H",
        3,
        {"type": "x"},
    ]
    wrong += [{"type": "days", "basis": "working", "n": n} for n in (-1, "2", True, None)]
    for rule in wrong:
        with texts.speaking(texts.english), pytest.raises(Invalid) as caught:
            parse_rule(rule)
        with texts.speaking(texts.english):
            assert not any("\u4e00" <= sign <= "\u9fff" for sign in str(caught.value)), caught.value


def test_what_is_derived_does_not_depend_on_the_language():
    scenario = {"editions": [], "facts": []}
    said = []
    for translate in (texts.english, texts.as_written):
        with texts.speaking(translate):
            with pytest.raises(Invalid) as caught:
                derive_scenario(scenario)
            said.append((str(caught.value), in_chinese(sentence_of(caught.value))))
    assert said == [
        (
            "a scenario is about one kind of subject; this has no regulation",
            "一个场景只能针对一种对象，得到 没有制度",
        ),
        ("一个场景只能针对一种对象，得到 没有制度", "一个场景只能针对一种对象，得到 没有制度"),
    ]
