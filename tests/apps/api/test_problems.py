"""Whatever a program sends, it gets a document that says what is wrong: never half a page, never a traceback."""

from __future__ import annotations

import inspect
import json
import logging
from typing import Any, get_args

import pytest
from django.db import OperationalError
from django.test import Client
from ninja.params.models import Query

from keyue.api.assembly import api
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.operations.first_run.document import EXAMPLE
from keyue.people import actions as people
from tests.apps.api.conftest import Program, issue

pytestmark = pytest.mark.django_db
NOTE = "/cases/{number}/acts/note"


@pytest.fixture
def number(firm, complaint) -> str:
    return firm.agent.ok("POST", "/cases", complaint)["number"]


def field_of(problem: Any) -> dict[str, str]:
    return {fault["field"]: fault["message"] for fault in problem["errors"]}


def test_without_a_token_that_works(firm):
    for program in (Program(""), Program("ky_nothing"), Program("x")):
        problem = program.refused(401, "GET", "/cases")
        assert problem["code"] == "not_signed_in" and program.last.headers["WWW-Authenticate"] == "Bearer"
    answer = Client(headers={"Authorization": "Basic bGluOngx"}).get("/api/v1/me")
    assert answer.status_code == 401
    token = firm.world.agent.tokens.get()
    people.revoke_token(token=token, by=SYSTEM, at=clock.now())
    firm.agent.refused(401, "GET", "/me")


def test_a_token_may_no_more_than_its_scopes(firm, complaint):
    narrow = issue(firm.world.supervisor, "case.register")
    made = narrow.ok("POST", "/cases", complaint)
    problem = narrow.refused(403, "GET", f"/cases/{made['number']}")
    assert problem["code"] == "denied" and "查看事项" in problem["detail"]
    assert narrow.ok("GET", "/me")["permissions"] == ["case.register"]
    # the person's own limits hold as well
    wide = issue(firm.world.stranger, "case.classify", "case.view")
    assert (
        "初步分类"
        in wide.refused(
            403, "POST", f"/cases/{made['number']}/acts/classify", {"type": "praise", "category": "other"}
        )["detail"]
    )
    wide.refused(404, "GET", f"/cases/{made['number']}")


def test_addresses_and_methods_that_there_are_not(firm, number):
    for path in (
        "/nothing",
        "/cases/TS-2611-999999",
        "/cases/nonsense",
        f"/cases/{number}/acts/dance",
        "/",
        "/promises/999999",
    ):
        method = "POST" if "acts" in path else "GET"
        assert firm.agent.refused(404, method, path)["code"] == "not_found"
    assert firm.agent.refused(405, "DELETE", f"/cases/{number}")["code"] == "method_not_allowed"
    assert firm.agent.last.headers["Allow"] == "GET"
    firm.agent.refused(405, "GET", f"/cases/{number}/acts/note")
    firm.agent.refused(405, "POST", "/docs", {})


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        (b'{"text": "x"', {}, 400, "malformed_json"),
        (b"", {}, 422, "invalid"),
        (b"[]", {}, 422, "invalid"),
        (b"null", {}, 422, "invalid"),
        (b'"text"', {}, 422, "invalid"),
        (b'{"text": NaN}', {}, 400, "malformed_json"),
        (b'{"text": "\xff"}', {}, 400, "malformed_json"),
        (b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}, 400, "malformed_json"),
        (b'{"text": ' + b"9" * 9000 + b"}", {}, 400, "malformed_json"),
        (b'{"text": "a\\u0000b"}', {}, 422, "invalid"),
        (b'{"text": "\\ud800"}', {}, 422, "invalid"),
        (b'{"\\ud800": "x"}', {}, 422, "invalid"),
        (b'{"text": 5}', {}, 422, "invalid"),
        (b'{"text": null}', {}, 422, "invalid"),
        (b'{"text": ["a", "b"]}', {}, 422, "invalid"),
        (b'{"text": {"a": 1}}', {}, 422, "invalid"),
        (b'{"text": "  "}', {}, 422, "invalid"),
        (b'{"text": "x", "color": "red"}', {}, 422, "invalid"),
        (b'{"text": "x", "at": "2026-11-22T10:00:00"}', {}, 422, "invalid"),
        (b'{"text": "x", "at": 1790000000}', {}, 422, "invalid"),
        (b'{"text": "x", "at": "0001-01-01T00:00:00+14:00"}', {}, 422, "invalid"),
        (b'{"text": "x", "rev": 1}', {}, 422, "invalid"),
        (b"text=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        (b'{"text": "x"}', {"Content-Type": "text/plain"}, 415, "unsupported_media_type"),
        (b'{"text": "' + b"x" * 5_000_000 + b'"}', {}, 413, "too_large"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, bytes) else "",
)  # fmt: skip
def test_bodies_that_are_none(firm, number, raw, headers, status, code):
    answer = firm.agent.send("POST", NOTE.format(number=number), raw=raw, **headers)
    assert (firm.agent.status, answer["code"]) == (status, code), answer
    assert firm.agent.last.headers["Content-Type"].startswith("application/problem+json")
    assert "Traceback" not in json.dumps(answer) and answer["detail"]
    assert len(firm.agent.ok("GET", f"/cases/{number}/messages")["items"]) == 1


