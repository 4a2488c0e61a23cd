"""Payments: what came in, what was missed, and reminding the customer (S1 补5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyue.contracts.actions._ground import WEB, held_contract, member, money, note, save, tidy, today
from keyue.contracts.actions._parts import first_unpaid
from keyue.contracts.enums import Status, Way
from keyue.contracts.events import (
    ContractPaymentChased,
    ContractPaymentMissed,
    ContractPaymentReceived,
)
from keyue.contracts.models import Contract, Payment
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.promises.clocks import start_of_day
from keyue.worktime import selectors as worktime

AT_A_TIME = 200


@transaction.atomic
def receive_payment(
    *,
    payment: Payment,
    amount: Decimal | str,
    received_on: date,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> Payment:
    """Money came in for a payment, in the contract's currency.

    Raises Invalid for nothing, for more than is open and for a day to come, Refused before the signature.
    """
    contract = held_contract(payment.contract)
    row = Payment.objects.select_for_update().get(pk=payment.pk)
    _refuse_unsigned(contract)
    came = money(amount, "amount")
    faults: dict[str, object] = {}
    if came is None or came <= 0:
        faults["amount"] = _("请填写到账金额。")
    elif came > row.open:
        faults["amount"] = _("这一期只剩 %(open)s 未收。") % {"open": row.open}
    if received_on > today(at):
        faults["received_on"] = _("到账日不能晚于今天。")
    if faults or came is None:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    row.received, row.received_on = row.received + came, received_on
    row.save(update_fields=["received", "received_on"])
    rows = contract.payments.values_list("due_on", "amount", "received")
    contract.unpaid_from = first_unpaid(rows)
    save(contract, "unpaid_from")
    event = ContractPaymentReceived(payment=str(row.pk), amount=str(came), open=str(row.open))
    note(contract, event, by=by, at=at, via=via)
    return row


@transaction.atomic
def chase_payment(
    *,
    payment: Payment,
    way: str,
    remark: str,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> Payment:
    """The customer was reminded of a payment that is due. Raises Invalid, and Refused for one that is not."""
    contract = held_contract(payment.contract)
    row = Payment.objects.select_for_update().get(pk=payment.pk)
    _refuse_unsigned(contract)
    if row.open <= 0:
        raise Refused(_("这一期已经收齐。"))
    how = member(Way, way, "way")
    said = tidy(remark, "remark", missing=_("请写明怎么说的，客户怎么答复。"))
    row.chased_at = at
    row.save(update_fields=["chased_at"])
    event = ContractPaymentChased(payment=str(row.pk), way=how.value)
    note(contract, event, by=by, at=at, via=via, sealed={"remark": said})
    return row


def miss_payments(*, now: datetime, limit: int = AT_A_TIME) -> int:
    """Record payments whose day has passed and that have not all come in; how many.

    What happened, happened at the end of that day, however late somebody looked: what is asked after it counts from there.
    """
    rows = Payment.objects.filter(
        due_on__lt=today(now),
        missed_at=None,
        received__lt=F("amount"),
        contract__status__in=[Status.SIGNED, Status.ARCHIVED, Status.TERMINATED],
        contract__signed_on__isnull=False,
    )
    found = list(rows.order_by("due_on", "pk").values_list("pk", flat=True)[:limit])
    return sum(_miss(pk, now) for pk in found)


@transaction.atomic
def _miss(pk: int, now: datetime) -> bool:
    payment = Payment.objects.select_related("contract").get(pk=pk)
    contract = held_contract(payment.contract)
    row = Payment.objects.select_for_update().get(pk=pk)
    if row.missed_at is not None or row.open <= 0:
        return False
    ended = start_of_day(worktime.company_calendar(), row.due_on + timedelta(days=1))
    # of a contract that was entered after the day: missed since it is known
    row.missed_at = max(ended, contract.created_at)
    row.save(update_fields=["missed_at"])
    event = ContractPaymentMissed(payment=str(row.pk), due=row.due_on.isoformat(), open=str(row.open))
    note(contract, event, by=SYSTEM, at=now, via="worker", happened=row.missed_at, key=f"missed:{row.pk}")
    return True


def _refuse_unsigned(contract: Contract) -> None:
    if not contract.is_signed:
        raise Refused(_("合同签署后才登记收款。"))
