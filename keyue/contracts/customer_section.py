"""Contracts and projects on a customer's page: the running ones in the overview, all of them under their tab."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from keyue.contracts import cards, selectors
from keyue.contracts.cards import ContractCard
from keyue.contracts.enums import Standing
from keyue.customers.models import Customer
from keyue.customers.sections import Inside
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.ui.wording import money

MOST = 5
PAST = (Standing.EXPIRED, Standing.TERMINATED)


def overview(request: HttpRequest, customer: Customer) -> str | Inside:
    """What is under way with the customer, and what it comes to; nothing where there is none or the viewer may see none."""
    user = request.user
    if not isinstance(user, User) or not allows(user, Permission.CONTRACT_VIEW):
        return ""
    found = cards.contract_cards(selectors.of_customer(user, customer), request.at)  # type: ignore[attr-defined]
    running = cards.project_cards(selectors.projects_of_customer(user, customer), request.at)  # type: ignore[attr-defined]
    if not found and not running:
        return ""
    under = {project.contract_id for project in running}
    # a contract with a project stands there by its project, which says more
    alone = [card for card in found if card.id not in under]
    alone.sort(key=lambda card: card.standing in PAST)
    context = {
        "projects": sorted(running, key=lambda card: card.is_completed)[:MOST],
        "contracts": alone[: max(0, MOST - len(running))],
        "more": len(alone) + len(running) > MOST,
    }
    return Inside(render_to_string("contracts/_of_customer.html", context, request), _total_said(found))


def contracts(request: HttpRequest, customer: Customer) -> str:
    """All contracts of the customer, with the way to another one."""
    user = request.user
    if not isinstance(user, User) or not allows(user, Permission.CONTRACT_VIEW):
        return ""
    context = {
        "cards": cards.contract_cards(selectors.of_customer(user, customer), request.at),  # type: ignore[attr-defined]
        "customer": customer,
        "may_edit": allows(user, Permission.CONTRACT_EDIT) and not customer.is_erased,
    }
    return render_to_string("contracts/_contracts_of_customer.html", context, request)


def projects(request: HttpRequest, customer: Customer) -> str:
    """All projects of the customer, with the way to another one."""
    user = request.user
    if not isinstance(user, User) or not allows(user, Permission.CONTRACT_VIEW):
        return ""
    context = {
        "cards": cards.project_cards(selectors.projects_of_customer(user, customer), request.at),  # type: ignore[attr-defined]
        "customer": customer,
        "may_edit": allows(user, Permission.CONTRACT_EDIT) and not customer.is_erased,
    }
    return render_to_string("contracts/_projects_of_customer.html", context, request)


def _total_said(found: list[ContractCard]) -> str:
    total = _total(found)
    return _("合同总额 %(amount)s") % {"amount": money(total)} if total is not None else ""


def _total(found: list[ContractCard]) -> Decimal | None:
    amounts = [
        card.amount for card in found if card.amount is not None and card.currency == "CNY" and card.is_signed
    ]
    return sum(amounts, Decimal("0.00")) if amounts else None
