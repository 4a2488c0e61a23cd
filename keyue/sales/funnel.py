"""The funnel and the targets by person and period (S1-12.1), counted from facts. Part of `selectors.py`.

A funnel is of the leads that were registered in the period: how many of these, and no others, came how far since. What a
person has won in the period is counted beside it: customers who signed for the first time, opportunities won.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from keyue.customers.enums import Stage
from keyue.customers.models import Customer, subject_of
from keyue.ledger import selectors as ledger
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.sales.models import Opportunity, Target
from keyue.sales.rules import Funnel, Period, Reached, funnel_of, reached
from keyue.sales.selectors import colleagues_of_sales, leads_visible_to

MOST_LEADS = 20_000
"""Leads of a period that are counted; more say so."""


@dataclass(frozen=True, slots=True)
class Won:
    """What somebody won in a period, and what they were to win; None: no target."""

    customers: int = 0
    amount: Decimal = Decimal("0.00")
    target_customers: int | None = None
    target_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """A person's funnel and results of a period."""

    user: User | None
    name: str
    funnel: Funnel
    won: Won


@dataclass(frozen=True, slots=True)
class FunnelSheet:
    """The rows of everybody whom the reader may see, and of all of them together."""

    period: Period
    rows: Sequence[FunnelRow]
    total: FunnelRow
    is_cut: bool


def people_shown(viewer: User, at: datetime) -> list[User]:
    """Whose figures `viewer` may see: their own, and who manages leads those of the departments the role opens."""
    if not allows(viewer, Permission.LEAD_MANAGE):
        return [viewer]
    departments = people.visible_departments(viewer, Permission.LEAD_MANAGE)
    staff = colleagues_of_sales(at)
    if departments is not None:
        staff = staff.filter(department__code__in=sorted(departments)) | staff.filter(pk=viewer.pk)
    return list(staff.distinct())


def funnel_sheet(viewer: User, period: Period, at: datetime) -> FunnelSheet:
    """The funnel and the results of a period, a row a person."""
    shown = people_shown(viewer, at)
    start, end = period.bounds(promises.zone())
    ids = [user.pk for user in shown]
    leads = list(
        leads_visible_to(viewer)
        .filter(staff__in=ids, registered_at__gte=start, registered_at__lt=end)
        .order_by("pk")
        .values_list("staff_id", "customer_id")[: MOST_LEADS + 1]
    )
    steps = _reached({pk for _staff, pk in leads[:MOST_LEADS] if pk is not None})
    of_person: dict[int, list[Reached | None]] = {}
    for staff, customer in leads[:MOST_LEADS]:
        of_person.setdefault(staff, []).append(steps[customer] if customer is not None else None)
    won = _won(ids, period, start, end)
    rows = [
        FunnelRow(user, user.name, funnel_of(of_person.get(user.pk, ())), won.get(user.pk, Won()))
        for user in shown
    ]
    return FunnelSheet(period, rows, _total(rows), len(leads) > MOST_LEADS)


def _reached(customer_ids: Iterable[int]) -> dict[int, Reached]:
    ids = sorted(customer_ids)
    facts = ledger.facts_of_many([subject_of(pk) for pk in ids])
    return {pk: reached(facts[subject_of(pk)]) for pk in ids}


def _won(ids: Sequence[int], period: Period, start: datetime, end: datetime) -> dict[int, Won]:
    amounts = dict(
        Opportunity.objects.filter(owner__in=ids, end="won", ended_at__gte=start, ended_at__lt=end)
        .order_by()
        .values_list("owner_id")
        .annotate(sum=Sum("amount"))
    )
    targets = {target.user_id: target for target in Target.objects.filter(user__in=ids, period=period.code)}
    signed = _signed(ids, start, end)
    found = {}
    for pk in ids:
        target = targets.get(pk)
        found[pk] = Won(
            signed.get(pk, 0),
            amounts.get(pk) or Decimal("0.00"),
            target.customers if target is not None else None,
            target.amount if target is not None else None,
        )
    return found


def _signed(ids: Sequence[int], start: datetime, end: datetime) -> dict[int, int]:
    """Customers who signed for the first time in the period, by account manager: asked of the facts of those whose
    stage says that it may be so."""
    rows = Customer.objects.filter(
        account_manager__in=ids,
        stage__in=[Stage.SIGNED, Stage.PAST],
        stage_since__gte=start,
        merged_into=None,
    )
    managers = dict(rows.order_by().values_list("pk", "account_manager_id"))
    counts: dict[int, int] = {}
    for pk, steps in _reached(managers).items():
        if steps.signed is not None and start <= steps.signed < end:
            counts[managers[pk]] = counts.get(managers[pk], 0) + 1
    return counts


def _total(rows: Sequence[FunnelRow]) -> FunnelRow:
    funnel = sum((row.funnel for row in rows), Funnel())
    counts = [row.won.target_customers for row in rows if row.won.target_customers is not None]
    amounts = [row.won.target_amount for row in rows if row.won.target_amount is not None]
    won = Won(
        sum(row.won.customers for row in rows),
        sum((row.won.amount for row in rows), Decimal("0.00")),
        sum(counts) if counts else None,
        sum(amounts, Decimal("0.00")) if amounts else None,
    )
    return FunnelRow(None, "", funnel, won)
