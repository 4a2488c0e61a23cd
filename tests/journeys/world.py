"""The cast and the company of the journeys, made through the product's own actions.

林知夏 (agent), 许南乔 (head of service), 陈砚 (engineer, works the task), 何苒 (head of engineering),
顾清和 (management), 吴桐 (another department: must see nothing).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from keyue.company.actions import found_installation
from keyue.company.models import Installation
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people import actions as people
from keyue.people.models import Department, User
from keyue.promises.actions import publish_calendar
from keyue.regulations.actions import adopt_pack
from keyue.worktime.holidays import chinese_calendar
from tests.support.made_once import made_once, this_hour

WEEKLY = {day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}
ANSWERS = {
    "progress.every": "P2D",
    "service_follow.every": "P1D",
    "acknowledge_urgent.within": "PT30M",
    "meeting.within": "PT4H",
}


@dataclass(frozen=True)
class World:
    agent: User
    supervisor: User
    engineer: User
    engineer_head: User
    executive: User
    stranger: User
    founded_at: datetime

    @staticmethod
    def actor(user: User) -> Actor:
        return Actor("staff", str(user.pk))


def quality_manager(at: datetime) -> User:
    """支若兰, who owns the regulation and the calendar."""
    user = people.create_staff(username="zhi", name="支若兰", must_change_password=False, by=SYSTEM, at=at)
    people.grant_role(user=user, role="quality_manager", by=SYSTEM, at=at)
    return User.objects.get(pk=user.pk)


def browser_of(user: User) -> Client:
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(user)
    return client


def install(
    *, is_demo: bool = False, service_phone: str = "", privacy_notice: str = "", at: datetime | None = None
) -> Installation:
    """The installation as the first run leaves it: commands refuse to work on one without a company."""
    return found_installation(
        company="澄川环境",
        is_demo=is_demo,
        service_phone=service_phone,
        privacy_notice=privacy_notice,
        joined=False,
        by=SYSTEM,
        at=at or clock.now(),
    )


def found(
    *,
    at: datetime | None = None,
    packs: tuple[str, ...] = ("feedback",),
    answers: dict[str, Any] | None = None,
) -> World:
    """A company with two departments besides service, adopted regulations and a calendar."""
    now = this_hour()
    at = at or now - timedelta(days=30)

    def make() -> World:
        with clock.telling(now):
            return _found(at, packs, answers)

    return made_once("company", make, now, at, packs, repr(answers))


def _found(at: datetime, packs: tuple[str, ...], answers: dict[str, Any] | None) -> World:
    by = SYSTEM
    company = people.create_department(code="company", name="澄川环境", by=by, at=at)
    rooms: dict[str, Department] = {
        code: people.create_department(code=code, name=name, parent=company, by=by, at=at)
        for code, name in (("service", "客户服务部"), ("tech", "工程服务部"), ("quality", "品质部"))
    }

    def person(username: str, name: str, room: str, *roles: str) -> User:
        user = people.create_staff(
            username=username,
            name=name,
            department=rooms.get(room),
            email=f"{username}@example.com",
            password="Maple-Stone-7",
            must_change_password=False,
            by=by,
            at=at,
        )
        for role in roles:
            people.grant_role(user=user, role=role, by=by, at=at)
        return user

    agent = person("lin", "林知夏", "service", "service_agent")
    supervisor = person("xu", "许南乔", "service", "service_supervisor")
    engineer = person("chen", "陈砚", "tech", "department_staff")
    engineer_head = person("he", "何苒", "tech", "department_head")
    executive = person("gu", "顾清和", "", "executive")
    stranger = person("wu", "吴桐", "quality", "department_staff")
    people.set_head(department=rooms["tech"], head=engineer_head, by=by, at=at)
    people.set_head(department=rooms["service"], head=supervisor, by=by, at=at)
    for code, name, holder in (
        ("service_head", "分管领导", executive),
        ("service_supervisor", "客户服务部负责人", supervisor),
        ("service_desk", "客服坐席组", agent),
    ):
        people.create_post(code=code, name=name, department=rooms["service"], holders=[holder], by=by, at=at)
    publish_calendar(
        definition=chinese_calendar((2024, 2025, 2026), WEEKLY),
        by=SYSTEM,
        at=datetime(2024, 1, 1, tzinfo=UTC),
        source="test",
    )
    for pack in packs:
        adopt_pack(
            pack=pack,
            effective_from=at,
            answers=answers if answers is not None else (ANSWERS if pack == "feedback" else {}),
            by=by,
            at=at,
        )
    return World(agent, supervisor, engineer, engineer_head, executive, stranger, at)
