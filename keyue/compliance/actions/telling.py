"""Notices about editions: what waits for somebody, and what became of what they wrote."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
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
