"""Two departments that each look after customers of their own, and people of every reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from keyue.customers import actions
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.models import Department, User

BY = Actor("system", "test")
AT = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
PHONE = "13812346027"
EMAIL = "zhou@example.com"


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, db: None) -> datetime:
    """The instant of the test, for whoever asks the clock."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    return AT


@dataclass
class Staff:
    """Who works here: `agent` sees everybody, the managers of north and south only their own departments."""

    north: Department
    south: Department
    agent: User
    north_manager: User
    south_manager: User
    auditor: User


@pytest.fixture
def staff(at: datetime) -> Staff:
    def department(code: str, name: str, parent: Department | None) -> Department:
        return people.create_department(code=code, name=name, parent=parent, by=BY, at=at)

    def hire(username: str, name: str, where: Department | None, role: str) -> User:
        user = people.create_staff(username=username, name=name, department=where, by=BY, at=at)
        people.grant_role(user=user, role=role, by=BY, at=at)
        return user

    company = department("company", "澄川环境科技", None)
    north, south = department("north", "北区", company), department("south", "南区", company)
    return Staff(
        north,
        south,
        hire("agent", "王敏", company, "service_agent"),
        hire("north", "林知夏", north, "account_manager"),
        hire("south", "陈砚", south, "account_manager"),
        hire("audit", "申计", None, "audit_administrator"),
    )


@pytest.fixture
def make(at: datetime) -> Callable[..., Customer]:
    """A customer; a person with a number and an address where nothing is said."""

    def create(**fields: Any) -> Customer:
        given: dict[str, Any] = {
            "kind": "person", "name": "周叙白", "phone": PHONE, "email": EMAIL, "region": "浙江省杭州市",
            "source": "phone", "legal_basis": "consent", "by": BY, "at": at, **fields,
        }  # fmt: skip
        return actions.create_customer(**given)

    return create


@pytest.fixture
def company(make: Callable[..., Customer]) -> Customer:
    """An organisation with one contact."""
    return make(
        kind="organisation", name="临江第三水务有限公司（演示）", contact_name="方既明",
        phone="0571-87654321-802", email="fang@example.com", role="总经理", legal_basis="contract",
    )  # fmt: skip


@pytest.fixture
def person(make: Callable[..., Customer]) -> Customer:
    """周叙白 with number and address."""
    return make()


@pytest.fixture
def own(person: Customer) -> Contact:
    """周叙白's own contact."""
    return person.contacts.get()


@pytest.fixture
def intake(at: datetime) -> Callable[..., tuple[Customer, Contact, bool]]:
    """`match_or_create` with nothing given but what the test says."""

    def come(**given: Any) -> tuple[Customer, Contact, bool]:
        fields: dict[str, Any] = {
            "name": "", "phone": "", "email": "", "region": "", "kind": "person", "by": BY, "at": at, **given,
        }  # fmt: skip
        return actions.match_or_create(**fields)

    return come
