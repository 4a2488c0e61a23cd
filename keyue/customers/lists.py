"""The list of customers and the search in it, page by page, over any number of customers.

Every condition of a viewer's scope has an index in the order of the list, so each gives its first rows by itself and
they are merged: what a page costs depends on its length, not on the archive's. Where a filter or a search word leads to
few customers, those few are asked for everything else. Part of `selectors.py`; see there for who may see whom, and
`searching.py` for the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from keyue.customers import rules, searching
from keyue.customers.cards import Capped, CustomerCard, CustomerPage
from keyue.customers.enums import IdentifierKind, Kind, Secrecy
from keyue.customers.faults import Fault
from keyue.customers.identity_rules import clean_id_number
from keyue.customers.models import Contact, Customer, Identifier
from keyue.customers.sealed import index_of
from keyue.customers.sealed_identifiers import key_for
from keyue.customers.searching import Finds
from keyue.customers.searching_words import is_form
from keyue.customers.selectors import counted, customer_cards, scope_of, visible_to
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.people.models import User

PAGE = 25
MOST_PAGE = 100
MOST_EXACT = 50
MOST_HITS = 5_000
COUNT_TO = 99
# SQLite joins no more than 500 selects
MOST_BRANCHES = 400

MINE, NOBODY, NONE = "mine", "nobody", "none"
EQUAL = ("kind", "stage", "category", "region", "department")
CURRENT = Q(merged_into=None)
NO_FINDS = Finds(frozenset(), ())


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all.

    `grade`: one of them, or "none"; `manager`: the id of a member of staff, "mine" or "nobody"; `complete_below`: a
    completeness less than so many of a hundred; `verified_before`: last verified before then, or never.
    """

    text: str = ""
    kind: str = ""
    stage: str = ""
    grade: str = ""
    category: str = ""
    region: str = ""
    manager: str = ""
    department: str = ""
    secrecy: str = ""
    complete_below: int | None = None
    verified_before: datetime | None = None

    def conditions(self, viewer: User) -> list[Q]:
        """Each condition by itself."""
        found = [Q(**{name: getattr(self, name)}) for name in EQUAL if getattr(self, name)]
        if self.grade:
            found.append(Q(grade=None) if self.grade == NONE else Q(grade=self.grade))
        if self.manager:
            person = (
                viewer.pk if self.manager == MINE else None if self.manager == NOBODY else int(self.manager)
            )
            found.append(Q(account_manager_id=person))
        if self.secrecy:
            found.append(_of_secrecy(self.secrecy))
        if self.complete_below is not None:
            found.append(Q(completeness__lt=self.complete_below))
        if self.verified_before is not None:
            found.append(Q(verified_at=None) | Q(verified_at__lt=self.verified_before))
        return found


def _of_secrecy(secrecy: str) -> Q:
    if secrecy == Secrecy.NORMAL:
        return Q(secrecy=secrecy)
    # in the words of the index of the few that are not normal: no parameter proves to SQLite that it serves
    few = "SELECT id FROM customers_customer WHERE NOT (secrecy = 'normal') AND secrecy = %s"
    return Q(pk__in=RawSQL(few, [secrecy]))  # noqa: S611  no input in it


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an order: which customers stand in it, and by which columns, the last of them the id."""

    condition: Q
    columns: tuple[str, ...]
    # the only kind of customer that stands in it, where there is one
    kind: str = ""


# none of them a column of persons' names or numbers: the order of a list would tell what its masks hide
ORDERS: dict[str, tuple[Part, ...]] = {
    "newest": (Part(Q(), ("-id",)),),
    # persons, whose names are sealed, stand behind the organisations
    "name": (
        Part(Q(name_key__isnull=False), ("name_key", "id"), Kind.ORGANISATION),
        Part(Q(name_key=None), ("-id",), Kind.PERSON),
    ),
    # who was never verified comes before who was verified longest ago
    "verified": (
        Part(Q(verified_at=None), ("-id",)),
        Part(Q(verified_at__isnull=False), ("verified_at", "id")),
    ),
}
NEWEST = "newest"


def customer_page(
    viewer: User,
    *,
    text: str = "",
    filters: Filters | None = None,
    order: str = NEWEST,
    cursor: str = "",
    size: int = PAGE,
) -> CustomerPage:
    """A page of the customers that `viewer` may see, and their number where it is the first one.

    `text` (or that of `filters`) is a number, a part of a name, its pinyin or initials, the end of a telephone number, a
    whole number, address or code. Whoever is found by a whole one stands first; all others in the order of ORDERS.
    `cursor` is the `next` of the page before. Raises Invalid for a cursor of something else.
    """
    size = max(1, min(size, MOST_PAGE))
    filters = _with_text(filters, text)
    search = _Search(viewer, filters, order)
    place = _place(cursor, order)
    exact = search.exact if order == NEWEST else []
    limit = size + 1 if cursor else max(size, COUNT_TO) + 1 + len(exact)
    ids = [pk for pk in search.ids(place, limit) if pk not in exact]
    shown = ids[:size] if cursor else [*exact, *ids[:size]]
    cards = customer_cards(shown)
    return CustomerPage(
        [cards[pk] for pk in shown if pk in cards],
        _mark(ids[size - 1], order) if len(ids) > size else "",
        0 if cursor else len(exact),
        None if cursor else counted([*exact, *ids], COUNT_TO),
    )


def count_customers(
    viewer: User, *, text: str = "", filters: Filters | None = None, most: int = COUNT_TO
) -> Capped:
    """How many there are, up to `most`: what a count costs depends on `most`, not on the archive's size."""
    search = _Search(viewer, _with_text(filters, text), NEWEST)
    found = {*search.exact, *search.ids(_Place(), most + 1)}
    return counted(sorted(found), most)