def test_fields_at_fault_are_named_and_said_in_the_language_asked_for(firm, complaint, number):
    wrong = {
        **complaint,
        "type": "shout",
        "phase": "later",
        "colour": "red",
        "received_at": "2026-11-22 10:00",
    }
    said = field_of(firm.agent.refused(422, "POST", "/cases", wrong))
    assert set(said) == {"type", "phase", "colour", "received_at"}
    assert (
        "complaint" in said["type"]
        and said["colour"] == "没有这一项，请检查名称。"
        and "时区" in said["received_at"]
    )
    english = firm.agent.refused(422, "POST", "/cases", wrong, Accept_Language="en")
    assert field_of(english)["colour"] == "There is no such field; please check its name."
    assert not any(ord(c) > 0x2E7F for c in json.dumps(english, ensure_ascii=False))
    people.change_preferences(user=firm.world.agent, changes={"language": "en"}, by=SYSTEM, at=clock.now())
    own = firm.agent.refused(422, "POST", "/cases", wrong)
    assert field_of(own)["colour"].startswith("There is no such field")
    chinese = firm.agent.refused(422, "POST", "/cases", wrong, Accept_Language="zh-CN")
    assert field_of(chinese)["colour"].startswith("没有这一项")
    nested = {**complaint, "files": [{"name": "a.txt", "content": 5}, {"name": 5, "content": "", "size": 1}]}
    assert set(field_of(firm.agent.refused(422, "POST", "/cases", nested))) == {
        "files.0.content", "files.1.name", "files.1.size",
    }  # fmt: skip
    act = firm.supervisor.refused(
        422, "POST", f"/cases/{number}/acts/assess", {"severity": 9, "reach": "1", "consequence": True}
    )
    assert set(field_of(act)) == {"severity", "reach", "consequence"}
    # what the form of the page says, the API says too
    firm.agent.act(number, "classify", type="complaint", category="product")
    assert field_of(
        firm.supervisor.refused(422, "POST", f"/cases/{number}/acts/review", {"valid": False})
    ) == {"reason": "判为无效要写明理由。"}
    firm.supervisor.act(number, "review", valid=True)
    lead = firm.supervisor.refused(
        422, "POST", f"/cases/{number}/acts/assign", {"lead": "moon", "collaborators": ["sun"]}
    )
    assert set(field_of(lead)) == {"lead", "collaborators"}


def test_the_state_of_things_may_refuse(firm, number):
    problem = firm.supervisor.refused(
        409, "POST", f"/cases/{number}/acts/assess", {"severity": 1, "reach": 1, "consequence": 1}
    )
    assert problem["code"] == "refused" and "先审核" in problem["detail"]
    case = firm.agent.ok("GET", f"/cases/{number}")
    firm.agent.act(number, "classify", type="complaint", category="product", rev=case["rev"])
    stale = firm.supervisor.refused(
        409, "POST", f"/cases/{number}/acts/review", {"valid": True, "rev": case["rev"]}
    )
    assert stale["code"] == "conflict"


