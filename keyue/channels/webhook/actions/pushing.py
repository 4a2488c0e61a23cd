"""What is pushed: collecting it, noting each attempt, pushing it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.channels.webhook.enums import PushState
from keyue.channels.webhook.events import OutletReplayed
from keyue.channels.webhook.models import Outlet, Push
from keyue.kernel.errors import Refused
from keyue.ledger import actions as ledger
from keyue.ledger.actions import Message
from keyue.ledger.facts import Actor, Draft

OUTBOX = "push.outlet"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Something to push: the uid of a fact or the id of a notice, and its kind."""

    ref: str
    what: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt went: the other side's status, 0 where none came, and the beginning of what it said."""

    is_sent: bool
    status: int = 0
    took: int = 0
    said: str = ""


@transaction.atomic
def collect(
    *, outlet: Outlet, wanted: Sequence[Wanted], cursor: int, together: bool, by: Actor, at: datetime
) -> int:
    """Put what is wanted into the log and the outbox, and move the cursor; returns how many were new.

    `together` makes one message of all, as for a robot that may say little in a minute. Without effect where another
    worker has moved the cursor meanwhile, or the outlet was closed.
    """
    row = Outlet.objects.select_for_update().filter(pk=outlet.pk, closed_at=None).first()
    if row is None or row.cursor != outlet.cursor:
        return 0
    if row.cursor != cursor:
        Outlet.objects.filter(pk=row.pk).update(cursor=cursor)
    known = Push.objects.filter(outlet=outlet, ref__in=[one.ref for one in wanted])
    there = set(known.values_list("ref", flat=True))
    fresh = [one for one in wanted if one.ref not in there]
    if not fresh:
        return 0
    first = fresh[0].ref
    pushes = [
        Push(
            outlet=outlet,
            ref=one.ref,
            what=one.what,
            key=f"push:{outlet.pk}:{first if together else one.ref}",
            at=at,
        )
        for one in fresh
    ]
    for push in pushes:
        push.save(force_insert=True)
    _enqueue(pushes, at)
    return len(pushes)


def _enqueue(rows: Sequence[Push], at: datetime) -> None:
    groups: dict[str, list[int]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row.pk)
    ledger.enqueue_many([Message(OUTBOX, key, {"pushes": ids}) for key, ids in groups.items()], at=at)


@transaction.atomic
def note_attempt(*, pushes: Sequence[Push], attempt: Attempt, by: Actor, at: datetime) -> None:
    """Write down how an attempt went."""
    for row in pushes:
        row.tries += 1
        row.status, row.took, row.said = attempt.status or None, attempt.took, attempt.said[:300]
        row.tried_at = at
        if attempt.is_sent:
            row.state, row.sent_at = PushState.SENT, at
        row.save(update_fields=["tries", "status", "took", "said", "tried_at", "state", "sent_at"])


@transaction.atomic
def note_given_up(*, keys: Sequence[str], by: Actor, at: datetime) -> int:
    """The outbox tries these no longer; they wait to be pushed again by hand."""
    rows = Push.objects.filter(key__in=list(keys), state=PushState.WAITING)
    return rows.update(state=PushState.FAILED, tried_at=at)


@transaction.atomic
def replay(*, push: Push, by: Actor, at: datetime) -> Push:
    """Push the same once more, whatever became of it before. Raises Refused where the outlet is closed, or it waits."""
    row = Push.objects.select_for_update().get(pk=push.pk)
    outlet = Outlet.objects.get(pk=row.outlet_id)
    if not outlet.is_open:
        raise Refused(_("这个推送去处已经停用。"))
    if row.state == PushState.WAITING:
        raise Refused(_("这一条还在等着推送，会自动重试。"))
    row.turn += 1
    row.state, row.key = PushState.WAITING, f"push:{outlet.pk}:{row.ref}:{row.turn}"
    row.save(update_fields=["turn", "state", "key"])
    _enqueue([row], at)
    event = OutletReplayed(push=str(row.pk))
    ledger.record(outlet.subject, [Draft(event.kind, event.data())], by=by, at=at, source="web")
    return row
