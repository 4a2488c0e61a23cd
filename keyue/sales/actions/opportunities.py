"""Opportunities: opened from a need or without one, moved along the company's stages, won or lost (S1-11.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.actions._ground import member
from keyue.customers.events import CustomerOpportunityOpened
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.sales import winning
from keyue.sales.actions._ground import WEB, code_of, customer_locked, money, note, words, works_here
from keyue.sales.actions.needs import need_locked
from keyue.sales.enums import LossReason
from keyue.sales.events import (
    OpportunityChanged,
    OpportunityHandedOver,
    OpportunityLost,
    OpportunityMoved,
    OpportunityOpened,
    OpportunityReopened,
    OpportunityWon,
)
from keyue.sales.models import Need, Opportunity
from keyue.sales.rules import Stage
from keyue.sales.sealed import opened_texts, seal_for_customer
from keyue.sales.selectors import company_stages

TITLE_LONGEST = 120
SEALED = ("title", "next_step")
FIELDS = frozenset({*SEALED, "amount", "expected_on", "next_on"})


def stage_named(code: str) -> Stage:
    """A stage of the company's list. Raises Invalid."""
    found = next((stage for stage in company_stages() if stage.code == code), None)
    if found is None:
        raise Invalid(_("没有这个阶段。"), fields={"stage": _("没有这个阶段。")})
    return found


@transaction.atomic
def open_opportunity(
    *,
    customer: Customer,
    title: str,
    owner: User,
    by: Actor,
    at: datetime,
    need: Need | None = None,
    stage: str = "",
    amount: Decimal | str | None = None,
    expected_on: date | None = None,
    next_step: str = "",
    next_on: date | None = None,
    via: str = WEB,
) -> Opportunity:
    """Open an opportunity with a customer, for a need of theirs where it came from one. Raises Invalid, Refused."""
    row = customer_locked(customer)
    works_here(owner)
    if need is not None:
        need = need_locked(need)
        if need.customer_id != row.pk:
            raise Invalid(_("这条需求不是这位客户的。"))
    first = next(one for one in company_stages() if not one.end)
    at_stage = stage_named(stage) if stage else first
    if at_stage.end:
        raise Invalid(_("新的商机要从未了结的阶段开始。"), fields={"stage": _("请选未了结的阶段")})
    sum_ = money("amount", amount)
    made = Opportunity.objects.create(
        customer=row,
        need=need,
        title=seal_for_customer(row.pk, "Opportunity", "title", _title(title)),
        stage=at_stage.code,
        stage_since=at,
        amount=sum_,
        expected_on=expected_on,
        owner=owner,
        next_step=seal_for_customer(row.pk, "Opportunity", "next_step", words("next_step", next_step)),
        next_on=next_on,
        opened_at=at,
    )
    event = OpportunityOpened(
        customer=str(row.pk),
        stage=made.stage,
        owner=code_of(owner),
        amount=str(sum_) if sum_ is not None else None,
        need=str(need.pk) if need is not None else None,
        expected=expected_on.isoformat() if expected_on else None,
    )
    note(made.subject, event, by=by, at=at, via=via)
    said = CustomerOpportunityOpened(
        opportunity=str(made.pk), need=str(need.pk) if need is not None else None
    )
    customers.note(row, said, by=by, at=at, via=via)
    return made


def _title(text: str) -> str:
    title = words("title", text, missing=_("请填写商机名称。")).replace("\n", " ")
    if len(title) > TITLE_LONGEST:
        sentence = _("名称最多 %(most)s 个字，现在是 %(n)s 个字") % {"most": TITLE_LONGEST, "n": len(title)}
        raise Invalid(sentence, fields={"title": sentence})
    return title


def locked(opportunity: Opportunity, *, revision: int | None = None) -> Opportunity:
    """The row as it is now, ours alone. Raises Refused where it was changed since `revision` was read."""
    row = (
        Opportunity.objects.select_for_update(of=("self",))
        .select_related("customer", "owner")
        .get(pk=opportunity.pk)
    )
    if revision is not None and revision != row.revision:
        raise Refused(_("这条商机刚被别人改过。请刷新页面，核对后再改。"), code="changed_meanwhile")
    return row


def _save(row: Opportunity, *fields: str) -> None:
    row.revision += 1
    row.save(update_fields=[*fields, "revision"])


@transaction.atomic
def move_opportunity(
    *,
    opportunity: Opportunity,
    stage: str,
    by: Actor,
    at: datetime,
    revision: int | None = None,
    undoes: bool = False,
    via: str = WEB,
) -> Opportunity:
    """Move to another open stage, or win; the same one changes nothing. Raises Invalid, Refused (ended; to the lost one).

    What is lost says why: `lose_opportunity`.
    """
    row = locked(opportunity, revision=revision)
    new = stage_named(stage)
    if new.code == row.stage:
        return row
    if row.end and not (undoes and row.end == "won"):
        raise Refused(_("%(number)s 已经了结。要继续，请先重新打开。") % {"number": row.number}, code="ended")
    if new.end == "lost":
        raise Refused(_("输单请写明原因。"), code="reason_missing")
    old, row.stage, row.stage_since = row.stage, new.code, at
    row.end, row.ended_at = new.end, at if new.end else None
    _save(row, "stage", "stage_since", "end", "ended_at")
    moved = OpportunityMoved(old=old, new=new.code, undoes=undoes or None)
    note(row.subject, moved, by=by, at=at, via=via)
    if new.end == "won":
        won = OpportunityWon(amount=str(row.amount) if row.amount is not None else None)
        note(row.subject, won, by=by, at=at, via=via)
        winning.follow_everywhere(row, by, at)
    return row


