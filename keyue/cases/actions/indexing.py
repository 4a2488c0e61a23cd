"""Writing the search index: rows of 2-grams that go with the text they came from."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection

from keyue.cases.models import CaseText
from keyue.cases.search import PARTS_A_CASE
from keyue.kernel.grams import parts
from keyue.ledger.insertion import insert


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


def index_new(case_id: int, texts: Mapping[str, str]) -> None:
    """Put the first texts of a case that has just been made into the index, by their sources; one statement."""
    pieces = [(source, n, piece) for source, text in texts.items() for n, piece in enumerate(parts(text))]
    first = case_id * PARTS_A_CASE
    rows = [(first + place, case_id, *piece) for place, piece in enumerate(pieces)]
    insert(CaseText, ("id", "case", "source", "part", "grams"), rows, returning=("id",))


def forget_text(case_id: int, source: str = "") -> None:
    """Take a text, or all texts of a case, out of the index."""
    rows = CaseText.objects.filter(case_id=case_id)
    (rows.filter(source=source) if source else rows).delete()
