"""What the pages of the first run show, and what they are sent: plain values for templates and for the answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import Invalid
from keyue.operations.actions import Founded, Founding
from keyue.operations.first_run.answers import ADMINISTRATORS, ROLE_OF_POST, Answers
from keyue.operations.first_run.staff import (
    AT_FIRST,
    MORE,
    StaffRow,
    check_departments,
    check_length,
    check_sheet,
    checked,
    departments_posted,
    is_named,
    rows_posted,
    with_named,
)
from keyue.operations.forms import MOST_ROWS, AdministratorsForm, StaffSheetForm, business_roles
from keyue.people.roles import ROLES
from keyue.people.sheets import LARGEST, Row, read_rows
from keyue.regulations.controls import ControlError
from keyue.regulations.document import Document
from keyue.regulations.durations import written
from keyue.regulations.packs import ready_packs
from keyue.ui import wording
from keyue.worktime.calendar import WEEKDAYS
from keyue.worktime.changes import spans
from keyue.worktime.holidays import published_days, published_years
from keyue.worktime.rules import parse_rule
from keyue.worktime.typed import DAY_LABELS, PRESET_LABELS, PRESETS, dates, weekly
from keyue.worktime.wording import describe

SHOWN = 12
STEP, HALF = "administrators", "administrators_half"
"""Under HALF the good passwords are kept, while something is still wrong with the step."""
MANY = 24
STAFF_COLUMNS = {
    "name": (gettext_lazy("姓名"), "96px", 60),
    "username": (gettext_lazy("工号"), "112px", 64),
    "email": (gettext_lazy("邮箱"), "168px", 254),
    "department": (gettext_lazy("部门"), "148px", 100),
    "title": (gettext_lazy("职务"), "96px", 60),
    "role": (gettext_lazy("角色"), "132px", 40),
    "heads": (gettext_lazy("负责人"), "56px", 1),
}
"""Label, width and longest text of each column."""
ADMINISTRATOR_NOTES = {
    "system": (
        gettext_lazy("系统管理员"),
        gettext_lazy("建账号、部门与岗位，维护系统设置；不授予角色，不查审计。"),
    ),
    "security": (gettext_lazy("安全管理员"), gettext_lazy("授予与收回角色，定登录安全规则。")),
    "audit": (gettext_lazy("审计管理员"), gettext_lazy("查阅审计记录，核对另外两位的操作；不能兼任。")),
    "quality": (
        gettext_lazy("制度管理员"),
        gettext_lazy("维护制度与工作日历。没有这个人，制度就没有人能改。"),
    ),
}

# --- administrators ---


def administrators_before(answers: Answers) -> dict[str, Any]:
    """What was typed about them, with the passwords that are kept: the newest of each person."""
    shown, half, answered = (answers.shown(STEP), answers.step(HALF), answers.step(STEP))
    before: dict[str, Any] = {"joined": shown.get("joined", False)}
    for key in (*ADMINISTRATORS, "quality"):
        password = (half.get(key) or answered.get(key) or {}).get("password", "")
        before[key] = {**(shown.get(key) or {}), "password": password}
    return before


def administrators_draft(form: AdministratorsForm) -> dict[str, Any]:
    """What was typed about them, without passwords: those that are good are kept by themselves."""
    said: dict[str, Any] = {"joined": bool(form["joined"].value())}
    for key in (*ADMINISTRATORS, "quality"):
        said[key] = {name: str(form[f"{key}_{name}"].value() or "") for name in ("name", "username")}
    return said


def administrator_fields(form: AdministratorsForm, kept: Collection[str]) -> list[dict[str, Any]]:
    """The fields of each person, with what the person is for, and whose password is `kept` already."""
    return [
        {
            "key": key,
            "title": ADMINISTRATOR_NOTES[key][0],
            "note": ADMINISTRATOR_NOTES[key][1],
            "fields": [
                (form[f"{key}_{name}"], _("已设置，留空不变") if name == "password" and key in kept else "")
                for name in ("name", "username", "password", "again")
            ],
        }
        for key in (*ADMINISTRATORS, "quality")
    ]


# --- departments and staff ---


def staff_page(answers: Answers) -> dict[str, Any]:
    """The step as it was answered, with some empty rows."""
    step = answers.shown("staff")
    rows = [StaffRow(dict(values)) for values in step.get("rows", [])]
    departments = step.get("departments", ["客户服务部"] if not step else [])
    return _staff_context(rows, departments, step.get("sheet", []), StaffSheetForm())


def _staff_context(
    rows: list[StaffRow],
    departments: list[str],
    sheet: list[tuple[int, dict[str, str]]],
    form: StaffSheetForm,
    *,
    more: int = 2,
) -> dict[str, Any]:
    empty = max(AT_FIRST - len(rows), more)
    shown = [*rows, *(StaffRow({}) for _n in range(empty))][:MOST_ROWS]
    return {
        "rows": [_cells(n, row) for n, row in enumerate(shown)],
        "departments": "\n".join(departments),
        "names": departments,
        "columns": [(label, width) for label, width, _most in STAFF_COLUMNS.values()],
        "roles": business_roles(),
        "sheet": sheet[:SHOWN],
        "sheet_count": len(sheet),
        "form": form,
        "may_add": len(shown) < MOST_ROWS,
    }


def _cells(n: int, row: StaffRow) -> list[dict[str, Any]]:
    return [
        {
            "column": column,
            "name": f"{column}-{n}",
            "label": label,
            "says": _("第 %(n)d 人：%(what)s") % {"n": n + 1, "what": label},
            "value": row.values.get(column, ""),
            "fault": row.faults.get(column, ""),
            "most": most,
        }
        for column, (label, _width, most) in STAFF_COLUMNS.items()
    ]


class StaffSent:
    """What the page of departments and staff was sent."""

    def __init__(self, request: HttpRequest, answers: Answers) -> None:
        posted = request.POST
        self.act = posted.get("act", "")
        self.rows = [row for row in rows_posted(posted) if not row.is_empty]
        self.departments = departments_posted(posted.get("departments", ""))
        self.form = StaffSheetForm(posted, request.FILES)
        kept = answers.shown("staff").get("sheet", [])
        self.sheet = [] if self.act == "drop" else [(line, values) for line, values in kept]
        self.faults: dict[str, object] = {}
        self.sheet_faults: list[str] = []
        self.good: list[dict[str, str]] = []
        before = [person.username for person in Answers({**answers.data, "staff": {}}).people()]
        if not self.wants_more:
            self._check_rows(before)
        self._check_sheet(request, before)

    def _check_rows(self, before: list[str]) -> None:
        self.good = checked(self.rows, before)
        self.departments = with_named(self.departments, self.good)
        fault = check_departments(self.departments)
        if fault:
            self.faults["departments"] = fault

    def _check_sheet(self, request: HttpRequest, before: list[str]) -> None:
        file = request.FILES.get("sheet")
        taken = [*before, *(row.values["username"] for row in self.rows)]
        try:
            if file is None and self.act == "sheet":
                raise Invalid(_("请先选择一个文件，再读入。"))
            if file is not None:
                # one byte more than allowed is enough to refuse it
                found = read_rows(file.read(LARGEST + 1), file.name or "")
                check_length(found)
                self.sheet = [(row.line, row.values) for row in found]
            self.sheet_faults = check_sheet([Row(line, values) for line, values in self.sheet], taken)
        except Invalid as error:
            self.faults["sheet"] = str(error)

    @property
    def wants_more(self) -> bool:
        return self.act == "more"

    @property
    def stays(self) -> bool:
        """A sheet came or went: the page shows it before the next step."""
        return self.act in {"sheet", "drop"}

    @property
    def is_good(self) -> bool:
        return not (self.faults or self.sheet_faults or any(row.faults for row in self.rows))

    def said(self) -> dict[str, Any]:
        return {"departments": self.departments, "rows": self.good, "sheet": self.sheet}

    def draft(self) -> dict[str, Any]:
        """The same with what is wrong in it: a sheet that was read is not asked for again."""
        return {**self.said(), "rows": [row.values for row in self.rows]}

    def context(self) -> dict[str, Any]:
        more = MORE if self.wants_more else 2
        context = _staff_context(self.rows, self.departments, self.sheet, self.form, more=more)
        shown = self.sheet_faults[:SHOWN]
        return {
            **context,
            "faults": self.faults,
            "row_faults": any(row.faults for row in self.rows),
            "sheet_faults": shown,
            "sheet_fault_count": len(self.sheet_faults),
        }


# --- working hours ---


def hours_page(
    said: Mapping[str, Any], at: datetime, faults: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """The week, the holidays that are known, and the company's own days."""
    days = said.get("days", PRESETS["office"])
    years = published_years()
    faults = faults or {}
    return {
        "days": [(day, DAY_LABELS[day], days.get(day, ""), faults.get(day, "")) for day in WEEKDAYS],
        "presets": list(PRESET_LABELS.items()),
        "holidays": said.get("holidays", ""),
        "working_days": said.get("working_days", ""),
        "faults": faults,
        "last_year": years.stop - 1,
        "is_short": at.year >= years.stop - 1,
        "next_year": years.stop,
        "known": _known_days(at.year, years),
    }


