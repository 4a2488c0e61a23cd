"""How much two values of a field speak for, or against, being about the same customer. Pure.

Weights are binary logarithms of how much likelier a finding is among records of one customer than among any two (the
model of Fellegi and Sunter, 1969): they add up over the fields, and what is missing on one side says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from keyue.customers.matching.companies import CompanyName
from keyue.customers.matching.sounds import syllables
from keyue.kernel.texts import Sentence, sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """What comparing a field came to: its weight in bits, and a word on it where it speaks for the pair."""

    weight: float
    reason: Sentence | None = None


NOTHING = Finding(0.0)
HEARD = 13.0
"""Bits that a brand loses which only sounds like the other: alone that proposes nobody, beside a telephone it does."""


def edits(a: str, b: str, most: int) -> int:
    """How many signs are added, left out, changed or swapped with their neighbour; `most` + 1 for more than `most`."""
    if abs(len(a) - len(b)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row, before = row, [i], row if i == 1 else before
        for j, y in enumerate(b, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = last
    return min(row[-1], most + 1)


def alike(a: str, b: str) -> bool:
    """Whether two words differ as a slip of the pen makes them differ."""
    longest = max(len(a), len(b))
    if longest < 3:
        return False
    most = 1 if longest < 6 else 2 if longest < 10 else 3
    return edits(a, b, most) <= most


def numbers(a: str, b: str, weights: tuple[float, float, float], same: Sentence, near: Sentence) -> Finding:
    """Two numbers that name somebody; `weights` are those of equal, nearly equal and other ones."""
    if a == b:
        return Finding(weights[0], same)
    if len(a) > 5 and edits(a, b, 2) <= 2:
        return Finding(weights[1], near)
    return Finding(weights[2])


def births(a: str, b: str) -> Finding:
    """Two days of birth as digits, year first."""
    if a == b:
        return Finding(11.0, sentence("出生日期相同"))
    is_swapped = len(a) == len(b) == 8 and a[:4] + a[6:] + a[4:6] == b
    if is_swapped or edits(a, b, 2) <= 2:
        return Finding(5.0, sentence("出生日期相近"))
    return Finding(-3.0)


def words(
    a: Sequence[str],
    b: Sequence[str],
    rarity: Mapping[str, float],
    *,
    against: float,
    most: float,
    near: Sentence,
) -> Finding:
    """Two rows of words in any order: rare words that stand in both speak more, `against` is for words in one alone."""
    left, right = list(a), list(b)
    weight = 0.0
    for word in a:
        if word in right:
            weight += min(rarity.get(word, most), most)
            left.remove(word)
            right.remove(word)
    for word in list(left):
        other = next((one for one in right if alike(word, one)), None)
        if other is not None:
            weight += 0.6 * min(rarity.get(word, most), rarity.get(other, most), most)
            left.remove(word)
            right.remove(other)
    weight += against * min(len(left), len(right))
    return Finding(weight, near if weight > 0 else None)


def companies(a: CompanyName, b: CompanyName, rarity: float) -> Finding:
    """Two names of companies; `rarity` is that of the brand, in bits."""
    if a.whole == b.whole:
        return Finding(24.0, sentence("名称相同"))
    if bool(a.branch) != bool(b.branch) or (a.branch and a.branch != b.branch):
        # the branch and the house it belongs to are two
        return Finding(-4.0 if a.brand == b.brand else -14.0)
    same_brand = a.brand == b.brand or a.core == b.core
    if not same_brand and min(len(a.brand), len(b.brand)) >= 2:
        longer, shorter = sorted((a, b), key=lambda name: len(name.core), reverse=True)
        same_brand = longer.core.startswith(shorter.core) and len(shorter.core) > 2 and not shorter.trades
    weight, reason = 12.0 + min(rarity, 8.0), sentence("字号相同")
    if not same_brand:
        if not _sound_alike(a.brand, b.brand):
            return Finding(-14.0)
        weight, reason = weight - HEARD, sentence("字号同音")
    if _differ(a.places, b.places):
        weight -= 14.0
    elif a.places and b.places:
        weight += 2.0
        reason = sentence("地名、字号相同") if same_brand else sentence("地名相同，字号同音")
    if a.trades and b.trades and not set("".join(a.trades)) & set("".join(b.trades)):
        weight -= 14.0
    elif a.trades and b.trades and a.trades != b.trades:
        weight -= 3.0
    return Finding(weight, reason)


def _sound_alike(a: str, b: str) -> bool:
    """Whether two brands are read alike, as somebody writes them down who has only heard them."""
    return len(a) == len(b) >= 2 and syllables(a) == syllables(b)


def _differ(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether two places are not one within the other, as far as the words tell."""
    return bool(a) and bool(b) and not set(a) & set(b) and "中国" not in (*a, *b)
