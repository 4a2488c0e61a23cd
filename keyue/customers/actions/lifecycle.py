"""From prospect to past: the stages of a customer, each change dated and with its reason (S1-2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import rules
from keyue.customers.actions._ground import WEB, locked, member, note
from keyue.customers.enums import Background, LossReason, Stage
from keyue.customers.events import CustomerBackgroundChecked, CustomerLost, CustomerStageChanged
from keyue.customers.models import Customer
from keyue.customers.wording import checked
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor


@transaction.atomic
def change_stage(
    *,
    customer: Customer,
    stage: str,
    reason: str,
    by: Actor,
    at: datetime,
    happened: datetime | None = None,
    via: str = WEB,
) -> Customer:
    """Move a customer to another stage, on or back; the same one changes nothing.

    `reason` in words is sealed. `happened`: since when, where that is not now. Raises Invalid (no reason, a day to come),
    Refused.
    """
    customer = locked(customer)
    new = member(Stage, stage, "stage")
    if new == customer.stage:
        return customer
    text = checked({"reason": (rules.tidy_text, reason)})["reason"]
    if not text:
        raise Invalid(_("请写明转入这一阶段的原因。"), fields={"reason": _("请写明原因")})
    since = happened or at
    if since > at:
        raise Invalid(_("转入时间不能晚于现在。"), fields={"happened": _("转入时间不能晚于现在")})
    old, customer.stage, customer.stage_since = customer.stage, new, since
    customer.revision += 1
    customer.save(update_fields=["stage", "stage_since", "revision"])
    event = CustomerStageChanged(old=str(old), new=new.value)
    note(customer, event, by=by, at=at, via=via, sealed={"reason": text}, happened=since)
    return customer


@transaction.atomic
def lose_customer(
    *,
    customer: Customer,
    reason: str,
    win_back: bool,
    remark: str,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> Customer:
    """A customer works with the company no more: the stage is past, with why, and whether to win them back.

    `reason`: one of `enums.LossReason`. Raises Invalid, Refused.
    """
    why = member(LossReason, reason, "reason")
    text = checked({"remark": (rules.tidy_text, remark)})["remark"]
    customer = change_stage(
        customer=customer, stage=Stage.PAST, reason=text or str(why.label), by=by, at=at, via=via
    )
    event = CustomerLost(reason=why.value, win_back=win_back)
    note(customer, event, by=by, at=at, via=via, sealed={"remark": text} if text else None)
    return customer


@transaction.atomic
def check_background(
    *,
    customer: Customer,
    outcome: str,
    found: str,
    by: Actor,
    at: datetime,
    happened: datetime | None = None,
    via: str = WEB,
) -> Customer:
    """Background and credit were looked into, before anything is agreed: S1 补1.

    `outcome`: one of `enums.Background`. `found`, what was looked at and what it said, is sealed. Raises Invalid (nothing
    said, a day to come), Refused.
    """
    customer = locked(customer)
    what = member(Background, outcome, "outcome")
    text = checked({"found": (rules.tidy_text, found)})["found"]
    if not text:
        raise Invalid(_("请写明查了什么、查到什么。"), fields={"found": _("请写明查了什么、查到什么")})
    if happened is not None and happened > at:
        raise Invalid(_("查询时间不能晚于现在。"), fields={"happened": _("查询时间不能晚于现在")})
    event = CustomerBackgroundChecked(outcome=what.value)
    note(customer, event, by=by, at=at, via=via, sealed={"found": text}, happened=happened)
    return customer
