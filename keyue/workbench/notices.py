"""Notices as a page shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.cases.noticing import line_of
from keyue.cases.selectors import cases_by_id
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.people.models import User
from keyue.promises import inbox, subjects, told
from keyue.promises import selectors as promises
from keyue.promises.enums import NOTICE_TONES
from keyue.promises.models import Notice
from keyue.ui.addresses import address

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


def page_of(user: User, *, now: datetime, before: int | None = None, size: int = SIZE) -> NoticePage:
    """A page of a person's notices, newest first."""
    found = inbox.newest(user, size=size + 1, before=before)
    shown = _rows(user, found[:size], now.astimezone(promises.zone()), promises.seen_up_to(user))
    return NoticePage(shown, found[size - 1].pk if len(found) > size else None)


def newest(user: User, local: datetime, n: int = 3) -> list[NoticeRow]:
    """A person's last notices, for a card that leads to all of them; `local` is now in the company's zone."""
    return _rows(user, inbox.newest(user, size=n), local)


def _rows(user: User, found: Sequence[Notice], local: datetime, seen: int | None = None) -> list[NoticeRow]:
    known = cases_by_id([row.subject_id for row in found if row.subject_kind == "case" and row.subject_id])
    others = [row.promise for row in found if row.promise is not None and row.subject_kind != "case"]
    abouts = subjects.abouts_of(user, others)
    shown = []
    for row in found:
        case = known.get(row.subject_id) if row.subject_id and row.subject_kind == "case" else None
        about = abouts.get(row.promise_id or 0)
        url = reverse("cases:page", args=[case.number]) if case else about.url if about else _other_url(row)
        number = case.number if case else about.number if about else ""
        line = line_of(row, known, local)
        is_new = seen is not None and row.pk > seen
        shown.append(NoticeRow(row, line, NOTICE_TONES[row.kind], url, is_new, number))
    return shown


# where a notice about an edition leads
EDITION_PAGES = {
    "edition_review": "regulations:draft",
    "edition_returned": "regulations:draft",
    "edition_approved": "regulations:draft",
    "edition_read": "regulations:read",
    "edition_remind": "regulations:read",
    "edition_rebasing": "regulations:rebasings",
}


def _other_url(row: Notice) -> str:
    name = EDITION_PAGES.get(str(row.detail.get("what")), "")
    if not name:
        return told.url_of(row.detail)
    return address(name, row.detail["regulation"], row.detail["edition"])
