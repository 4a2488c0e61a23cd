"""Notices as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from keyue.cases.noticing import line_of
from keyue.cases.selectors import cases_by_id
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.promises.enums import NOTICE_TONES
from keyue.promises.models import Notice
from keyue.workbench.home import address

SIZE = 50


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice with its words, its tone, and the page it leads to."""

    notice: Notice
    text: str
    tone: str
    url: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    rows: Sequence[NoticeRow]
    next_before: int | None


def page_of(user: User, *, before: int | None = None) -> NoticePage:
    """A page of a person's notices, newest first."""
    rows = promises.notices_for(user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: SIZE + 1])
    known = cases_by_id([row.subject_id for row in found if row.subject_kind == "case" and row.subject_id])
    seen = promises.seen_up_to(user)
    shown = []
    for row in found[:SIZE]:
        case = known.get(row.subject_id) if row.subject_id else None
        url = address("cases:page", case.number) if case else ""
        shown.append(NoticeRow(row, line_of(row, known), NOTICE_TONES[row.kind], url, row.pk > seen))
    return NoticePage(shown, found[SIZE - 1].pk if len(found) > SIZE else None)
