"""Hints about a conversation that are no facts and are kept nowhere: somebody is writing, somebody has read."""

from __future__ import annotations

from keyue.conversations.models import Conversation
from keyue.promises.live import Hint


def hint_of(what: str, conversation: Conversation, upto: int | None = None) -> Hint:
    """`typing`: the customer writes; `answering`: somebody of the staff does; `seen`: read up to a line."""
    name = f"{what}:{conversation.pk}" + (f"-{upto}" if upto is not None else "")
    return Hint(name, frozenset({conversation.department} - {""}))
