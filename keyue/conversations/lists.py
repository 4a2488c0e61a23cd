"""The list of conversations, page by page, as far as a person may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from keyue.conversations import selectors
from keyue.conversations.models import Conversation
from keyue.customers import selectors as customers
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.people.models import User


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to; empty means all. `customer` is a number, `channel` where the customer spoke last."""

    state: str = ""
    channel: int | None = None
    customer: str = ""
    agent: int | None = None
    is_unrecorded: bool = False


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """Some conversations; `next` is the cursor of the page after them, empty on the last."""

    rows: Sequence[Conversation]
    next: str


def conversation_page(viewer: User, narrowed: Narrowed, *, cursor: str, size: int) -> ConversationPage:
    """Those with the newest word first. Raises Invalid for a cursor, NotFound for a customer whom the viewer may not see."""
    rows = selectors.unrecorded(viewer) if narrowed.is_unrecorded else selectors.visible_to(viewer)
    if narrowed.customer:
        rows = rows.filter(customer=customers.customer_for(viewer, narrowed.customer))
    equal = {"state": narrowed.state, "channel": narrowed.channel, "agent": narrowed.agent}
    rows = rows.filter(**{name: value for name, value in equal.items() if value})
    if cursor:
        try:
            at, pk = cursors.place(cursor)
        except ValueError:
            raise _bad_cursor() from None
        # written so that the first half is a range of the index
        rows = rows.filter(Q(last_at__lte=at) & (Q(last_at__lt=at) | Q(pk__lt=pk)))
    found = list(rows.select_related("channel", "party", "case").order_by("-last_at", "-pk")[: size + 1])
    kept = found[:size]
    more = len(found) > size
    return ConversationPage(kept, cursors.mark(kept[-1].last_at, kept[-1].pk) if more else "")


def line_place(cursor: str) -> int:
    """The line before which a page of lines ends. Raises Invalid."""
    try:
        return cursors.number(cursor)
    except ValueError:
        raise _bad_cursor() from None


def _bad_cursor() -> Invalid:
    sentence = _("翻页标记不对，请从第一页重新开始。")
    return Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor")
