"""Notices as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from keyue.cases.noticing import line_of
from keyue.cases.selectors import cases_by_id
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
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
    number: str = ""


@dataclass(frozen=True, slots=True)
class NoticePage:
    rows: Sequence[NoticeRow]
    next_before: int | None


def place(cursor: str) -> int | None:
    """The notice that a page stands before; None for the first page. Raises Invalid."""
    if not cursor:
        return None
    try:
        return cursors.number(cursor)
    except ValueError:
        sentence = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None


def newest_until(user: User, pk: int) -> int:
    """The newest of a person's notices that is not newer than this one; 0 where there is none."""
    return promises.notices_for(user).filter(pk__lte=pk).values_list("pk", flat=True).first() or 0


def page_of(user: User, *, before: int | None = None, size: int = SIZE) -> NoticePage:
    """A page of a person's notices, newest first."""
    rows = promises.notices_for(user)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    known = cases_by_id([row.subject_id for row in found if row.subject_kind == "case" and row.subject_id])
    seen = promises.seen_up_to(user)
    shown = []
    for row in found[:size]:
        case = known.get(row.subject_id) if row.subject_id else None
        url = address("cases:page", case.number) if case else ""
        number = case.number if case else ""
        line = line_of(row, known)
        shown.append(NoticeRow(row, line, NOTICE_TONES[row.kind], url, row.pk > seen, number))
    return NoticePage(shown, found[size - 1].pk if len(found) > size else None)
