"""Notices about editions, what waits for somebody and what became of what they wrote; and who took receipts along."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.regulations.events import Event
from keyue.regulations.models import Edition

KINDS = {
    "review": NoticeKind.REQUESTED,
    "rebasing": NoticeKind.REQUESTED,
    "returned": NoticeKind.DECIDED,
    "approved": NoticeKind.DECIDED,
    "read": NoticeKind.READING,
    "remind": NoticeKind.READING,
}


def tell_of_edition(what: str, edition: Edition, people: Iterable[int], at: datetime, n: str) -> None:
    """Tell each of these people once; `n` is which time it is."""
    promises.tell_each(
        people,
        key=f"edition:{edition.pk}:{what}:{n or edition.digest[:8]}",
        kind=KINDS[what],
        at=at,
        detail={
            "what": f"edition_{what}",
            "regulation": edition.regulation_id,
            "edition": edition.n,
            "title": edition.title,
        },
    )


@transaction.atomic
def note_receipts_export(
    *, edition: Edition, rows: int, by: Actor, at: datetime, source: str = "web"
) -> None:
    """That somebody took the receipts of an edition along."""
    said = {"edition": edition.n, "rows": rows}
    subject = Subject("regulation", edition.regulation_id)
    ledger.record(subject, [Draft(Event.RECEIPTS_EXPORTED, said)], by=by, at=at, source=source)
