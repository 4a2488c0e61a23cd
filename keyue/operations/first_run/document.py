"""The answers of the first run as one document: for `keyue found` and the API, by the same rules as the pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.utils.translation import gettext as _
from pydantic import Field, StrictBool

from keyue.kernel.errors import Invalid
from keyue.operations.first_run import pages
from keyue.operations.first_run.answers import ADMINISTRATORS, Answers, post_codes
from keyue.operations.first_run.staff import (
    StaffRow,
    check_departments,
    checked,
    departments_posted,
    is_named,
    with_named,
)
from keyue.operations.forms import MOST_SHEET_ROWS, AdministratorsForm, CompanyForm
from keyue.people.api import In, shown
from keyue.regulations.packs import ready_packs
from keyue.worktime.calendar import WEEKDAYS
from keyue.worktime.typed import PRESETS


class AdministratorIn(In):
    """Somebody with an account and a password of their own."""

    name: str = Field(max_length=60)
    username: str = Field(max_length=64)
    password: str = Field(max_length=256)


class AdministratorsIn(In):
    """系统, 安全 and 审计; without `security` the first is the second too (`joined`). `quality` keeps the regulations."""

    system: AdministratorIn
    security: AdministratorIn | None = None
    audit: AdministratorIn
    quality: AdministratorIn | None = None
    joined: StrictBool = Field(False, description="one person is both: recorded and shown")


class StaffIn(In):
    """A member of staff; without a username it is made of the name's pinyin. The password is given back once."""

    name: str
    username: str = ""
    email: str = ""
    department: str = Field("", description="by its name or path")
    title: str = ""
    role: str = Field("", description="the code of a role")
    heads: StrictBool = Field(False, description="is the head of the department")


class FoundingIn(In):
    """Everything that the first run asks."""

    model_config = shown(
        examples=[
            {
                "company": "澄川环境科技有限公司",
                "service_phone": "400-000-0000",
                "administrators": {
                    "system": {"name": "秦系安", "username": "sys", "password": "…"},
                    "security": {"name": "安守拙", "username": "sec", "password": "…"},
                    "audit": {"name": "计明理", "username": "aud", "password": "…"},
                    "quality": {"name": "支若兰", "username": "zhi", "password": "…"},
                },
                "departments": ["客户服务部", "工程服务部/一组"],
                "staff": [
                    {
                        "name": "林知夏",
                        "username": "lin",
                        "department": "客户服务部",
                        "role": "service_agent",
                    },
                    {
                        "name": "许南乔",
                        "username": "xu",
                        "department": "客户服务部",
                        "role": "service_supervisor",
                        "heads": True,
                    },
                    {"name": "顾清和", "username": "gu", "role": "executive"},
                ],
                "hours": dict(PRESETS["office"]),
                "holidays": ["2027-02-05 至 2027-02-12 春节"],
                "working_days": [],
                "regulations": {
                    "feedback": {"progress.every": "2 天", "acknowledge_urgent.within": "30 分钟"}
                },
                "posts": {"service_desk": ["lin"], "service_supervisor": ["xu"], "service_head": ["gu"]},
            }
        ]
    )

    company: str
    service_phone: str = ""
    privacy_notice: str = ""
    administrators: AdministratorsIn
    departments: list[str] = Field([], description="one each; `A/B` lies below A")
    staff: list[StaffIn] = Field([], max_length=MOST_SHEET_ROWS)
    hours: dict[str, str] = Field(
        dict(PRESETS["office"]), description="by weekday (mon … sun): `09:00-12:00, 13:30-18:00`"
    )
    holidays: list[str] = Field([], description="beside the published ones: `2027-02-05 ~ 2027-02-12`")
    working_days: list[str] = []
    regulations: dict[str, dict[str, str]] = Field(
        {"feedback": {}}, description="ready regulations to adopt, with the answers to their open questions"
    )
    posts: dict[str, list[str]] = Field({}, description="usernames of who stands behind a post, by its code")
    grant_roles: StrictBool = Field(
        True, description="who stands behind a post gets the role that goes with it"
    )


EXAMPLE: dict[str, Any] = cast(Any, FoundingIn.model_config)["json_schema_extra"]["examples"][0]


def answers_of(said: FoundingIn) -> Answers:
    """The answers of every step. Raises Invalid with a sentence for each field at fault."""
    faults: dict[str, object] = {}
    data = {
        "company": _company(said, faults),
        "staff": _staff(said, faults),
        "hours": _hours(said, faults),
        "regulations": _regulations(said, faults),
    }
    data["administrators"] = _administrators(said, Answers(data), faults)
    answers = Answers(data)
    if not faults:
        answers.data["roles"] = _posts(said, answers, faults)
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return answers