def categories(most: int = 50) -> list[str]:
    """The company's categories in use, whoever's customers have them: each found from the one before, by the index."""
    sql = (
        "WITH RECURSIVE used(one) AS (SELECT MIN(category) FROM customers_customer WHERE category > '' "
        "UNION ALL SELECT (SELECT MIN(category) FROM customers_customer WHERE category > used.one) FROM used "
        "WHERE used.one IS NOT NULL) SELECT one FROM used WHERE one IS NOT NULL LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [most])
        return [row[0] for row in cursor.fetchall()]


def found_cards(viewer: User, text: str, most: int) -> list[CustomerCard]:
    """The first finds of a search, for a list of several kinds of things."""
    ids = found_ids(viewer, text, most)
    cards = customer_cards(ids)
    return [cards[pk] for pk in ids if pk in cards]


def found_ids(viewer: User, text: str, most: int) -> list[int]:
    """The ids of a search's first page, without reading the customers: `most` at most."""
    search = _Search(viewer, _with_text(None, text), NEWEST)
    ids = search.ids(_Place(), most)
    return [*search.exact, *(pk for pk in ids if pk not in search.exact)][:most]


def customer_ids(viewer: User, *, filters: Filters, most: int) -> list[int]:
    """The ids of the newest customers that `viewer` may see and `filters` leave, `most` at most: for acts on many."""
    search = _Search(viewer, _with_text(filters, ""), NEWEST)
    return searching.merged([search.exact, search.ids(_Place(), most)], most)


def _with_text(filters: Filters | None, text: str) -> Filters:
    filters = filters or Filters()
    return replace(filters, text=(text or filters.text).strip())


# --- places in an order ---


@dataclass(frozen=True, slots=True)
class _Place:
    """Behind which row a page begins: of which part of the order, its id, and its value there."""

    part: int = 0
    id: int | None = None
    value: Any = None

    def behind(self, columns: tuple[str, ...]) -> Q:
        """The rows of the part that stand behind the place."""
        if self.id is None:
            return Q()
        if columns == ("-id",):
            return Q(id__lt=self.id)
        column = columns[0]
        # written so that the first half is a range of the index
        return Q(**{f"{column}__gte": self.value}) & (Q(**{f"{column}__gt": self.value}) | Q(id__gt=self.id))


def _mark(pk: int, order: str) -> str:
    if order == NEWEST:
        return str(pk)
    row = Customer.objects.only("name_key", "verified_at").get(pk=pk)
    if order == "name":
        return f"0~{pk}~{bytes(row.name_key).hex()}" if row.name_key is not None else f"1~{pk}~"
    return f"1~{pk}~{row.verified_at.astimezone(UTC).isoformat()}" if row.verified_at else f"0~{pk}~"


def _place(cursor: str, order: str) -> _Place:
    if not cursor:
        return _Place()
    try:
        if order == NEWEST:
            return _Place(0, cursors.number(cursor))
        part, pk, value = cursor.split("~")
        columns = ORDERS[order][int(part)].columns
        read: Callable[[str], Any] = {"name_key": bytes.fromhex, "verified_at": _instant}.get(columns[0], str)
        return _Place(int(part), cursors.number(pk), read(value))
    except (ValueError, IndexError):
        sentence = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


# --- what is found by a whole identifier ---


def _exact(rows: QuerySet[Customer], text: str) -> list[int]:
    """Those whom a number, an address, a code or a whole name finds, newest first.

    Each is asked by its own index, and only then who may be seen: asked together, PostgreSQL would read everybody.
    """
    number = rules.parse_number(text)
    hits: set[int] = {number} if number else set()
    ways = _ways(text)
    if ways:
        hits.update(ways[0].union(*ways[1:])[:MOST_HITS])
    if not hits:
        return []
    # an alias leads to whoever stands for it
    aliases = Customer.objects.filter(pk__in=hits, merged_into__isnull=False)
    hits.update(into for into in aliases.values_list("merged_into_id", flat=True) if into)
    return list(rows.filter(pk__in=hits).order_by("-id").values_list("pk", flat=True)[:MOST_EXACT])


def _ways(text: str) -> list[QuerySet[Any, Any]]:
    """The ids of customers, by each index that a text can be looked up in as a whole."""
    found: list[QuerySet[Any, Any]] = []
    index = _contact_condition(text)
    if index is not None:
        found.append(Contact.objects.filter(index).values_list("customer_id", flat=True))
    if rules.search_key(text):
        named = Customer.objects.filter(name_key=rules.search_key(text))
        found.append(named.values_list("pk", flat=True))
    try:
        code = clean_id_number(text)
    except Fault:
        return found
    # an identity number is sealed, and found by its blind index alone
    key = key_for(True, IdentifierKind.ID_NUMBER, code)
    rows = Identifier.objects.filter(kind=IdentifierKind.ID_NUMBER, key=key, ended_at=None)
    return [*found, rows.values_list("customer_id", flat=True)]


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


# --- ids in an order ---


class _Search:
    """A list as somebody asked for it: which ids stand in it, found by the shortest way."""

    def __init__(self, viewer: User, filters: Filters, order: str) -> None:
        self.viewer, self.order, self.kind = viewer, order, filters.kind
        self.scope = scope_of(viewer)
        self.conditions = filters.conditions(viewer)
        self.narrowed = CURRENT
        for one in self.conditions:
            self.narrowed &= one
        self.exact: list[int] = []
        self.finds: Finds | None = None
        if filters.text and is_form(filters.text):
            # so many end like that that the index leaves it out: the next one is never far
            self.narrowed &= Q(name__contains=filters.text)
        elif filters.text and self.scope != []:
            self.exact = _exact(visible_to(viewer).filter(self.narrowed), filters.text)
            self.finds = _look_up(filters.text)
        elif filters.text:
            self.finds = NO_FINDS
        self.rows = visible_to(viewer).filter(self.narrowed)
        self._few: list[int] | None = None
        self._has_looked = False

    def ids(self, place: _Place, limit: int) -> list[int]:
        """The first ids behind a place."""
        if self.finds is not None and not self.finds.common:
            some = self.finds.ids if self.order == NEWEST else self.finds.ids | set(self.exact)
            return self._sorted(Q(pk__in=sorted(some)), place, limit) if some else []
        if self.finds is not None and self.order == NEWEST:
            return self._newest(self.finds, place.id, limit)
        condition = Q() if self.finds is None else self.finds.condition() | Q(pk__in=self.exact)
        few = self.few()
        if few is not None:
            return self._sorted(Q(pk__in=few) & condition, place, limit)
        return self._walked(condition, place, limit)

    def few(self) -> list[int] | None:
        """The customers to which one of the filters, or the viewer's scope, leads, where they are few."""
        if not self._has_looked:
            self._has_looked = True
            for one in self.conditions:
                self._few = searching.few(Customer.objects.filter(one))
                if self._few is not None:
                    return self._few
            # a page of the scope itself is found by its own indexes
            if (
                self.scope
                and (self.finds is not None or self.conditions)
                and self._sees_fewer(searching.SHORT)
            ):
                self._few = self._union(Customer.objects.all(), ("-id",), searching.SHORT)
        return self._few

    def _sorted(self, condition: Q, place: _Place, limit: int) -> list[int]:
        """Of few customers: all of them are read, and sorted."""
        found: list[int] = []
        for part, behind in self._parts(place):
            rows = self.rows.filter(condition, part.condition, behind).order_by(*part.columns)
            found += rows.values_list("pk", flat=True)[: limit - len(found)]
            if len(found) >= limit:
                break
        return found

    def _walked(self, condition: Q, place: _Place, limit: int) -> list[int]:
        """Of many customers, along the indexes of the order."""
        found: list[int] = []
        for part, behind in self._parts(place):
            rows = Customer.objects.filter(self.narrowed & condition & part.condition & behind)
            found += self._union(rows, part.columns, limit - len(found))
            if len(found) >= limit:
                break
        return found

    def _parts(self, place: _Place) -> list[tuple[Part, Q]]:
        return [
            (part, place.behind(part.columns) if n == place.part else Q())
            for n, part in enumerate(ORDERS[self.order])
            if n >= place.part and self.kind in ("", part.kind or self.kind)
        ]

    def _union(self, rows: QuerySet[Customer], columns: tuple[str, ...], limit: int) -> list[int]:
        """The first of these rows that the viewer may see: each condition of the scope gives its own, by its index."""
        if limit < 1 or self.scope == []:
            return []
        if self.scope is None:
            rows = rows & visible_to(self.viewer)
        elif len(self.scope) == 1:
            rows = rows.filter(self.scope[0])
        elif len(self.scope) > MOST_BRANCHES:
            rows = rows & visible_to(self.viewer)
        else:
            return _merged([rows.filter(one) for one in self.scope], columns, limit)
        return list(rows.order_by(*columns).values_list("pk", flat=True)[:limit])

    def _newest(self, finds: Finds, below: int | None, limit: int) -> list[int]:
        """The newest customers that words with long lists find, and with them those of the others."""
        under = Q() if below is None else Q(pk__lt=below)
        parts = [self._along(tokens, below, limit) for tokens in finds.common]
        if finds.ids:
            rare = self.rows.filter(under, pk__in=sorted(finds.ids)).order_by("-pk")
            parts.append(list(rare.values_list("pk", flat=True)[:limit]))
        return searching.merged(parts, limit)

    def _along(self, tokens: Sequence[int], below: int | None, limit: int) -> list[int]:
        few = self.few()
        under = Q() if below is None else Q(pk__lt=below)
        if few is not None:
            rows = self.rows.filter(under & searching.has_all(tokens), pk__in=few).order_by("-pk")
            return list(rows.values_list("pk", flat=True)[:limit])
        steps = searching.FIRST_STEPS
        found, is_all = searching.walk(tokens, self.rows, limit=limit, below=below, steps=steps)
        if found and len(found) < limit and not is_all:
            # as far again as the first steps promise, and that twice over
            steps = min(2 * steps * limit // len(found), searching.LONG)
            found, is_all = searching.walk(tokens, self.rows, limit=limit, below=below, steps=steps)
        if len(found) >= limit or is_all:
            return found
        tokens, shortest = searching.rarest_first(tokens)
        if self.scope and shortest >= searching.LONG and self._sees_fewer(searching.LONG):
            rows = Customer.objects.filter(self.narrowed & under & searching.has_all(tokens))
            return self._union(rows, ("-id",), limit)
        found, _is_all = searching.walk(tokens, self.rows, limit=limit, below=below, steps=None)
        return found

    def _sees_fewer(self, most: int) -> bool:
        """Whether the viewer may see no more customers than `most`."""
        left = most
        for one in self.scope or ():
            rows = Customer.objects.filter(one).order_by().values("pk")[: left + 1]
            left -= rows.count()
            if left < 0:
                return False
        return True


def _look_up(text: str) -> Finds:
    if "@" in text or "＠" in text:
        # an address is found as a whole
        return NO_FINDS
    return searching.look_up(text)


def _merged(branches: Sequence[QuerySet[Customer]], columns: tuple[str, ...], limit: int) -> list[int]:
    """The first rows of all branches in one statement, each cut by itself, without doubles."""
    parts: list[str] = []
    values: list[Any] = []
    for n, branch in enumerate(branches):
        ordered = branch.annotate(place=F(columns[0].removeprefix("-"))).order_by(*columns)
        sql, given = ordered.values_list("id", "place")[:limit].query.sql_with_params()
        parts.append(f"SELECT id, place FROM ({sql}) AS branch{n}")  # noqa: S608  Django's own SQL
        values += given
    way = "place DESC" if columns[0][0] == "-" else "place, id"
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION '.join(parts)} ORDER BY {way} LIMIT {limit:d}", values)
        return [row[0] for row in cursor.fetchall()]
