"""What the pages of the first run show, and what they are sent: plain values for templates and for the answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import Invalid
from keyue.operations.actions import Founded, Founding
from keyue.operations.first_run.answers import ADMINISTRATORS, ROLE_OF_POST, Answers
from keyue.operations.first_run.durations import written
from keyue.operations.first_run.hours import PRESETS, dates, weekly
from keyue.operations.first_run.staff import (
    AT_FIRST,
    MORE,
    StaffRow,
    check_departments,
    check_sheet,
    checked,
    departments_posted,
    rows_posted,
)
from keyue.operations.forms import MOST_ROWS, AdministratorsForm, StaffSheetForm, business_roles
from keyue.people.roles import ROLES
from keyue.people.sheets import LARGEST, Row, read_rows
from keyue.regulations.controls import ControlError
from keyue.regulations.document import Document
from keyue.regulations.packs import ready_packs
from keyue.worktime.calendar import WEEKDAYS
from keyue.worktime.holidays import chinese_calendar, published_years
from keyue.worktime.wording import describe

SHOWN = 12
HALF = "administrators_half"
"""Under which name those administrators are kept with whom nothing is wrong, while something is with another."""
MANY = 24
DAY_LABELS = {
    "mon": gettext_lazy("周一"),
    "tue": gettext_lazy("周二"),
    "wed": gettext_lazy("周三"),
    "thu": gettext_lazy("周四"),
    "fri": gettext_lazy("周五"),
    "sat": gettext_lazy("周六"),
    "sun": gettext_lazy("周日"),
}
PRESET_LABELS = {
    "office": gettext_lazy("双休，9 点至 18 点"),
    "early": gettext_lazy("双休，8 点半至 17 点半"),
    "six": gettext_lazy("单休，周日休息"),
    "always": gettext_lazy("全天候，不休息"),
}
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


def administrator_fields(form: AdministratorsForm, kept: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of each person, with what the person is for, and whose password is `kept` already."""
    return [
        {
            "key": key,
            "title": ADMINISTRATOR_NOTES[key][0],
            "note": ADMINISTRATOR_NOTES[key][1],
            "fields": [
                (form[f"{key}_{name}"], _("已设置，留空不变") if name == "password" and kept.get(key) else "")
                for name in ("name", "username", "password", "again")
            ],
        }
        for key in (*ADMINISTRATORS, "quality")
    ]


# --- departments and staff ---


def staff_page(answers: Answers) -> dict[str, Any]:
    """The step as it was answered, with some empty rows."""
    step = answers.step("staff")
    rows = [StaffRow(dict(values)) for values in step.get("rows", [])]
    departments = step.get("departments", ["客户服务部"] if not step else [])
    return _staff_context(rows, departments, answers.sheet(), StaffSheetForm())


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
        "rows": list(enumerate(shown)),
        "departments": "\n".join(departments),
        "names": departments,
        "roles": business_roles(),
        "sheet": sheet[:SHOWN],
        "sheet_count": len(sheet),
        "form": form,
        "may_add": len(shown) < MOST_ROWS,
    }


