"""What administrators and everybody do under 设置, over the API: by the same actions, within the same separation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.ledger.models import AccessEntry
from keyue.people import actions
from keyue.people.actions.tokens import EVERY
from keyue.people.models import Delegation, Department, Post, User
from keyue.people.selectors import role_codes_of
from tests.apps.api.conftest import Company, Program

pytestmark = pytest.mark.django_db


def administrator(username: str, role: str) -> Program:
    at = clock.now()
    user = actions.create_staff(
        username=username, name=username, must_change_password=False, by=SYSTEM, at=at
    )
    actions.grant_role(user=user, role=role, by=SYSTEM, at=at)
    _token, raw = actions.issue_token(
        user=user, name="t", scopes=EVERY, expires_at=at + timedelta(days=30), by=SYSTEM, at=at
    )
    return Program(raw)


@pytest.fixture
def system(firm: Company) -> Program:
    return administrator("sys", "system_administrator")


@pytest.fixture
def security(firm: Company) -> Program:
    return administrator("sec", "security_administrator")


@pytest.fixture
def auditor(firm: Company) -> Program:
    return administrator("aud", "audit_administrator")


def fields(problem: Any) -> list[str]:
    return [fault["field"] for fault in problem["errors"]]


# --- accounts ---------------------------------------------------------------------------------------------


def test_an_account_is_opened_changed_and_gets_a_role(firm, system, security):
    said = {"username": "mei", "name": "梅若水", "department": "service", "email": "mei@example.com"}
    made = system.ok("POST", "/staff", said, Idempotency_Key="mei-1")
    assert system.status == 201
    user = User.objects.get(username="mei")
    assert user.check_password(made["password"]) and user.must_change_password
    assert system.ok("POST", "/staff", said, Idempotency_Key="mei-1") == made
    changed = system.ok("PATCH", "/staff/mei", {"title": "专员"})
    assert (changed["title"], changed["email"], changed["department"]) == (
        "专员",
        "mei@example.com",
        "service",
    )
    # accounts and roles are different hands
    system.refused(403, "POST", "/staff/mei/roles", {"role": "service_agent"})
    given = security.ok(
        "POST", "/staff/mei/roles", {"role": "inspector", "scope": "chosen", "departments": ["tech"]}
    )
    assert given["roles"] == [{"role": "inspector", "scope": "chosen", "departments": ["tech"]}]
    assert security.ok("DELETE", "/staff/mei/roles/inspector")["roles"] == []
    assert {role["code"] for role in security.ok("GET", "/roles")} >= {"service_agent", "inspector"}
    password = system.ok("POST", "/staff/mei/password")["password"]
    user.refresh_from_db()
    assert user.check_password(password)


def test_what_is_wrong_with_an_account_is_named(firm, system, security):
    problem = system.refused(422, "POST", "/staff", {"username": "m", "name": "梅", "department": "nowhere"})
    assert fields(problem) == ["department"]
    taken = system.refused(422, "POST", "/staff", {"username": firm.world.agent.username, "name": "梅"})
    assert fields(taken) == ["username"]
    system.refused(404, "GET", "/staff/nobody")
    problem = security.refused(422, "POST", f"/staff/{firm.world.agent.username}/roles", {"role": "king"})
    assert fields(problem) == ["role"]
    security.refused(409, "POST", "/staff/sec/roles", {"role": "inspector"})
    firm.agent.refused(403, "GET", f"/staff/{firm.world.agent.username}")


def test_a_leaver_s_work_goes_to_the_heir_in_the_same_step(firm, system, complaint):
    agent, supervisor = firm.world.agent.username, firm.world.supervisor.username
    firm.agent.ok("POST", "/cases", complaint)
    left = system.ok("GET", f"/staff/{agent}/remainders")
    assert any("岗位" in part["sentence"] for part in left)
    problem = system.refused(409, "POST", f"/staff/{agent}/leave", {})
    assert problem["code"] == "still_open" and len(problem["errors"]) == len(left)
    assert fields(system.refused(422, "POST", f"/staff/{agent}/leave", {"heir": "nobody"})) == ["heir"]
    gone = system.ok("POST", f"/staff/{agent}/leave", {"heir": supervisor})
    assert (gone["is_active"], gone["roles"], gone["posts"]) == (False, [], [])
    firm.agent.refused(401, "GET", "/me")
    assert Post.objects.get(code="service_desk").holders.get().username == supervisor
    assert system.ok("POST", f"/staff/{agent}/return")["is_active"]


# --- departments and posts --------------------------------------------------------------------------------


def test_departments_are_made_renamed_led_and_dissolved(firm, system):
    made = system.ok("POST", "/departments", {"name": "物流部", "code": "logistics", "parent": "tech"})
    assert made == {"code": "logistics", "name": "物流部", "parent": "tech", "head": None}
    head = firm.world.engineer.username
    changed = system.ok("PATCH", "/departments/logistics", {"head": head})
    assert (changed["name"], changed["parent"], changed["head"]) == ("物流部", "tech", head)
    changed = system.ok("PATCH", "/departments/logistics", {"name": "物流中心", "head": None})
    assert (changed["name"], changed["head"]) == ("物流中心", None)
    problem = system.refused(422, "PATCH", "/departments/logistics", {"name": "x", "head": "nobody"})
    assert fields(problem) == ["head"] and Department.objects.get(code="logistics").name == "物流中心"
    system.refused(409, "DELETE", "/departments/tech")
    assert system.send("DELETE", "/departments/logistics", Idempotency_Key="gone-1") is not None
    assert system.status == 204
    system.send("DELETE", "/departments/logistics", Idempotency_Key="gone-1")
    assert (system.status, system.last.headers["Idempotent-Replay"]) == (204, "true")
    system.refused(404, "DELETE", "/departments/logistics")


def test_posts_are_made_held_and_removed(firm, system):
    agent, engineer = firm.world.agent.username, firm.world.engineer.username
    made = system.ok("POST", "/posts", {"code": "night_desk", "name": "夜班", "holders": [agent]})
    assert (made["holders"], made["behind"]) == ([agent], [agent])
    changed = system.ok("PATCH", "/posts/night_desk", {"holders": [engineer], "reports_to": "service_head"})
    assert (changed["name"], changed["holders"], changed["reports_to"]) == (
        "夜班",
        [engineer],
        "service_head",
    )
    problem = system.refused(422, "PATCH", "/posts/night_desk", {"holders": [agent, "nobody"]})
    assert fields(problem) == ["holders.1"]
    system.refused(409, "DELETE", "/posts/night_desk")
    system.ok("PATCH", "/posts/night_desk", {"holders": []})
    assert "night_desk" in {row["code"] for row in system.ok("GET", "/posts")}
    system.send("DELETE", "/posts/night_desk")
    assert system.status == 204 and not Post.objects.filter(code="night_desk").exists()


# --- delegations ------------------------------------------------------------------------------------------


def test_somebody_away_is_acted_for(firm, system):
    agent, supervisor = firm.world.agent.username, firm.world.supervisor.username
    until = (clock.now() + timedelta(days=3)).isoformat()
    made = firm.agent.ok("POST", "/delegations", {"taker": supervisor, "until": until, "reason": "出差"})
    assert (made["giver"], made["taker"]) == (agent, supervisor)
    assert [row["id"] for row in firm.supervisor.ok("GET", "/delegations")] == [made["id"]]
    assert firm.engineer.ok("GET", "/delegations") == []
    firm.engineer.refused(404, "DELETE", f"/delegations/{made['id']}")
    # for others only who manages staff
    other = {"giver": agent, "taker": supervisor, "until": until, "reason": "病假"}
    firm.engineer.refused(403, "POST", "/delegations", other)
    assert system.ok("POST", "/delegations", other)["giver"] == agent
    assert fields(firm.agent.refused(422, "POST", "/delegations", {**other, "taker": "nobody"})) == ["taker"]
    firm.agent.send("DELETE", f"/delegations/{made['id']}")
    assert firm.agent.status == 204 and Delegation.objects.get(pk=made["id"]).ended_at


# --- saved views ------------------------------------------------------------------------------------------


def test_saved_views_are_one_s_own(firm):
    made = firm.agent.ok("POST", "/cases/views", {"name": "我的投诉", "query": "type=complaint&nonsense=1"})
    assert (made["query"], made["is_mine"]) == ("type=complaint", True)
    assert made in firm.agent.ok("GET", "/cases/views")
    assert made not in firm.supervisor.ok("GET", "/cases/views")
    assert firm.agent.ok("PATCH", f"/cases/views/{made['id']}", {"name": "投诉"})["name"] == "投诉"
    firm.supervisor.refused(404, "DELETE", f"/cases/views/{made['id']}")
    firm.agent.send("DELETE", f"/cases/views/{made['id']}")
    assert firm.agent.status == 204 and made["id"] not in {
        v["id"] for v in firm.agent.ok("GET", "/cases/views")
    }


# --- the auditor ------------------------------------------------------------------------------------------


def test_the_auditor_reads_page_by_page_and_is_watched(firm, system, security, auditor):
    agent = firm.world.agent.username
    for n in range(3):
        system.ok("PATCH", f"/staff/{agent}", {"title": f"专员{n}"})
    page = auditor.ok("GET", "/audit/facts?person=sys&limit=2")
    assert len(page["items"]) == 2 and page["items"][0]["code"] == "user.changed"
    rest = auditor.ok("GET", f"/audit/facts?person=sys&limit=2&cursor={page['next_cursor']}")
    assert len(rest["items"]) == 1 and rest["next_cursor"] == ""
    about = auditor.ok("GET", f"/audit/facts?person={agent}&about=true&kind=user.changed")
    assert len(about["items"]) == 3
    assert AccessEntry.objects.filter(what="facts", via="api").count() == 2
    trail = auditor.ok("GET", "/audit/trail?person=aud")
    assert [line["what"] for line in trail["items"]] == ["管理事实", "管理事实"]
    assert auditor.ok("GET", "/audit/standing")["problems"] == 0
    assert fields(auditor.refused(422, "GET", "/audit/facts?person=nobody")) == ["person"]
    assert fields(auditor.refused(422, "GET", "/audit/trail?kind=nonsense")) == ["kind"]
    for other in (system, security, firm.executive):
        other.refused(403, "GET", "/audit/trail")


def test_a_token_without_the_name_of_it_administers_nothing(firm, system):
    user = User.objects.get(username="sys")
    assert "system_administrator" in role_codes_of(user)
    plain = firm.issue(user)
    assert plain.ok("GET", "/me")["permissions"] == []
    plain.refused(403, "POST", "/staff", {"username": "x", "name": "某人"})
