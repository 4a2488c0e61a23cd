"""The lists of contracts and of projects, page by page. Part of `selectors.py`; see there for who may see what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum
from django.utils.translation import gettext as _

from keyue.contracts import rules, selectors
from keyue.contracts.enums import Status
from keyue.contracts.models import Contract, Project
from keyue.customers import rules as customers
from keyue.customers.cards import Capped
from keyue.kernel.errors import Invalid
from keyue.people.models import User

PAGE = 25
MOST_PAGE = 100
COUNT_TO = 999

SHOWS = ("in_force", "drafted", "reviewed", "ending", "unpaid", "unarchived", "expired", "terminated")
"""What the list of contracts can be narrowed to."""
PROJECT_SHOWS = ("running", "untold", "late", "completed")
"""What the list of projects can be narrowed to."""


@dataclass(frozen=True, slots=True)
class ContractPage:
    """A page of contracts; `next` is the cursor of the page after it, empty on the last."""

    rows: Sequence[Contract]
    next: str = ""


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """A page of projects, as `ContractPage`."""

    rows: Sequence[Project]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """How many contracts the filter finds, and what they come to in CNY; no sum where there are more than are counted."""

    count: Capped
    amount: Decimal | None


def contract_page(
    viewer: User, *, show: str = "", text: str = "", today: date, cursor: str = "", size: int = PAGE
) -> ContractPage:
    """Contracts that `viewer` may see, the newest first. `show` is one of SHOWS, `text` how a contract number begins or a
    customer's whole number. Raises Invalid for a cursor of something else."""
    size = max(1, min(size, MOST_PAGE))
    rows = _contracts(viewer, show, text, today).filter(_older(cursor)).order_by("-pk")
    found = list(rows[: size + 1])
    return ContractPage(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def contract_totals(viewer: User, *, show: str = "", text: str = "", today: date) -> Totals:
    """The count and the sum of what a filter finds: what they cost depends on COUNT_TO, not on how many there are."""
    rows = _contracts(viewer, show, text, today).order_by("-pk")
    ids = list(rows.values_list("pk", flat=True)[: COUNT_TO + 1])
    if len(ids) > COUNT_TO:
        return Totals(Capped(COUNT_TO, more=True), None)
    total = Contract.objects.filter(pk__in=ids, currency="CNY").aggregate(total=Sum("amount"))["total"]
    return Totals(Capped(len(ids)), total or Decimal("0.00"))


def project_page(
    viewer: User, *, show: str = "", text: str = "", today: date, cursor: str = "", size: int = PAGE
) -> ProjectPage:
    """Projects that `viewer` may see, the newest first; as `contract_page`."""
    size = max(1, min(size, MOST_PAGE))
    rows = _projects(viewer, show, text, today).filter(_older(cursor)).order_by("-pk")
    found = list(rows[: size + 1])
    return ProjectPage(found[:size], str(found[size - 1].pk) if len(found) > size else "")


def count_projects(viewer: User, *, show: str = "", text: str = "", today: date) -> Capped:
    """How many there are, up to COUNT_TO."""
    rows = _projects(viewer, show, text, today).order_by("-pk").values_list("pk", flat=True)
    n = len(rows[: COUNT_TO + 1])
    return Capped(min(n, COUNT_TO), more=n > COUNT_TO)


def _contracts(viewer: User, show: str, text: str, today: date) -> QuerySet[Contract]:
    rows = selectors.visible_to(viewer)
    if text.strip():
        rows = rows.filter(_named(text, "number_key"))
    conditions = {
        "in_force": selectors.in_force(today),
        "drafted": Q(status=Status.DRAFTED),
        "reviewed": Q(status=Status.REVIEWED),
        "ending": selectors.in_force(today) & Q(ends_on__lte=today + rules.ENDING),
        "unpaid": Q(unpaid_from__lt=today, signed_on__isnull=False),
        "unarchived": Q(status=Status.SIGNED),
        "expired": Q(status__in=[Status.SIGNED, Status.ARCHIVED], ends_on__lt=today),
        "terminated": Q(status=Status.TERMINATED),
    }
    return rows.filter(conditions.get(show, Q()))


def _projects(viewer: User, show: str, text: str, today: date) -> QuerySet[Project]:
    rows = selectors.projects_visible_to(viewer)
    if text.strip():
        rows = rows.filter(_named(text, "contract_number_key"))
    conditions = {
        "running": Q(completed_at=None),
        "untold": Q(untold__gt=0),
        "late": Q(completed_at=None, planned_to__lt=today),
        "completed": Q(completed_at__isnull=False),
    }
    return rows.filter(conditions.get(show, Q()))


def _named(text: str, key: str) -> Q:
    customer = customers.parse_number(text)
    if customer is not None:
        return Q(customer=customer)
    return Q(**{f"{key}__startswith": rules.number_key(text)[: 2 * rules.NUMBER_LONGEST]})


def _older(cursor: str) -> Q:
    if not cursor:
        return Q()
    if not cursor.isdecimal() or len(cursor) > 18:
        said = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(said, fields={"cursor": said}, code="bad_cursor")
    return Q(pk__lt=int(cursor))
