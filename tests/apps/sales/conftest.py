"""A sales department with a head and two colleagues, and a third in another department."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.models import Department, User
from keyue.sales import actions
from keyue.sales.models import Lead

BY = Actor("system", "test")
AT = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)


@dataclass
class Sales:
    """`head` leads the north department, where `lin` and `chen` sell; `wu` sells in the south; `agent` sees all."""

    north: Department
    south: Department
    head: User
    lin: User
    chen: User
    wu: User
    agent: User


def by(user: User) -> Actor:
    return Actor("staff", str(user.pk))


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, db: None) -> datetime:
    # stories of a year are told in a moment: what they record has happened by then
    monkeypatch.setattr(clock, "now", lambda: AT + timedelta(days=400))
    return AT


def hire_sales(at: datetime) -> Sales:
    def department(code: str, name: str, parent: Department | None) -> Department:
        return people.create_department(code=code, name=name, parent=parent, by=BY, at=at)

    def hire(username: str, name: str, where: Department, role: str) -> User:
        user = people.create_staff(username=username, name=name, department=where, by=BY, at=at)
        people.grant_role(user=user, role=role, by=BY, at=at)
        return user

    company = department("company", "澄川环境", None)
    north, south = department("north", "北区", company), department("south", "南区", company)
    return Sales(
        north,
        south,
        hire("he", "何苒", north, "sales_manager"),
        hire("lin", "林知夏", north, "account_manager"),
        hire("chen", "陈砚", north, "account_manager"),
        hire("wu", "吴桐", south, "account_manager"),
        hire("wang", "王敏", company, "service_supervisor"),
    )


@pytest.fixture
def sales(at: datetime) -> Sales:
    return hire_sales(at)


def registered(staff: User, name: str = "上海恒达环保科技有限公司", at: datetime = AT, **more: Any) -> Lead:
    """A lead; an organisation where nothing else is said."""
    contacted, way = more.pop("contacted", None), more.pop("way", "")
    given = actions.Registration(**{"kind": "organisation", "name": name, **more})
    return actions.register_lead(
        registration=given, staff=staff, contacted=contacted, way=way, by=by(staff), at=at
    )


@pytest.fixture
def make(at: datetime) -> Callable[..., Customer]:
    """An organisation in the archive."""

    def create(name: str = "临江第三水务有限公司", **fields: Any) -> Customer:
        given: dict[str, Any] = {
            "kind": "organisation", "name": name, "source": "phone", "legal_basis": "contract",
            "by": BY, "at": at, **fields,
        }  # fmt: skip
        return customers.create_customer(**given)

    return create