def _company(said: FoundingIn, faults: dict[str, object]) -> dict[str, Any]:
    form = CompanyForm(
        {
            "company": said.company,
            "service_phone": said.service_phone,
            "privacy_notice": said.privacy_notice,
        }
    )
    faults |= {name: errors[0] for name, errors in form.errors.items()}
    return dict(form.cleaned_data)


def _staff(said: FoundingIn, faults: dict[str, object]) -> dict[str, Any]:
    rows = [
        StaffRow({**row.model_dump(exclude={"heads"}), "heads": "1" if row.heads else ""})
        for row in said.staff
    ]
    named = said.administrators
    taken = [person.username for key in (*ADMINISTRATORS, "quality") if (person := getattr(named, key))]
    good = checked(rows, taken)
    for n, row in enumerate(rows):
        faults |= {f"staff.{n}.{name}": fault for name, fault in row.faults.items()}
    listed = departments_posted("\n".join(said.departments))
    departments = with_named(listed, good)
    _check_named(said, listed, faults)
    wrong = check_departments(departments)
    if wrong:
        faults["departments"] = wrong
    return {"departments": departments, "rows": good, "sheet": []}


def _check_named(said: FoundingIn, listed: list[str], faults: dict[str, object]) -> None:
    """Who lists departments lists them all, and each once: anything else is a slip of the pen."""
    seen: set[str] = set()
    for n, text in enumerate(said.departments):
        path = "".join(departments_posted(text)[:1])
        if path in seen:
            faults[f"departments.{n}"] = _("「%(name)s」写了两次。") % {"name": path}
        seen.add(path)
    for n, row in enumerate(said.staff):
        if listed and row.department and not is_named(row.department, listed):
            faults[f"staff.{n}.department"] = _("上面没有「%(name)s」这个部门。") % {"name": row.department}


def _administrators(said: FoundingIn, answers: Answers, faults: dict[str, object]) -> dict[str, Any]:
    given = said.administrators
    typed: dict[str, Any] = {"joined": given.joined}
    for key in (*ADMINISTRATORS, "quality"):
        person: AdministratorIn | None = getattr(given, key)
        if person is not None:
            typed |= {f"{key}_name": person.name, f"{key}_username": person.username}
            typed |= {f"{key}_password": person.password, f"{key}_again": person.password}
    staff = [person.username for person in answers.people()]
    form = AdministratorsForm(typed, company=said.company, before={}, taken=staff)
    for name, errors in form.errors.items():
        who, _line, field = name.partition("_")
        faults[f"administrators.{who}.{field}" if field else f"administrators.{who}"] = errors[0]
    return dict(form.cleaned_data)


def _hours(said: FoundingIn, faults: dict[str, object]) -> dict[str, Any]:
    unknown = [day for day in said.hours if day not in WEEKDAYS]
    if unknown:
        faults[f"hours.{unknown[0]}"] = _none_of(WEEKDAYS)
    typed = {f"day-{day}": said.hours.get(day, "") for day in WEEKDAYS}
    typed |= {"holidays": "\n".join(said.holidays), "working_days": "\n".join(said.working_days)}
    answered, wrong = pages.hours_sent(typed)
    faults |= {f"hours.{name}" if name in WEEKDAYS else name: fault for name, fault in wrong.items()}
    return answered


def _regulations(said: FoundingIn, faults: dict[str, object]) -> dict[str, Any]:
    packs = {pack.id: pack for pack in ready_packs() if not pack.faults}
    typed: dict[str, str] = {}
    for identity, answers in said.regulations.items():
        if identity not in packs:
            faults[f"regulations.{identity}"] = _none_of(packs)
            continue
        typed[f"adopt-{identity}"] = "on"
        keys = [question.key for question in packs[identity].questions()]
        for key, text in answers.items():
            typed[f"{identity}:{key}"] = text
            if key not in keys:
                faults[f"regulations.{identity}.{key}"] = _none_of(keys)
    answered, wrong = pages.regulations_sent(typed)
    faults |= {f"regulations.{name.replace(':', '.', 1)}".rstrip("."): fault for name, fault in wrong.items()}
    return answered


def _posts(said: FoundingIn, answers: Answers, faults: dict[str, object]) -> dict[str, Any]:
    named = {code for code, _name in answers.posts()}
    known = {person.username for person in answers.people()}
    for code, holders in said.posts.items():
        if code not in named | post_codes():
            faults[f"posts.{code}"] = _none_of(sorted(named))
        for n, username in enumerate(holders):
            if username not in known:
                faults[f"posts.{code}.{n}"] = _("上面没有工号「%(name)s」。") % {"name": username}
    holders_by_post: Mapping[str, list[str]] = said.posts
    return {"holders": dict(holders_by_post), "grant": said.grant_roles}


def _none_of(known: Iterable[str]) -> str:
    return _("不认识，只能是：%(known)s。") % {"known": _("、").join(known)}
