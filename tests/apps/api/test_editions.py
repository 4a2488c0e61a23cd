"""A regulation is amended by a program: drafted, reviewed, announced, read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.actions.tokens import EVERY
from keyue.people.models import User
from tests.journeys.desk import AMENDED, TEXT, hire_lawyer, publish
from tests.journeys.world import World, found, quality_manager

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)
BASE = "/api/v1/regulations/desk/editions"


@pytest.fixture(autouse=True)
def told():
    with clock.telling(NOW):
        yield


@pytest.fixture
def world(db) -> World:
    at = NOW - timedelta(days=30)
    made = found(at=at, packs=())
    publish(TEXT, at)
    hire_lawyer(made.supervisor, at)
    return made


def program(user: User) -> Client:
    """A program with a token for all that `user` may."""
    by = Actor("staff", str(user.pk))
    _row, raw = people.issue_token(
        user=user, name="test", scopes=EVERY, expires_at=NOW + timedelta(days=30), by=by, at=NOW
    )
    return Client(headers={"Authorization": f"Bearer {raw}"})


def send(client: Client, method: str, path: str, data: object = None):
    call = getattr(client, method)
    return call(f"{BASE}{path}", data=data if data is not None else {}, content_type="application/json")


def set_steps(world: World) -> None:
    steps = [{"name": "法务审核", "post": "legal_head"}, {"name": "批准", "post": "service_head"}]
    answer = program(world.executive).put(
        "/api/v1/regulations/approval-steps", data={"steps": steps}, content_type="application/json"
    )
    assert answer.status_code == 200 and [step["n"] for step in answer.json()] == [1, 2]


def test_the_whole_way(world):
    set_steps(world)
    keeper = program(quality_manager(NOW - timedelta(days=1)))
    lawyer, executive, agent = program(world.supervisor), program(world.executive), program(world.agent)
    made = send(keeper, "post", "", {"reason": "两小时做不到"})
    assert made.status_code == 201 and (made.json()["n"], made.json()["based_on"]) == (2, 1)
    broken = send(keeper, "put", "/2", {"text": AMENDED.replace('"PT8H"', '"soon"')})
    assert broken.status_code == 200 and broken.json()["faults"]
    assert send(keeper, "post", "/2/submission").status_code == 422
    stale = send(keeper, "put", "/2", {"text": AMENDED, "digest": made.json()["digest"]})
    assert stale.status_code == 409 and stale.json()["code"] == "conflict"
    assert send(keeper, "put", "/2", {"text": AMENDED}).json()["faults"] == []
    [change] = keeper.get(f"{BASE}/2/difference").json()["changes"]
    assert change["kind"] == "changed" and "2 小时 → 8 小时" in change["controls"][0]
    submitted = send(keeper, "post", "/2/submission").json()
    assert submitted["state"] == "submitted" and submitted["reviews"][0]["able"] == ["xu"]
    assert send(executive, "post", "/2/review", {"approved": True}).status_code == 403
    assert send(agent, "post", "/2/review", {"approved": True}).status_code == 404
    assert send(lawyer, "post", "/2/review", {"approved": True}).status_code == 200
    approved = send(executive, "post", "/2/review", {"approved": True}).json()
    assert approved["state"] == "approved" and approved["reviews"][1]["decided_by"] == "顾清和"
    test = {"enough": 1, "questions": [{"text": "多久？", "options": ["2 小时", "8 小时"], "answer": 1}]}
    announced = send(keeper, "post", "/2/announcement", {"everybody": True, "test": test})
    assert announced.status_code == 200 and announced.json()["state"] == "in_force"
    assert send(agent, "post", "/2/reading", {"answers": [0]}).json() == {
        "read_at": None,
        "test_score": 0,
        "tries": 1,
    }
    assert send(agent, "post", "/2/reading", {"answers": [1]}).json()["read_at"]
    receipts = keeper.get(f"{BASE}/2/receipts").json()
    assert (receipts["read"], receipts["asked"], receipts["rate"]) == (1, 7, 14.3)
    assert send(keeper, "post", "/2/reminder").json() == {"reminded": 6}
    assert send(keeper, "post", "/2/reminder").status_code == 409
    assert [one["state"] for one in agent.get(BASE).json()] == ["in_force", "superseded"]


def test_drafts_are_not_everybodys(world):
    keeper = program(quality_manager(NOW - timedelta(days=1)))
    send(keeper, "post", "", {"text": AMENDED})
    agent = program(world.agent)
    assert agent.get(f"{BASE}/2").status_code == 404 and len(agent.get(BASE).json()) == 1
    refused = send(keeper, "post", "/2/submission")
    assert refused.status_code == 409 and refused.json()["code"] == "no_steps"
    assert send(keeper, "delete", "/2").json()["state"] == "withdrawn"
    assert send(keeper, "delete", "/1").status_code == 409


def test_answers_are_accepted_and_wait_where_there_are_steps(world):
    publish(
        TEXT.replace('within = "PT2H"', 'question = "多久分类？"').replace('"desk"', '"open"'),
        NOW - timedelta(days=2),
    )
    set_steps(world)
    keeper = program(quality_manager(NOW - timedelta(days=1)))
    answer = keeper.post(
        "/api/v1/regulations/open/answers",
        data={"edition": 1, "answers": {"sort.within": "PT4H"}},
        content_type="application/json",
    )
    assert answer.status_code == 202
    assert (answer.json()["edition"], answer.json()["state"], answer.json()["effective_from"]) == (
        2,
        "submitted",
        None,
    )
    assert keeper.get("/api/v1/regulations/open/questions").json()["edition"] == 1
