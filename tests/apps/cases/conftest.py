"""A company with cases, and browsers for its people; made through the product's own actions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from keyue.cases.actions.intake import Intake, Registered, register
from keyue.cases.acts import perform
from keyue.cases.models import Case
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people.access import forget
from keyue.people.models import User
from tests.journeys.world import World, found


@pytest.fixture
def world(db: None) -> World:
    return found()


@dataclass
class Desk:
    """What a test does with cases, in few words."""

    world: World

    def registered(self, **changes: Any) -> Registered:
        fields = {
            "type": "complaint",
            "title": "3# 膜组产水浊度反复超标",
            "content": "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到。",
            "name": "周叙白",
            "phone": "13800006027",
            "email": "zhou@example.com",
            "consent_version": "1",
        } | changes
        return register(Intake(**fields), by=Actor("customer", "portal"), at=clock.now(), source="portal")

    def complaint(self, **changes: Any) -> Case:
        return self.registered(**changes).case

    def act(self, user: User, case: Case, code: str, **data: Any) -> Case:
        forget(user)
        return perform(user, case.number, code, data, at=clock.now())

    def to_assigned(self, case: Case, lead: str = "tech", collaborators: tuple[str, ...] = ()) -> Case:
        world = self.world
        self.act(world.agent, case, "classify", type="complaint", category="product")
        self.act(world.supervisor, case, "review", valid="true")
        self.act(world.supervisor, case, "assess", severity="2", reach="1", consequence="1")
        return self.act(world.supervisor, case, "assign", lead=lead, collaborators=list(collaborators))


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


class Browser(Client):
    """A client that can also ask for fragments, as HTMX does."""

    def fragment(self, url: str, **headers: str) -> Any:
        return self.get(url, headers={"HX-Request": "true", **headers})

    def send(self, url: str, data: dict[str, Any], **headers: str) -> Any:
        return self.post(url, data, headers={"HX-Request": "true", **headers})


@pytest.fixture
def as_user() -> Callable[[User], Browser]:
    def sign_in(user: User) -> Browser:
        browser = Browser()
        browser.force_login(user)
        return browser

    return sign_in
