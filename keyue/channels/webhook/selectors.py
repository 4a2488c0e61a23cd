"""Reading outlets, their log and callbacks that could not be read."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.channels.webhook.enums import PushState
from keyue.channels.webhook.models import Outlet, Push, UnreadCallback
from keyue.channels.webhook.signing import Keys
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of
from keyue.kernel.errors import NotFound
from keyue.ledger import sealing
from keyue.ledger import selectors as ledger
from keyue.ledger.models import OutboxItem
from keyue.promises.models import Notice

ADDRESS = "channels.Outlet.address"
SECRETS = "channels.Outlet.secrets"
RAW = "channels.UnreadCallback.raw"


def outlets(*, closed: bool = False) -> QuerySet[Outlet]:
    """Outlets with how many of their pushes wait and were given up."""
    rows = Outlet.objects.annotate(
        waiting=Count("pushes", filter=Q(pushes__state=PushState.WAITING)),
        failed=Count("pushes", filter=Q(pushes__state=PushState.FAILED)),
    ).order_by("kind", "name")
    return rows if closed else rows.filter(closed_at=None)


def open_outlets(*, robots: bool) -> list[Outlet]:
    """Those that something is collected for."""
    rows = Outlet.objects.filter(closed_at=None).order_by("pk")
    return [row for row in rows if row.is_robot == robots]


def outlet_by_id(pk: int) -> Outlet:
    """Raises NotFound."""
    found = Outlet.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这个推送去处。"))
    return found


def address_of(outlet: Outlet) -> str:
    """Where it is, in the clear; empty for one that is closed."""
    return sealing.unseal(outlet.subject, outlet.address, ADDRESS) or "" if outlet.address else ""


def keys_of(outlet: Outlet) -> Keys:
    """Its secrets."""
    text = sealing.unseal(outlet.subject, outlet.secrets, SECRETS) if outlet.secrets else None
    return Keys.of(json.loads(text)) if text else Keys()


def channel_keys(channel: Channel) -> Keys:
    """The secrets of a channel by which another system hands messages in."""
    return Keys.of(secrets_of(channel))


def pushes_of(outlet: Outlet, *, state: str = "") -> QuerySet[Push]:
    """The log, the newest first."""
    rows = Push.objects.filter(outlet=outlet).order_by("-pk")
    return rows.filter(state=state) if state in PushState.values else rows


def pushed(outlet: Outlet, refs: Collection[str]) -> set[str]:
    """Which of these stand in the log already."""
    return set(Push.objects.filter(outlet=outlet, ref__in=list(refs)).values_list("ref", flat=True))


def pushes_by_id(ids: Collection[int]) -> list[Push]:
    """With their outlets, in order."""
    return list(Push.objects.filter(pk__in=list(ids)).select_related("outlet").order_by("pk"))


def push_of(outlet: Outlet, pk: int) -> Push:
    """Raises NotFound."""
    found = Push.objects.filter(outlet=outlet, pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条推送记录。"))
    return found


def given_up() -> list[OutboxItem]:
    """Messages of the outbox for outlets that were given up."""
    return list(ledger.failed_messages().filter(kind="push.outlet")[:200])


def notices_between(after: int, before: datetime, limit: int) -> list[Notice]:
    """Notices with a greater id, up to an instant, oldest first."""
    rows = Notice.objects.filter(pk__gt=after, at__lte=before).select_related("promise")
    return list(rows.order_by("pk")[:limit])


def newest_notice() -> int:
    """The id of the newest notice; 0 before the first."""
    return Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def unread_callbacks(channel: Channel) -> list[UnreadCallback]:
    """What could not be read and waits for somebody, the oldest first."""
    rows = UnreadCallback.objects.filter(channel=channel, handled_at=None)
    return list(rows.order_by("pk")[:50])


def unread_callback(pk: int) -> UnreadCallback:
    """Raises NotFound."""
    found = UnreadCallback.objects.select_related("channel").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条回调。"))
    return found


def raw_of(callback: UnreadCallback) -> bytes:
    """What was sent, as it was."""
    text = sealing.unseal(callback.channel.subject, callback.raw, RAW)
    return bytes.fromhex(text) if text else b""


def told(channel: Channel) -> dict[str, Any]:
    """What the guide on a channel's page says of callbacks."""
    keys = channel_keys(channel) if channel.is_open else Keys()
    return {"has_secret": bool(keys.secret), "unread": unread_callbacks(channel)}
