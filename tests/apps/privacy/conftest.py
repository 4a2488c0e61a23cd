"""A person with an address on file, an organisation with two contacts, and those who look after their rights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from keyue.customers import actions as customers
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.people import actions as people
from keyue.people.models import User
from keyue.privacy import actions
from keyue.privacy.models import Purpose, RightRequest

BY = Actor("system", "test")
PORTAL = Actor("customer", "portal")
AT = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)
PHONE, EMAIL = "13812346027", "zhou@example.com"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@dataclass
class Staff:
    """`officer` and `supervisor` handle requests, `agent` enters them, `worker` neither."""

    officer: User
    supervisor: User
    agent: User
    worker: User


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, db: None) -> datetime:
    """The instant at which a test begins."""
    monkeypatch.setattr(clock, "now", lambda: AT)
    return AT


@pytest.fixture
def go_to(at: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], datetime]:
    """Let it be another instant, for whoever asks the clock."""

    def go(instant: datetime) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: instant)
        return instant

    return go


@pytest.fixture
def staff(at: datetime) -> Staff:
    service = people.create_department(code="service", name="客户服务部", parent=None, by=BY, at=at)

    def hire(username: str, name: str, role: str) -> User:
        user = people.create_staff(
            username=username, name=name, department=service, must_change_password=False, by=BY, at=at
        )
        people.grant_role(user=user, role=role, by=BY, at=at)
        return User.objects.get(pk=user.pk)

    return Staff(
        hire("officer", "支若兰", "privacy_officer"),
        hire("supervisor", "许南乔", "service_supervisor"),
        hire("agent", "林知夏", "service_agent"),
        hire("worker", "陈砚", "department_staff"),
    )


@pytest.fixture
def make(at: datetime) -> Callable[..., Customer]:
    def create(**fields: Any) -> Customer:
        given: dict[str, Any] = {
            "kind": "person", "name": "周叙白", "phone": PHONE, "email": EMAIL, "region": "浙江省杭州市",
            "source": "phone", "legal_basis": "consent", "by": BY, "at": at, **fields,
        }  # fmt: skip
        return customers.create_customer(**given)

    return create


@pytest.fixture
def person(make: Callable[..., Customer]) -> Customer:
    return make()


@pytest.fixture
def own(person: Customer) -> Contact:
    return person.contacts.select_related("customer").get()


@pytest.fixture
def company(make: Callable[..., Customer]) -> Customer:
    made = make(
        kind="organisation",
        name="远山机械有限公司",
        contact_name="方以宁",
        phone="13900001111",
        email="fang@example.com",
    )
    customers.add_contact(customer=made, name="沈确", phone="13900002222", by=BY, at=AT)
    return made


@pytest.fixture
def marketing(staff: Staff) -> Purpose:
    return actions.create_purpose(
        code="marketing",
        name="活动与优惠通知",
        text="用手机号和邮箱给您发活动通知，保存一年。",
        user=staff.officer,
        at=AT,
    )


@pytest.fixture
def ask(own: Contact) -> Callable[..., RightRequest]:
    """A request of the person's, from the portal where nothing is said."""

    def register(right: str, **fields: Any) -> RightRequest:
        given: dict[str, Any] = {
            "contact": own,
            "right": right,
            "via": "portal",
            "identity": "code",
            "what": "请更正电话",
            "by": PORTAL,
            "at": AT,
        }
        return actions.register_request(**{**given, **fields})

    return register


def kinds(customer: Customer) -> list[str]:
    """What was recorded about a customer, in order."""
    facts = Fact.objects.filter(stream__kind="customer", stream__ref=str(customer.pk)).order_by("rev")
    return list(facts.values_list("kind", flat=True))


def last(customer: Customer, kind: str) -> Fact:
    return Fact.objects.filter(stream__kind="customer", stream__ref=str(customer.pk), kind=kind).order_by(
        "-rev"
    )[0]
