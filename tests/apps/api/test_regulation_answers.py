"""Answering and adopting regulations for programs, and on the command line."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from keyue.config import cli
from keyue.config.cli import django_command
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import Post, User
from keyue.regulations import selectors as regulations
from keyue.regulations.models import Edition

pytestmark = pytest.mark.django_db


def newest(name: str = "feedback") -> Edition:
    edition = regulations.newest_edition(name)
    assert edition is not None
    return edition


def answer_of(document: dict, key: str) -> tuple[str | None, str]:
    return next((q["answer"], q["said"]) for q in document["questions"] if q["key"] == key)


# --- the API --------------------------------------------------------------------------------------------------------


def test_a_program_reads_and_answers(keeper):
    now = keeper.ok("GET", "/regulations/feedback/questions")
    assert now["edition"] == 1 and answer_of(now, "progress.every") == ("P2D", "每 2 天")
    body = {"edition": 1, "answers": {"progress.every": "3 天", "meeting.within": None}}
    made = keeper.ok("POST", "/regulations/feedback/answers", body)
    assert keeper.status == 201 and (made["edition"], made["published_by"]) == (2, "支若兰")
    assert answer_of(made, "progress.every") == ("P3D", "每 3 天")
    assert answer_of(made, "meeting.within") == (None, "")
    assert answer_of(made, "service_follow.every") == ("P1D", "每 1 天")
    assert Fact.objects.filter(kind="regulation.edition_published").order_by("-pk")[0].source == "api"
    # the same again is no edition
    again = keeper.ok("POST", "/regulations/feedback/answers", {**body, "edition": 2})
    assert keeper.status == 200 and again["edition"] == 2
    # an older reading is a conflict
    problem = keeper.refused(409, "POST", "/regulations/feedback/answers", body)
    assert problem["code"] == "conflict" and newest().n == 2


def test_what_is_no_answer_is_named(keeper):
    body = {"edition": 1, "answers": {"progress.every": "很快", "dance.within": "1 天"}}
    problem = keeper.refused(422, "POST", "/regulations/feedback/answers", body)
    assert {error["field"] for error in problem["errors"]} == {
        "answers.progress.every",
        "answers.dance.within",
    }
    assert keeper.refused(404, "GET", "/regulations/construction/questions")["code"] == "not_found"
    before = (clock.now() - timedelta(days=1)).isoformat()
    body = {"edition": 1, "answers": {"progress.every": "3 天"}, "effective_from": before}
    assert "不能早于" in keeper.refused(409, "POST", "/regulations/feedback/answers", body)["detail"]
    assert newest().n == 1


def test_a_program_adopts(keeper):
    people.set_holders(post=Post.objects.get(code="service_head"), holders=[], by=SYSTEM, at=clock.now())
    packs = {pack["id"]: pack for pack in keeper.ok("GET", "/regulations/packs")}
    assert packs["feedback"]["adopted"] and not packs["construction"]["adopted"]
    assert packs["construction"]["posts"][0] | {"name": ""} == {
        "code": "service_head",
        "name": "",
        "kind": "post",
        "people": [],
    }
    later = (clock.now() + timedelta(days=2)).isoformat()
    body = {
        "answers": {"manager_progress.every": "2 天"},
        "posts": {"service_head": ["nobody"]},
        "effective_from": later,
    }
    problem = keeper.refused(422, "POST", "/regulations/packs/construction/adoption", body)
    assert {error["field"] for error in problem["errors"]} == {"posts.service_head.0"}
    made = keeper.ok(
        "POST", "/regulations/packs/construction/adoption", {**body, "posts": {"service_head": ["gu"]}}
    )
    assert keeper.status == 201 and made["edition"] == 1
    assert Post.objects.get(code="service_head").holders.get().username == "gu"
    assert newest("construction").effective_from > clock.now()
    problem = keeper.refused(409, "POST", "/regulations/packs/construction/adoption", {})
    assert problem["code"] == "adopted"
    assert keeper.refused(404, "POST", "/regulations/packs/nothing/adoption", {})["code"] == "not_found"


def test_a_program_chooses_who_reads_what_it_adopts(keeper):
    path = "/regulations/packs/construction/adoption"
    assert keeper.refused(422, "POST", path, {"departments": ["nowhere"]})["errors"][0]["field"] == "audience"
    keeper.ok("POST", path, {"departments": ["tech"]})
    asked = newest("construction").readers.values_list("user__username", flat=True)
    assert set(asked) == {"chen", "he"} and newest("feedback").audience == {}


# --- the command line -----------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def document(folder: Path, said: object) -> str:
    file = folder / "answers.json"
    file.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return str(file)


def test_adopting_on_the_command_line(founded, tmp_path):
    listed = run("regulation", "list")
    assert "KY-ZD-003" in listed and "没有采用" in listed
    said = run("regulation", "adopt", "construction", "--by", "gu")
    left = len(regulations.open_questions("construction"))
    assert "第 1 版已发布" in said and f"还有 {left} 个问题没有回答" in said
    actor = User.objects.get(username="gu").pk
    assert newest("construction").published_by == f"staff:{actor}"
    assert [
        line for line in run("regulation", "list").splitlines() if "建筑施工" in line and "没有采用" in line
    ] == []
    assert "未启用" in run("regulation", "questions", "construction")
    given = json.loads(run("regulation", "questions", "construction", "--json"))
    assert given.items() >= {"manager_meeting.within": None, "manager_progress.every": None}.items()
    assert len(given) == left and not any(given.values())
    said = run("regulation", "answer", "construction", "--from", "2100-01-01T00:00+08:00",
               "--answers", document(tmp_path, {"manager_progress.every": "2 个工作日"}))  # fmt: skip
    assert "第 2 版已发布，2100-01-01 00:00 起施行" in said
    assert newest("construction").answers == {"manager_progress.every": "2 working days"}
    assert newest("construction").published_by == "system:cli"
    fact = Fact.objects.filter(kind="regulation.edition_published").order_by("-pk").first()
    assert fact.source == "cli"


def test_a_text_of_one_s_own(founded, tmp_path):
    text = Path("packs/construction/regulation.md").read_text(encoding="utf-8")
    (tmp_path / "regulation.md").write_text(text.replace('"construction"', '"ours"'), encoding="utf-8")
    assert "第 1 版已发布" in run("regulation", "adopt", str(tmp_path))
    assert newest("ours").n == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["adopt", "nothing"], "没有这项现成的制度"),
        (["adopt", "feedback"], "已经采用"),
        (["adopt", "construction", "--post", "service_head"], "岗位代码=工号"),
        (["adopt", "construction", "--post", "service_head=gu"], "已有人担任"),
        (["adopt", "construction", "--by", "nobody"], "没有工号为「nobody」的员工"),
        (["adopt", "construction", "--from", "2026-12-01"], "连同时区"),
        (["adopt", "construction", "--from", "9999-12-31T23:59-08:00"], "2100"),
        (["adopt", "construction", "--from", "2020-01-01T00:00Z"], "不能早于"),
        (["answer", "construction", "--answers", "FILE"], "还没有采用这项制度"),
        (["answer", "feedback", "--answers", "FILE"], "看不懂「很快」"),
        (["answer", "feedback", "--answers", "LIST"], "应是一个对象"),
        (["answer", "feedback", "--answers", "/nowhere.json"], "打不开"),
        (["questions", "nothing"], "没有这项制度"),
        (["answer", "feedback"], "--answers"),
        ([], "ACT"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_code_2(founded, tmp_path, capsys, arguments, said):
    names = {"FILE": document(tmp_path, {"progress.every": "很快"})}
    if "LIST" in arguments:
        names = {"LIST": document(tmp_path, [])}
    before = Edition.objects.count()
    code = django_command(["regulation", *(names.get(word, word) for word in arguments)])
    printed = capsys.readouterr().err
    assert code == 2 and said in printed and "Traceback" not in printed
    assert Edition.objects.count() == before


def test_checking_needs_no_database():
    assert cli.pure_tool(["regulation", "check", "packs/construction"]) is not None
    assert cli.pure_tool(["regulation", "list"]) is None
