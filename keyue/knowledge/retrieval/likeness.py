"""Which questions ask the same. Pure Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256

from keyue.knowledge.retrieval import words
from keyue.knowledge.retrieval.synonyms import Groups, Synonyms

ALIKE = 0.6
"""From here on two questions are one: the share of what they say that both say."""
WEIGHTS = {"w": 1.0, "m": 2.0, "l": 1.5, "u": 0.25}


@lru_cache(maxsize=8)
def _synonyms(groups: Groups) -> Synonyms:
    return Synonyms(groups)


@lru_cache(maxsize=4096)
def sayings(question: str, groups: Groups = ()) -> Mapping[str, float]:
    """What a question says, without the words that say nothing: each piece and how much it counts."""
    found = list(words.terms(words.plain(question), _synonyms(groups)))
    # what the table knows counts by its meaning alone, however it is worded
    meant = {place for term in found if term.key[0] == "m" for place in range(term.start, term.end)}
    return {
        term.key: WEIGHTS[term.key[0]]
        for term in found
        if term.key[0] == "m" or not meant.intersection(range(term.start, term.end))
    }


def likeness(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """How much of what two questions say both say, from 0 to 1."""
    if not one or not other:
        return 0.0
    both = sum(min(weight, other[key]) for key, weight in one.items() if key in other)
    return both / (sum(one.values()) + sum(other.values()) - both)


def nearest(question: str, others: Sequence[str], groups: Groups = ()) -> int | None:
    """The place of the question among others that is most like this one, or None where none is."""
    mine = sayings(question, groups)
    found = [(likeness(mine, sayings(other, groups)), -place) for place, other in enumerate(others)]
    best = max(found, default=(0.0, 0))
    return -best[1] if best[0] >= ALIKE else None


def key_of(question: str, groups: Groups = ()) -> str:
    """The same for questions that say the same, whatever the order and the words between."""
    said = sorted(key for key in sayings(question, groups) if key[0] != "u")
    return sha256("\n".join(said or [words.plain(question)]).encode()).hexdigest()
