"""The search index over cases: rows of 2-grams, FTS5 phrases on SQLite and a GIN index of them on PostgreSQL.

`actions/indexing` writes it. FTS5 walks a word's texts newest first. PostgreSQL's index knows no order: there each block of
neighbouring cases has its own tokens, and the blocks are asked newest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from keyue.cases.models import Case
from keyue.kernel.grams import phrase

PARTS_A_CASE = 4096
ENDLESS = 1 << 50
BLOCK = 27
"""Texts whose ids are the same above so many bits are one block for PostgreSQL's index: 32,768 cases."""
# migration 0012 makes the index of it
TOKENS = f"string_to_array((id >> {BLOCK})::text || ':' || replace(grams, ' ', ' ' || (id >> {BLOCK})::text || ':'), ' ')"
GROWTH = 8
IN_A_ROW = "AND strpos(' ' || grams || ' ', %s) > 0"


class Walk:
    """The cases of `rows` that contain `word`, newest first, found piece by piece; `rows` is what a reader may see.

    The statement that looks at a case is composed once and stands in the walk's own.
    """

    def __init__(self, rows: QuerySet[Case], word: str) -> None:
        self.wanted = phrase(word)
        text = "cases_casetext_fts.rowid" if connection.vendor == "sqlite" else "found.id"
        one = rows.filter(pk=RawSQL(f"{text} / {PARTS_A_CASE}", []))  # noqa: S611  no input in it
        test, self.given = one.order_by().values("pk").query.sql_with_params()
        self.seen = f"AND EXISTS ({test}) "

    def newest(self, n: int, *, below: int | None = None) -> list[int]:
        """At most `n` ids; `below` continues after a page: only cases with a smaller id."""
        if self.wanted is None:
            return []
        found: dict[int, None] = {}
        bound = (below or ENDLESS) * PARTS_A_CASE
        # a case whose title and text both match counts once
        step = n + n // 4
        while len(found) < n:
            texts = self._texts(bound, step)
            ids = [text // PARTS_A_CASE for text in texts]
            found.update(dict.fromkeys(ids))
            if len(texts) < step:
                break
            # the last case has been looked at: its other texts are passed over
            bound = ids[-1] * PARTS_A_CASE
        return list(found)[:n]

    def _texts(self, bound: int, limit: int) -> list[int]:
        """Ids of the newest texts with the word, below a bound: `limit`, where there are as many."""
        assert self.wanted is not None  # noqa: S101  looked at by the caller
        find = _by_fts5 if connection.vendor == "sqlite" else _by_gin
        return find(self.wanted, bound, limit, self.seen, self.given)


def containing(word: str) -> list[int]:
    """All cases that contain `word`, newest first, whoever may see them."""
    return Walk(Case.objects.all(), word).newest(ENDLESS)


def _by_fts5(wanted: str, bound: int, limit: int, condition: str, given: Sequence[Any]) -> list[int]:
    sql = (
        "SELECT rowid FROM cases_casetext_fts WHERE cases_casetext_fts MATCH %s AND rowid < %s "  # noqa: S608
        f"{condition}ORDER BY rowid DESC LIMIT %s"
    )
    return [row[0] for row in _fetched(sql, [f'"{wanted}"', bound, *given, limit])]


def _by_gin(wanted: str, bound: int, limit: int, condition: str, given: Sequence[Any]) -> list[int]:
    """The newest block, and then as many more as it seems to take; the newest may have just begun and seem too much."""
    [(newest,)] = _fetched("SELECT MAX(id) FROM cases_casetext WHERE id < %s", [bound])
    found: list[int] = []
    if newest is None:
        return found
    first = lowest = (newest >> BLOCK) + 1
    size = 1
    while lowest > 0 and len(found) < limit:
        blocks = range(max(lowest - size, 0), lowest)
        found += _in_blocks(wanted, bound, limit - len(found), blocks, condition, given)
        lowest = blocks.start
        asked = first - lowest
        size = min(GROWTH * asked, ceil((limit - len(found)) * asked / len(found)) + 1 if found else lowest)
    return found


def _in_blocks(
    wanted: str, bound: int, limit: int, blocks: range, condition: str, given: Sequence[Any]
) -> list[int]:
    # materialised, or a wish for the newest few makes PostgreSQL walk all texts in their order in place of the index;
    # sorted before the condition, which is asked of no more than are wanted
    grams = wanted.split(" ")
    if len(grams) > 1:
        has = f"({' OR '.join([f'{TOKENS} @> %s'] * len(blocks))}) {IN_A_ROW}"
        asked: list[Any] = [[f"{block}:{gram}" for gram in grams] for block in blocks] + [f" {wanted} "]
    else:
        has, asked = f"{TOKENS} && %s", [[f"{block}:{wanted}" for block in blocks]]
    sql = (
        f"WITH found AS MATERIALIZED (SELECT id FROM cases_casetext WHERE id < %s AND {has}) "  # noqa: S608
        "SELECT id FROM (SELECT id FROM found ORDER BY id DESC OFFSET 0) AS found "
        f"WHERE TRUE {condition}ORDER BY id DESC LIMIT %s"
    )
    return [row[0] for row in _fetched(sql, [bound, *asked, *given, limit])]


def _fetched(sql: str, values: Sequence[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