@transaction.atomic
def lose_opportunity(
    *,
    opportunity: Opportunity,
    reason: str,
    remark: str,
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Opportunity:
    """The customer said no: for one of `enums.LossReason`, and in words. Raises Invalid, Refused."""
    row = locked(opportunity, revision=revision)
    if row.end:
        raise Refused(_("%(number)s 已经了结。要继续，请先重新打开。") % {"number": row.number}, code="ended")
    why = member(LossReason, reason, "reason")
    text = words("remark", remark)
    lost = next(stage for stage in company_stages() if stage.end == "lost")
    old, row.stage, row.stage_since = row.stage, lost.code, at
    row.end, row.ended_at, row.loss_reason = "lost", at, why
    _save(row, "stage", "stage_since", "end", "ended_at", "loss_reason")
    note(row.subject, OpportunityMoved(old=old, new=lost.code), by=by, at=at, via=via)
    event = OpportunityLost(reason=why.value)
    note(row.subject, event, by=by, at=at, via=via, customer_id=row.customer_id, sealed={"remark": text})
    return row


@transaction.atomic
def reopen_opportunity(
    *, opportunity: Opportunity, stage: str, why: str, by: Actor, at: datetime, via: str = WEB
) -> Opportunity:
    """Open again what was won or lost, at an open stage, with the reason. Raises Invalid, Refused."""
    row = locked(opportunity)
    if not row.end:
        raise Refused(_("%(number)s 还没有了结。") % {"number": row.number}, code="open")
    new = stage_named(stage)
    if new.end:
        raise Invalid(_("请选未了结的阶段"), fields={"stage": _("请选未了结的阶段")})
    text = words("why", why, missing=_("请写明重新打开的原因。"))
    row.stage, row.stage_since, row.end, row.ended_at, row.loss_reason = new.code, at, "", None, ""
    _save(row, "stage", "stage_since", "end", "ended_at", "loss_reason")
    event = OpportunityReopened(stage=new.code)
    note(row.subject, event, by=by, at=at, via=via, customer_id=row.customer_id, sealed={"why": text})
    return row


@transaction.atomic
def change_opportunity(
    *,
    opportunity: Opportunity,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    revision: int | None = None,
    via: str = WEB,
) -> Opportunity:
    """Change any of FIELDS; nothing changed, nothing recorded. Raises Invalid, Refused."""
    if unknown := sorted(set(changes) - FIELDS):
        raise Invalid(_("不能改这些字段：%(fields)s") % {"fields": _("、").join(unknown)})
    row = locked(opportunity, revision=revision)
    cleaned = _cleaned(changes)
    [texts] = opened_texts([row], *SEALED)
    before = {name: texts[name] if name in SEALED else getattr(row, name) for name in cleaned}
    changed = sorted(name for name, value in cleaned.items() if before[name] != value)
    if not changed:
        return row
    customer_locked(row.customer)
    for name in changed:
        value = cleaned[name]
        is_text = name in SEALED
        setattr(
            row, name, seal_for_customer(row.customer_id, "Opportunity", name, value) if is_text else value
        )
    _save(row, *changed)
    open_ones = [name for name in changed if name not in SEALED]
    event = OpportunityChanged(
        fields=tuple(changed),
        old={name: _plain(before[name]) for name in open_ones},
        new={name: _plain(cleaned[name]) for name in open_ones},
    )
    sealed = {f"{name}_old": before[name] for name in changed if name in SEALED}
    sealed |= {f"{name}_new": cleaned[name] for name in changed if name in SEALED}
    note(row.subject, event, by=by, at=at, via=via, customer_id=row.customer_id, sealed=sealed)
    return row


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = dict(changes)
    if "title" in cleaned:
        cleaned["title"] = _title(cleaned["title"])
    if "next_step" in cleaned:
        cleaned["next_step"] = words("next_step", cleaned["next_step"])
    if "amount" in cleaned:
        cleaned["amount"] = money("amount", cleaned["amount"])
    return cleaned


def _plain(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, date) else None if value is None else str(value)


@transaction.atomic
def hand_over_opportunity(
    *, opportunity: Opportunity, owner: User, by: Actor, at: datetime, via: str = WEB
) -> Opportunity:
    """Let somebody else work on it. Raises Refused (who has left)."""
    row = locked(opportunity)
    works_here(owner)
    if row.owner_id == owner.pk:
        return row
    previous, row.owner = row.owner, owner
    _save(row, "owner")
    event: Event = OpportunityHandedOver(owner=code_of(owner), previous=code_of(previous))
    note(row.subject, event, by=by, at=at, via=via)
    return row


def follow_account_manager(customer_id: int, manager_id: int | None, by: Actor, at: datetime) -> None:
    """With the customer, what is open with them goes to the new account manager; to nobody nothing goes."""
    if manager_id is None:
        return
    heir = User.objects.get(pk=manager_id)
    rows = Opportunity.objects.filter(customer_id=customer_id, end="").exclude(owner_id=manager_id)
    for row in rows.order_by("pk"):
        hand_over_opportunity(opportunity=row, owner=heir, by=by, at=at)


@transaction.atomic
def hand_over_opportunities(*, leaver: User, heir: User, by: Actor, at: datetime) -> int:
    """All of a leaver's open opportunities to the heir; how many."""
    rows = list(Opportunity.objects.filter(owner=leaver, end="").order_by("pk"))
    for row in rows:
        hand_over_opportunity(opportunity=row, owner=heir, by=by, at=at, via="leaving")
    return len(rows)
