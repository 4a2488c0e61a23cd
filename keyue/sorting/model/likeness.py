"""Which cases say the same. Pure Python.

What a text says is its meanings (the table of words that mean the same, as the knowledge base has it), its other words, and,
lightly, its pairs of characters, without those that say nothing. A piece counts the more the rarer it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from keyue.knowledge.retrieval import words
from keyue.knowledge.retrieval.synonyms import Synonyms

MOST = 400
"""Characters of a text that are compared."""
TERMS = 60
"""Pieces of a case that are kept, those with the most weight first."""
ALIKE = 0.26
"""From here on two cases say the same. Of 48,828 pairs of the labelled set, which are about different things, 37 reach it."""
WORD, PAIR = 1.0, 0.3
BACKGROUND = 300
"""Where there are few cases, a word that all of them say is not yet a common one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: how much it counts, and as what it stands there."""

    weight: float
    word: str


Said = Mapping[str, Piece]
Rarity = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two cases are, from 0 to 1, and the words that both say, the rarest first."""

    share: float
    words: tuple[str, ...]


@cache
def _synonyms() -> Synonyms:
    return Synonyms(())


@lru_cache(maxsize=1024)
def terms(text: str) -> Said:
    """What a text says, `TERMS` pieces at most; the same text gives the same. In a burst the same cases are compared again
    and again: cutting them into words is what takes the time."""
    plain = words.plain(text[:MOST])
    found: dict[str, Piece] = {}
    meant: set[int] = set()
    for start, end, meanings in _synonyms().found_in(plain):
        meant.update(range(start, end))
        for meaning in meanings:
            found.setdefault(f"m:{meaning}", Piece(WORD, plain[start:end]))
    at = 0
    for word in words.cut(plain):
        place = range(at, at + len(word))
        at += len(word)
        if (
            len(word) > 1
            and word not in words.EMPTY
            and words.HAN.fullmatch(word)
            and not meant.intersection(place)
        ):
            found.setdefault(f"w:{word}", Piece(WORD, word))
    for start, end in words.pieces(plain):
        for at in range(start, end - 1):
            pair = plain[at : at + 2]
            found.setdefault(f"w:{pair}", Piece(PAIR, pair))
    kept = sorted(found, key=lambda key: (-found[key].weight, -len(key), key))[:TERMS]
    return {key: found[key] for key in kept}


def likeness(one: Said, other: Said, rarity: Rarity) -> Likeness:
    """Compare what two texts say. `rarity` weighs a piece: see `rarity_of`."""
    both = [key for key in one if key in other]
    if not both:
        return Likeness(0.0, ())
    shared = sum(one[key].weight * other[key].weight * rarity(key) ** 2 for key in both)
    found = shared / max(_size(one, rarity) * _size(other, rarity), 1e-9)
    whole = [key for key in both if min(one[key].weight, other[key].weight) == WORD]
    ranked = sorted(whole or both, key=lambda key: (-rarity(key), -len(one[key].word), key))
    return Likeness(min(found, 1.0), _apart([one[key].word for key in ranked])[:4])


def _size(said: Said, rarity: Rarity) -> float:
    return math.sqrt(sum((piece.weight * rarity(key)) ** 2 for key, piece in said.items()))


def rarity_of(n: int, of: int) -> float:
    """How much a piece that `n` of `of` cases hold says, beside `BACKGROUND` others that nobody has sent yet."""
    return math.log(1 + (of + BACKGROUND) / (n + 1))


def cluster(seed: Said, others: Sequence[Said], rarity: Rarity) -> dict[int, Likeness]:
    """The places of those that are of one matter with `seed`: alike to it, or to several of those that are. For each, how
    alike it is to the one that it is most alike to."""
    direct = {place: likeness(seed, other, rarity) for place, other in enumerate(others)}
    ring = {place: one for place, one in direct.items() if one.share >= ALIKE}
    needed = max(2, (len(ring) + 2) // 3)
    found = dict(ring)
    for place, other in enumerate(others):
        if place not in ring and len(ring) >= needed:
            near = [one for member in ring if (one := likeness(others[member], other, rarity)).share >= ALIKE]
            if len(near) >= needed:
                found[place] = max(near, key=lambda one: one.share)
    return found


def _apart(found: list[str]) -> tuple[str, ...]:
    """Words of which none stands within another."""
    kept: list[str] = []
    for word in found:
        if not any(word in other or other in word for other in kept):
            kept.append(word)
    return tuple(kept)
