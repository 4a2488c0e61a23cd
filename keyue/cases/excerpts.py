"""Where in a case a word stands that was looked for: a line of its content or of what was written about it."""

from __future__ import annotations

from collections.abc import Iterable

from keyue.cases.models import Case, Message
from keyue.ui.marks import found_in

BEFORE = 24
LENGTH = 90
MOST_MESSAGES = 50


def excerpts(cases: Iterable[Case], word: str) -> dict[int, str]:
    """A line for each of a few cases that the reader may see, by id: around the word; else how its content begins."""
    known = list(cases)
    found: dict[int, str] = {}
    # whose title has the word shows it there
    elsewhere = [
        case for case in known if not any(found_in(text, word) for text in (case.title, case.content))
    ]
    if elsewhere:
        rows = Message.objects.filter(case__in=elsewhere, body__icontains=word, erased_at=None).order_by(
            "-pk"
        )
        for pk, body in rows.values_list("case_id", "body")[:MOST_MESSAGES]:
            found.setdefault(pk, around(body, word))
    return {case.pk: found.get(case.pk) or around(case.content, word) for case in known}


def around(text: str, word: str) -> str:
    """One line of a text with the word in it; `…` where something was left out."""
    plain = " ".join(text.split())
    hit = found_in(plain, word)
    start = max(hit.start() - BEFORE, 0) if hit else 0
    start = 0 if start < 4 else start
    cut = plain[start : start + LENGTH]
    return f"{'…' if start else ''}{cut}{'…' if start + LENGTH < len(plain) else ''}"
