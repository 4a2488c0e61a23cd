"""Shifts: planning them and taking them away. What is over stays as it was, so that a gap is one whenever one looks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.channels.phone.models import Shift
from keyue.conversations.models import Channel
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

LONGEST = timedelta(hours=24)


@transaction.atomic
def plan_shift(
    *, channel: Channel, user: User, start: datetime, end: datetime, by: Actor, at: datetime
) -> Shift:
    """Put somebody on duty. Raises Invalid for a span that is over, too long, or in which they are on duty already."""
    # two plans for one person at once must not both find them free
    Channel.objects.select_for_update().filter(pk=channel.pk).values_list("pk", flat=True).first()
    fault = ""
    if start < at - timedelta(minutes=5):
        fault = _("过去的班次不能再排。")
    elif end - start > LONGEST:
        fault = _("一个班次最长 24 小时。")
    if fault:
        raise Invalid(fault, fields={"start": fault})
    if not allows(user, Permission.CONVERSATION_ANSWER):
        sentence = _("%(name)s 没有接待客户的权限，不能值班。") % {"name": user.name}
        raise Invalid(sentence, fields={"user": sentence})
    busy = Shift.objects.filter(user=user, removed_at=None, start_at__lt=end, end_at__gt=start).first()
    if busy is not None:
        sentence = _("%(name)s 这段时间已经排了班。") % {"name": user.name}
        raise Invalid(sentence, fields={"user": sentence})
    return Shift.objects.create(
        channel=channel, user=user, start_at=start, end_at=end, made_at=at, made_by=f"{by.kind}:{by.id}"
    )


@transaction.atomic
def remove_shift(*, shift: Shift, by: Actor, at: datetime) -> Shift:
    """Take a shift away; of one that goes on, what is left of it. Raises Refused for one that is over."""
    row = Shift.objects.select_for_update(of=("self",)).get(pk=shift.pk)
    if row.removed_at is not None:
        return row
    if row.end_at <= at:
        raise Refused(_("已经过去的班次不能改。"), code="over")
    if row.start_at < at:
        row.end_at = at
        row.save(update_fields=["end_at"])
        return row
    row.removed_at, row.removed_by = at, f"{by.kind}:{by.id}"
    row.save(update_fields=["removed_at", "removed_by"])
    return row


@transaction.atomic
def plan_shifts(*, channel: Channel, plan: Mapping[str, Any], zone: ZoneInfo, by: Actor, at: datetime) -> int:
    """Shifts on one or several days, of one or several weeks: all of them or none; how many. `plan` holds `user`, `day`,
    `start` and `end` (clock times; an end not after the start is on the next day), `days`, `weeks`. Raises Invalid."""
    made = 0
    for week in range(plan["weeks"]):
        for n in range(plan["days"]):
            day = plan["day"] + timedelta(days=7 * week + n)
            ends = day if plan["end"] > plan["start"] else day + timedelta(days=1)
            plan_shift(
                channel=channel,
                user=plan["user"],
                start=datetime.combine(day, plan["start"], zone),
                end=datetime.combine(ends, plan["end"], zone),
                by=by,
                at=at,
            )
            made += 1
    return made
