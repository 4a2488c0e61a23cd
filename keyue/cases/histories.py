"""What has happened about a case, page by page: the timeline and the chain of facts. Part of `selectors.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from keyue.cases.models import Case, Message
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.ledger.models import Fact

LONGEST = 2**31 - 1


@dataclass(frozen=True, slots=True)
class History:
    """A part of a history, oldest first, and the cursor of what follows ("" at the end)."""

    rows: Sequence[Any]
    next_cursor: str = ""


def messages_after(case: Case, cursor: str, *, size: int, public: bool = False) -> History:
    """Lines of the timeline with their files. New lines come behind a cursor, so that no page shows one twice."""
    rows = case.messages.select_related("author").prefetch_related("attachments").order_by("at", "pk")
    if public:
        rows = rows.filter(is_public=True)
    if cursor:
        try:
            at, pk = cursors.place(cursor)
        except ValueError:
            raise _bad_cursor() from None
        rows = rows.filter(Q(at__gt=at) | Q(at=at, pk__gt=pk))
    found: list[Message] = list(rows[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return History(found[:size], cursors.mark(last.at, last.pk) if last else "")


def facts_after(case: Case, cursor: str, *, size: int) -> History:
    """Facts in the order of recording; the cursor is the place in the chain."""
    rows = Fact.objects.filter(stream__kind=case.subject.kind, stream__ref=case.subject.ref).order_by("rev")
    if cursor:
        try:
            rows = rows.filter(rev__gt=min(cursors.number(cursor), LONGEST))
        except ValueError:
            raise _bad_cursor() from None
    found = list(rows[: size + 1])
    return History(found[:size], str(found[size - 1].rev) if len(found) > size else "")


def _bad_cursor() -> Invalid:
    sentence = _("翻页标记不对，请从第一页重新开始。")
    return Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor")
