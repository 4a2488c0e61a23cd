"""The company's calendar for programs, and on the command line."""

from __future__ import annotations

import io
import json
import sys
from datetime import timedelta

import pytest
from django.core.management import call_command

from keyue.config.cli import django_command
from keyue.kernel import clock
from keyue.ledger.models import Fact
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.worktime import selectors as worktime

pytestmark = pytest.mark.django_db


def far(days: int = 0) -> str:
    """A day a good while ahead."""
    return (clock.now() + timedelta(days=400 + days)).date().isoformat()


def newest() -> int:
    return worktime.newest_version(COMPANY_CALENDAR).n


# --- the API --------------------------------------------------------------------------------------------------------


def test_a_program_reads_changes_and_publishes(keeper):
    now = keeper.ok("GET", "/calendar")
    assert now["revision"] == 1 and now["calendar"]["tz"] == "Asia/Shanghai" and now["note"] == ""
    said = {**now["calendar"], "holidays": [*now["calendar"]["holidays"], far()]}
    made = keeper.ok("POST", "/calendar", {"revision": 1, "note": "盘点", "calendar": said})
    assert keeper.status == 201
    assert (made["revision"], made["note"], made["published_by"]) == (2, "盘点", "支若兰")
    assert far() in made["calendar"]["holidays"]
    assert keeper.ok("GET", "/calendar") == made
    fact = Fact.objects.filter(kind="calendar.published").order_by("-pk").first()
    assert fact.source == "api" and fact.data["n"] == 2
    # the same again is no version
    assert keeper.ok("POST", "/calendar", {"revision": 2, "calendar": said})["revision"] == 2
    assert keeper.status == 200 and newest() == 2


def test_the_versions_in_pages(keeper):
    now = keeper.ok("GET", "/calendar")["calendar"]
    for n in (1, 2):
        now = {**now, "holidays": [*now["holidays"], far(n)]}
        keeper.ok("POST", "/calendar", {"revision": n, "calendar": now})
    page = keeper.ok("GET", "/calendar/versions?limit=2")
    assert [item["revision"] for item in page["items"]] == [3, 2] and page["next_before"] == 2
    page = keeper.ok("GET", f"/calendar/versions?limit=2&before={page['next_before']}")
    assert [item["revision"] for item in page["items"]] == [1] and page["next_before"] is None


def test_an_older_reading_is_a_conflict(keeper):
    now = keeper.ok("GET", "/calendar")["calendar"]
    keeper.ok(
        "POST", "/calendar", {"revision": 1, "calendar": {**now, "holidays": [*now["holidays"], far()]}}
    )
    problem = keeper.refused(409, "POST", "/calendar", {"revision": 1, "calendar": now})
    assert problem["code"] == "conflict" and newest() == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"weekly": {"mon": [["9", "18:00"]]}}, "calendar"),
        ({"weekly": {"monday": []}}, "calendar"),
        ({"weekly": {}}, "calendar.weekly"),
        ({"tz": "Asia/Nowhere"}, "calendar"),
        ({"holidays": ["2027-02-30"]}, "calendar"),
        ({"holidays": ["9999-12-31"]}, "calendar.holidays"),
        ({"holidays": []}, "calendar.holidays"),
        ({"horizon": "soon"}, "calendar"),
        ({"names": {}}, "calendar.names"),
        ({"holidays": "2027-01-01"}, "calendar.holidays"),
        ({"makeup_days": {far(): [["09:00"]]}}, "calendar"),
    ],
)
def test_what_is_no_calendar_is_named(keeper, said, field):
    now = keeper.ok("GET", "/calendar")["calendar"]
    body = {"revision": 1, "calendar": {**now, **said}}
    problem = keeper.refused(422, "POST", "/calendar", body)
    assert [error["field"] for error in problem["errors"]] == [field], problem
    assert newest() == 1


def test_who_may_read_and_who_may_publish(firm, keeper):
    now = firm.agent.ok("GET", "/calendar")
    problem = firm.agent.refused(403, "POST", "/calendar", {"revision": 1, "calendar": now["calendar"]})
    assert problem["code"] == "denied"


# --- the command line -------------------------------------------------------------------------------------------------


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("calendar", *arguments, stdout=out)
    return out.getvalue()


def test_shown_edited_and_published(founded, keeper, tmp_path):
    said = json.loads(run("show"))
    assert said == worktime.newest_version(COMPANY_CALENDAR).definition
    file = tmp_path / "calendar.json"
    file.write_text(json.dumps(said), encoding="utf-8")
    assert "没有改动" in run("publish", str(file)) and newest() == 1
    said["holidays"].append(far())
    file.write_text("\ufeff" + json.dumps(said), encoding="utf-8")
    assert "已发布第 2 版" in run("publish", str(file), "--note", "盘点", "--revision", "1")
    assert "命令行" in run("versions") and "盘点" in run("versions")
    assert json.loads(run("show", "--revision", "1")) != json.loads(run("show"))
    fact = Fact.objects.filter(kind="calendar.published").order_by("-pk").first()
    assert (fact.actor_kind, fact.actor_id, fact.source) == ("system", "cli", "cli")
    said["holidays"].append(far(1))
    file.write_text(json.dumps(said), encoding="utf-8")
    run("publish", str(file), "--by", "zhi")
    assert worktime.newest_version(COMPANY_CALENDAR).by.isdecimal() and "支若兰" in run("versions")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "不是合法的 JSON"),
        ("[]", "日历应是一个对象"),
        ("{}", "缺少 weekly"),
        ('{"weekly": {"mon": [["9", "10"]]}}', "HH:MM"),
        ('{"weekly": {"mon": [["09:00", "10:00"]]}}', "已经过去"),
        ("[" * 100_000, "不是合法的 JSON"),
        ("\x00", "不是合法的 JSON"),
    ],
)
def test_bad_input_is_one_sentence_and_two(founded, capsys, monkeypatch, text, said):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert django_command(["calendar", "publish", "-"]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("keyue calendar: ") and said in lines[0]
    assert newest() == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["publish"],
        ["publish", "/nowhere/at-all.json"],
        ["publish", "."],
        ["show", "--revision", "7"],
        ["show", "--revision", "x"],
        ["hide"],
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_two(founded, capsys, arguments):
    assert django_command(["calendar", *arguments]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_a_stale_revision_and_an_unknown_person(founded, capsys, tmp_path):
    file = tmp_path / "calendar.json"
    file.write_text(run("show"), encoding="utf-8")
    for arguments in (["--revision", "3"], ["--by", "nobody.here"], ["--note", "长" * 501]):
        assert django_command(["calendar", "publish", str(file), *arguments]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 3


def test_before_there_is_a_company_there_is_no_calendar(db, capsys, tmp_path):
    file = tmp_path / "calendar.json"
    file.write_text('{"weekly": {"mon": [["09:00", "10:00"]]}}', encoding="utf-8")
    assert django_command(["calendar", "show"]) == 2
    assert django_command(["calendar", "publish", str(file)]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2
