"""Looking at what stands masked in a file: what a personal field was and became, and the company's own personal fields.

As with contacts: with a purpose, and never without a trace.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import history
from keyue.customers.actions._ground import WEB, member, note, refuse_erased, signature
from keyue.customers.completing import own_values
from keyue.customers.enums import Purpose
from keyue.customers.events import CustomerRevealed
from keyue.customers.models import Customer
from keyue.customers.stops import refuse_stopped
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor


@transaction.atomic
def reveal_change(
    *, customer: Customer, fact: str, field: str, purpose: str, by: Actor, at: datetime, via: str = WEB
) -> tuple[str, str]:
    """What a field was before a change and after it, in the clear. `fact` tells of the change.

    Raises Invalid without a purpose, NotFound, Refused for somebody erased.
    """
    reason = _purpose(purpose)
    refuse_erased(customer)
    refuse_stopped(customer)
    change = history.change_in(customer, fact, field)
    if change is None or not change.is_sealed or change.is_lost:
        raise NotFound(_("没有这条变更。"))
    _record(customer, f"history/{fact}:{field}", f"history:{field}", reason, by=by, at=at, via=via)
    return str(change.old or ""), str(change.new or "")


@transaction.atomic
def reveal_extra(
    *, customer: Customer, field: str, purpose: str, by: Actor, at: datetime, via: str = WEB
) -> str:
    """What a personal field of the company's own says; `field` with its `extra.`. Empty where there is nothing.

    Raises Invalid without a purpose, Refused for somebody erased.
    """
    reason = _purpose(purpose)
    refuse_erased(customer)
    refuse_stopped(customer)
    _record(customer, f"field:{field}", field, reason, by=by, at=at, via=via)
    return own_values([customer])[0].get(field, "")


def _purpose(purpose: str) -> Purpose:
    if not purpose:
        raise Invalid(
            _("请先说明查看目的。"), fields={"purpose": _("请选择查看目的")}, code="purpose_missing"
        )
    return member(Purpose, purpose, "purpose")


def _record(
    customer: Customer, trail: str, what: str, reason: Purpose, *, by: Actor, at: datetime, via: str
) -> None:
    ledger.record_access(by=by, subject=customer.subject, what=trail, purpose=reason.value, via=via, at=at)
    event = CustomerRevealed(what=what, purpose=reason.value, via=via, by=signature(by))
    note(customer, event, by=by, at=at, via=via)
