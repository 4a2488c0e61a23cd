"""The search index over cases: rows of 2-grams, FTS5 phrases on SQLite and tsvector on PostgreSQL."""

from __future__ import annotations

from django.db import connection

from keyue.cases.models import CaseText
from keyue.kernel.grams import parts, phrase

PARTS_A_CASE = 4096


def index_text(case_id: int, source: str, text: str) -> None:
    """Put a text of a case into the index; `source` says what to delete when it goes."""
    tokens = list(parts(text))
    if not tokens:
        return
    first = case_id * PARTS_A_CASE
    with connection.cursor() as cursor:
        # the next free id of the case, found and taken in one statement
        cursor.executemany(
            "INSERT INTO cases_casetext (id, case_id, source, part, grams) "
            "SELECT coalesce(max(id), %s) + 1, %s, %s, %s, %s FROM cases_casetext WHERE id >= %s AND id < %s "
            "HAVING coalesce(max(id), %s) + 1 < %s",
            [
                (
                    first - 1,
                    case_id,
                    source,
                    n,
                    piece,
                    first,
                    first + PARTS_A_CASE,
                    first - 1,
                    first + PARTS_A_CASE,
                )
                for n, piece in enumerate(tokens)
            ],
        )


def forget_text(case_id: int, source: str = "") -> None:
    """Take a text, or all texts of a case, out of the index."""
    rows = CaseText.objects.filter(case_id=case_id)
    (rows.filter(source=source) if source else rows).delete()


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
