"""Delegation: somebody is away and a colleague acts for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.actions._facts import note, person_behind
from keyue.people.events import Event
from keyue.people.models import Delegation, User

LONGEST = timedelta(days=180)


@transaction.atomic
def delegate(
    *, giver: User, taker: User, since: datetime, until: datetime, reason: str, by: Actor, at: datetime
) -> Delegation:
    """Let `taker` act for `giver` from `since` until `until`; administrator roles do not go along."""
    reason = " ".join(reason.split())
    faults: dict[str, object] = {}
    if taker.pk == giver.pk or not taker.is_active:
        faults["taker"] = _("代办人必须是另一位在职的同事。")
    if not giver.is_active:
        faults["giver"] = _("委托人已离职。")
    if until <= since or until <= at:
        faults["until"] = _("结束时间要晚于开始时间，也要晚于现在。")
    elif until - since > LONGEST:
        faults["until"] = _("一次委托最长 180 天。")
    if not 2 <= len(reason) <= 200:
        faults["reason"] = _("请写明事由，2 至 200 个字。")
    if faults:
        raise Invalid(_("有几项填写不正确，请按提示修改。"), fields=faults)
    row = Delegation.objects.create(
        giver=giver,
        taker=taker,
        since=since,
        until=until,
        reason=reason,
        made_by_id=person_behind(by),
        made_at=at,
    )
    data = {"delegation": row.pk, "to": str(taker.pk), "since": since.isoformat(), "until": until.isoformat()}
    note(giver, Event.USER_DELEGATED, data, by=by, at=at)
    return row


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: Actor, at: datetime) -> None:
    """End a delegation before its time."""
    changed = Delegation.objects.filter(pk=delegation.pk, ended_at=None, until__gt=at).update(ended_at=at)
    if not changed:
        raise Refused(_("这条委托已经结束。"))
    note(delegation.giver, Event.USER_DELEGATION_ENDED, {"delegation": delegation.pk}, by=by, at=at)
