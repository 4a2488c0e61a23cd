"""Signing and ending a contract: with the signature its service levels begin to run, with its end they stop."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.contracts import levels as texts
from keyue.contracts.actions._ground import WEB, held_contract, member, note, refuse_erased, save, tidy, today
from keyue.contracts.enums import EndReason, Status
from keyue.contracts.events import ContractSigned, ContractTerminated
from keyue.contracts.folding import TERMS
from keyue.contracts.models import Contract
from keyue.contracts.selectors import contracts_between, levels_of
from keyue.customers import actions as customers
from keyue.customers.enums import Stage
from keyue.customers.events import CustomerContractSigned, CustomerCreditGiven, CustomerSigned
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.promises.clocks import start_of_day
from keyue.regulations import scoped
from keyue.regulations.actions import publish_scoped
from keyue.worktime import selectors as worktime

MOMENT = timedelta(microseconds=1)
"""Two editions of one regulation never begin at once: what ends where it would begin ends right after."""


@transaction.atomic
def sign_contract(
    *,
    contract: Contract,
    signed_on: date,
    by: Actor,
    at: datetime,
    effective_on: date | None = None,
    revision: int | None = None,
    via: str = WEB,
) -> Contract:
    """Both sides have signed (S4-9.2, S1 补4): the service levels run from the day it takes effect, never for the past.

    `effective_on` is that day where the contract names none yet, by default the day of signing. The customer becomes a
    signed one with the first contract. Raises Refused before the review and for one that is signed, Invalid for days
    that cannot be.
    """
    row = held_contract(contract, revision)
    if row.is_signed:
        raise Refused(_("这份合同已经签署。"))
    if row.status != Status.REVIEWED:
        raise Refused(_("合同要先评审，再签署。"), code="not_reviewed")
    refuse_erased(row.customer)
    row.effective_on = effective_on or row.effective_on or signed_on
    _check_days(row, signed_on, at)
    row.signed_on, row.status = signed_on, Status.SIGNED
    _begin_levels(row, by=by, at=at, via=via)
    save(row, "signed_on", "effective_on", "status", "levels_from", "levels_until", "levels_for")
    event = ContractSigned(
        signed_on=signed_on.isoformat(),
        effective_on=row.effective_on.isoformat(),
        ends_on=row.ends_on.isoformat() if row.ends_on else None,
        levels_from=row.levels_from.isoformat() if row.levels_from else None,
    )
    note(row, event, by=by, at=at, via=via)
    _tell_customer(row, by=by, at=at, via=via)
    return row


def _check_days(row: Contract, signed_on: date, at: datetime) -> None:
    faults: dict[str, object] = {}
    if signed_on > today(at):
        faults["signed_on"] = _("签署日不能晚于今天。")
    if row.ends_on is not None and row.effective_on is not None and row.ends_on < row.effective_on:
        faults["effective_on"] = _("生效日不能晚于到期日。")
    if faults:
        raise Invalid(_("日期前后不符。"), fields=faults)


def _begin_levels(row: Contract, *, by: Actor, at: datetime, via: str) -> None:
    """Publish the service levels, and where the contract has a last day, that they end with it: when something ends is
    known by the text, and not by when a worker looked."""
    found = levels_of(row)
    if not found or row.effective_on is None:
        return
    calendar = worktime.company_calendar()
    begins = max(at, start_of_day(calendar, row.effective_on))
    ends = start_of_day(calendar, row.ends_on + timedelta(days=1)) if row.ends_on else None
    if ends is not None and ends <= begins:
        return
    row.levels_from, row.levels_until = begins, ends
    _promise_to(row, _standing_for(row.customer).pk, begins, by=by, at=at, via=via)


def _promise_to(row: Contract, customer: int, begins: datetime, *, by: Actor, at: datetime, via: str) -> None:
    """Let the service levels run for a customer from an instant on, as long as the contract lasts."""
    publish_scoped(
        text=texts.document_of(row.pk, row.number, customer, row.duty_post, levels_of(row)),
        scope=texts.scope_of(customer),
        effective_from=begins,
        by=by,
        at=at,
        source=via,
    )
    if customer not in row.levels_for:
        row.levels_for = [*row.levels_for, customer]
    if row.levels_until is not None:
        _end_levels(row, customer, row.levels_until, by=by, at=at, via=via)


def _end_levels(row: Contract, customer: int, ends: datetime, *, by: Actor, at: datetime, via: str) -> None:
    publish_scoped(
        text=texts.ending_of(row.pk, row.number, customer),
        scope=texts.scope_of(customer),
        effective_from=ends,
        by=by,
        at=at,
        source=via,
    )


@transaction.atomic
def follow_customers(*, customers: Collection[int], by: Actor, at: datetime) -> None:
    """Customers became one, or parted again: what comes in for whoever stands for others from now on is under the
    contracts of all of them, and no longer under those of whom they do not stand for any more."""
    for contract in contracts_between(customers):
        row = held_contract(contract)
        if row.levels_from is None or (row.levels_until is not None and row.levels_until <= at):
            continue
        since = max(at, row.levels_from)
        for customer in sorted(set(customers)):
            belongs = customer in (row.customer_id, row.customer.merged_into_id)
            editions = scoped.of_regulations([texts.regulation_id(row.pk, customer)])
            known = next(iter(editions.values()), ())
            while any(one.effective == since for one in known):
                since += MOMENT
            runs = any(edition.controls for one in scoped.in_force(known, since) for edition in one.editions)
            if belongs and not runs:
                _promise_to(row, customer, since, by=by, at=at, via="merge")
                save(row, "levels_for")
            elif runs and not belongs:
                _end_levels(row, customer, since, by=by, at=at, via="merge")


def _standing_for(customer: Customer) -> Customer:
    """Whom new cases of a customer are about: of one that was merged into another, that one."""
    seen = {customer.pk}
    while customer.merged_into is not None and customer.merged_into_id not in seen:
        customer = customer.merged_into
        seen.add(customer.pk)
    return customer


def _tell_customer(row: Contract, *, by: Actor, at: datetime, via: str) -> None:
    """What a signature is to the customer's own file: S1-2, S4-9.2, S1 补5."""
    customer = row.customer
    earlier = Contract.objects.filter(customer=customer, signed_on__isnull=False).exclude(pk=row.pk)
    said = dict.fromkeys((name for name in TERMS if getattr(row, name)), True)
    if row.levels_from is not None:
        said["limits"] = True
    event = CustomerContractSigned(contract=str(row.pk), **said)
    customers.note(customer, event, by=by, at=at, via=via)
    if not earlier.exists():
        customers.note(customer, CustomerSigned(contract=str(row.pk)), by=by, at=at, via=via)
    if customer.stage != Stage.SIGNED:
        reason = _("签署合同 %(number)s") % {"number": row.number}
        customers.change_stage(customer=customer, stage=Stage.SIGNED, reason=reason, by=by, at=at, via=via)
    if row.credit_limit is not None:
        customers.change_customer(
            customer=customer, changes={"credit_limit": row.credit_limit}, by=by, at=at, via=via
        )
        given = CustomerCreditGiven(limit=str(row.credit_limit))
        customers.note(customer, given, by=by, at=at, via=via)


@transaction.atomic
def terminate_contract(
    *, contract: Contract, reason: str, remark: str, by: Actor, at: datetime, via: str = WEB
) -> Contract:
    """End a contract before its term, as of now. What was promised until then is kept and judged all the same; cases that
    come in from now on are no longer under its service levels. A draft that comes to nothing ends like that too.

    Raises Invalid for a reason that is none, Refused for one that has ended.
    """
    row = held_contract(contract)
    if row.status == Status.TERMINATED:
        raise Refused(_("这份合同已经终止。"))
    if row.is_signed and row.ends_on is not None and row.ends_on < today(at):
        raise Refused(_("这份合同已经到期，不用再终止。"))
    why = member(EndReason, reason, "reason")
    said = tidy(remark, "remark")
    if row.levels_from is not None and (row.levels_until is None or at < row.levels_until):
        ends = max(at, row.levels_from + MOMENT)
        for customer in row.levels_for:
            _end_levels(row, customer, ends, by=by, at=at, via=via)
        row.levels_until = ends
    row.status, row.terminated_at = Status.TERMINATED, at
    save(row, "status", "terminated_at", "levels_until")
    note(row, ContractTerminated(reason=why.value), by=by, at=at, via=via, sealed={"remark": said})
    return row
