"""Texts as features: hashed runs of one to three characters, and a few marks beside the text.

No digit and no Latin word goes in as it stands: numbers, plates, addresses and names in Latin letters all look alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from zlib import crc32

from keyue.kernel.grams import folded

MOST = 600
"""Characters of a text that are read; what it is about stands at its beginning."""
BUCKETS = 1 << 22
LATIN = re.compile(r"[a-z]+")
DIGITS = re.compile(r"[0-9][0-9.,:\-]*")
ELSE = re.compile(r"[^\u3400-\u9fff0a!?]+")


def plain(text: str) -> str:
    """The form in which texts are compared: simplified, lower case, each number `0`, each Latin word `a`, one space for
    whatever else stands between."""
    found = folded(text[: 2 * MOST].encode("utf-8", "replace").decode())[:MOST]
    return ELSE.sub(" ", LATIN.sub("a", DIGITS.sub("0", found))).strip()


def places(text: str) -> Iterator[tuple[int, int, int]]:
    """Each run of one to three characters of a plain text: its bucket, where it begins, and where it ends."""
    # four bytes a character, so that a run is a slice
    signs = memoryview(text.encode("utf-32-le"))
    for start in range(len(text)):
        for end in range(start + 1, min(start + 4, len(text) + 1)):
            if text[end - 1] == " ":
                break
            yield crc32(signs[4 * start : 4 * end]) % BUCKETS, start, end


def buckets(text: str, marks: Iterable[str] = ()) -> tuple[int, ...]:
    """The buckets of a plain text and of what is known beside it (`channel:phone`), each once, in order."""
    found = {bucket for bucket, _start, _end in places(text)}
    # a mark is told from a text by the character that no plain text holds
    found.update(crc32(f"\t{mark}".encode()) % BUCKETS for mark in marks)
    return tuple(sorted(found))


@lru_cache(maxsize=512)
def words(text: str) -> tuple[tuple[str, int, int], ...]:
    """The words of a plain text, with where each begins and ends."""
    import rjieba  # reads its dictionary, and most processes cut nothing

    found, at = [], 0
    for word in rjieba.cut(text):
        found.append((word, at, at + len(word)))
        at += len(word)
    return tuple(found)
