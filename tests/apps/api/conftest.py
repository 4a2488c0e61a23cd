"""Programs that call the API, each with a person's token."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client

from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.people import actions
from keyue.people.actions.tokens import GRANTABLE
from keyue.people.models import User
from tests.journeys.world import World, found, install, quality_manager

ROOT = "/api/v1"


@dataclass
class Program:
    """A program with a token; answers are parsed, and stay at hand as `last`."""

    token: str
    headers: dict[str, str] = field(default_factory=dict)
    last: HttpResponseBase | None = None

    def send(
        self, method: str, path: str, body: Any = None, *, raw: bytes | None = None, **headers: str
    ) -> Any:
        """Call an address below /api/v1; the parsed answer."""
        said = {key.replace("_", "-"): value for key, value in headers.items()}
        given = {"Authorization": f"Bearer {self.token}", **self.headers, **said} if self.token else said
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        content_type = given.pop("Content-Type", "application/json")
        client = Client(raise_request_exception=False, headers=given)
        self.last = client.generic(method, ROOT + path, content, content_type=content_type)
        kind = self.last.headers.get("Content-Type", "")
        is_json = "json" in kind and not self.last.streaming and self.last.content
        return json.loads(self.last.content) if is_json else self.last

    @property
    def status(self) -> int:
        assert self.last is not None
        return self.last.status_code

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, {} if body is None else body, **headers)

    def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer of a call that must succeed."""
        answer = self.send(method, path, body, **headers)
        assert 200 <= self.status < 300, (self.status, answer)
        return answer

    def act(self, number: str, code: str, **body: Any) -> Any:
        """Do an act on a case; it must succeed."""
        return self.ok("POST", f"/cases/{number}/acts/{code}", body)

    def refused(
        self, status: int, method: str, path: str, body: Any = None, **headers: str
    ) -> Mapping[str, Any]:
        """The problem document of a call that must be refused so."""
        answer = self.send(method, path, body, **headers)
        assert self.last is not None
        assert self.status == status, (self.status, answer)
        assert self.last.headers["Content-Type"].startswith("application/problem+json")
        assert answer["status"] == status and answer["type"] == f"urn:keyue:problem:{answer['code']}"
        assert answer["title"] and answer["detail"]
        return answer


@dataclass
class Company:
    """The company of the journeys, and a token for each of its people."""

    world: World
    issue: Callable[..., Program]
    agent: Program
    supervisor: Program
    engineer: Program
    engineer_head: Program
    executive: Program
    stranger: Program


def issue(user: User, *scopes: str, name: str = "test") -> Program:
    """A program with a token of this person, for everything that they may or for these permissions."""
    _token, raw = actions.issue_token(
        user=user, name=name, scopes=scopes or GRANTABLE, by=SYSTEM, at=clock.now()
    )
    return Program(raw)


def company() -> Company:
    """Found the company and issue the tokens."""
    world = found()
    people = ("agent", "supervisor", "engineer", "engineer_head", "executive", "stranger")
    return Company(world, issue, **{name: issue(getattr(world, name)) for name in people})


@pytest.fixture
def firm(db: None) -> Company:
    return company()


COMPLAINT: dict[str, Any] = {
    "type": "complaint",
    "title": "3# 膜组产水浊度反复超标",
    "content": "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到。",
    "phase": "after",
    "region": "浙江省杭州市",
    "name": "周叙白",
    "phone": "13800006027",
    "email": "zhou@example.com",
    "consent_version": "1",
}


@pytest.fixture
def complaint() -> dict[str, Any]:
    """A complaint as a program sends it."""
    return dict(COMPLAINT)


@pytest.fixture
def keeper(firm: Company) -> Program:
    """The program of who owns the regulation."""
    return firm.issue(quality_manager(clock.now()))


@pytest.fixture
def founded(firm: Company) -> Company:
    """The company as its first run leaves it; the command line asks for that."""
    install()
    return firm
