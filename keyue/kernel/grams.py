"""2-grams of Chinese and other text: substrings of two characters and more, found by phrase. Pure Python.

A text becomes the row of its overlapping pairs of characters, each pair one token; a word of n characters occurs in
the text exactly where its n-1 pairs occur one after the other. Long texts are cut into overlapping parts, because
PostgreSQL keeps no more than 255 places of one token.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

LONGEST_WORD = 64
PART = 250


def folded(text: str) -> str:
    """The form in which texts are compared: width and case folded, white space one blank."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _token(pair: str) -> str:
    # letters and digits only, whatever the characters: no tokenizer splits or drops them
    return "x".join(f"{ord(char):x}" for char in pair)


def grams(text: str) -> str:
    """The tokens of a text that is already folded, separated by blanks; "" for fewer than two characters."""
    return " ".join(_token(text[i : i + 2]) for i in range(len(text) - 1))


def parts(text: str) -> Iterator[str]:
    """The grams of each part of a text. Parts overlap so that every word of up to 64 characters stands whole in one."""
    plain = folded(text)
    step = PART - LONGEST_WORD
    for start in range(0, max(len(plain) - LONGEST_WORD, 1), step):
        tokens = grams(plain[start : start + PART])
        if tokens:
            yield tokens


def phrase(word: str) -> str | None:
    """The phrase of tokens to look for, or None for a word of fewer than two characters.

    A word of more than 64 characters is cut; callers check the text itself then.
    """
    plain = folded(word)
    return grams(plain[:LONGEST_WORD]) or None
