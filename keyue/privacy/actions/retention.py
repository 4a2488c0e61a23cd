"""How long data is kept: the company's rules, whom they find, and what a person decides about each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.customers.enums import ErasureReason, Kind, Stage
from keyue.customers.events import CustomerRetentionEnded
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.ids import new_id
from keyue.ledger.actions import correction
from keyue.ledger.facts import SYSTEM
from keyue.people.models import User
from keyue.privacy import last_dealings, selectors
from keyue.privacy.actions._ground import WEB, actor, locked, member, note, note_company, text_of
from keyue.privacy.actions.holds import restrict
from keyue.privacy.enums import KeepGround, RestrictReason, RetentionDecision, RetentionKind
from keyue.privacy.events import RetentionRuleEnded, RetentionRuleSet
from keyue.privacy.models import Restriction, RetentionCandidate, RetentionRule
from keyue.privacy.rules import is_over, years_before
from keyue.privacy.sealed import seal
from keyue.promises import actions as promises

AT_A_TIME = 500
"""Customers looked at in one turn."""
AGAIN = timedelta(days=1)
"""How long after the whole archive it is looked through anew."""


@transaction.atomic
def set_rule(
    *, name: str, kind: str, years: int, ground: str, user: User, at: datetime, via: str = WEB
) -> RetentionRule:
    """A rule of retention, which works from now on. `years`: 1 to 50; `ground`: the law. Raises Invalid."""
    sort = member(RetentionKind, kind, "kind")
    if not 1 <= years <= 50:
        sentence = _("保存年限应为 1 至 50 年。")
        raise Invalid(sentence, fields={"years": sentence})
    rule = RetentionRule.objects.create(
        name=text_of(name, "name", missing=_("请写规则的名称。"), most=60),
        kind=sort,
        years=years,
        ground=text_of(ground, "ground", missing=_("请写明法律依据。"), most=200),
        created_at=at,
        created_by=user,
        look_at=at,
    )
    event = RetentionRuleSet(rule=str(rule.pk), whose=sort.value, years=years)
    note_company(event, by=actor(user), at=at, via=via)
    return rule


@transaction.atomic
def end_rule(*, rule: RetentionRule, user: User, at: datetime, via: str = WEB) -> RetentionRule:
    """A rule works no more; whom it has found stays to be decided. Raises Refused."""
    rule = RetentionRule.objects.select_for_update().get(pk=rule.pk)
    if rule.ended_at is not None:
        raise Refused(_("这条规则已停用。"), code="ended")
    rule.ended_at, rule.ended_by = at, user
    rule.save(update_fields=["ended_at", "ended_by"])
    note_company(RetentionRuleEnded(rule=str(rule.pk)), by=actor(user), at=at, via=via)
    return rule


@transaction.atomic
def look_on(*, now: datetime) -> int:
    """Look at the next customers under the rule whose turn it is; how many were looked at, 0 when nothing is left today.

    Who is found is noted once (`customer.retention_ended`) and listed; nothing is deleted.
    """
    due = selectors.rule_to_look(now)
    if due is None:
        return 0
    rule = RetentionRule.objects.select_for_update().get(pk=due.pk)
    rows = Customer.objects.filter(pk__gt=rule.looked_to).order_by("pk")
    ids = list(rows.values_list("pk", flat=True)[:AT_A_TIME])
    for customer, since in _over(rule, ids, now):
        _found(rule, customer, since, now)
    if len(ids) < AT_A_TIME:
        rule.looked_to, rule.look_at = 0, now + AGAIN
    else:
        rule.looked_to = ids[-1]
    rule.save(update_fields=["looked_to", "look_at"])
    return len(ids) if len(ids) == AT_A_TIME else 0


def _over(rule: RetentionRule, ids: Sequence[int], now: datetime) -> list[tuple[Customer, datetime]]:
    """Those of these customers whose time is over by the rule and about whom nothing is decided, with since when."""
    before = years_before(now, rule.years)
    rows = Customer.objects.filter(pk__in=ids, erased_at=None, merged_into=None)
    rows = rows.exclude(pk__in=Restriction.objects.filter(customer__in=ids).values("customer"))
    rows = rows.exclude(pk__in=_decided(rule, ids, now))
    if rule.kind == RetentionKind.PAST:
        rows = rows.filter(stage=Stage.PAST, stage_since__lte=before)
        return [(row, row.stage_since) for row in rows.order_by("pk") if row.stage_since is not None]
    persons = list(rows.filter(kind=Kind.PERSON, created_at__lte=before).order_by("pk"))
    last = last_dealings.last_of([row.pk for row in persons])
    since = [(row, max(row.created_at, last.get(row.pk, row.created_at))) for row in persons]
    return [(row, instant) for row, instant in since if is_over(instant, rule.years, now)]


def _decided(rule: RetentionRule, ids: Sequence[int], now: datetime) -> list[int]:
    """Those who are listed already, or whom somebody decided to keep for longer than until now."""
    rows = RetentionCandidate.objects.filter(rule=rule, customer__in=ids)
    return [
        row.customer_id
        for row in rows
        if row.decided_at is None or (row.keep_until is not None and row.keep_until > now.date())
    ]


def _found(rule: RetentionRule, customer: Customer, since: datetime, now: datetime) -> None:
    candidate = RetentionCandidate.objects.create(
        uid=new_id(), rule=rule, customer=customer, since=since, found_at=now
    )
    event = CustomerRetentionEnded(rule=str(rule.pk))
    candidate.uid = note(customer, event, by=SYSTEM, at=now, via="retention")
    candidate.save(update_fields=["uid"])


@transaction.atomic
def decide_candidate(
    *,
    candidate: RetentionCandidate,
    decision: str,
    said: str,
    user: User,
    at: datetime,
    ground: str = "",
    keep_until: date | None = None,
    via: str = WEB,
) -> RetentionCandidate:
    """Decide what becomes of somebody whose time is over: erase, use no longer, or keep, with why.

    Keeping takes a legal `ground` and a day until when; what had been noted as over is taken back with it. Raises Invalid,
    Refused (decided before, a legal hold).
    """
    choice = member(RetentionDecision, decision, "decision")
    text = text_of(said, "said", missing=_("请写明理由。"))
    customer = locked(candidate.customer_id)
    candidate = RetentionCandidate.objects.select_for_update(of=("self",)).get(pk=candidate.pk)
    if candidate.decided_at is not None:
        raise Refused(_("这一项已经有决定。"), code="decided")
    candidate.decision, candidate.decided_at, candidate.decided_by = choice, at, user
    if choice == RetentionDecision.KEEP:
        candidate.ground, candidate.keep_until = _kept(ground, keep_until, at)
        taken_back = correction(str(candidate.uid), f"kept: {candidate.ground}")
        promises.record(customer.subject, [taken_back], by=actor(user), at=at, source=via)
    candidate.said = seal(candidate.customer_id, "RetentionCandidate", "said", text)
    candidate.save()
    if choice == RetentionDecision.RESTRICT:
        restrict(customer=customer, reason=RestrictReason.RETENTION, by=actor(user), at=at, via=via)
    elif choice == RetentionDecision.ERASE:
        reason = ErasureReason.SERVICE_ENDED
        customers.erase(customer=customer, reason=reason, by=actor(user), at=at, via=via)
    candidate.refresh_from_db()
    return candidate


def _kept(ground: str, until: date | None, at: datetime) -> tuple[KeepGround, date]:
    if not ground:
        raise Invalid(_("继续保存的，请选择依据。"), fields={"ground": _("请选择依据")})
    if until is None or until <= at.date():
        sentence = _("请写保存到哪一天，应在今天之后。")
        raise Invalid(sentence, fields={"keep_until": sentence})
    return member(KeepGround, ground, "ground"), until