@pytest.mark.parametrize(
    "query",
    [
        "cursor=garbage", "cursor=~", "cursor=2026-11-22T10:00:00~1", "cursor=0001-01-01T00:00:00%2B14:00~1",
        "cursor=2026-11-22T10:00:00Z~99999999999999999999999", "cursor=%C3%A9", "cursor=" + "9" * 500,
        "limit=0", "limit=201", "limit=many", "limit=99999999999999999999", "state=sleeping", "type=shout",
        "due=never", "q=水", "received_from=yesterday", "received_from=2026-11-22", "mine=perhaps",
        "q=" + "水" * 65, "customer=" + "9" * 61, "state=all&cursor=x1", "q=浊度&cursor=x1", "q=浊度&cursor=" + "9" * 18,
    ],
)  # fmt: skip
def test_queries_that_make_no_sense(firm, number, query):
    problem = firm.agent.refused(422, "GET", f"/cases?{query}")
    assert problem["errors"] and problem["detail"]


def test_other_lists_refuse_the_same(firm, number):
    for path in (
        "/promises?cursor=x", "/promises?scope=all", "/promises?limit=201", "/me/notices?cursor=-1", "/staff?limit=0",
        f"/cases/{number}/messages?cursor=x", f"/cases/{number}/facts?cursor=x", "/regulations/feedback?month=2026-13",
        "/regulations/feedback/clauses/4.1.1/evidence?cursor=x", "/regulations/feedback/clauses/4.1.1/evidence?state=x",
        "/customers?cursor=x", "/customers?limit=0", "/promises/0", "/promises/99999999999999999999999", "/promises/x",
        "/cases/files/x",
    ):  # fmt: skip
        firm.supervisor.refused(422, "GET", path)
    firm.supervisor.refused(422, "GET", "/promises/requests?cursor=x")
    firm.agent.refused(404, "GET", "/regulations/nothing")
    firm.agent.refused(404, "GET", "/regulations/feedback/clauses/99.9/evidence")
    firm.agent.refused(404, "GET", "/cases?customer=KH-99999")
    firm.agent.refused(422, "POST", "/me/notices/seen", {"up_to": True})
    firm.agent.refused(400, "GET", "/cases?q=a%00b")
    firm.agent.refused(400, "GET", "/cases/TS%00")


def test_a_number_is_asked_for_so_often_only(firm, complaint):
    made = firm.agent.ok("POST", "/cases", complaint)
    for _ in range(60):
        firm.agent.post("/cases/progress", {"number": made["number"], "code": "AAAAAAAA"})
        assert firm.agent.status == 404
    opened = {"number": made["number"], "code": made["code"]}
    problem = firm.agent.refused(429, "POST", "/cases/progress", opened)
    assert problem["code"] == "too_many" and int(firm.agent.last.headers["Retry-After"]) > 0
    # neither a key nor another token begins a new count
    firm.supervisor.refused(429, "POST", "/cases/progress", opened, Idempotency_Key="fresh")


def test_attempts_count_under_a_key_too(firm, complaint):
    made = firm.agent.ok("POST", "/cases", complaint)
    for n in range(60):
        wrong = {"number": made["number"], "code": "AAAAAAAA"}
        firm.agent.refused(404, "POST", "/cases/progress", wrong, Idempotency_Key=f"try-{n}")
    firm.agent.refused(429, "POST", "/cases/progress", {"number": made["number"], "code": made["code"]})


