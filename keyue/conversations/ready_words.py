"""What the knowledge room asks of conversations: by which ways answers go out, and what placeholders of ready words mean."""

from __future__ import annotations

from collections.abc import Mapping

from keyue.conversations import kinds, selectors
from keyue.conversations.models import Channel, Conversation
from keyue.conversations.sealed import handles_of
from keyue.customers import selectors as customers
from keyue.kernel.errors import NotFound
from keyue.knowledge import speech
from keyue.knowledge.placeholders import CUSTOMER, NUMBER, TITLE
from keyue.people.models import User


def ways() -> list[tuple[str, object]]:
    """Kinds of channels by which answers go out."""
    return [
        (kind.code, kind.name) for kind in kinds.kinds().values() if kind.send is not None or kind.is_live
    ]


def about(user: User, number: str) -> Mapping[str, str]:
    """What may be shown while an answer is written; a name under a mask is filled in only as the answer leaves."""
    try:
        row = (
            selectors.conversation_for(user, int(number)) if number.isdecimal() and len(number) < 19 else None
        )
    except NotFound:
        row = None
    return {} if row is None else {**speech.own_values(user), **_of_case(row)}


def said(row: Conversation, target: Channel, body: str, user: User, *, script: str = "") -> str:
    """What goes out of what a person wrote, by a channel; `script` is the code of the canned answer that it was made from.
    Raises Invalid at `body` for what must not be said so."""
    return speech.sayable(body, target.kind, values=lambda: _values(row, user), script=script, user=user)


def _values(row: Conversation, user: User) -> Mapping[str, str]:
    """Who the customer is, in the clear."""
    names = names_of(row)
    return {**speech.own_values(user), **_of_case(row), CUSTOMER: names[0] if names else ""}


def names_of(row: Conversation) -> list[str]:
    """What the customer is called, in the clear: as a known contact first, then as the channel knows them."""
    points = customers.contact_points([row.contact_id]) if row.contact_id else {}
    [(_handle, name)] = handles_of([row.party])
    return [found for found in (*(point.name for point in points.values()), name) if found]


def _of_case(row: Conversation) -> dict[str, str]:
    return {NUMBER: row.case.number, TITLE: row.case.title} if row.case is not None else {}
