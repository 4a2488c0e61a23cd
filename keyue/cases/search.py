"""The search index over cases: rows of 2-grams, FTS5 phrases on SQLite and tsvector on PostgreSQL.

`actions/indexing` writes it.
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


def matching_ids(word: str, *, below: int | None = None, limit: int = 200) -> list[int] | None:
    """Ids of cases that contain `word`, newest first, at most `limit` rows of text; None for a word too short.

    `below` continues after a page: only cases with a smaller id.
    """
    found = _matching_rows(word, below, limit)
    if found is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(*found)
        return list(dict.fromkeys(row[0] // PARTS_A_CASE for row in cursor.fetchall()))


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

    The statement is composed once. On SQLite one walk of the index ends with the last case wanted. PostgreSQL's index
    knows no order, so the newest matches are taken first and looked at afterwards, as many as the share of wanted ones
    so far lets us expect to need.
    """

    def __init__(self, rows: QuerySet[Case], word: str) -> None:
        self.word = word
        self.is_lazy = connection.vendor == "sqlite"
        ref = f"cases_casetext_fts.rowid / {PARTS_A_CASE}" if self.is_lazy else "matching.id"
        one = rows.filter(pk=RawSQL(ref, [])).order_by().values("pk")  # noqa: S611  no input in it
        self.test, self.given = one.query.sql_with_params()

    def newest(self, n: int, *, below: int | None = None) -> list[int]:
        """At most `n` ids; `below` continues after a page: only cases with a smaller id."""
        found: dict[int, None] = {}
        # a case whose title and text both match counts once
        step, looked_at = n + n // 4 if self.is_lazy else n * 2, 0
        while len(found) < n:
            piece = self._piece(below, step)
            if piece is None:
                break
            seen, below, count = piece
            found.update(dict.fromkeys(seen))
            if count < step:
                break
            share = max(len(found), 1) / (looked_at := looked_at + count)
            step = step if self.is_lazy else min(max(int((n - len(found)) / share * 1.5), n * 2), 5_000)
        return list(found)[:n]

    def _piece(self, below: int | None, limit: int) -> tuple[list[int], int, int] | None:
        """Wanted cases among the next matches, the last case looked at, and how many rows of text that were."""
        condition = f"AND EXISTS ({self.test}) " if self.is_lazy else ""
        found = _matching_rows(self.word, below, limit, condition, self.given if self.is_lazy else ())
        if found is None:
            return None
        sql, values = found
        if not self.is_lazy:
            sql = (
                f"SELECT id, EXISTS ({self.test}) FROM "  # noqa: S608
                f"(SELECT id / {PARTS_A_CASE} AS id FROM ({sql}) AS texts) AS matching ORDER BY id DESC"
            )
            values = [*self.given, *values]
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            rows = cursor.fetchall()
        if not rows:
            return None
        if self.is_lazy:
            ids = [row[0] // PARTS_A_CASE for row in rows]
            return ids, ids[-1], len(rows)
        return [row[0] for row in rows if row[1]], rows[-1][0], len(rows)


def _matching_rows(
    word: str, below: int | None, limit: int, condition: str = "", given: Sequence[Any] = ()
) -> tuple[str, list[Any]] | None:
    """The statement for the newest rows of text with `word` that fulfil a condition, and its values."""
    wanted = phrase(word)
    if wanted is None:
        return None
    bound = (below or 1 << 50) * PARTS_A_CASE
    if connection.vendor == "sqlite":
        sql = (
            "SELECT rowid AS id FROM cases_casetext_fts WHERE cases_casetext_fts MATCH %s AND rowid < %s "  # noqa: S608
            f"{condition}ORDER BY rowid DESC LIMIT %s"
        )
        return sql, [f'"{wanted}"', bound, *given, limit]
    sql = (
        "SELECT id FROM cases_casetext WHERE to_tsvector('simple', grams) @@ phraseto_tsquery('simple', %s) "  # noqa: S608
        f"AND id < %s {condition}ORDER BY id DESC LIMIT %s"
    )
    return sql, [wanted, bound, *given, limit]
