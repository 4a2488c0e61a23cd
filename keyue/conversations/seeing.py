"""Hints about a conversation that are no facts and are kept nowhere: somebody is writing, somebody has read."""

from __future__ import annotations

from keyue.conversations.models import Conversation
from keyue.people.rules import PERSON
from keyue.promises.live import Hint


def hint_of(what: str, conversation: Conversation, upto: int | None = None) -> Hint:
    """`typing`: the customer writes; `answering`: somebody of the staff does; `seen`: read up to a line."""
    name = f"{what}:{conversation.pk}" + (f"-{upto}" if upto is not None else "")
    return Hint(name, audience_of(conversation.department, conversation.agent_id))


def audience_of(department: str, agent_id: int | None) -> frozenset[str]:
    """Who may know of a conversation as it changes: its department, and whoever has it, also from another one; nobody
    named is everybody."""
    if not department:
        return frozenset()
    return frozenset({department} | ({f"{PERSON}{agent_id}"} if agent_id is not None else set()))
