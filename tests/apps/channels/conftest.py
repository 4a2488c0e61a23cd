"""A sender at the portal, and the company that answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from keyue.cases.acts import perform
from keyue.cases.models import Case
from keyue.channels.webform.guard import new_token
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from tests.journeys.world import World, found

FILLED = {
    "type": "complaint",
    "content": "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到。",
    "phase": "after",
    "title": "膜组浊度超标",
    "name": "周叙白",
    "phone": "138 0000 6027",
    "email": "zhou@example.com",
    "region": "浙江省",
    "consent": "on",
}


def token(age: float = 10) -> str:
    """A form's token that was handed out so many seconds ago."""
    return new_token(clock.now() - timedelta(seconds=age))


def form(**changes: object) -> dict[str, Any]:
    """What a sender types; a field set to None is not sent."""
    values = {**FILLED, "token": token(), **changes}
    return {name: value for name, value in values.items() if value is not None}


@dataclass
class Sender:
    """Somebody with a browser."""

    client: Client

    def send(self, headers: Mapping[str, str] | None = None, **changes: object) -> HttpResponse:
        return self.client.post("/feedback/", form(**changes), headers=headers)

    def receipt(self, **changes: object) -> tuple[str, str]:
        """Send, and read number and code off the receipt."""
        return read_receipt(self.send(**changes))

    def look_up(self, number: str, code: str) -> HttpResponse:
        return self.client.post("/feedback/progress/", {"number": number, "code": code})

    def follow(self, number: str, code: str) -> HttpResponse:
        answer = self.look_up(number, code)
        assert answer.status_code == 303, answer.content.decode()
        return self.client.get(answer["Location"])

    def act(self, number: str, what: str, **data: object) -> HttpResponse:
        return self.client.post(f"/feedback/progress/{number}/{what}/", data)


def read_receipt(answer: HttpResponse) -> tuple[str, str]:
    text = answer.content.decode()
    assert answer.status_code == 200, text
    number = re.search(r'id="receipt-number">([^<]+)<', text)
    code = re.search(r'id="receipt-code">([^<]+)<', text)
    assert number and code, text
    return number[1], code[1]


def text_of(answer: HttpResponse) -> str:
    """A page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# fixtures that begin with a company, in which people work
COMPANIES = {"world", "desk", "post"}


@pytest.fixture(autouse=True)
def somebody(request: pytest.FixtureRequest) -> None:
    """Where nobody works yet, every page leads to the first run."""
    if COMPANIES & set(request.fixturenames):
        return
    if request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        people.create_staff(username="first", name="第一人", by=SYSTEM, at=clock.now())


@pytest.fixture
def world(db: None) -> World:
    return found()


@pytest.fixture
def sender(db: None) -> Sender:
    return Sender(Client())


def act(user: object, case: Case, code: str, **data: object) -> Case:
    """An act of staff."""
    return perform(user, case.number, code, data, at=clock.now())


def to_assigned(world: World, case: Case, *collaborators: str) -> None:
    act(world.agent, case, "classify", type=case.type, category="product")
    act(world.supervisor, case, "review", valid="true")
    act(world.supervisor, case, "assess", severity="2", reach="1", consequence="1")
    act(world.supervisor, case, "assign", lead="tech", collaborators=list(collaborators))


def to_told(world: World, case: Case) -> None:
    act(world.engineer, case, "solve", result="更换 2 支元件，浊度 0.1 NTU")
    act(world.engineer, case, "report_result", result="已恢复")
    act(world.agent, case, "tell_result", via="portal", body="已更换元件，恢复正常。")
