"""Founding an installation: the company, its administrators, departments, people, calendar and regulations.

The first-run page and the demo both come through here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.company.actions import found_installation
from keyue.company.models import Installation
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import SYSTEM
from keyue.people import actions as people
from keyue.people.actions.sheet import StaffImport
from keyue.people.models import Department, Post, User
from keyue.people.selectors import role_codes_of
from keyue.people.sheets import Row
from keyue.promises.actions import publish_calendar
from keyue.regulations.actions import adopt_pack
from keyue.worktime.holidays import chinese_calendar, published_years

ADMINISTRATOR_ROLES = ("system_administrator", "security_administrator", "audit_administrator")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who gets an account. `departments` and `posts` are codes; `roles` are role codes."""

    username: str
    name: str
    password: str | None = None
    email: str = ""
    phone: str = ""
    department: str = ""
    title: str = ""
    roles: Sequence[str] = ()
    posts: Sequence[str] = ()
    heads: Sequence[str] = ()
    must_change_password: bool | None = None


@dataclass(frozen=True, slots=True)
class Adoption:
    """A ready regulation to put in force, with the company's answers to its open questions."""

    pack: str
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Founding:
    """Everything the first-run page asks. `weekly` are working hours by weekday (see worktime).

    `newcomers` are rows of a staff sheet. `holders` are sign-in names by post, for whoever comes by a sheet too; with
    `roles_of_holders` they get the role that goes with the post. `holidays` and `working_days` are the company's own,
    beside the published ones.
    """

    company: str
    people: Sequence[Person]
    departments: Sequence[tuple[str, str, str]] = ()
    posts: Sequence[tuple[str, str, str, str]] = ()
    weekly: Mapping[str, Any] = field(default_factory=dict)
    adoptions: Sequence[Adoption] = ()
    service_phone: str = ""
    privacy_notice: str = ""
    joins_system_and_security: bool = False
    newcomers: Sequence[Row] = ()
    holders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    roles_of_holders: Mapping[str, str] = field(default_factory=dict)
    holidays: Sequence[date] = ()
    working_days: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class Founded:
    """The installation, and what became of the rows of the staff sheet."""

    installation: Installation
    sheet: StaffImport


@transaction.atomic
def found(
    founding: Founding, *, at: datetime, is_demo: bool = False, must_change_password: bool = True
) -> Founded:
    """Set the installation up, once. Raises Refused where a company is already there, Invalid for what is missing."""
    _check_administrators(founding)
    installation = found_installation(
        company=founding.company,
        is_demo=is_demo,
        service_phone=founding.service_phone,
        privacy_notice=founding.privacy_notice,
        joined=founding.joins_system_and_security,
        by=SYSTEM,
        at=at,
    )
    root = people.create_department(code="company", name=founding.company, by=SYSTEM, at=at)
    departments = {"company": root}
    for code, name, parent in founding.departments:
        departments[code] = people.create_department(
            code=code, name=name, parent=departments[parent or "company"], by=SYSTEM, at=at
        )
    users = _people(founding, departments, at=at, must_change_password=must_change_password)
    posts = _posts(founding, departments, users, at=at)
    sheet = people.import_staff(founding.newcomers, by=SYSTEM, at=at)
    _holders(founding, posts, users | {user.username: user for user in sheet.created}, at=at)
    _calendar(founding, at=at)
    for adoption in founding.adoptions:
        adopt_pack(
            pack=adoption.pack,
            effective_from=at,
            answers=adoption.answers,
            by=SYSTEM,
            at=at,
            source="founding",
        )
    return Founded(installation, sheet)


def _check_administrators(founding: Founding) -> None:
    """Three administrators are named; 系统 and 安全 may be one person in a small company, 审计 never."""
    if not founding.company.strip():
        raise Invalid(_("请填写公司名称。"), fields={"company": _("请填写公司名称。")})
    faults: dict[str, object] = {}
    holders = {role: [p for p in founding.people if role in p.roles] for role in ADMINISTRATOR_ROLES}
    for role, found_people in holders.items():
        if not found_people:
            faults[role] = _("请指定一位管理员。")
    for person in founding.people:
        held = [role for role in ADMINISTRATOR_ROLES if role in person.roles]
        joined = set(held) == {"system_administrator", "security_administrator"}
        if len(held) > 1 and not (joined and founding.joins_system_and_security):
            faults[held[-1]] = (
                _("系统与安全由一人兼任时，请勾选「小公司兼任」，系统会记录并公示。")
                if joined
                else _("审计管理员不能由其他管理员兼任。")
            )
    if faults:
        raise Invalid(_("三个管理员要分开指定。"), fields=faults)


def _people(
    founding: Founding, departments: Mapping[str, Department], *, at: datetime, must_change_password: bool
) -> dict[str, User]:
    users: dict[str, User] = {}
    for person in founding.people:
        administers = bool(set(person.roles) & set(ADMINISTRATOR_ROLES))
        users[person.username] = people.create_staff(
            username=person.username,
            name=person.name,
            email=person.email,
            phone=person.phone,
            department=departments.get(person.department),
            title=person.title,
            password=person.password,
            must_change_password=must_change_password
            if person.must_change_password is None
            else person.must_change_password,
            for_administrator=administers,
            by=SYSTEM,
            at=at,
        )
        for role in person.roles:
            people.grant_role(
                user=users[person.username],
                role=role,
                joined=founding.joins_system_and_security,
                by=SYSTEM,
                at=at,
            )
    for person in founding.people:
        for code in person.heads:
            people.set_head(department=departments[code], head=users[person.username], by=SYSTEM, at=at)
    return users


def _posts(
    founding: Founding, departments: Mapping[str, Department], users: Mapping[str, User], *, at: datetime
) -> dict[str, Post]:
    """Posts in an order in which the one reported to stands first; without a person they stand empty, and are shown."""
    made: dict[str, Post] = {}
    for code, name, department, reports_to in founding.posts:
        holders = [users[person.username] for person in founding.people if code in person.posts]
        made[code] = people.create_post(
            code=code,
            name=name,
            department=departments.get(department),
            reports_to=made.get(reports_to),
            holders=holders,
            by=SYSTEM,
            at=at,
        )
    return made


def _holders(
    founding: Founding, posts: Mapping[str, Post], users: Mapping[str, User], *, at: datetime
) -> None:
    """Who was named for a post besides who came with it, and the role that goes with it."""
    for code, usernames in founding.holders.items():
        named = [users[username] for username in usernames if username in users]
        post = posts[code]
        people.set_holders(post=post, holders={*post.holders.all(), *named}, by=SYSTEM, at=at)
        role = founding.roles_of_holders.get(code)
        for user in named if role else ():
            if role not in role_codes_of(user):
                people.grant_role(user=user, role=str(role), by=SYSTEM, at=at)


def _calendar(founding: Founding, *, at: datetime) -> None:
    if not founding.weekly:
        return
    years = published_years()
    definition = chinese_calendar(range(max(years.start, at.year - 1), years.stop), founding.weekly)
    own = {"holidays": founding.holidays, "makeup_days": founding.working_days}
    for name, days in own.items():
        known = definition[name]
        assert isinstance(known, list)  # noqa: S101  make-up days of one kind are written as a list
        definition[name] = sorted({*known, *(day.isoformat() for day in days)})
    publish_calendar(definition=definition, revision=0, by=SYSTEM, at=at, source="founding")
