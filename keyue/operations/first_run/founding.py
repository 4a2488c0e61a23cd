"""From the answers to the one act that sets the company up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from keyue.operations.actions import Adoption, Founding, Person
from keyue.operations.first_run.answers import ROLE_OF_POST, Answers
from keyue.people.actions import random_password
from keyue.people.rules import AUDIT, SECURITY, SYSTEM
from keyue.people.sheets import Row
from keyue.regulations.packs import ABOVE
from keyue.worktime.typed import dates, weekly

ADMINISTRATOR_ROLES = {"system": SYSTEM, "security": SECURITY, "audit": AUDIT}
QUALITY = "quality_manager"


def founding_of(answers: Answers) -> Founding:
    """Everything that the company is founded with. Whoever typed no password gets one to be changed."""
    company, hours = answers.step("company"), answers.step("hours")
    chosen = answers.step("regulations")
    posts = answers.posts()
    return Founding(
        company=answers.company,
        service_phone=company.get("service_phone", ""),
        privacy_notice=company.get("privacy_notice", ""),
        people=list(_people(answers)),
        departments=answers.departments(),
        posts=[(code, name, "", ABOVE.get(code, "")) for code, name in posts],
        holders={code: answers.holders(code) for code, _name in posts},
        roles_of_holders=ROLE_OF_POST if answers.step("roles").get("grant") else {},
        newcomers=[Row(line, values) for line, values in answers.sheet()],
        weekly=weekly(hours.get("days", {})),
        holidays=_days(hours, "holidays"),
        working_days=_days(hours, "working_days"),
        adoptions=[Adoption(pack.id, chosen[pack.id].get("answers", {})) for pack in answers.adopted()],
        joins_system_and_security=bool(answers.step("administrators").get("joined")),
    )


def _days(hours: dict[str, Any], name: str) -> list[date]:
    return dates(str(hours.get(name, "")))


def _people(answers: Answers) -> Iterator[Person]:
    step = answers.step("administrators")
    for key, role in ADMINISTRATOR_ROLES.items():
        if key == "security" and step.get("joined"):
            continue
        person = step[key]
        roles = [role, SECURITY] if key == "system" and step.get("joined") else [role]
        yield Person(
            person["username"], person["name"], person["password"], roles=roles, must_change_password=False
        )
    quality = step.get("quality")
    if quality:
        yield Person(
            quality["username"],
            quality["name"],
            quality["password"],
            roles=[QUALITY],
            must_change_password=False,
        )
    for row in answers.step("staff").get("rows", []):
        department = answers.department_code(row.get("department", ""))
        yield Person(
            row["username"],
            row["name"],
            random_password(),
            email=row.get("email", ""),
            department=department,
            title=row.get("title", ""),
            roles=[row["role"]] if row.get("role") else [],
            heads=[department or "company"] if row.get("heads") else [],
            must_change_password=True,
        )
