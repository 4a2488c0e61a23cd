"""The cast of the people room: a company of two departments, its three administrators, and some who work in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people import actions
from keyue.people.models import Department, Post, User

SYSTEM = Actor("system", "test")
PASSWORD = "Correct-Horse7"


class Clock:
    """`clock.now()` as the test wants it."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant

    def forward(self, **by: float) -> datetime:
        self.instant += timedelta(**by)
        return self.instant


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A clock that the test moves; sessions in the database live by real time, which never runs ahead of it."""
    fake = Clock()
    monkeypatch.setattr(clock, "now", fake)
    yield fake


@pytest.fixture
def at(moved: Clock) -> datetime:
    return moved.instant


@dataclass
class Cast:
    """Everybody in the company."""

    company: Department
    service: Department
    desk: Department
    water: Department
    system: User  # 系统管理员
    security: User  # 安全管理员
    audit: User  # 审计管理员
    lin: User  # heads the service department
    wang: User  # agent at the desk
    li: User  # works in another department
    chen: User  # heads that other department
    post: Post  # service_desk, held by wang


@pytest.fixture
def hire(at: datetime, db: None) -> Callable[..., User]:
    def _hire(username: str, name: str, department: Department | None = None, *roles: str) -> User:
        user = actions.create_staff(
            username=username, name=name, department=department, by=SYSTEM, at=at,
            password=PASSWORD, must_change_password=False, for_administrator=True,
        )  # fmt: skip
        for role in roles:
            actions.grant_role(user=user, role=role, by=SYSTEM, at=at)
        return user

    return _hire


@pytest.fixture
def cast(at: datetime, hire: Callable[..., User]) -> Cast:
    def make(code: str, name: str, parent: Department | None) -> Department:
        return actions.create_department(code=code, name=name, parent=parent, by=SYSTEM, at=at)

    company = make("company", "澄川环境科技", None)
    service = make("service", "客户服务部", company)
    desk = make("desk", "受理组", service)
    water = make("water", "水务工程部", company)
    lin = hire("lin.zhixia", "林知夏", service, "service_supervisor")
    wang = hire("wang.min", "王敏", desk, "service_agent")
    li = hire("li.qiang", "李强", water, "department_staff")
    chen = hire("chen.yan", "陈砚", water, "department_head")
    for department, head in ((service, lin), (water, chen)):
        actions.set_head(department=department, head=head, by=SYSTEM, at=at)
    post = actions.create_post(
        code="service_desk", name="客服台", department=service, holders=[wang], by=SYSTEM, at=at
    )
    return Cast(
        company, service, desk, water,
        hire("sys", "沈系统", None, "system_administrator"),
        hire("sec", "安全员", None, "security_administrator"),
        hire("aud", "申计", None, "audit_administrator"),
        lin, wang, li, chen, post,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _addresses(settings) -> None:
    settings.ROOT_URLCONF = "tests.apps.people.urls"


@pytest.fixture
def enter(client) -> Callable[..., Client]:
    """Sign somebody in through the page, in a browser of its own."""

    def _enter(user: User, password: str = PASSWORD) -> Client:
        browser = Client()
        answer = browser.post("/login/", {"username": user.username, "password": password})
        assert answer.status_code == 303, answer.content.decode()
        return browser

    return _enter
