"""The search index over cases: rows of 2-grams, FTS5 phrases on SQLite and tsvector on PostgreSQL.

`actions/indexing` writes it.
"""

from __future__ import annotations

from django.db import connection

from keyue.kernel.grams import phrase

PARTS_A_CASE = 4096


def matching_ids(word: str, *, below: int | None = None, limit: int = 200) -> list[int] | None:
    """Ids of cases that contain `word`, newest first, at most `limit` rows of text; None for a word too short.

    `below` continues after a page: only cases with a smaller id.
    """
    wanted = phrase(word)
    if wanted is None:
        return None
    bound = (below or 1 << 50) * PARTS_A_CASE
    if connection.vendor == "sqlite":
        sql = (
            "SELECT rowid FROM cases_casetext_fts WHERE cases_casetext_fts MATCH %s AND rowid < %s "
            "ORDER BY rowid DESC LIMIT %s"
        )
        parameters: list[str | int] = [f'"{wanted}"', bound, limit]
    else:
        sql = (
            "SELECT id FROM cases_casetext WHERE to_tsvector('simple', grams) @@ phraseto_tsquery('simple', %s) "
            "AND id < %s ORDER BY id DESC LIMIT %s"
        )
        parameters = [wanted, bound, limit]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = [row[0] for row in cursor.fetchall()]
    return list(dict.fromkeys(row // PARTS_A_CASE for row in rows))
