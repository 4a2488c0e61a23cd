"""What holds for every article, decided without a database. Pure Python."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import date

from keyue.kernel.grams import folded

TITLE_LONGEST = 120
TOPIC_LONGEST = 40
PHRASE_LONGEST = 80
MOST_PHRASES = 30
BODY_LONGEST = 40_000
TEXT_LONGEST = 1000
WORDS_LONGEST = 20_000
REVIEW_MONTHS = 3
MOST_MONTHS = 60
TO_WRITE = "（请在这里写答复）"
"""What stands in an article that was begun from questions until somebody writes it."""
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")


def phrases_of(text: str) -> list[str]:
    """The phrases that somebody typed, a line each, none twice."""
    return list(dict.fromkeys(" ".join(line.split()) for line in text.splitlines() if line.strip()))


def next_review(day: date, months: int) -> date:
    """The day some months on, the last of a shorter month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def search_text(title: str, phrases: Iterable[str], body: str) -> str:
    """By which texts a list finds an edition: its words, then title and phrases in pinyin and by initials."""
    from pypinyin import Style, lazy_pinyin  # costs 0.1 s, and few processes write articles

    named = [folded(text) for text in (title, *phrases)]
    spelled = [
        "".join(lazy_pinyin(text, style=style, errors=lambda other: other.replace(" ", "")))
        for text in named
        for style in (Style.NORMAL, Style.FIRST_LETTER)
    ]
    return "\n".join((*named, folded(body), *spelled))


FILE = re.compile(r"file:(\d{1,12})\b")


def files_in(body: str) -> set[int]:
    """The ids of the files that a text names."""
    return {int(found) for found in FILE.findall(body)}
