"""The list of customers and the search in it, page by page, over any number of customers.

Every condition of a viewer's scope has an index in the order of the list, so each gives its first rows by itself and
they are merged: what a page costs depends on its length, not on the archive's. Part of `selectors.py`; see there for
who may see whom.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keyue.customers import rules
from keyue.customers.cards import Capped, CustomerPage
from keyue.customers.faults import Fault
from keyue.customers.models import Contact, Customer
from keyue.customers.sealed import index_of
from keyue.customers.selectors import counted, customer_cards, scope_of, visible_to
from keyue.kernel.errors import Invalid
from keyue.people.models import User

PAGE = 25
MOST_PAGE = 100
MOST_EXACT = 50
COUNT_TO = 99
# SQLite joins no more than 500 selects
MOST_BRANCHES = 400

NEWEST = ("-id",)
BY_NAME = ("name_key", "id")


def customer_page(viewer: User, *, text: str = "", cursor: str = "", size: int = PAGE) -> CustomerPage:
    """A page of the customers that `viewer` may see, the newest first; or what `text` finds.

    `text` is a number (`KH-00317`), a whole telephone number or e-mail address, a person's whole name, or how an
    organisation's name begins; what is found by an identifier or a whole name comes first, then organisations by name.
    `cursor` is the `next` of the page before. Raises Invalid for a cursor of something else.
    """
    size = max(1, min(size, MOST_PAGE))
    text = text.strip()
    if not text:
        ids = _ids(viewer, _older(cursor), NEWEST, size + 1)
        return _page(ids[:size], str(ids[size - 1]) if len(ids) > size else "")
    exact = [] if cursor else _exact(viewer, text)
    rows = _by_name(viewer, text, cursor, size + 1)
    following = [pk for pk, _key in rows[:size] if pk not in exact]
    last = rows[size - 1] if len(rows) > size else None
    page = _page([*exact, *following], f"{last[0]}~{last[1].hex()}" if last else "")
    return CustomerPage(page.cards, page.next, len(exact))


def count_customers(viewer: User, *, text: str = "", most: int = COUNT_TO) -> Capped:
    """How many there are, up to `most`: what a count costs depends on `most`, not on the archive's size."""
    text = text.strip()
    if not text:
        return counted(_ids(viewer, Q(), NEWEST, most + 1), most)
    found = {*_exact(viewer, text), *(pk for pk, _key in _by_name(viewer, text, "", most + 1))}
    return counted(sorted(found), most)


def _page(ids: Sequence[int], following: str) -> CustomerPage:
    cards = customer_cards(ids)
    return CustomerPage([cards[pk] for pk in ids if pk in cards], following)


def _older(cursor: str) -> Q:
    if not cursor:
        return Q()
    if not cursor.isdecimal() or len(cursor) > 18:
        raise _bad_cursor()
    return Q(id__lt=int(cursor))


def _bad_cursor() -> Invalid:
    sentence = _("翻页标记不对，请从第一页重新开始。")
    return Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor")


def _exact(viewer: User, text: str) -> list[int]:
    """Those whom a number, an address or a whole name finds, newest first."""
    number = rules.parse_number(text)
    found = Q(pk__in=[number] if number else [])
    index = _contact_condition(text)
    if index is not None:
        # not cut off before it is known which of them the viewer may see
        found |= Q(pk__in=Contact.objects.filter(index).values("customer_id"))
    ids = visible_to(viewer).filter(found, merged_into=None).order_by("-id").values_list("pk", flat=True)
    return list(ids[:MOST_EXACT])


def _contact_condition(text: str) -> Q | None:
    """The blind index to look `text` up in: that of an address, of a number, or of a name."""
    if "@" in text or "＠" in text:
        return _index("email", rules.normalise_email, text)
    phone = _index("phone", rules.normalise_phone, text) if any(c.isdigit() for c in text) else None
    return phone if phone is not None else _index("name", rules.tidy_name, text)


def _index(field: str, rule: Callable[[str], str], text: str) -> Q | None:
    try:
        index = index_of(field, rule(text))
    except Fault:
        return None
    return Q(**{f"{field}_index": index}) if index else None


def _by_name(viewer: User, text: str, cursor: str, limit: int) -> list[tuple[int, bytes]]:
    """Organisations whose name begins with `text`, by name: (id, search key)."""
    if not rules.search_key(text):
        return []
    start, end = rules.prefix_range(text)
    condition = Q(name_key__gte=start, name_key__lt=end)
    if cursor:
        pk, _tilde, key = cursor.partition("~")
        try:
            last = bytes.fromhex(key)
            condition &= Q(name_key__gte=last) & (Q(name_key__gt=last) | Q(name_key=last, id__gt=int(pk)))
        except ValueError:
            raise _bad_cursor() from None
    return _rows(viewer, condition, BY_NAME, limit)


def _ids(viewer: User, condition: Q, order: tuple[str, ...], limit: int) -> list[int]:
    return [pk for pk, _key in _rows(viewer, condition, order, limit)]


def _rows(viewer: User, condition: Q, order: tuple[str, ...], limit: int) -> list[tuple[int, bytes]]:
    """The first rows in this order of what `viewer` may see: (id, search key)."""
    scope = scope_of(viewer)
    if scope is None or len(scope) > MOST_BRANCHES:
        return _first(visible_to(viewer).filter(condition), order, limit)
    if len(scope) < 2:
        return [row for one in scope for row in _first(Customer.objects.filter(condition, one), order, limit)]
    branches = [_ordered(Customer.objects.filter(condition, one), order, limit) for one in scope]
    parts: list[str] = []
    values: list[Any] = []
    for n, branch in enumerate(branches):
        sql, given = branch.query.sql_with_params()
        parts.append(f"SELECT id, name_key FROM ({sql}) AS branch{n}")  # noqa: S608  Django's own SQL
        values += given
    ending = ", ".join(f"{name.removeprefix('-')} {'DESC' if name[0] == '-' else 'ASC'}" for name in order)
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION '.join(parts)} ORDER BY {ending} LIMIT {limit:d}", values)
        return [(pk, bytes(key or b"")) for pk, key in cursor.fetchall()]


def _ordered(rows: QuerySet[Customer], order: tuple[str, ...], limit: int) -> QuerySet[Any, Any]:
    return rows.filter(merged_into=None).order_by(*order).values_list("id", "name_key")[:limit]


def _first(rows: QuerySet[Customer], order: tuple[str, ...], limit: int) -> list[tuple[int, bytes]]:
    return [(pk, bytes(key or b"")) for pk, key in _ordered(rows, order, limit)]
