"""What people enter of a customer for the company's own factors; and what of it goes when a customer is erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.events import CustomerChanged
from keyue.customers.models import Customer
from keyue.grading import selectors
from keyue.grading.actions._ground import WEB, doer
from keyue.grading.actions.evaluating import evaluate_customer, lapse_proposals
from keyue.grading.enums import Why
from keyue.grading.models import FactorValue, GradeProposal, GradingTouch
from keyue.grading.rules import LARGEST, NO, YES, Factor, Kind, decimal, plain
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor

OWN_FIELD = "factor:"
"""How the name of such a field begins in facts."""


@transaction.atomic
def set_values(
    *, customer: Customer, values: Mapping[str, str], by: Actor, at: datetime, via: str = WEB
) -> GradeProposal | None:
    """Enter what is known of the company's own factors, by code; an empty text takes a value away. The grade is computed
    at once: the proposal, where it would be another one.

    Only what the standard in use asks for is taken, so that nobody's data gets in. Raises Invalid, Refused.
    """
    standard = selectors.in_use(at)
    if standard is None:
        raise Refused(_("还没有使用中的分级标准。标准经批准、启用后才能评级。"), code="no_standard")
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    if row.is_erased or row.merged_into_id:
        raise Refused(_("这位客户的档案已合并或删除，不能再改。"), code="closed")
    own = {factor.code: factor for factor in standard.standard.factors if factor.is_own}
    cleaned = _cleaned(own, values)
    before = selectors.own_values([row.pk]).get(row.pk, {})
    changed = sorted(code for code, value in cleaned.items() if before.get(code, "") != value)
    if not changed:
        return None
    for code in changed:
        if cleaned[code]:
            FactorValue.objects.update_or_create(
                customer=row,
                factor=code,
                defaults={"value": cleaned[code], "set_at": at, "set_by": doer(by)},
            )
        else:
            FactorValue.objects.filter(customer=row, factor=code).delete()
    event = CustomerChanged(
        fields=tuple(OWN_FIELD + code for code in changed),
        old={OWN_FIELD + code: before.get(code) for code in changed},
        new={OWN_FIELD + code: cleaned[code] or None for code in changed},
        why="grading",
    )
    customers.note(row, event, by=by, at=at, via=via)
    return evaluate_customer(customer=row, by=by, at=at, why=Why.EVENT, via=via)


def _cleaned(own: Mapping[str, Factor], values: Mapping[str, str]) -> dict[str, str]:
    cleaned: dict[str, str] = {}
    faults: dict[str, str] = {}
    for code, text in values.items():
        factor = own.get(code)
        if factor is None:
            faults[code] = _("使用中的标准没有这个因素，或它不由人填写")
            continue
        found = clean_value(factor, text)
        if found is None:
            faults[code] = _("「%(label)s」填的值不对，请按表填写") % {"label": factor.label}
        else:
            cleaned[code] = found
    if faults:
        raise Invalid(_("；").join(faults.values()), fields=faults)
    return cleaned


def clean_value(factor: Factor, text: str) -> str | None:
    """A value as it is kept; empty stays empty; None where the factor's table cannot be asked for it."""
    text = text.strip()
    if not text:
        return ""
    if factor.kind == Kind.CHOICE:
        return text if text in factor.choices else None
    if factor.kind == Kind.YES_NO:
        return text if text in {YES, NO} else None
    if factor.kind == Kind.MONTHS:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            return None
    number = decimal(text.replace(",", ""), decimal(-1))
    return plain(number) if 0 <= number <= LARGEST and len(plain(number)) <= 20 else None


@transaction.atomic
def forget_customer(*, customer_id: int, by: Actor, at: datetime) -> None:
    """What this room knows of a customer who is erased goes: values, the reasons with them, texts. Decisions stay."""
    customer = Customer.objects.get(pk=customer_id)
    lapse_proposals(customer=customer, by=by, at=at, via="erasure")
    FactorValue.objects.filter(customer=customer).delete()
    GradingTouch.objects.filter(customer=customer).delete()
    GradeProposal.objects.filter(customer=customer).update(reasons=[], remark="", request="")
