"""Writing how far the messages of WeChat customer service have been fetched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from keyue.channels.wecom.models import SyncCursor
from keyue.conversations.models import Channel
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor

HOLD = timedelta(minutes=2)
"""How long a process may take for a page."""
SYNC = "wecom.sync"


@transaction.atomic
def claim_sync(*, channel: Channel, by: Actor, at: datetime) -> str | None:
    """The cursor to go on from, held for this process; None where another one is fetching."""
    SyncCursor.objects.get_or_create(channel=channel)
    free = Q(held_until=None) | Q(held_until__lte=at)
    if not SyncCursor.objects.filter(free, channel=channel).update(held_until=at + HOLD):
        return None
    return SyncCursor.objects.values_list("cursor", flat=True).get(channel=channel)


@transaction.atomic
def move_cursor(
    *, channel: Channel, before: str, after: str, take: Callable[[], None], by: Actor, at: datetime
) -> bool:
    """Take a page in and move the cursor, together or not at all; False where somebody else has moved it meanwhile."""
    rows = SyncCursor.objects.filter(channel=channel, cursor=before)
    if not rows.update(cursor=after, held_until=at + HOLD):
        return False
    take()
    return True


@transaction.atomic
def leave_sync(*, channel: Channel, by: Actor, at: datetime) -> None:
    """Another process may fetch."""
    SyncCursor.objects.filter(channel=channel).update(held_until=None)


@transaction.atomic
def ask_sync(*, channel: Channel, token: str, key: str, by: Actor, at: datetime) -> None:
    """Let the outbox fetch what has come in; the same `key` twice is once."""
    ledger.enqueue(
        kind=SYNC, key=f"kf:{channel.pk}:{key}", payload={"channel": channel.pk, "token": token}, at=at
    )