class StaffSent:
    """What the page of departments and staff was sent."""

    def __init__(self, request: HttpRequest, answers: Answers) -> None:
        posted = request.POST
        self.act = posted.get("act", "")
        self.rows = [row for row in rows_posted(posted) if not row.is_empty]
        self.departments = departments_posted(posted.get("departments", ""))
        self.form = StaffSheetForm(posted, request.FILES)
        self.sheet = [] if self.act == "drop" else answers.sheet()
        self.faults: dict[str, object] = {}
        self.sheet_faults: list[str] = []
        self.good: list[dict[str, str]] = []
        if self.act != "more":
            self._check(request, answers)

    def _check(self, request: HttpRequest, answers: Answers) -> None:
        before = [person.username for person in Answers({**answers.data, "staff": {}}).people()]
        self.good = checked(self.rows, before)
        for values in self.good:
            if values["department"] and not self._is_known(values["department"]):
                self.departments.append(values["department"])
        fault = check_departments(self.departments)
        if fault:
            self.faults["departments"] = fault
        file = request.FILES.get("sheet")
        taken = [*before, *(values["username"] for values in self.good)]
        try:
            if file is not None:
                # one byte more than allowed is enough to refuse it
                found = read_rows(file.read(LARGEST + 1), file.name or "")
                self.sheet = [(row.line, row.values) for row in found]
            self.sheet_faults = check_sheet([Row(line, values) for line, values in self.sheet], taken)
        except Invalid as error:
            self.faults["sheet"] = str(error)

    def _is_known(self, name: str) -> bool:
        return any(name in (path, path.split("/")[-1].strip()) for path in self.departments)

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

    def context(self) -> dict[str, Any]:
        more = MORE if self.wants_more else 2
        context = _staff_context(self.rows, self.departments, self.sheet, self.form, more=more)
        shown = self.sheet_faults[:SHOWN]
        return {
            **context,
            "faults": self.faults,
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
        "first_year": years.start,
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
        calendar = chinese_calendar([wanted], {"mon": [["09:00", "18:00"]]})
        off, on = calendar["holidays"], calendar["makeup_days"]
        assert isinstance(off, list) and isinstance(on, list)  # noqa: S101  to_dict writes lists
        found.append(
            {"year": wanted, "days": _spans(off), "made_up": [date.fromisoformat(day) for day in on]}
        )
    return found


def _spans(days: list[str]) -> list[tuple[date, date]]:
    """Days that follow each other as one span."""
    spans: list[tuple[date, date]] = []
    for day in map(date.fromisoformat, days):
        if spans and (day - spans[-1][1]).days == 1:
            spans[-1] = spans[-1][0], day
        else:
            spans.append((day, day))
    return spans


def hours_sent(posted: QueryDict) -> tuple[dict[str, Any], dict[str, object]]:
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


def regulations_page(said: Mapping[str, Any], faults: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Every ready regulation with what it leaves to the company."""
    faults = faults or {}
    packs = []
    for pack in ready_packs():
        if pack.faults:
            continue
        kept = said.get(pack.id, {})
        typed = kept.get("typed", {})
        packs.append(
            {
                "id": pack.id,
                "title": pack.title,
                "code": pack.code,
                "clauses": len(pack.clauses),
                "controls": len(pack.blocks),
                "adopt": kept.get("adopt", not said and pack.id == "feedback"),
                "questions": [
                    {
                        "name": f"{pack.id}:{question.key}",
                        "title": question.name,
                        "clause": question.clause,
                        "text": question.text,
                        "typed": typed.get(question.key, ""),
                        "fault": faults.get(f"{pack.id}:{question.key}", ""),
                    }
                    for question in pack.questions()
                ],
            }
        )
    return {"packs": packs, "fault": faults.get("", "")}


def regulations_sent(posted: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
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
        answers: dict[str, str] = {}
        for key, text in typed.items():
            if not text:
                continue
            try:
                answers[key] = written(text)
                pack.controls({key: answers[key]})
            except (Invalid, ControlError) as error:
                if adopt:
                    faults[f"{pack.id}:{key}"] = str(error)
        said[pack.id] = {"adopt": adopt, "typed": typed, "answers": answers if adopt else {}}
    if not any(chosen["adopt"] for chosen in said.values()):
        faults[""] = _("至少采用一项制度：没有制度就没有约定。")
    return said, faults


def understood(pack: Document, answers: Mapping[str, str]) -> list[dict[str, str]]:
    """Each open question with its answer in words; empty where it is not switched on yet."""
    controls = {control.id: control for control in pack.controls(answers)}
    language = translation.get_language() or "zh"
    found = []
    for question in pack.questions():
        control = controls[question.control]
        limit = control.every if control.kind == "cadence" else control.within
        rules = list(limit.rules()) if limit is not None and question.key in answers else []
        said = describe(rules[0], language) if rules else ""
        found.append({"name": question.name, "clause": question.clause, "said": said})
    return found


# --- posts ---


def roles_page(answers: Answers) -> dict[str, Any]:
    """Each post that the chosen regulations name, with who may stand behind it."""
    step = answers.step("roles")
    people = answers.people()
    return {
        "posts": [
            {
                "code": code,
                "name": name,
                "role": ROLES[ROLE_OF_POST[code]].display_name if code in ROLE_OF_POST else "",
                "regulations": [pack.title for pack in answers.adopted() if code in pack.roles],
                "holders": answers.holders(code) if step else answers.likely(code),
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
    }


def started_page(founding: Founding, done: Founded) -> dict[str, Any]:
    """The end: one-time passwords, shown this once, and what of the sheet was not taken."""
    passwords = [
        (person.name, person.username, person.password)
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
        "errors": done.sheet.errors,
        "empty_posts": empty,
        "administrator": next(p.username for p in founding.people if "system_administrator" in p.roles),
    }
