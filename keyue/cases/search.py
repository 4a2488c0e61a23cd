"""The search index over cases: rows of 2-grams, FTS5 phrases on SQLite and tsvector on PostgreSQL.

`actions/indexing` writes it.
"""

from __future__ import annotations

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


def matching_among(
    rows: QuerySet[Case], word: str, *, below: int | None = None, limit: int = 200
) -> list[tuple[int, bool]] | None:
    """What `matching_ids` gives, each id with whether it is one of `rows`: in one statement, row by row in the database."""
    found = _matching_rows(word, below, limit)
    if found is None:
        return None
    texts, values = found
    one = rows.filter(pk=RawSQL("matching.id", [])).order_by().values("pk")
    test, given = one.query.sql_with_params()
    sql = (
        f"SELECT id, EXISTS ({test}) FROM (SELECT DISTINCT id / {PARTS_A_CASE} AS id FROM ({texts}) AS texts) "  # noqa: S608
        "AS matching ORDER BY id DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*given, *values])
        return [(row[0], bool(row[1])) for row in cursor.fetchall()]


def _matching_rows(word: str, below: int | None, limit: int) -> tuple[str, list[str | int]] | None:
    """The statement for the newest rows of text with `word`, and its values."""
    wanted = phrase(word)
    if wanted is None:
        return None
    bound = (below or 1 << 50) * PARTS_A_CASE
    if connection.vendor == "sqlite":
        sql = (
            "SELECT rowid AS id FROM cases_casetext_fts WHERE cases_casetext_fts MATCH %s AND rowid < %s "
            "ORDER BY rowid DESC LIMIT %s"
        )
        return sql, [f'"{wanted}"', bound, limit]
    sql = (
        "SELECT id FROM cases_casetext WHERE to_tsvector('simple', grams) @@ phraseto_tsquery('simple', %s) "
        "AND id < %s ORDER BY id DESC LIMIT %s"
    )
    return sql, [wanted, bound, limit]
