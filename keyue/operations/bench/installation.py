"""The installation that a bench runs on: a company, two readers, and so many cases; built once and used again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.core.management import call_command
from django.db import connection

from keyue.cases.models import Case
from keyue.company.selectors import is_founded
from keyue.customers import actions as customers
from keyue.customers.models import Customer
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from keyue.operations import serving
from keyue.operations.actions import Adoption, Founding, Person, found
from keyue.operations.bench.data import Builder, tidy
from keyue.people import actions as people
from keyue.people import selectors as staff

DEPARTMENTS = tuple((f"d{n:02d}", f"第{n}事业部", "") for n in range(1, 21))
PASSWORD = "Bench-Stone-2026"  # noqa: S105  a made-up installation
SINCE = datetime(2024, 1, 1, tzinfo=UTC)
CUSTOMERS = 200
SEED = 20260101

FOUNDING = Founding(
    company="测速公司",
    people=(
        Person(
            "all",
            "全部可见",
            PASSWORD,
            "",
            "",
            "service",
            "",
            ["service_supervisor"],
            ["service_desk", "service_supervisor"],
        ),
        Person("one", "一个部门", PASSWORD, "", "", "d07", "", ["department_staff"]),
        *(
            Person(f"clerk{n}", f"坐席{n}", PASSWORD, "", "", "service", "", ["service_agent"])
            for n in range(1, 6)
        ),
        Person("boss", "负责人", PASSWORD, "", "", "", "", ["executive"], ["service_head"]),
        Person("sys", "系统", PASSWORD, roles=["system_administrator"]),
        Person("sec", "安全", PASSWORD, roles=["security_administrator"]),
        Person("aud", "审计", PASSWORD, roles=["audit_administrator"]),
    ),
    departments=(("service", "客户服务部", ""), *DEPARTMENTS),
    posts=(
        ("service_head", "分管领导", "service", ""),
        ("service_supervisor", "客服负责人", "service", "service_head"),
        ("service_desk", "坐席组", "service", "service_supervisor"),
    ),
    weekly={day: [["09:00", "12:00"], ["13:30", "18:00"]] for day in ("mon", "tue", "wed", "thu", "fri")},
    adoptions=(Adoption("feedback"),),
)


def ensure(cases: int, report: Callable[[int], None] | None = None) -> bool:
    """Build the installation of this KEYUE_HOME with `cases` cases, unless it is there; whether it was built now."""
    if serving.pending_migrations():
        call_command("migrate", interactive=False, verbosity=0)
        # an index made just now is used as soon as there are statistics of it
        tidy()
    if is_founded() and Case.objects.count() >= cases:
        return False
    if not is_founded():
        with clock.telling(SINCE):
            found(FOUNDING, at=SINCE, is_demo=True, must_change_password=False)
    now = clock.now()
    leads = [code for code, _name, _parent in DEPARTMENTS]
    Builder(leads, _customers(now), now, SEED).build(cases, report)
    return True


def _customers(now: datetime) -> list[tuple[int, int]]:
    for n in range(Customer.objects.count(), CUSTOMERS):
        customers.create_customer(
            kind="organisation",
            name=f"测速客户{n:03d}有限公司",
            contact_name="王经办",
            phone=f"1390000{n:04d}",
            source="other",
            legal_basis="contract",
            by=SYSTEM,
            at=now - timedelta(days=1),
        )
    made = Customer.objects.order_by("pk").prefetch_related("contacts")
    return [(customer.pk, next(contact.pk for contact in customer.contacts.all())) for customer in made]


def token() -> str:
    """A fresh API token of the reader who may register."""
    user = staff.by_username("all")
    if user is None:
        raise LookupError("the bench installation has no reader")
    scopes = ["case.register", "case.view"]
    _token, raw = people.issue_token(user=user, name="bench", scopes=scopes, by=SYSTEM, at=clock.now())
    return raw


def make_yardstick() -> None:
    """The table that the yardstick of intake inserts into, as Django makes tables."""
    from keyue.operations.bench.baseline import Row

    if Row._meta.db_table not in connection.introspection.table_names():
        with connection.schema_editor() as editor:
            editor.create_model(Row)
