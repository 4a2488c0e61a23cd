"""The rows of a contract: its service levels and its payments, checked and written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from keyue.contracts import levels as texts
from keyue.contracts import rules
from keyue.contracts.actions._ground import money, none_twice
from keyue.contracts.enums import CaseSort, Unit, What
from keyue.contracts.levels import Level
from keyue.contracts.models import Contract, Payment, ServiceLevel
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.worktime import selectors as worktime


def check_levels(given: Sequence[Level], duty_post: str, number: str, customer: int) -> list[Level]:
    """The levels, numbered, each under its clause. Raises Invalid with a sentence for what would not run."""
    found = [replace(level, n=n, clause=level.clause.strip() or str(n)) for n, level in enumerate(given, 1)]
    faults: dict[str, object] = {}
    if len(found) > rules.MOST_LEVELS:
        faults["levels"] = _("一份合同最多 %(most)d 条服务时限。") % {"most": rules.MOST_LEVELS}
    for level in found:
        fault = _fault(level)
        if fault:
            faults.setdefault(f"level-{level.n}", fault)
    same = [(level.what, level.types) for level in found]
    if not none_twice(same):
        faults["levels"] = _("同一件事、同样的适用类型只能约定一条。")
    if found and duty_post not in people.owner_kinds([duty_post]):
        faults["duty_post"] = _("请选择还没有主办部门时由哪个岗位负责。")
    if not faults and found:
        faults |= _unwritable(found, duty_post, number, customer)
    if faults:
        raise Invalid(_("服务时限有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return found


def _fault(level: Level) -> str:
    if level.what not in What.values or level.unit not in Unit.values:
        return _("请选择要约定什么，以及单位。")
    if not set(level.types) <= set(CaseSort.values):
        return _("没有这种类型的事项。")
    amounts = [level.amount, *([level.urgent] if level.urgent is not None else [])]
    if not all(1 <= amount <= texts.MOST_AMOUNT for amount in amounts):
        return _("时限要在 1 到 %(most)d 之间。") % {"most": texts.MOST_AMOUNT}
    if level.calendar and not worktime.calendar_versions(level.calendar):
        return _("公司还没有发布这个日历。")
    return ""


def _unwritable(found: Sequence[Level], duty_post: str, number: str, customer: int) -> dict[str, object]:
    """A clause number that no document can have."""
    for level in found:
        try:
            texts.document_of(0, number or "0", customer, duty_post, [level])
        except Invalid as error:
            return {f"level-{level.n}": str(error)}
    return {}


def check_payments(given: Sequence[tuple[date, Decimal | str]]) -> list[tuple[date, Decimal]]:
    """The schedule in the order of its days. Raises Invalid."""
    faults: dict[str, object] = {}
    found: list[tuple[date, Decimal]] = []
    if len(given) > rules.MOST_PAYMENTS:
        faults["payments"] = _("收款计划最多 %(most)d 期。") % {"most": rules.MOST_PAYMENTS}
    for n, (day, typed) in enumerate(given, 1):
        try:
            amount = money(typed, f"payment-{n}")
        except Invalid as error:
            faults |= dict(error.fields)
            continue
        if amount is None or amount <= 0:
            faults[f"payment-{n}"] = _("请填写大于零的应收金额。")
        else:
            found.append((day, amount))
    if faults:
        raise Invalid(_("收款计划有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return sorted(found, key=lambda row: row[0])


def set_levels(contract: Contract, found: Iterable[Level]) -> None:
    """The service levels of a contract in place of those there were."""
    contract.levels.all().delete()
    ServiceLevel.objects.bulk_create(
        ServiceLevel(
            contract=contract,
            n=level.n,
            what=level.what,
            types=list(level.types),
            amount=level.amount,
            unit=level.unit,
            urgent=level.urgent,
            calendar=level.calendar,
            clause=level.clause,
            pauses=level.pauses,
        )
        for level in found
    )


def set_payments(contract: Contract, found: Iterable[tuple[date, Decimal]]) -> None:
    """The payments of a contract in place of those there were."""
    contract.payments.all().delete()
    Payment.objects.bulk_create(
        Payment(contract=contract, n=n, due_on=day, amount=amount) for n, (day, amount) in enumerate(found, 1)
    )


def first_unpaid(rows: Iterable[tuple[date, Decimal, Decimal | None]]) -> date | None:
    """The earliest day of (day, amount, received) of which something is still to come."""
    return min((day for day, amount, received in rows if received is None or received < amount), default=None)
