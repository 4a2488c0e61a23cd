"""A company with the regulation of opinions, two customers, and people who draft, review and only look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from keyue.cases.actions.intake import Intake, register
from keyue.cases.models import Case
from keyue.contracts import actions
from keyue.contracts.actions.contracts import Terms
from keyue.contracts.levels import Level
from keyue.contracts.models import Contract
from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.models import User
from tests.journeys.world import World, found

# a Tuesday morning in Shanghai
AT = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)


class Now:
    """The clock of the test; `pass_` lets time go by."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at

    @property
    def day(self) -> date:
        return (self.at + timedelta(hours=8)).date()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch, db: None) -> Now:
    moving = Now()
    monkeypatch.setattr(clock, "now", moving)
    return moving


@dataclass
class House:
    """Who works here, and for whom."""

    world: World
    manager: User
    reviewer: User
    outsider: User
    customer: Customer
    other: Customer

    @property
    def by(self) -> Actor:
        return World.actor(self.manager)

    @property
    def reviewing(self) -> Actor:
        return World.actor(self.reviewer)


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

    manager = hire("jiang", "江澄", "account_manager")
    reviewer = hire("shen", "沈牧", "sales_manager")
    outsider = world.stranger

    def customer(name: str, phone: str) -> Customer:
        return customers.create_customer(
            kind="organisation", name=name, contact_name="周叙白", phone=phone, source="phone",
            legal_basis="contract", account_manager=manager, by=by, at=AT,
        )  # fmt: skip

    return House(
        world,
        manager,
        reviewer,
        outsider,
        customer("北屿文旅", "13812346027"),
        customer("远山机械", "13912346028"),
    )


FIRST = Level(n=0, what="first_response", amount=4, unit="hours", clause="8.2", types=("complaint",))
SOLVE = Level(n=0, what="solve", amount=20, unit="hours", clause="8.3", urgent=8, pauses=True)


def terms(**fields: Any) -> Terms:
    """What a service contract says."""
    given: dict[str, Any] = {
        "number": "HT-2026-001", "title": "水厂运维服务（三年）", "amount": "1280000.00",
        "effective_on": date(2026, 3, 1), "ends_on": date(2026, 12, 31), "rights": "按季结算。",
        "duties": "按约响应。", "term": "一年。", "levels": (FIRST, SOLVE), "duty_post": "service_desk",
        **fields,
    }  # fmt: skip
    return Terms(**given)


@pytest.fixture
def draft(house: House, now: Now) -> Callable[..., Contract]:
    def make(customer: Customer | None = None, **fields: Any) -> Contract:
        return actions.draft_contract(
            customer=customer or house.customer, terms=terms(**fields), by=house.by, at=now.at
        )

    return make


@pytest.fixture
def sign(house: House, now: Now, draft: Callable[..., Contract]) -> Callable[..., Contract]:
    """A contract that is signed today."""

    def make(customer: Customer | None = None, **fields: Any) -> Contract:
        contract = draft(customer, **fields)
        contract = actions.review_contract(contract=contract, by=house.reviewing, at=now.at)
        return actions.sign_contract(contract=contract, signed_on=now.day, by=house.by, at=now.at)

    return make


@pytest.fixture
def complain(house: House, now: Now) -> Callable[..., Case]:
    """A complaint of a customer, now."""

    def make(customer: Customer | None = None, type: str = "complaint") -> Case:
        opinion = Intake(
            type=type, content="出水浑浊，已停产两天。", channel="phone", customer=customer or house.customer
        )
        by = World.actor(house.world.agent)
        return register(opinion, by=by, at=now.at, source="test").case

    return make
