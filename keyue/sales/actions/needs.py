"""Needs of customers, and the plans that answer them: noted, laid before the customer, agreed to (S1-11.3, S2-4.3)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.actions._ground import member
from keyue.customers.events import CustomerNeedDropped, CustomerNeedNoted, CustomerPlanConfirmed
from keyue.customers.models import Contact, Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor, Subject
from keyue.people.models import User
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.sales.actions._ground import WEB, customer_locked, note, words
from keyue.sales.enums import Agreed, NeedDrop, NeedState, PlanState
from keyue.sales.events import PlanChangesAsked, PlanConfirmed, PlanSent, PlanWithdrawn
from keyue.sales.models import Need, ServicePlan
from keyue.sales.sealed import seal_for_customer
from keyue.sales.selectors import hash_of

LINK_DAYS = 30
MOST_ITEMS = 50
PORTAL = "portal"


@transaction.atomic
def note_need(
    *,
    customer: Customer,
    what: str,
    user: User,
    by: Actor,
    at: datetime,
    learned: datetime | None = None,
    contact: Contact | None = None,
    said_in: Subject | None = None,
    via: str = WEB,
) -> Need:
    """Note what a customer needs, when it was learned (now where not said), from whom, and in which conversation. Raises
    Invalid, Refused."""
    row = customer_locked(customer)
    text = words("what", what, missing=_("请写明客户需要什么。"))
    when = learned or at
    if when > at:
        raise Invalid(_("得知时间不能晚于现在。"), fields={"learned": _("得知时间不能晚于现在")})
    if contact is not None and contact.customer_id != row.pk:
        sentence = _("联系人不是这位客户的。")
        raise Invalid(sentence, fields={"contact": sentence})
    need = Need.objects.create(
        customer=row,
        contact=contact,
        what=seal_for_customer(row.pk, "Need", "what", text),
        said_in=f"{said_in.kind}:{said_in.ref}" if said_in else "",
        learned_at=when,
        noted_at=at,
        noted_by=user,
    )
    event = CustomerNeedNoted(
        need=str(need.pk), learned_at=when, contact=str(contact.pk) if contact is not None else None
    )
    customers.note(row, event, by=by, at=at, via=via, sealed={"what": text})
    return need


@transaction.atomic
def drop_need(*, need: Need, reason: str, remark: str, by: Actor, at: datetime, via: str = WEB) -> Need:
    """Follow a need no more, for one of `enums.NeedDrop`. Its plan before the customer is taken back.

    Raises Invalid, Refused (dropped already).
    """
    row = need_locked(need)
    why = member(NeedDrop, reason, "reason")
    text = words("remark", remark)
    for plan in ServicePlan.objects.select_for_update().filter(need=row, state=PlanState.SENT):
        _end_plan(plan, PlanState.WITHDRAWN, "need_dropped", by=by, at=at, via=via)
    row.state, row.drop_reason = NeedState.DROPPED, why
    row.save(update_fields=["state", "drop_reason"])
    event = CustomerNeedDropped(need=str(row.pk), reason=why.value)
    customers.note(row.customer, event, by=by, at=at, via=via, sealed={"remark": text} if text else None)
    return row


def need_locked(need: Need) -> Need:
    """A need that is still followed, ours alone. Raises Refused."""
    row = Need.objects.select_for_update(of=("self",)).select_related("customer").get(pk=need.pk)
    customer_locked(row.customer)
    if row.state == NeedState.DROPPED:
        raise Refused(_("%(number)s 已不再跟进。") % {"number": row.number}, code="dropped")
    return row


# --- plans ---


@transaction.atomic
def send_plan(
    *,
    need: Need,
    text: str,
    items: Sequence[str],
    user: User,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> tuple[ServicePlan, str]:
    """Make a plan for a need and a link under which the customer says yes or what should be otherwise.

    The link's token is given here once and kept nowhere. A plan that waited before is replaced. Raises Invalid, Refused
    (agreed already: a new need asks for a new plan).
    """
    row = need_locked(need)
    if row.state == NeedState.AGREED:
        raise Refused(_("客户已确认方案。要改变约定，请记录新的需求。"), code="agreed")
    said = words("text", text, missing=_("请写明服务方案。"))
    lines = [line for item in items if (line := words("items", item).replace("\n", " "))]
    if len(lines) > MOST_ITEMS:
        raise Invalid(_("服务内容最多 50 项。"), fields={"items": _("服务内容最多 50 项。")})
    for before in ServicePlan.objects.select_for_update().filter(need=row, state=PlanState.SENT):
        _end_plan(before, PlanState.REPLACED, "replaced", by=by, at=at, via=via)
    token = secrets.token_urlsafe(24)
    plan = ServicePlan.objects.create(
        need=row,
        customer=row.customer,
        version=row.plans.count() + 1,
        text=seal_for_customer(row.customer_id, "ServicePlan", "text", said),
        items=seal_for_customer(row.customer_id, "ServicePlan", "items", "\n".join(lines)),
        token_hash=hash_of(token),
        expires_at=at + timedelta(days=LINK_DAYS),
        sent_at=at,
        sent_by=user,
    )
    row.state = NeedState.PLANNED
    row.save(update_fields=["state"])
    event = PlanSent(
        need=str(row.pk), customer=str(row.customer_id), version=plan.version, until=plan.expires_at
    )
    note(plan.subject, event, by=by, at=at, via=via)
    return plan, token


@transaction.atomic
def withdraw_plan(*, plan: ServicePlan, by: Actor, at: datetime, via: str = WEB) -> ServicePlan:
    """Take back a plan that the customer has not answered. Raises Refused."""
    row = _waiting(plan)
    _end_plan(row, PlanState.WITHDRAWN, "withdrawn", by=by, at=at, via=via)
    Need.objects.filter(pk=row.need_id).update(state=NeedState.OPEN)
    return row


def _end_plan(plan: ServicePlan, state: str, why: str, *, by: Actor, at: datetime, via: str) -> None:
    plan.state = state
    plan.save(update_fields=["state"])
    note(plan.subject, PlanWithdrawn(why=why), by=by, at=at, via=via)


def _waiting(plan: ServicePlan) -> ServicePlan:
    row = (
        ServicePlan.objects.select_for_update(of=("self",))
        .select_related("need", "customer", "sent_by")
        .get(pk=plan.pk)
    )
    if row.state != PlanState.SENT:
        raise Refused(_("这份方案已经答复、撤回或被新的代替。"), code="answered")
    return row


@transaction.atomic
def confirm_plan(
    *, plan: ServicePlan, how: str, by: Actor, at: datetime, address: str = "", via: str = WEB
) -> ServicePlan:
    """The customer said yes, in one of `enums.Agreed`; through the link `address` is where it came from, sealed.

    Raises Invalid, Refused (answered, taken back).
    """
    row = _waiting(plan)
    way = member(Agreed, how, "how")
    customer = customer_locked(row.customer)
    row.state, row.answered_at, row.agreed_how = PlanState.CONFIRMED, at, way
    row.save(update_fields=["state", "answered_at", "agreed_how"])
    Need.objects.filter(pk=row.need_id).update(state=NeedState.AGREED)
    event = PlanConfirmed(how=way.value)
    note(row.subject, event, by=by, at=at, via=via, customer_id=customer.pk, sealed={"from": address})
    said = CustomerPlanConfirmed(need=str(row.need_id), plan=str(row.pk), how=way.value)
    customers.note(customer, said, by=by, at=at, via=via)
    _tell_sender(row, "plan_confirmed", at)
    return row


@transaction.atomic
def ask_changes(
    *, plan: ServicePlan, what: str, how: str, by: Actor, at: datetime, address: str = "", via: str = WEB
) -> ServicePlan:
    """The customer wants it otherwise: the need is open again, and whoever sent the plan is told. Raises Invalid, Refused."""
    row = _waiting(plan)
    way = member(Agreed, how, "how")
    text = words("what", what, missing=_("请写明希望怎样修改。"))
    customer = customer_locked(row.customer)
    row.state, row.answered_at = PlanState.CHANGES, at
    row.wish = seal_for_customer(customer.pk, "ServicePlan", "wish", text)
    row.save(update_fields=["state", "answered_at", "wish"])
    Need.objects.filter(pk=row.need_id).update(state=NeedState.OPEN)
    event = PlanChangesAsked(how=way.value)
    sealed = {"what": text, "from": address}
    note(row.subject, event, by=by, at=at, via=via, customer_id=customer.pk, sealed=sealed)
    _tell_sender(row, "plan_changes", at)
    return row


def _tell_sender(row: ServicePlan, what: str, at: datetime) -> None:
    promises.tell(
        key=f"{what}:{row.pk}",
        kind=NoticeKind.MESSAGE,
        at=at,
        to_user_id=row.sent_by_id,
        detail={"what": what, "number": row.number, "at": [row.customer.number]},
    )
