"""Notices by mail: what came up within half a minute goes to a person in one mail, and none at night (45)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from keyue.ledger.actions import Message
from keyue.people import selectors as people
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.promises.models import Notice

GATHER = timedelta(seconds=30)
QUIET_FROM, QUIET_TO = time(22, 0), time(7, 0)
MOST_OF_A_POST = 3


def is_quiet(now: datetime) -> bool:
    """Whether the company sleeps: mail waits until the morning, the state does not."""
    local = now.astimezone(promises.zone()).time()
    return local >= QUIET_FROM or local < QUIET_TO


def recipients(notice: Notice, now: datetime) -> list[User]:
    """Who gets a mail: the person, or who stands behind the post; of a department or a large post only its head."""
    if notice.to_user_id:
        return [people.find_user(notice.to_user_id)]
    rungs = int(notice.detail.get("rungs_up", 0))
    if rungs:
        above = people.ladder_of(notice.to_code)
        if above:
            return [above[min(rungs, len(above)) - 1]]
    behind = people.people_behind(notice.to_code, now)
    if 0 < len(behind) <= MOST_OF_A_POST:
        return behind
    head = people.head_of(notice.to_code)
    return [head] if head else []


def gathered(notices: Sequence[Notice], now: datetime) -> list[Message]:
    """One outbox message a person for these notices."""
    by_user: dict[int, list[int]] = {}
    for notice in notices:
        for user in recipients(notice, now):
            if user.notify_by_mail and user.email:
                by_user.setdefault(user.pk, []).append(notice.pk)
    return [
        Message("mail.notices", f"notices:{user}:{min(ids)}-{max(ids)}", {"user": user, "notices": ids})
        for user, ids in sorted(by_user.items())
    ]
