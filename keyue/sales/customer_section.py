"""Needs, plans and opportunities on a customer's page: what is open in the overview, everything under the dealings."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Subquery
from django.http import HttpRequest
from django.template.loader import render_to_string

from keyue.customers.models import Customer
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.sales.board import Card, cards_of
from keyue.sales.enums import NEED_TONES, PLAN_TONES, NeedState, PlanState
from keyue.sales.models import Need, Opportunity, PoolEntry, SalesRules, ServicePlan
from keyue.sales.sealed import opened_texts
from keyue.sales.selectors import named_stages

MOST = 20
FEW = 5


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan as the card shows it."""

    plan: ServicePlan
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need in the clear, with its plans, the newest first."""

    need: Need
    what: str
    state: str
    tone: str
    plans: list[PlanLine]


def summary(request: HttpRequest, customer: Customer) -> str:
    """What is open: needs that wait for a plan or an answer, and opportunities."""
    return _rendered(request, customer, is_whole=False)


def whole(request: HttpRequest, customer: Customer) -> str:
    """The newest needs with their plans, and the newest opportunities, ended ones too."""
    return _rendered(request, customer, is_whole=True)


def _rendered(request: HttpRequest, customer: Customer, *, is_whole: bool) -> str:
    user = request.user
    if not isinstance(user, User) or customer.is_erased or not allows(user, Permission.CUSTOMER_VIEW):
        return ""
    may_edit = allows(user, Permission.OPPORTUNITY_EDIT)
    needs = _needs(customer, is_whole)
    chances = _opportunities(customer, is_whole) if may_edit else []
    if not needs and not chances and not may_edit:
        return ""
    manages = allows(user, Permission.LEAD_MANAGE)
    is_own = customer.account_manager_id in people.acting_for(user)
    # whom somebody looks after is in no pool
    is_free = customer.account_manager_id is None
    entry = PoolEntry.objects.filter(customer=customer, left_at=None).first() if is_free else None
    context = {
        "customer": customer,
        "needs": needs,
        "opportunities": chances,
        "may_edit": may_edit,
        "is_whole": is_whole,
        "entry": entry,
        "may_release": is_whole and entry is None and (manages or is_own),
    }
    return render_to_string("sales/_of_customer.html", context, request)


def _needs(customer: Customer, is_whole: bool) -> list[NeedLine]:
    rows = Need.objects.filter(customer=customer)
    if not is_whole:
        rows = rows.filter(state__in=[NeedState.OPEN, NeedState.PLANNED])
    needs = list(rows.order_by("-pk")[: MOST if is_whole else FEW])
    plans: dict[int, list[PlanLine]] = {}
    for plan in ServicePlan.objects.filter(need__in=needs).order_by("-version"):
        line = PlanLine(plan, str(PlanState(plan.state).label), PLAN_TONES[plan.state])
        plans.setdefault(plan.need_id, []).append(line)
    return [
        NeedLine(
            need,
            text["what"],
            str(NeedState(need.state).label),
            NEED_TONES[need.state],
            plans.get(need.pk, []),
        )
        for need, text in zip(needs, opened_texts(needs, "what"), strict=True)
    ]


def _opportunities(customer: Customer, is_whole: bool) -> list[Card]:
    rows = Opportunity.objects.filter(customer=customer)
    if not is_whole:
        rows = rows.filter(end="")
    kept = Subquery(SalesRules.objects.filter(pk=1).values("stages")[:1])
    found = list(
        rows.select_related("owner").annotate(kept=kept).order_by("-pk")[: MOST if is_whole else FEW]
    )
    return cards_of(found, named_stages(found[0].kept or [])) if found else []
