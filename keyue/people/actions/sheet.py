"""Staff from a spreadsheet: what is right is taken, each bad row comes back with its reason, twice is once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, KeyueError
from keyue.ledger.facts import Actor
from keyue.people import names
from keyue.people.actions.credentials import random_password
from keyue.people.actions.grants import grant_role
from keyue.people.actions.organisation import create_department, create_post, set_holders
from keyue.people.actions.staff import create_staff
from keyue.people.models import Department, OwnerCode, Post, User
from keyue.people.roles import ADMINISTRATORS, ROLES
from keyue.people.sheets import Row


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was not taken, and why."""

    line: int
    reason: str


@dataclass(slots=True)
class StaffImport:
    """What became of a sheet. `passwords` are the first passwords by sign-in name, to be handed out once."""

    created: list[User] = field(default_factory=list)
    unchanged: int = 0
    departments: list[Department] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)


def import_staff(rows: Sequence[Row], *, by: Actor, at: datetime) -> StaffImport:
    """Create accounts, and the departments and posts they name. A row whose sign-in name exists is left as it is."""
    result = StaffImport()
    for row in rows:
        try:
            with transaction.atomic():
                _import_row(row, result, by, at)
        except KeyueError as error:
            result.errors.append(RowError(row.line, _reason(error)))
    return result


def _reason(error: KeyueError) -> str:
    details = [str(sentence) for sentence in getattr(error, "fields", {}).values()]
    return " ".join(details) or str(error)


def _import_row(row: Row, result: StaffImport, by: Actor, at: datetime) -> None:
    values = row.values
    username = values.get("username", "").strip().lower()
    if User.objects.filter(username=username).exists():
        result.unchanged += 1
        return
    made: list[Department] = []
    department = _department(values.get("department", ""), made, by, at)
    password = random_password()
    user = create_staff(
        username=username,
        name=values.get("name", ""),
        email=values.get("email", ""),
        phone=values.get("phone", ""),
        title=values.get("title", ""),
        department=department,
        password=password,
        by=by,
        at=at,
    )
    for role in _roles(values):
        grant_role(user=user, role=role, by=by, at=at)
    for name in _parts(values.get("posts", "")):
        _take_post(name, user, by, at)
    result.created.append(user)
    result.departments += made
    result.passwords[user.username] = password


def _parts(text: str) -> list[str]:
    for mark in "，、；;":
        text = text.replace(mark, ",")
    return [part for part in (p.strip() for p in text.split(",")) if part]


def _department(text: str, made: list[Department], by: Actor, at: datetime) -> Department | None:
    """「客户服务部/一组」, a name, or a code. What does not exist is made under the company."""
    parts = [p.strip() for p in text.replace("／", "/").split("/") if p.strip()]
    root = Department.objects.filter(parent=None, closed_at=None).first()
    if not parts:
        return root
    if root is None:
        raise Invalid(_("请先建立公司，再导入人员。"))
    if parts[0] in (root.name, root.code):
        parts = parts[1:]
    if len(parts) == 1:
        anywhere = list(Department.objects.filter(closed_at=None).filter(name=parts[0]))
        anywhere = anywhere or list(Department.objects.filter(closed_at=None, code=parts[0]))
        if len(anywhere) == 1:
            return anywhere[0]
        if len(anywhere) > 1:
            raise Invalid(_("有几个部门都叫「%(name)s」，请写成「上级/部门」。") % {"name": parts[0]})
    parent = root
    for part in parts:
        found = Department.objects.filter(parent=parent, name=part, closed_at=None).first()
        if found is None:
            found = create_department(code=_free_code(part), name=part, parent=parent, by=by, at=at)
            made.append(found)
        parent = found
    return parent


def _free_code(name: str) -> str:
    base = names.code_from(name)
    code, number = base, 2
    while OwnerCode.objects.filter(code=code).exists():
        code, number = f"{base[:37]}_{number}", number + 1
    return code


def _roles(values: Mapping[str, str]) -> list[str]:
    by_name: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            by_name |= {str(role.display_name): code for code, role in ROLES.items()}
    found = []
    for part in _parts(values.get("roles", "")):
        code = part if part in ROLES else by_name.get(part, "")
        if not code:
            raise Invalid(_("没有「%(role)s」这个角色。") % {"role": part})
        if code in ADMINISTRATORS:
            raise Invalid(_("「%(role)s」不能从表格授予，请在角色页由安全管理员授予。") % {"role": part})
        found.append(code)
    return found


def _take_post(text: str, user: User, by: Actor, at: datetime) -> None:
    post = Post.objects.filter(code=text).first() or Post.objects.filter(name=text).first()
    if post is None:
        post = create_post(code=_free_code(text), name=text, by=by, at=at)
    set_holders(post=post, holders=[*post.holders.filter(is_active=True), user], by=by, at=at)
