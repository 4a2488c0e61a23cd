"""The search index over cases: rows of 2-grams, FTS5 phrases on SQLite and a GIN index of them on PostgreSQL.

`actions/indexing` writes it. FTS5 walks a word's texts newest first. PostgreSQL's index knows no order: there a common
word is met soon by reading the newest texts, and of a word that is not, the index knows all texts quickly enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from keyue.cases.models import Case
from keyue.kernel.grams import phrase

PARTS_A_CASE = 4096
ENDLESS = 1 << 50
IN_A_ROW = "AND strpos(' ' || grams || ' ', %s) > 0"
READ_FIRST = 2000
"""Newest texts that are read before PostgreSQL's index is asked; more where more are wanted."""
MOST_AT_ONCE = 5000


def matching_ids(word: str, *, below: int | None = None, limit: int = 200) -> list[int] | None:
    """Ids of cases that contain `word`, newest first, at most `limit` rows of text; None for a word too short.

    `below` continues after a page: only cases with a smaller id.
    """
    wanted = phrase(word)
    if wanted is None:
        return None
    bound = (below or ENDLESS) * PARTS_A_CASE
    rows = _by_fts5(wanted, bound, limit) if connection.vendor == "sqlite" else _by_gin(wanted, bound, limit)
    return list(dict.fromkeys(row // PARTS_A_CASE for row in rows))


def containing(ids: Sequence[int], word: str) -> list[int]:
    """Those of these few cases that contain `word`, newest first: their texts are read one by one."""
    wanted = phrase(word)
    if wanted is None or not ids:
        return []
    find = "instr" if connection.vendor == "sqlite" else "strpos"
    places = ", ".join(["%s"] * len(ids))
    sql = (
        f"SELECT DISTINCT case_id FROM cases_casetext WHERE case_id IN ({places}) "  # noqa: S608
        f"AND {find}(' ' || grams || ' ', %s) > 0"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*ids, f" {wanted} "])
        return sorted((row[0] for row in cursor.fetchall()), reverse=True)


class Walk:
    """The cases of `rows` that contain `word`, newest first, found piece by piece; `rows` is what a reader may see.

    On SQLite one walk of the index, whose statement is composed once, ends with the last case wanted. On PostgreSQL the
    newest matches are taken first, and looked at afterwards.
    """

    def __init__(self, rows: QuerySet[Case], word: str) -> None:
        self.wanted = phrase(word)
        self.rows = rows
        self.is_lazy = connection.vendor == "sqlite"
        if self.is_lazy:
            one = rows.filter(pk=RawSQL(f"cases_casetext_fts.rowid / {PARTS_A_CASE}", []))  # noqa: S611  no input in it
            self.test, self.given = one.order_by().values("pk").query.sql_with_params()

    def newest(self, n: int, *, below: int | None = None) -> list[int]:
        """At most `n` ids; `below` continues after a page: only cases with a smaller id."""
        if self.wanted is None:
            return []
        found: dict[int, None] = {}
        bound = (below or ENDLESS) * PARTS_A_CASE
        # a case whose title and text both match counts once
        step = n + n // 4 if self.is_lazy else n * 2
        while len(found) < n:
            texts = self._texts(bound, step)
            if not texts:
                break
            ids = list(dict.fromkeys(text // PARTS_A_CASE for text in texts))
            found.update(dict.fromkeys(ids if self.is_lazy else self._seen(ids, n - len(found))))
            if len(texts) < step:
                break
            # the last case has been looked at: its other texts are passed over
            bound = ids[-1] * PARTS_A_CASE
            step = step if self.is_lazy else min(step * 8, MOST_AT_ONCE)
        return list(found)[:n]

    def _texts(self, bound: int, limit: int) -> list[int]:
        """Ids of the newest texts with the word, below a bound: at least `limit`, where there are as many."""
        assert self.wanted is not None  # noqa: S101  looked at by the caller
        if self.is_lazy:
            return _by_fts5(self.wanted, bound, limit, f"AND EXISTS ({self.test}) ", self.given)
        newest, lowest = _by_reading(self.wanted, bound, max(READ_FIRST, limit))
        if lowest is None or len(newest) >= limit:
            return newest
        # all are found before the newest are known: take many, and do not ask twice
        return newest + _by_gin(self.wanted, lowest, MOST_AT_ONCE)

    def _seen(self, ids: Sequence[int], n: int) -> list[int]:
        """The first `n` or more of these cases that the reader may see, in their order; few are looked at where many are
        seen."""
        seen: list[int] = []
        start, size = 0, n * 2
        while start < len(ids) and len(seen) < n:
            some = self.rows.filter(pk__in=ids[start : start + size]).order_by("-pk")
            seen += some.values_list("pk", flat=True)
            start, size = start + size, size * 2
        return seen


def _by_fts5(
    wanted: str, bound: int, limit: int, condition: str = "", given: Sequence[Any] = ()
) -> list[int]:
    sql = (
        "SELECT rowid FROM cases_casetext_fts WHERE cases_casetext_fts MATCH %s AND rowid < %s "  # noqa: S608
        f"{condition}ORDER BY rowid DESC LIMIT %s"
    )
    return [row[0] for row in _fetched(sql, [f'"{wanted}"', bound, *given, limit])]


def _by_reading(wanted: str, bound: int, most: int) -> tuple[list[int], int | None]:
    """Of the newest texts below a bound those with the word, and the lowest that was read; None where none is below."""
    sql = (
        "SELECT COUNT(*), MIN(id), array_agg(id ORDER BY id DESC) FILTER (WHERE has) FROM "
        "(SELECT id, strpos(' ' || grams || ' ', %s) > 0 AS has FROM cases_casetext WHERE id < %s "
        "ORDER BY id DESC LIMIT %s) AS newest"
    )
    [(read, lowest, found)] = _fetched(sql, [f" {wanted} ", bound, most])
    return found or [], lowest if read == most else None


def _by_gin(wanted: str, bound: int, limit: int) -> list[int]:
    # materialised, or a wish for the newest few makes PostgreSQL walk all texts in their order in place of the index
    grams = wanted.split(" ")
    sql = (
        "WITH found AS MATERIALIZED (SELECT id FROM cases_casetext "  # noqa: S608  input is handed over
        f"WHERE string_to_array(grams, ' ') @> %s AND id < %s {IN_A_ROW if len(grams) > 1 else ''}) "
        "SELECT id FROM found ORDER BY id DESC LIMIT %s"
    )
    together = [f" {wanted} "] if len(grams) > 1 else []
    return [row[0] for row in _fetched(sql, [grams, bound, *together, limit])]


def _fetched(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
