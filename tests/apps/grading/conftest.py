"""A standard of four factors, people who draft, approve and decide, and customers to be graded by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from keyue.customers.models import Customer
from keyue.grading import actions
from keyue.grading.models import GradingStandard
from keyue.grading.rules import NO, OWN, YES, Band, Factor, Kind, Missing, Part, Standard, Treatment
from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions as people
from keyue.people.models import User
from tests.apps.customers.conftest import AT, BY
from tests.apps.customers.conftest import at as at
from tests.apps.customers.conftest import make as make
from tests.apps.customers.conftest import staff as staff

TITLE = "客户分级标准"


def factor(
    code: str, label: str, part: Part, kind: Kind, weight: int, table: dict[str, int], measure: str = OWN
) -> Factor:
    bands = tuple(Band(edge, Decimal(points)) for edge, points in table.items())
    return Factor(code, label, part, kind, measure, Decimal(weight), bands)


FACTORS = (
    factor("", "规模", Part.SIZE, Kind.CHOICE, 40, {"大型": 100, "中型": 60, "小型": 20}, "scale"),
    factor("", "信用", Part.CREDIT, Kind.CHOICE, 30, {"excellent": 100, "good": 80, "fair": 50}, "credit"),
    factor("", "合作年限", Part.HISTORY, Kind.MONTHS, 10, {"24": 100, "0": 40}, "since"),
    factor("", "增长潜力", Part.POTENTIAL, Kind.CHOICE, 10, {"高": 100, "低": 20}),
    factor("", "需要定制", Part.NEEDS, Kind.YES_NO, 10, {YES: 100, NO: 50}),
)
MARKS = {"A": Decimal(85), "B": Decimal(65), "C": Decimal(40)}
TREATED = {
    grade: Treatment(contact, visit, 90, hours, leaders, f"{grade} 级资源", f"{grade} 级策略")
    for grade, contact, visit, hours, leaders in (
        ("A", 14, 30, 2, 4), ("B", 30, 90, 8, 1), ("C", 90, None, 24, None), ("D", None, None, None, None),
    )
}  # fmt: skip


def a_standard(*factors: Factor, missing: Missing = Missing.LEAVE_OUT) -> Standard:
    return Standard(factors or FACTORS, MARKS, missing, dict(TREATED))


@dataclass
class People:
    """Who drafts, who approves, who decides about all customers, and who only looks after the north."""

    seller: User
    boss: User
    north: User


def actor(user: User) -> Actor:
    return Actor("staff", str(user.pk))


@pytest.fixture
def crew(staff: Any, at: datetime) -> People:
    def hire(username: str, name: str, role: str) -> User:
        user = people.create_staff(username=username, name=name, department=staff.north.parent, by=BY, at=at)
        people.grant_role(user=user, role=role, by=BY, at=at)
        return user

    return People(
        hire("sales", "顾清和", "sales_manager"), hire("boss", "方总", "executive"), staff.north_manager
    )


@pytest.fixture
def pass_to(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Callable[[datetime], datetime]:
    """Let time pass: it is so late from now on."""

    def move(when: datetime) -> datetime:
        monkeypatch.setattr(clock, "now", lambda: when)
        return when

    return move


@pytest.fixture
def applied(
    crew: People, at: datetime, pass_to: Callable[[datetime], datetime]
) -> Callable[..., GradingStandard]:
    """A standard that works, drafted by sales and approved by management."""

    def make_one(standard: Standard | None = None, when: datetime = AT) -> GradingStandard:
        pass_to(when)
        row = actions.draft_standard(
            title=TITLE, standard=standard or a_standard(), review_months=6, by=actor(crew.seller), at=when
        )
        actions.submit_standard(standard_id=row.pk, by=actor(crew.seller), at=when)
        actions.decide_standard(standard_id=row.pk, approve=True, by=actor(crew.boss), at=when)
        return actions.apply_standard(standard_id=row.pk, by=actor(crew.boss), at=when)

    return make_one


@pytest.fixture
def client_of(make: Callable[..., Customer], crew: People) -> Callable[..., Customer]:
    """An organisation of the north with what is said of it."""
    n = iter(range(1000, 9999))

    def one(**fields: Any) -> Customer:
        number = next(n)
        fields.setdefault("department", "north")
        return make(
            kind="organisation", name=f"临江第{number}水务有限公司（演示）", contact_name="方既明",
            phone=f"1380000{number}", email="", legal_basis="contract", **fields,
        )  # fmt: skip

    return one
