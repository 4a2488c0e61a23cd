"""What a scoring standard gives each grade, as a regulation of the company that runs: S1-6.2b, S1-8.1, S1-11.1. Pure Python.

Every interval and limit stands by grade (`by = "customer.grade"`), so that a raised grade draws in what is open and the
next one begins by the new interval. They are deadlines that begin anew with what performs them, and not cadences: a grade
without an interval ends the duty, and one with an interval begins it again in the same round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keyue.grading.rules import GRADES, Treatment
from keyue.kernel.texts import SEPARATOR, Sentence, sentence
from keyue.regulations.writing import ClauseText, document_text

REGULATION = "grades"
"""The id of the regulation that a standard in use puts in force."""
BEGUN = "customer.treatment_begun"
ASKED_OF = "['feedback', 'suggestion', 'complaint', 'inquiry', 'request']"
LIVING = "!customer.merged && !customer.erased"
DAYS_A_YEAR = 365

_ROLES = {
    "sales_head": sentence("销售部负责人"),
    "archive_keeper": sentence("客户档案管理员"),
    "service_desk": sentence("客户服务部坐席组"),
    "service_supervisor": sentence("客户服务部负责人"),
    "company_head": sentence("公司总经理"),
    "marketing_head": sentence("市场部负责人"),
}


def document_of(n: int, title: str, treatments: Mapping[str, Treatment]) -> str:
    """The text that makes the treatments of version `n` of the standard run. Where no grade is given any limit it asks
    nothing. Raises Invalid for a title that cannot be one."""
    parts = [
        _recurring(
            "contacted", sentence("定期联系"), _days(treatments, "contact_days"), "customer.contacted"
        ),
        _recurring(
            "verified", sentence("核实档案"), _days(treatments, "verification_days"), "customer.verified"
        ),
        _first_response(_limits(treatments, "first_response_hours", "PT%dH")),
        _visits("visited", sentence("上门拜访"), _days(treatments, "visit_days"), "visit.held"),
        _visits(
            "leaders_met", sentence("高层互访"), _leaders(treatments), "visit.held if fact.leader == true"
        ),
    ]
    found = [part for part in parts if part is not None]
    clauses = [
        ClauseText(
            level=2,
            number=str(number),
            heading=name.chinese,
            paragraphs=[said],
            blocks=[("control", control)],
        )
        for number, (name, said, control) in enumerate(found, start=1)
    ]
    if not clauses:
        said = sentence("这一版标准没有给任何一级定下间隔和时限。").chinese
        clauses = [ClauseText(level=2, number="1", heading=sentence("没有时限").chinese, paragraphs=[said])]
    named = {post for _name, _said, control in found for post in _posts(control)} | {"marketing_head"}
    head = {
        "id": REGULATION,
        "code": f"{REGULATION}-{n}",
        "subject": "customer",
        "keeper": "marketing_head",
        "roles": {code: _ROLES[code].chinese for code in sorted(named)},
    }
    return document_text(sentence("%(title)s：各级待遇", title=title).chinese, head, clauses)


_Part = tuple[Sentence, str, dict[str, Any]]


def _days(treatments: Mapping[str, Treatment], name: str) -> dict[str, str]:
    return _limits(treatments, name, "%d days")


def _limits(treatments: Mapping[str, Treatment], name: str, form: str) -> dict[str, str]:
    values = {grade: getattr(treatments.get(grade, Treatment()), name) for grade in GRADES}
    return {grade: form % value for grade, value in values.items() if value}


def _leaders(treatments: Mapping[str, Treatment]) -> dict[str, str]:
    """So many visits a year, as the days between two of them."""
    times = {grade: treatments.get(grade, Treatment()).leader_visits for grade in GRADES}
    return {grade: f"{max(1, DAYS_A_YEAR // n)} days" for grade, n in times.items() if n}


def _among(path: str, limits: Mapping[str, str]) -> str:
    return f"{path} in [{', '.join(repr(grade) for grade in limits)}]"


def _said(limits: Mapping[str, str]) -> str:
    return SEPARATOR.chinese.join(_in_days(grade, limit).chinese for grade, limit in limits.items())


def _in_days(grade: str, limit: str) -> Sentence:
    return sentence("%(grade)s 级每 %(n)s 天一次", grade=grade, n=limit.split()[0])


def _in_hours(grade: str, limit: str) -> Sentence:
    return sentence("%(grade)s 级 %(n)s 小时内", grade=grade, n=limit.removeprefix("PT").removesuffix("H"))


def _begins(limits: Mapping[str, str], performed: str) -> list[str]:
    """What begins the duty: the file, a grade with a limit after one without, and each time that it was performed."""
    was = _among("customer.grade", limits)
    return [
        "customer.created",
        "round",
        BEGUN,
        f"customer.changed if 'grade' in fact.fields && !({was})",
        f"customer.graded if !({was})",
        performed,
    ]


def _recurring(code: str, name: Sentence, limits: dict[str, str], performed: str) -> _Part | None:
    if not limits:
        return None
    owner = "sales_head" if code == "contacted" else "archive_keeper"
    control = {
        "id": code,
        "name": name.chinese,
        "on": _begins(limits, performed),
        "again": "replace",
        "when": f"{LIVING} && {_among('customer.grade', limits)}",
        "within": {"by": "customer.grade", **limits},
        "met_by": performed,
        "owner": ["customer.account_manager", owner],
        "escalate": [{"at": "100%", "to": "sales_head"}],
    }
    return name, _said(limits), control


def _first_response(limits: dict[str, str]) -> _Part | None:
    if not limits:
        return None
    name = sentence("首次回应")
    control = {
        "id": "first_response",
        "name": name.chinese,
        "subject": "case",
        "on": ["case.received", "case.classified", "case.reclassified"],
        "start": "case.received",
        "when": f"case.type in {ASKED_OF} && {_among('case.customer_grade', limits)}",
        "within": {"by": "case.customer_grade", **limits},
        "met_by": ["case.first_response", "case.result_to_customer"],
        "owner": "service_desk",
        "remind": ["50%", "75%"],
        "escalate": [{"at": "100%", "to": "service_supervisor"}],
    }
    said = SEPARATOR.chinese.join(_in_hours(grade, limit).chinese for grade, limit in limits.items())
    return name, said, control


def _visits(code: str, name: Sentence, limits: dict[str, str], performed: str) -> _Part | None:
    """Asked for as soon as the product knows of visits."""
    part = _recurring(code, name, limits, performed)
    if part is None:
        return None
    head = "company_head" if code == "leaders_met" else "sales_head"
    control = part[2] | {"awaits": "visits", "owner": ["customer.account_manager", head]}
    return name, part[1], control


def _posts(control: Mapping[str, Any]) -> set[str]:
    owners = control["owner"] if isinstance(control["owner"], list) else [control["owner"]]
    named = [*owners, *(step["to"] for step in control.get("escalate", ()))]
    return {code for code in named if "." not in code}
