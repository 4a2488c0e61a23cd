"""Departments and staff as typed into the rows of a page, or read from a sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.cases.importing.faults import write_xlsx
from keyue.kernel.errors import Invalid
from keyue.operations.forms import MOST_ROWS, MOST_SHEET_ROWS, business_roles
from keyue.people import names, rules
from keyue.people.roles import ADMINISTRATORS, ROLES
from keyue.people.sheets import Row

COLUMNS = ("name", "username", "email", "department", "title", "role", "heads")
AT_FIRST, MORE = 5, 5


@dataclass(slots=True)
class StaffRow:
    """One row of the page, with what is wrong with it by column."""

    values: dict[str, str]
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not any(self.values.get(column) for column in COLUMNS if column not in {"role", "heads"})


def rows_posted(posted: Mapping[str, str]) -> list[StaffRow]:
    """The rows as they were sent."""
    found = []
    for n in range(MOST_ROWS):
        if f"name-{n}" not in posted:
            break
        found.append(StaffRow({column: str(posted.get(f"{column}-{n}", "")).strip() for column in COLUMNS}))
    return found


def departments_posted(text: str) -> list[str]:
    """One department a line, each once; `客户服务部/一组` lies below 客户服务部."""
    found = [" ".join(line.replace("／", "/").split()) for line in text.splitlines()]
    return list(dict.fromkeys(line.strip("/") for line in found if line.strip("/")))


def with_named(departments: Sequence[str], rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The departments, and those that only the rows of staff name."""
    found = list(departments)
    for values in rows:
        name = values["department"]
        if name and not is_named(name, found):
            found.append(name)
    return found


def is_named(name: str, departments: Sequence[str]) -> bool:
    """Whether one of the departments is meant: by its path, by its own name, or as one that lies above another."""
    meant = [part.strip() for part in name.split("/")]
    paths = [[part.strip() for part in path.split("/")] for path in departments]
    if len(meant) == 1:
        return any(meant[0] in path for path in paths)
    return any(path[: len(meant)] == meant for path in paths)


def check_departments(departments: Sequence[str]) -> str:
    """What is wrong with the departments; empty where nothing is."""
    parts = [part.strip() for path in departments for part in path.split("/")]
    if any(not part or len(part) > 100 for part in parts):
        return _("部门名称最多 100 个字，两级之间用一个 / 隔开。")
    return _("部门太多，请先建主要的，其余以后在设置里加。") if len(departments) > 200 else ""


def checked(rows: Sequence[StaffRow], taken: Sequence[str]) -> list[dict[str, str]]:
    """The rows that say anything, with what is missing filled in; faults are noted in the rows. `taken` are sign-in
    names of the steps before."""
    used = {name for name in taken if name}
    known = {code for code, _label in business_roles()}
    good = []
    for row in rows:
        if row.is_empty:
            continue
        values = dict(row.values)
        values["name"] = " ".join(values["name"].split())
        if not 1 <= len(values["name"]) <= 60:
            row.faults["name"] = _("请填写姓名，最多 60 个字。")
        values["username"] = values["username"].lower() or _free(values["name"], used)
        if not rules.is_username(values["username"]):
            row.faults["username"] = _(
                "工号用小写字母、数字、点、横线或下划线，2 至 64 个字符，如 lin.zhixia。"
            )
        elif values["username"] in used:
            row.faults["username"] = _("工号「%(name)s」已经有人使用。") % {"name": values["username"]}
        used.add(values["username"])
        if values["email"] and not _is_email(values["email"]):
            row.faults["email"] = _("邮箱地址不对，如 name@example.com。")
        if values["role"] and values["role"] not in known:
            row.faults["role"] = _("请从选项中选择。")
        if len(values["title"]) > 60:
            row.faults["title"] = _("职务最多 60 个字。")
        row.values = values
        good.append(values)
    return good


def _free(name: str, used: set[str]) -> str:
    """A sign-in name from the pinyin of a name: 林知夏 → linzhixia."""
    base = "".join(names.syllables(names.pinyin_of(name)))[:60]
    if len(base) < 2:
        return base
    username, n = base, 2
    while username in used:
        username, n = f"{base}{n}", n + 1
    return username


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def check_length(rows: Sequence[Row]) -> None:
    """Raises Invalid where a sheet has more rows than the first run takes."""
    if len(rows) > MOST_SHEET_ROWS:
        raise Invalid(
            _("首次设置一次最多 %(most)d 人，现在是 %(n)d 人。请先建立公司，再到「设置」里导入其余的人员。")
            % {"most": MOST_SHEET_ROWS, "n": len(rows)}
        )


def check_sheet(rows: Sequence[Row], taken: Sequence[str]) -> list[str]:
    """What is wrong with the rows of a sheet, a sentence a row."""
    used = {name for name in taken if name}
    roles = _role_names()
    found = []
    for row in rows:
        username = row.values.get("username", "").strip().lower()
        for sentence in _row_faults(row, username, used, roles):
            found.append(_("第 %(line)d 行：%(why)s") % {"line": row.line, "why": sentence})
        used.add(username)
    return found


def _row_faults(row: Row, username: str, used: set[str], roles: Mapping[str, str]) -> list[str]:
    found = []
    if not row.values.get("name", "").strip():
        found.append(_("请填写姓名，最多 60 个字。"))
    if not rules.is_username(username):
        found.append(_("工号用小写字母、数字、点、横线或下划线，2 至 64 个字符，如 lin.zhixia。"))
    elif username in used:
        found.append(_("工号「%(name)s」已经有人使用。") % {"name": username})
    email = row.values.get("email", "").strip()
    if email and not _is_email(email):
        found.append(_("邮箱地址不对，如 name@example.com。"))
    for part in row.values.get("roles", "").replace("，", ",").replace("、", ",").split(","):
        code = roles.get(part.strip())
        if part.strip() and code is None:
            found.append(_("没有「%(role)s」这个角色。") % {"role": part.strip()})
        elif code in ADMINISTRATORS:
            found.append(_("管理员在上一步指定，不能写在表里。"))
    return found


def _role_names() -> dict[str, str]:
    found = {code: code for code in ROLES}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found |= {str(role.display_name): code for code, role in ROLES.items()}
    return found


def staff_template(target: Path) -> None:
    """An empty staff sheet with two rows that show how."""
    rows = [
        [_("工号"), _("姓名"), _("邮箱"), _("手机"), _("部门"), _("职务"), _("角色"), _("岗位")],
        ["lin", "林知夏", "lin@example.com", "13800000001", "客户服务部", "客服专员", "客服专员", ""],
        ["chen", "陈砚", "chen@example.com", "", "工程服务部/一组", "工程师", "部门处理人员", ""],
    ]
    write_xlsx(rows, target, widths=[12, 12, 26, 16, 22, 14, 18, 22])
