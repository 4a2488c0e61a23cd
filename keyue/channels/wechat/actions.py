"""Writing what belongs to platforms of the WeChat family: access tokens, and how far a line has been sent."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from keyue.channels.wechat.models import AccessToken
from keyue.conversations.enums import Delivery
from keyue.conversations.models import Channel, Line
from keyue.ledger import sealing
from keyue.ledger.facts import Actor

TOKEN = "channels.AccessToken.token"  # noqa: S105  names the column that is sealed
REFRESH = timedelta(seconds=20)
"""How long a process may take to ask for a token before another one may."""
ACTIVE, PASSIVE = "active", "passive"


@transaction.atomic
def claim_refresh(*, channel: Channel, by: Actor, at: datetime) -> bool:
    """Whether this process is the one to ask for a new token now."""
    AccessToken.objects.get_or_create(channel=channel)
    free = Q(refreshing_until=None) | Q(refreshing_until__lte=at)
    rows = AccessToken.objects.filter(free, channel=channel)
    return bool(rows.update(refreshing_until=at + REFRESH))


@transaction.atomic
def leave_refresh(*, channel: Channel, by: Actor, at: datetime) -> None:
    """Nothing needs to be asked for after all."""
    AccessToken.objects.filter(channel=channel).update(refreshing_until=None)


@transaction.atomic
def keep_token(*, channel: Channel, token: str, expires_at: datetime | None, by: Actor, at: datetime) -> None:
    """Keep a new token for all processes; an empty one lets the next process ask."""
    sealed = sealing.seal(channel.subject, token, TOKEN) if token else ""
    AccessToken.objects.update_or_create(
        channel=channel, defaults={"token": sealed, "expires_at": expires_at, "refreshing_until": None}
    )


@transaction.atomic
def claim_line(*, line: Line, how: str, by: Actor, at: datetime) -> bool:
    """Whether a waiting line is to be sent this way: as an answer to the callback itself (`PASSIVE`), or by the platform's
    interface (`ACTIVE`). The first one that asks has it, and has it again when it asks again."""
    row = Line.objects.select_for_update(of=("self",)).get(pk=line.pk)
    if row.external_id:
        return row.external_id.startswith(f"{how}:{row.uid}")
    if row.delivery != Delivery.WAITING:
        return False
    row.external_id = f"{how}:{row.uid}"
    row.save(update_fields=["external_id"])
    return True


@transaction.atomic
def note_part(*, line: Line, n: int, by: Actor, at: datetime) -> None:
    """The first `n` parts of a line have been taken by the platform: another attempt begins after them."""
    Line.objects.filter(pk=line.pk).update(external_id=f"{ACTIVE}:{line.uid}:{n}")
