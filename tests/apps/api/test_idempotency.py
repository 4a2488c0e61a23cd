"""A request sent twice is done once and answered the same, also at the same moment; its answer is nobody else's."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from keyue.api.jobs import JOBS
from keyue.api.models import IdempotentAnswer
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from tests.apps.api.conftest import COMPLAINT, Program, company, issue

database = pytest.mark.django_db
KEY = "Idempotency_Key"


@database
def test_the_same_again_is_answered_the_same(firm, complaint):
    first = firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    assert "Idempotent-Replay" not in firm.agent.last.headers
    again = firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    assert (firm.agent.status, again) == (201, first) and firm.agent.last.headers[
        "Idempotent-Replay"
    ] == "true"
    assert Case.objects.count() == 1
    number = first["number"]
    classify = {"type": "complaint", "category": "product"}
    done = firm.agent.ok("POST", f"/cases/{number}/acts/classify", classify, **{KEY: "act-1"})
    assert firm.agent.ok("POST", f"/cases/{number}/acts/classify", classify, **{KEY: "act-1"}) == done
    firm.agent.refused(409, "POST", f"/cases/{number}/acts/classify", classify, **{KEY: "act-2"})


@database
def test_another_request_under_the_same_key_is_refused(firm, complaint):
    firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    problem = firm.agent.refused(422, "POST", "/cases", {**complaint, "title": "另一件"}, **{KEY: "order-1"})
    assert problem["code"] == "idempotency_key_reused"
    assert (
        firm.agent.refused(422, "POST", "/customers", {}, **{KEY: "order-1"})["code"]
        == "idempotency_key_reused"
    )
    assert (
        firm.agent.refused(422, "POST", "/cases", complaint, **{KEY: "k" * 201})["code"]
        == "bad_idempotency_key"
    )
    assert Case.objects.count() == 1


@database
def test_an_empty_key_is_refused(firm, complaint):
    problem = firm.agent.refused(422, "POST", "/cases", complaint, **{KEY: ""})
    assert problem["code"] == "bad_idempotency_key" and not Case.objects.exists()


@database
def test_what_was_refused_is_not_kept(firm, complaint):
    firm.agent.refused(422, "POST", "/cases", {**complaint, "type": "shout"}, **{KEY: "order-1"})
    assert not IdempotentAnswer.objects.exists()
    firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    assert IdempotentAnswer.objects.get().status == 201
    # a refusal of the state undoes the act, and only the act
    firm.supervisor.refused(
        409,
        "POST",
        f"/cases/{Case.objects.get().number}/acts/assess",
        {"severity": 1, "reach": 1, "consequence": 1},
        **{KEY: "x"},
    )
    assert IdempotentAnswer.objects.count() == 1


@database
def test_keys_belong_to_the_token(firm, complaint):
    firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    firm.supervisor.ok("POST", "/cases", {**complaint, "phone": "13900001111"}, **{KEY: "order-1"})
    other = issue(firm.world.agent, name="second")
    assert other.ok("POST", "/cases", complaint, **{KEY: "order-1"})["is_new"]
    assert "Idempotent-Replay" not in other.last.headers
    assert Case.objects.count() == 3


@database
def test_a_kept_answer_is_sealed_and_dies_with_its_token(firm, complaint):
    made = firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    kept = IdempotentAnswer.objects.get()
    row = json.dumps([kept.key, kept.fingerprint, bytes(kept.body).hex(), kept.content_type])
    for secret in (made["code"], "order-1", firm.agent.token):
        assert secret not in row and secret.encode().hex() not in row
    people.revoke_token(token=firm.world.agent.tokens.get(), by=SYSTEM, at=clock.now())
    firm.agent.refused(401, "POST", "/cases", complaint, **{KEY: "order-1"})


@database
def test_old_answers_go(firm, complaint):
    firm.agent.ok("POST", "/cases", complaint, **{KEY: "order-1"})
    [(_name, _seconds, forget)] = JOBS
    assert forget(clock.now() + timedelta(hours=47)) == 0
    assert forget(clock.now() + timedelta(hours=49)) == 1


def test_the_same_request_at_the_same_moment_is_done_once(fresh_database):
    firm = company()
    at_once = Barrier(4)

    def send(_n: int) -> tuple[int, str, bool]:
        program = sharing(firm.agent.token)
        at_once.wait(20)
        try:
            program.post("/cases", COMPLAINT, **{KEY: "order-1"})
            assert program.last is not None
            return program.status, program.last.content.decode(), "Idempotent-Replay" in program.last.headers
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert {status for status, _body, _replay in answers} == {201}
    assert len({body for _status, body, _replay in answers}) == 1
    assert sorted(replay for _status, _body, replay in answers) == [False, True, True, True]
    assert Case.objects.count() == 1 and IdempotentAnswer.objects.count() == 1


def test_an_act_at_the_same_moment_is_done_once_and_nobody_is_refused(fresh_database):
    firm = company()
    number = firm.agent.ok("POST", "/cases", COMPLAINT)["number"]
    at_once = Barrier(4)

    def send(_n: int) -> int:
        program = sharing(firm.agent.token)
        at_once.wait(20)
        try:
            program.post(
                f"/cases/{number}/acts/classify", {"type": "complaint", "category": "product"}, **{KEY: "a"}
            )
            return program.status
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(send, range(4))) == {200}
    kinds = [fact["kind"] for fact in firm.agent.ok("GET", f"/cases/{number}/facts")["items"]]
    assert kinds.count("case.classified") == 1


def test_a_source_key_at_the_same_moment_gives_one_case(fresh_database):
    firm = company()
    at_once = Barrier(4)

    def send(_n: int) -> tuple[int, str]:
        program = sharing(firm.agent.token)
        at_once.wait(20)
        try:
            made = program.post("/cases", {**COMPLAINT, "source_key": "erp-7"})
            return program.status, made["number"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert sorted(status for status, _number in answers) == [200, 200, 200, 201]
    assert len({number for _status, number in answers}) == 1


def sharing(token: str) -> Program:
    """Another program with the same token."""
    return Program(token)
