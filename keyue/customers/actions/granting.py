"""Access beyond one's scope, for a time: asked for, decided by somebody else, ended by time or taken back (S1-7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import rules, selectors
from keyue.customers.actions._ground import WEB, member
from keyue.customers.enums import GrantPurpose, GrantState
from keyue.customers.models import AccessGrant, Customer
from keyue.customers.person_events import (
    PersonAccessApproved,
    PersonAccessAsked,
    PersonAccessGiven,
    PersonAccessRefused,
    PersonAccessWithdrawn,
)
from keyue.customers.wording import checked
from keyue.kernel.errors import Denied, Invalid, NotFound, Refused
from keyue.kernel.events import Event
from keyue.ledger import sealing
from keyue.ledger.facts import SYSTEM, Actor, Draft
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.promises.person import person_of

LONGEST = timedelta(days=90)
MOST_OPEN = 20
"""Requests and grants that one person may have running: what a page of customers asks is bounded by it."""
AT_A_TIME = 200
ASKED, APPROVED, REFUSED_ = "access_asked", "access_approved", "access_refused"


def grant_context(field: str) -> str:
    """What a sealed text of a grant is bound to beside its owner. Never changes."""
    return f"customers.AccessGrant.{field}"


@transaction.atomic
def ask_access(
    *,
    user: User,
    number: str = "",
    department: str = "",
    purpose: str,
    remark: str,
    until: datetime,
    by: Actor,
    at: datetime,
    via: str = WEB,
) -> AccessGrant:
    """Ask to see a customer, by the number that was typed, or the customers of a department, until an instant.

    Whether there is such a customer is not told: a number that names nobody is taken like any other. Raises Denied,
    Invalid, Refused (who sees them already, too many running).
    """
    check(user, Permission.CUSTOMER_VIEW)
    why = member(GrantPurpose, purpose, "purpose")
    text = _text(remark, "remark")
    _check_until(until, at)
    running = AccessGrant.objects.filter(user=user, state__in=[GrantState.ASKED, GrantState.APPROVED])
    if running.count() >= MOST_OPEN:
        said = _("您已有 %(n)d 项申请或授权，请先收回用不着的。") % {"n": MOST_OPEN}
        raise Refused(said, code="too_many_grants")
    customer = _asked_for(user, number) if not department else None
    if department:
        people.find_department(department)
    grant = AccessGrant(
        user=user,
        number=rules.number_of(rules.parse_number(number) or 0) if not department else "",
        customer=customer,
        department=department,
        purpose=why,
        asked_at=at,
        asked_until=until,
    )
    grant.remark = sealing.seal(grant.owner, text, grant_context("remark"))
    grant.save(force_insert=True)
    _note(grant, [PersonAccessAsked(str(grant.pk), why.value, until)], by=by, at=at, via=via)
    approvers = people.who_may(Permission.ACCESS_APPROVE, at=at) - {user.pk}
    promises.tell_each(
        sorted(approvers),
        key=f"access:{grant.pk}:asked",
        kind=NoticeKind.REQUESTED,
        at=at,
        detail={"what": ASKED, "name": user.name, "about": grant.about},
    )
    return grant


def _asked_for(user: User, number: str) -> Customer | None:
    """The customer whose number was typed; None where it names nobody. Raises Invalid, Refused."""
    pk = rules.parse_number(number)
    if pk is None:
        sentence = _("请填客户编号，如 KH-00317。")
        raise Invalid(sentence, fields={"number": sentence})
    if selectors.visible_to(user).filter(pk=pk).exists():
        raise Refused(_("您已经可以查看这位客户，不用申请。"), code="seen_already")
    return Customer.objects.filter(selectors.STANDING, pk=pk).first()


def _text(text: str, field: str) -> str:
    clean: str = checked({field: (rules.tidy_text, text)})[field]
    if not clean:
        raise Invalid(_("请写明理由。"), fields={field: _("请写明理由")})
    return clean


def _check_until(until: datetime, at: datetime) -> None:
    fault = ""
    if until <= at:
        fault = _("到期时间要晚于现在。")
    elif until > at + LONGEST:
        fault = _("一次最长 %(n)d 天，到期还需要可以再申请。") % {"n": LONGEST.days}
    if fault:
        raise Invalid(fault, fields={"until": fault})


@transaction.atomic
def approve_access(
    *,
    grant: AccessGrant,
    user: User,
    by: Actor,
    at: datetime,
    until: datetime | None = None,
    via: str = WEB,
) -> AccessGrant:
    """Let the asker see what they asked for until `until`, what they asked where absent. Not one's own request.

    Raises Denied, Refused (decided already, nobody of that number, a department narrower than the request), Invalid.
    """
    grant = _waiting(grant, user)
    if not grant.department and grant.customer is None:
        raise Refused(
            _("没有编号为 %(number)s 的客户，只能不同意。") % {"number": grant.number}, code="nobody"
        )
    ends = until or grant.asked_until
    _check_until(ends, at)
    grant.state, grant.decided_at, grant.decided_by, grant.ends_at = GrantState.APPROVED, at, user, ends
    grant.save(update_fields=["state", "decided_at", "decided_by", "ends_at"])
    approved = PersonAccessApproved(str(grant.pk), approved_by=str(user.pk))
    given = PersonAccessGiven(
        str(grant.pk),
        ends,
        customer=str(grant.customer_id) if grant.customer_id else None,
        department=grant.department or None,
    )
    _note(grant, [approved, given], by=by, at=at, via=via)
    _tell(grant, APPROVED, at)
    return grant


@transaction.atomic
def refuse_access(
    *, grant: AccessGrant, user: User, refusal: str, by: Actor, at: datetime, via: str = WEB
) -> AccessGrant:
    """Do not agree, with why. Raises Denied, Refused, Invalid."""
    grant = _waiting(grant, user)
    text = _text(refusal, "refusal")
    grant.state, grant.decided_at, grant.decided_by = GrantState.REFUSED, at, user
    grant.refusal = sealing.seal(grant.owner, text, grant_context("refusal"))
    grant.save(update_fields=["state", "decided_at", "decided_by", "refusal"])
    _note(grant, [PersonAccessRefused(str(grant.pk), refused_by=str(user.pk))], by=by, at=at, via=via)
    _tell(grant, REFUSED_, at)
    return grant


@transaction.atomic
def withdraw_access(
    *, grant: AccessGrant, user: User, by: Actor, at: datetime, via: str = WEB
) -> AccessGrant:
    """Take access back before its time: who decides on access, or who has it and needs it no more. Raises Denied, Refused."""
    grant = _locked(grant)
    if grant.user_id != user.pk:
        check(user, Permission.ACCESS_APPROVE)
    if grant.state != GrantState.APPROVED or (grant.ends_at and grant.ends_at <= at):
        raise Refused(_("这项授权已经不在有效期内。"), code="not_running")
    grant.state, grant.withdrawn_at, grant.withdrawn_by = GrantState.ENDED, at, user
    grant.save(update_fields=["state", "withdrawn_at", "withdrawn_by"])
    _note(grant, [PersonAccessWithdrawn(str(grant.pk), why="withdrawn")], by=by, at=at, via=via)
    return grant


def end_access(now: datetime) -> int:
    """Record the end of access whose time is over, as of that instant; how many. Nobody could use it since then."""
    over = AccessGrant.objects.filter(state=GrantState.APPROVED, ends_at__lte=now)
    ids = list(over.order_by("ends_at").values_list("pk", flat=True)[:AT_A_TIME])
    for pk in ids:
        _end(pk, now)
    return len(ids)


@transaction.atomic
def _end(pk: int, now: datetime) -> None:
    grant = AccessGrant.objects.select_for_update().filter(pk=pk, state=GrantState.APPROVED).first()
    if grant is None or grant.ends_at is None:
        return
    grant.state, grant.withdrawn_at = GrantState.ENDED, grant.ends_at
    grant.save(update_fields=["state", "withdrawn_at"])
    event = PersonAccessWithdrawn(str(pk), why="over")
    _note(grant, [event], by=SYSTEM, at=now, via="worker", happened=grant.ends_at)


def _waiting(grant: AccessGrant, user: User) -> AccessGrant:
    """The request, ours until the transaction ends, if `user` may decide on it. Raises Denied, Refused."""
    check(user, Permission.ACCESS_APPROVE)
    grant = _locked(grant)
    if grant.user_id == user.pk:
        raise Denied(_("自己的申请要由别人批准。"), code="own_request")
    if grant.state != GrantState.ASKED:
        raise Refused(_("这项申请已经有了决定。"), code="decided_already")
    return grant


def _locked(grant: AccessGrant) -> AccessGrant:
    row = AccessGrant.objects.select_for_update(of=("self",)).select_related("customer", "user")
    found = row.filter(pk=grant.pk).first()
    if found is None:
        raise NotFound(_("没有这项申请。"))
    return found


def _note(
    grant: AccessGrant,
    events: Sequence[Event],
    *,
    by: Actor,
    at: datetime,
    via: str,
    happened: datetime | None = None,
) -> None:
    drafts = [Draft(event.kind, event.data(), at=happened) for event in events]
    promises.record(person_of(grant.user_id), drafts, by=by, at=at, source=via)


def _tell(grant: AccessGrant, what: str, at: datetime) -> None:
    detail: dict[str, Any] = {"what": what, "about": grant.about}
    promises.tell(
        key=f"access:{grant.pk}:{what}",
        kind=NoticeKind.DECIDED,
        at=at,
        to_user_id=grant.user_id,
        detail=detail,
    )