def _known_days(year: int, years: range) -> list[dict[str, Any]]:
    """The published holidays of this year and the next, with the make-up days; None where nothing is published."""
    found: list[dict[str, Any]] = []
    for wanted in (year, year + 1):
        if wanted not in years:
            found.append({"year": wanted, "days": None})
            continue
        off, on = published_days(wanted)
        found.append({"year": wanted, "days": spans(off), "made_up": on})
    return found


def hours_sent(posted: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, object]]:
    """What was typed, and what is wrong with it by field."""
    preset = posted.get("preset", "")
    days = PRESETS.get(preset) or {day: posted.get(f"day-{day}", "") for day in WEEKDAYS}
    own = {name: posted.get(name, "") for name in ("holidays", "working_days")}
    faults: dict[str, object] = {}
    try:
        weekly(days)
    except Invalid as error:
        faults |= error.fields
    for name, text in own.items():
        try:
            dates(text)
        except Invalid as error:
            faults[name] = str(error)
    return {"days": dict(days), **own}, faults


# --- regulations ---


FIRST = "feedback"


def regulations_page(said: Mapping[str, Any], faults: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Every ready regulation with what it leaves to the company."""
    faults = faults or {}
    packs = []
    # the one that is chosen unless somebody says otherwise stands first
    for pack in sorted(ready_packs(), key=lambda pack: pack.id != FIRST):
        if pack.faults:
            continue
        kept = said.get(pack.id, {})
        typed = kept.get("typed", {})
        controls = pack.controls()
        packs.append(
            {
                "id": pack.id,
                "title": pack.title,
                "code": pack.code,
                "clauses": len(pack.clauses),
                "runs": sum(control.runs for control in controls),
                "waits": sum(bool(control.awaits) for control in controls),
                "adopt": kept.get("adopt", not said and pack.id == FIRST),
                "take_proposed": kept.get("take_proposed", False),
                "is_wrong": any(key.startswith(f"{pack.id}:") for key in faults),
                "questions": [
                    {
                        "name": f"{pack.id}:{question.key}",
                        "title": question.name,
                        "clause": question.clause,
                        "text": question.text,
                        "proposed": describe(parse_rule(question.proposed), wording.tongue())
                        if question.proposed
                        else "",
                        "typed": typed.get(question.key, ""),
                        "fault": faults.get(f"{pack.id}:{question.key}", ""),
                    }
                    for question in pack.questions()
                ],
            }
        )
    return {"packs": packs, "fault": faults.get("", "")}


def regulations_sent(posted: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What was chosen and answered, and what is wrong with it by question."""
    said: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for pack in ready_packs():
        if pack.faults:
            continue
        typed = {
            question.key: posted.get(f"{pack.id}:{question.key}", "").strip() for question in pack.questions()
        }
        adopt = bool(posted.get(f"adopt-{pack.id}"))
        takes = bool(posted.get(f"proposed-{pack.id}"))
        proposed = {question.key: question.proposed for question in pack.questions()} if takes else {}
        answers: dict[str, str] = {}
        for key, said_here in typed.items():
            text = said_here or proposed.get(key, "")
            if not text:
                continue
            try:
                answers[key] = written(text)
                pack.controls({key: answers[key]})
            except (Invalid, ControlError) as error:
                if adopt:
                    faults[f"{pack.id}:{key}"] = str(error)
        said[pack.id] = {
            "adopt": adopt,
            "typed": typed,
            "take_proposed": takes,
            "answers": answers if adopt else {},
        }
    if not any(chosen["adopt"] for chosen in said.values()):
        faults[""] = _("至少采用一项制度：没有制度就没有约定。")
    return said, faults


def understood(pack: Document, answers: Mapping[str, str]) -> list[dict[str, str]]:
    """Each open question with its answer in words; empty where it is not switched on yet."""
    controls = {control.id: control for control in pack.controls(answers)}
    language = wording.tongue()
    found = []
    for question in pack.questions():
        limit = controls[question.control].limit
        rules = list(limit.rules()) if limit is not None and question.key in answers else []
        said = describe(rules[0], language) if rules else ""
        found.append({"name": question.name, "clause": question.clause, "said": said})
    return found


# --- posts ---


def roles_page(answers: Answers) -> dict[str, Any]:
    """Each post that the chosen regulations name, with who may stand behind it."""
    step = answers.shown("roles")
    people = answers.people()
    known = {person.username for person in people}
    return {
        "posts": [
            {
                "code": code,
                "name": name,
                "role": ROLES[ROLE_OF_POST[code]].display_name if code in ROLE_OF_POST else "",
                "regulations": [pack.title for pack in answers.adopted() if code in pack.roles],
                "holders": [name for name in step.get("holders", {}).get(code, []) if name in known]
                if step
                else answers.likely(code),
            }
            for code, name in answers.posts()
        ],
        "people": people,
        "is_long": len(people) > MANY,
        "grant": step.get("grant", True),
    }


# --- the end ---


def check_page(answers: Answers) -> dict[str, Any]:
    """Everything that will be set up, and what will be missing."""
    administrators = answers.step("administrators")
    hours = answers.step("hours")
    by_name = {person.username: person.name for person in answers.people()}
    years = published_years()
    return {
        "details": answers.step("company"),
        "administrators": [
            (ADMINISTRATOR_NOTES[key][0], administrators[key]["name"], administrators[key]["username"])
            for key in (*ADMINISTRATORS, "quality")
            if administrators.get(key)
        ],
        "joined": administrators.get("joined"),
        "has_keeper": bool(administrators.get("quality"))
        or any(row.get("role") == "quality_manager" for row in answers.step("staff").get("rows", [])),
        "departments": [name for _code, name, _above in answers.departments()],
        "staff_count": len(answers.step("staff").get("rows", [])) + len(answers.sheet()),
        "days": [(DAY_LABELS[day], hours.get("days", {}).get(day, "")) for day in WEEKDAYS],
        "last_year": years.stop - 1,
        "own_days": len(dates(hours.get("holidays", ""))) + len(dates(hours.get("working_days", ""))),
        "packs": [
            {
                "title": pack.title,
                "questions": understood(pack, answers.step("regulations")[pack.id]["answers"]),
            }
            for pack in answers.adopted()
        ],
        "posts": [
            (name, [by_name[username] for username in answers.holders(code)])
            for code, name in answers.posts()
        ],
        "empty_posts": answers.empty_posts(),
        "named_by_sheet": _named_by_sheet(answers),
        "namesake": _namesake(administrators),
    }


def _named_by_sheet(answers: Answers) -> list[str]:
    """Departments that only the sheet of staff names: they are made too, also where the pen slipped."""
    listed = list(answers.step("staff").get("departments", []))
    named = [values.get("department", "").strip() for _line, values in answers.sheet()]
    return [name for name in dict.fromkeys(named) if name and not is_named(name, listed)]


def _namesake(administrators: Mapping[str, Any]) -> str:
    """The name that who administers and who audits have in common; empty where they have none."""
    auditor = (administrators.get("audit") or {}).get("name", "")
    others = {(administrators.get(key) or {}).get("name", "") for key in ("system", "security")}
    return str(auditor) if auditor and auditor in others else ""


def started_page(founding: Founding, done: Founded) -> dict[str, Any]:
    """The end as plain values: one-time passwords, and what of the sheet was not taken."""
    passwords = [
        (person.name, person.username, str(person.password))
        for person in founding.people
        if person.must_change_password
    ]
    created = {user.username: user.name for user in done.sheet.created}
    passwords += [(created[username], username, text) for username, text in done.sheet.passwords.items()]
    empty = [name for code, name, _department, _above in founding.posts if not founding.holders.get(code)]
    return {
        "company": founding.company,
        "width": "640px",
        "passwords": passwords,
        "errors": [(error.line, str(error.reason)) for error in done.sheet.errors],
        "empty_posts": empty,
        "administrator": next(p.username for p in founding.people if "system_administrator" in p.roles),
    }
