"""Conflicts (撞单): who gets what two have registered is decided by who manages leads, with a reason."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.actions._ground import member
from keyue.kernel.errors import Denied, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor
from keyue.people.rules import PERSON
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.sales.actions._ground import WEB, customer_locked, days, note_lead, words
from keyue.sales.actions.leads import close, locked
from keyue.sales.enums import DropReason, LeadState, Settlement
from keyue.sales.events import LeadConflictSettled, LeadDropped, LeadQualified
from keyue.sales.models import Lead
from keyue.sales.selectors import company_rules


@transaction.atomic
def settle_conflict(*, lead: Lead, outcome: str, why: str, by: Actor, at: datetime, via: str = WEB) -> Lead:
    """Decide whose it is: one of `enums.Settlement`, with the reason that both are told of.

    To the newcomer: the first lead is given up, or the customer gets the newcomer for account manager. Different
    customers: both go on. Raises Invalid, Denied (one of the
    two), Refused (settled already).
    """
    row = locked(lead)
    if row.state != LeadState.CONFLICT:
        raise Refused(_("%(number)s 没有待裁定的撞单。") % {"number": row.number}, code="settled")
    choice = member(Settlement, outcome, "outcome")
    text = words("why", why, missing=_("请写明裁定的理由，双方都会看到。"))
    until = None if choice == Settlement.FIRST else at + days(company_rules().protection_days)
    holder = _holder_of(row)
    if by.kind == "staff" and by.id in {str(row.staff_id), str(holder)}:
        raise Denied(_("撞单的一方不能裁定，请另一位销售负责人裁定。"))
    winner = holder if choice == Settlement.FIRST else row.staff_id
    settled = LeadConflictSettled(
        outcome=choice.value, staff=f"{PERSON}{winner}" if winner else None, until=until
    )
    row.settlement = choice.value
    events: list[Event] = [settled]
    if choice == Settlement.FIRST:
        close(row, LeadState.DROPPED, at, drop_reason=DropReason.CONFLICT.value, settlement=row.settlement)
        events.append(LeadDropped(reason=DropReason.CONFLICT.value))
    elif choice == Settlement.NEWCOMER and row.first_customer_id:
        events.append(_give_customer(row, by=by, at=at, via=via))
    else:
        row.state, row.protected_until = LeadState.OPEN, until
        row.revision += 1
        row.save(update_fields=["state", "protected_until", "settlement", "revision"])
    note_lead(row, *events, by=by, at=at, via=via, sealed={"why": text})
    if choice == Settlement.NEWCOMER and row.first_id:
        _give_up_first(row, by=by, at=at, via=via)
    for person in {row.staff_id, holder} - {None}:
        promises.tell(
            key=f"lead.conflict_settled:{row.pk}:{person}",
            kind=NoticeKind.DECIDED,
            at=at,
            to_user_id=person,
            detail={"what": "lead_settled", "number": row.number},
        )
    return row


def _holder_of(row: Lead) -> int | None:
    """Who had it first: the one who registered it, or the account manager of the customer."""
    if row.first is not None:
        return row.first.staff_id
    return row.first_customer.account_manager_id if row.first_customer is not None else None


def _give_customer(row: Lead, *, by: Actor, at: datetime, via: str) -> LeadQualified:
    assert row.first_customer is not None  # noqa: S101  asked before
    customer = customer_locked(row.first_customer)
    customers.assign_account_manager(customer=customer, user=row.staff, by=by, at=at, via=via)
    close(row, LeadState.QUALIFIED, at, customer_id=customer.pk, settlement=row.settlement)
    return LeadQualified(customer=str(customer.pk), is_new=False)


def _give_up_first(row: Lead, *, by: Actor, at: datetime, via: str) -> None:
    assert row.first is not None  # noqa: S101  asked before
    first = locked(row.first)
    if first.state == LeadState.OPEN:
        close(first, LeadState.DROPPED, at, drop_reason=DropReason.CONFLICT.value)
        note_lead(first, LeadDropped(reason=DropReason.CONFLICT.value), by=by, at=at, via=via)
