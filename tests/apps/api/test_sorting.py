"""Proposals over the API: reading, accepting, correcting."""

from __future__ import annotations

import pytest

from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.sorting import actions
from keyue.sorting.actions.tuning import RulePlan
from keyue.sorting.models import Acceptance
from tests.apps.api.conftest import Company


@pytest.fixture
def number(firm: Company, complaint: dict) -> str:
    made = firm.agent.ok("POST", "/cases", complaint)
    actions.take_in(now=clock.now())
    return made["number"]


def test_a_proposal_is_read_and_accepted(firm: Company, number: str) -> None:
    [listed] = firm.agent.ok("GET", "/sorting/cases?stage=classify")["items"]
    found = firm.agent.ok("GET", f"/sorting/cases/{number}")
    assert listed["number"] == number and listed["values"] == found["values"]
    assert found["act"] == "classify" and found["may_accept"] and found["version"] == 0
    values = {name: value for name, value in found["values"].items() if value is not None}
    assert values == {"type": "complaint", "category": "product"}
    answers = {one["question"]: one for one in found["answers"]}
    assert answers["category"]["why"] and answers["mood"]["answer"] == "negative"
    body = {"act": "classify", "values": values, "rev": found["rev"]}
    after = firm.agent.ok("POST", f"/sorting/cases/{number}/accept", body)
    case = Case.objects.get()
    assert (case.type, case.category) == ("complaint", "product") and case.number == after["number"]
    assert Acceptance.objects.get().act == "classify"


def test_what_is_proposed_otherwise_meanwhile_is_not_accepted(firm: Company, number: str) -> None:
    found = firm.agent.ok("GET", f"/sorting/cases/{number}")
    body = {"act": "classify", "values": {"type": "complaint", "category": "price"}, "rev": found["rev"]}
    path = f"/sorting/cases/{number}/accept"
    assert firm.agent.refused(409, "POST", path, body)["code"] == "conflict"
    stale = {**body, "values": {"type": "complaint", "category": "product"}, "rev": found["rev"] + 1}
    firm.agent.refused(409, "POST", path, stale)
    assert not Acceptance.objects.exists() and Case.objects.get().category == ""


def test_a_person_decides_otherwise(firm: Company, number: str) -> None:
    path = f"/sorting/cases/{number}/correct"
    body = {"act": "classify", "values": {"type": "complaint", "category": "service"}}
    firm.agent.ok("POST", path, body)
    assert Case.objects.get().category == "service" and not Acceptance.objects.exists()
    half = {"act": "assess", "values": {"severity": 2}}
    fields = [one["field"] for one in firm.supervisor.refused(422, "POST", path, half)["errors"]]
    assert fields == ["values.consequence", "values.reach"]
    firm.agent.refused(422, "POST", path, {"act": "assess", "values": {"severity": 9}})
    firm.agent.refused(422, "POST", path, {"act": "close", "values": {}})


def test_alike_cases_and_rules_are_named(firm: Company, number: str, complaint: dict) -> None:
    for n in range(2):
        firm.agent.ok(
            "POST", "/cases", {**complaint, "email": f"a{n}@example.com", "phone": f"1390000111{n}"}
        )
    actions.take_in(now=clock.now())
    alike = firm.agent.ok("GET", f"/sorting/cases/{number}")["alike"]
    assert len(alike) == 2 and alike[0]["share"] > 0.9 and alike[0]["words"]
    plan = RulePlan(name="膜组", lead="tech", words="膜组", person=firm.world.engineer)
    actions.keep_rule(plan=plan, by=SYSTEM, at=clock.now())
    for code, values in (
        ("classify", {"type": "complaint", "category": "product"}),
        ("assess", {"severity": 2, "reach": 2, "consequence": 1}),
    ):
        case = Case.objects.get(pk=int(number.rsplit("-", 1)[1]))
        if case.stage == "review":
            firm.supervisor.act(case.number, "review", valid=True)
            case.refresh_from_db()
        firm.supervisor.ok("POST", f"/sorting/cases/{case.number}/correct", {"act": code, "values": values})
    case.refresh_from_db()
    found = firm.supervisor.ok("GET", f"/sorting/cases/{case.number}")
    assert (found["act"], found["values"]["lead"], found["person"]) == (
        "assign",
        "tech",
        firm.world.engineer.pk,
    )


def test_who_may_not_see_or_decide(firm: Company, number: str) -> None:
    path = f"/sorting/cases/{number}"
    firm.stranger.refused(404, "GET", path)
    firm.engineer.refused(404, "GET", path)
    reader = firm.issue(firm.world.agent, "case.view")
    assert reader.ok("GET", path)["may_accept"] is False
    body = {"act": "classify", "values": {"type": "complaint", "category": "product"}}
    reader.refused(403, "POST", f"{path}/accept", body)
    firm.agent.refused(404, "GET", "/sorting/cases/TS-2611-999999")
    firm.agent.refused(422, "GET", "/sorting/cases?cursor=x")
