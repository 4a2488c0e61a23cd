"""The first run without its pages: one document, on the command line and over the API, by the same rules."""

from __future__ import annotations

import copy
import io
import json
import sys
from typing import Any

import pytest
from django.test import Client

from keyue.company.models import Installation
from keyue.config.cli import django_command
from keyue.ledger.models import Fact
from keyue.ledger.verification import verify_ledger
from keyue.operations.first_run import gate
from keyue.operations.first_run.document import EXAMPLE
from keyue.people.models import Department, Post, User
from keyue.people.selectors import role_codes_of
from keyue.promises.selectors import company_calendar
from keyue.regulations.models import Edition
from tests.support.founders import PASSWORDS

ADDRESS = "/api/v1/installation"


def filled(**changed: Any) -> dict[str, Any]:
    """The template with passwords in it."""
    said = copy.deepcopy(EXAMPLE)
    for key, password in PASSWORDS.items():
        said["administrators"][key]["password"] = password
    return {**said, **changed}


@pytest.fixture
def nobody(fresh_database):
    """A database without a company."""
    gate.forget()
    yield fresh_database
    gate.forget()


def sent(said: dict[str, Any], **headers: str) -> Any:
    return Client().post(ADDRESS, json.dumps(said), content_type="application/json", headers=headers)


def on_the_command_line(said: Any, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    text = said if isinstance(said, bytes) else json.dumps(said, ensure_ascii=False).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    return django_command(["found", *(arguments or ("-",))])


def assert_founded() -> None:
    assert Installation.objects.get().company == EXAMPLE["company"]
    assert User.objects.get(username="sys").check_password(PASSWORDS["system"])
    assert set(role_codes_of(User.objects.get(username="aud"))) == {"audit_administrator"}
    agent = User.objects.get(username="lin")
    assert agent.must_change_password and set(role_codes_of(agent)) == {"service_agent"}
    assert Department.objects.get(name="客户服务部").head == User.objects.get(username="xu")
    assert [user.username for user in Post.objects.get(code="service_head").holders.all()] == ["gu"]
    assert Edition.objects.get(regulation_id="feedback").answers["progress.every"] == "P2D"
    assert "2027-02-08" in company_calendar().to_dict()["holidays"]
    assert list(verify_ledger()) == []


def test_on_the_command_line(nobody, monkeypatch, capsys):
    assert on_the_command_line(filled(), monkeypatch) == 0
    said = capsys.readouterr().out
    assert "现在可以登录" in said and "林知夏" in said and PASSWORDS["system"] not in said
    assert_founded()
    assert on_the_command_line(filled(), monkeypatch) == 2
    assert "已经建立" in capsys.readouterr().err


def test_over_the_api_with_the_start_code(nobody):
    assert sent({**filled(), "code": "WRONG234"}).status_code == 422
    assert not Installation.objects.exists()
    answer = sent({**filled(), "code": gate.start_code()})
    assert answer.status_code == 201, answer.content
    told = answer.json()
    assert (told["administrator"], told["empty_posts"]) == ("sys", [])
    [lin] = [row["password"] for row in told["passwords"] if row["username"] == "lin"]
    assert User.objects.get(username="lin").check_password(lin)
    assert_founded()
    again = sent({**filled(), "code": "WRONG234"})
    assert (again.status_code, again.json()["code"]) == (409, "founded")
    assert not gate.code_file().exists()


def test_the_template_is_good_once_its_passwords_are(nobody, monkeypatch, capsys):
    assert django_command(["found", "--template"]) == 0
    assert json.loads(capsys.readouterr().out) == EXAMPLE
    assert on_the_command_line(EXAMPLE, monkeypatch) == 2
    assert capsys.readouterr().err.count("password:") == 4


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"company": " "}, "company", "必填"),
    ({"hours": {"mon": "9 点到 6 点"}}, "hours.mon", "看不懂"),
    ({"hours": {"monday": "09:00-12:00"}}, "hours.monday", "只能是"),
    ({"holidays": ["明年春节"]}, "holidays", "看不懂"),
    ({"regulations": {"nothing": {}}}, "regulations.nothing", "只能是"),
    ({"regulations": {}}, "regulations", "至少采用一项"),
    (
        {"regulations": {"feedback": {"progress.never": "2 天"}}},
        "regulations.feedback.progress.never",
        "只能是",
    ),
    ({"regulations": {"feedback": {"progress.every": "有空时"}}}, "regulations.feedback.progress.every", ""),
    ({"posts": {"service_desk": ["nobody"]}}, "posts.service_desk.0", "nobody"),
    ({"posts": {"king": ["lin"]}}, "posts.king", "只能是"),
    ({"staff": [{"name": "林知夏", "username": "sys"}]}, "staff.0.username", "已经有人使用"),
    ({"staff": [{"name": "林知夏", "role": "king"}]}, "staff.0.role", "选"),
    ({"staff": [{"name": "林知夏", "email": "lin"}]}, "staff.0.email", "邮箱"),
    ({"nonsense": 1}, "nonsense", "没有这一项"),
    ({"staff": [{"name": "林知夏", "department": "不存在部"}]}, "staff.0.department", "不存在部"),
    ({"departments": ["客户服务部", "客户服务部 "]}, "departments.1", "写了两次"),
    ({"staff": [{"name": "林知夏", "heads": "yes"}]}, "staff.0.heads", "true"),
]


@pytest.mark.parametrize(("changed", "field", "words"), WRONG)
def test_what_is_wrong_is_named_and_nothing_is_written(nobody, monkeypatch, capsys, changed, field, words):
    assert on_the_command_line(filled(**changed), monkeypatch) == 2
    error = capsys.readouterr().err
    assert f"  {field}: " in error and words in error and "Traceback" not in error
    answer = sent({**filled(**changed), "code": gate.start_code()})
    assert answer.status_code == 422
    assert field in {fault["field"] for fault in answer.json()["errors"]}
    assert not (Installation.objects.exists() or User.objects.exists() or Fact.objects.exists())


def test_administrators_are_three(nobody, monkeypatch, capsys):
    said = filled()
    del said["administrators"]["security"]
    assert on_the_command_line(said, monkeypatch) == 2
    assert "administrators.security" in capsys.readouterr().err
    said["administrators"]["joined"] = True
    assert on_the_command_line(said, monkeypatch) == 0
    system = User.objects.get(username="sys")
    assert {"system_administrator", "security_administrator"} <= set(role_codes_of(system))


@pytest.mark.parametrize(
    ("text", "said"), [(b"{", "不是合法的 JSON"), (b"\xff\xfe", "不是合法的 JSON"), (b"[1]", "JSON 对象")]
)
def test_what_is_no_document_is_said_in_a_sentence(nobody, monkeypatch, capsys, text, said):
    assert on_the_command_line(text, monkeypatch) == 2
    error = capsys.readouterr().err
    assert said in error and "Traceback" not in error
    assert on_the_command_line(b"", monkeypatch, "/nowhere/found.json") == 2
    assert "打不开" in capsys.readouterr().err