def test_a_fault_of_the_server_tells_a_number_and_nothing_else(firm, monkeypatch, caplog):
    from keyue.cases import lists

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the inside of the house")

    monkeypatch.setattr(lists, "queue", broken)
    with caplog.at_level(logging.ERROR):
        problem = firm.agent.refused(500, "GET", "/cases")
    number = problem["instance"].removeprefix("urn:keyue:failure:")
    assert number in caplog.text and "the inside of the house" in caplog.text
    assert "inside" not in json.dumps(problem)

    def busy(*_: Any, **__: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(lists, "queue", busy)
    firm.agent.refused(503, "GET", "/cases")
    assert firm.agent.last.headers["Retry-After"] == "2"
    monkeypatch.setattr("keyue.api.gate.token_from", broken)
    firm.agent.refused(500, "GET", "/me")


def test_a_foreign_host_is_refused_with_a_document(firm):
    answer = Client(raise_request_exception=False).get("/api/v1/me", headers={"Host": "evil.example"})
    assert answer.status_code == 400 and answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_request"


def test_answers_are_not_kept_by_anybody_on_the_way(firm, number):
    firm.agent.ok("GET", f"/cases/{number}")
    assert firm.agent.last.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in firm.agent.last.headers


def test_a_choice_says_its_values_in_the_reader_s_way(firm, complaint):
    program = firm.agent
    problem = program.refused(
        422, "POST", "/cases", {**complaint, "type": "nonsense"}, Accept_Language="zh-hans"
    )
    assert "投诉" not in problem["errors"][0]["message"]
    assert field_of(problem)["type"].startswith("可选的值：") and " or " not in field_of(problem)["type"]
    assert "、complaint" in field_of(problem)["type"] and "'" not in field_of(problem)["type"]


def test_why_somebody_is_erased_is_a_closed_list(firm, complaint):
    firm.agent.ok("POST", "/cases", complaint)
    problem = firm.supervisor.refused(422, "POST", "/customers/KH-00001/erase", {"reason": "because"})
    assert "requested" in field_of(problem)["reason"] and "repeated" not in field_of(problem)["reason"]


def test_content_is_as_long_as_the_rule_has_it(firm, complaint):
    problem = firm.agent.refused(422, "POST", "/cases", {**complaint, "content": "字" * 10_001})
    assert field_of(problem) == {"content": "最多 10000 个字符。"}


# --- the query --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "at_fault"),
    [
        ("/cases?department=tech", ["department"]),
        ("/cases?foo=bar&state=open&q=&baz", ["foo", "baz"]),
        ("/cases?limit=2&limit=3", ["limit"]),
        ("/me?x=1", ["x"]),
        ("/departments?limit=2", ["limit"]),
    ],
)
def test_a_parameter_that_is_not_known_or_given_twice_is_named(firm, path, at_fault):
    problem = firm.agent.refused(422, "GET", path)
    assert (problem["code"], list(field_of(problem))) == ("invalid", at_fault)


def test_no_operation_passes_a_parameter_over():
    for _prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                known = inspect.getclosurevars(operation.view_func).nonlocals.get("known")
                where = f"{operation.methods} {path}"
                assert known is not None, f"{where}: neither @needs nor @without_token"
                assert {str(name) for name in known} <= taken(operation.view_func), where


def taken(view: Any) -> set[str]:
    """The names under which an operation takes what is sent to it: those of a query that is a class are its fields."""
    found: set[str] = set()
    for name, parameter in inspect.signature(view).parameters.items():
        kind, *marks = get_args(parameter.annotation) or (None,)
        fields = getattr(kind, "model_fields", None)
        is_query = fields is not None and any(isinstance(mark, Query) for mark in marks)
        found |= set(fields) if fields and is_query else {name}
    return found


def test_a_query_of_many_parameters_is_read_and_checked_like_any_other(firm):
    assert firm.agent.ok("GET", "/customers?stage=prospect&grade=none&order=name&manager=mine")["items"] == []
    for query, at_fault in (
        ("stage=nowhere", ["stage"]),
        ("grade=A&grade=B", ["grade"]),
        ("narrowed=1", ["narrowed"]),
        ("manager=42;--", ["manager"]),
    ):
        problem = firm.agent.refused(422, "GET", f"/customers?{query}")
        assert list(field_of(problem)) == at_fault, query


def test_a_writing_operation_and_the_one_without_a_token_know_their_query_too(firm, complaint):
    problem = firm.agent.refused(422, "POST", "/cases?dry_run=1", complaint)
    assert list(field_of(problem)) == ["dry_run"]
    problem = Program("").refused(422, "POST", "/installation?force=1", {"code": "x", **EXAMPLE})
    assert list(field_of(problem)) == ["force"]
