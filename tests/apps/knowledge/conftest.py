"""A company with people who write, approve and read articles, and a way to publish one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyue.kernel import clock
from keyue.knowledge import actions
from keyue.knowledge.actions import Text
from keyue.knowledge.models import Article
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.models import User
from tests.journeys.world import World, found

# a Tuesday morning in Shanghai
AT = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
BODY = "PP 棉三到六个月，活性炭六到十二个月。\n\n# 提醒\n\n面板上的灯变红，说明已到期。"


class Now:
    """The clock of the test; `pass_` lets time go by."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch, db: None) -> Now:
    moving = Now()
    monkeypatch.setattr(clock, "now", moving)
    return moving


@dataclass
class House:
    """Who works here."""

    world: World
    writer: User
    approver: User
    reader: User

    @property
    def by(self) -> Actor:
        return World.actor(self.writer)

    @property
    def approving(self) -> Actor:
        return World.actor(self.approver)


@pytest.fixture
def house(now: Now) -> House:
    world = found(at=AT - timedelta(days=30))
    by = World.actor(world.executive)

    def hire(username: str, name: str, role: str) -> User:
        user = people.create_staff(
            username=username, name=name, department=world.agent.department, by=by, at=AT
        )
        people.grant_role(user=user, role=role, by=by, at=AT)
        return User.objects.get(pk=user.pk)

    return House(
        world,
        hire("zhou", "周叙白", "service_agent"),
        hire("shen", "沈牧", "service_supervisor"),
        hire("jiang", "江澄", "account_manager"),
    )


def text(**fields: Any) -> Text:
    """What an article says."""
    given: dict[str, Any] = {
        "title": "滤芯多久更换一次", "body": BODY, "topic": "维护保养", "visibility": "public",
        "asked": ("几个月换一回芯子", "换芯提醒"), **fields,
    }  # fmt: skip
    return Text(**given)


@pytest.fixture
def write(house: House, now: Now) -> Callable[..., Article]:
    def make(**fields: Any) -> Article:
        return actions.draft_article(
            text=text(**fields), owner=house.writer, editor=house.writer, by=house.by, at=now.at
        )

    return make


@pytest.fixture
def publish(house: House, now: Now, write: Callable[..., Article]) -> Callable[..., Article]:
    """An article that is out."""

    def make(article: Article | None = None, **fields: Any) -> Article:
        row = article or write(**fields)
        actions.submit_edition(article=row, by=house.by, at=now.at)
        actions.publish_edition(article=row, by=house.approving, at=now.at)
        return Article.objects.get(pk=row.pk)

    return make
