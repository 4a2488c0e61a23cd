"""What came in and could not be read: a person is to look at it, and says that they did."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.conversations.actions._ground import note
from keyue.conversations.events import ChannelMailLookedAt, ChannelMailUnreadable
from keyue.conversations.models import Channel
from keyue.ledger.facts import Actor


@transaction.atomic
def note_unreadable(*, channel: Channel, mail: str, by: Actor, at: datetime, source: str = "channel") -> None:
    """A message on this channel could not be read; `mail` is its id."""
    note(channel, ChannelMailUnreadable(mail=mail), by=by, at=at, source=source)


@transaction.atomic
def note_looked(*, channel: Channel, mail: str, by: Actor, at: datetime, source: str = "web") -> None:
    """Somebody has looked at a message that could not be read."""
    note(channel, ChannelMailLookedAt(mail=mail), by=by, at=at, source=source)
