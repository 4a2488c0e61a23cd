"""How this room's actions write their facts: ids and codes only, addresses sealed under the person's own key."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.people.events import Event
from keyue.people.models import ApiToken, Department, Post, User

SOURCE = "people"


def subject_of(thing: User | Department | Post) -> Subject:
    """The subject whose chain tells about this person, department or post."""
    match thing:
        case User():
            return Subject("user", str(thing.pk))
        case Department():
            return Subject("department", thing.code)
        case Post():
            return Subject("post", thing.code)


INSTALLATION = Subject("installation", "keyue")


def note(
    thing: User | Department | Post | Subject,
    event: Event,
    data: Mapping[str, Any] | None = None,
    *,
    by: Actor,
    at: datetime,
    address: str = "",
) -> None:
    """Record one fact about `thing`."""
    subject = thing if isinstance(thing, Subject) else subject_of(thing)
    sealed = {"address": address} if address else {}
    draft = Draft(kind=event.value, data=dict(data or {}), sealed=sealed)
    ledger.record(subject, [draft], by=by, at=at, source=SOURCE, seal_for=subject if sealed else None)


def person_behind(by: Actor) -> int | None:
    """The id of the member of staff who acts, also through a token; None for the system."""
    if by.kind == "staff" and by.id.isdecimal():
        return int(by.id)
    if by.kind == "token" and by.id.isdecimal():
        return ApiToken.objects.filter(pk=int(by.id)).values_list("user_id", flat=True).first()
    return None
