"""What was read: by whoever answers. No fact, for nothing is owed for it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from keyue.conversations.enums import LineKind
from keyue.conversations.models import Conversation, Line
from keyue.conversations.seeing import hint_of
from keyue.people.models import User
from keyue.promises import live


@transaction.atomic
def note_seen(*, conversation: Conversation, upto: int, user: User, at: datetime) -> int:
    """Whoever has a conversation has seen what the customer said up to a line; gives how many lines were new to them.
    Without effect for others, who only look in."""
    if conversation.agent_id != user.pk:
        return 0
    rows = Line.objects.filter(
        conversation=conversation, kind=LineKind.INBOUND, pk__lte=upto, read_at=None, erased_at=None
    )
    newest = rows.order_by("-pk").values_list("pk", flat=True).first()
    changed = rows.update(read_at=at)
    if newest is not None:
        live.hint_after_commit(hint_of("seen", conversation, newest))
    return changed
