"""Pairs of records that may be of one customer. Pure.

Candidates share a rare value; each is scored by what its fields say together (see `comparing`). A score is the share of
such pairs that are of one customer, if each record had about one other in the whole. Names never merge by themselves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from keyue.customers.matching.companies import parsed
from keyue.customers.matching.comparing import NOTHING, Finding, births, companies, numbers, words
from keyue.customers.matching.identifiers import is_identity_number, is_uscc
from keyue.customers.matching.records import Record
from keyue.customers.matching.sounds import syllables
from keyue.kernel.texts import Sentence, sentence

PROPOSED = 0.5
"""Score from which a pair is shown to somebody."""
CROWD = 60
"""Records that may share a value before it says too little to compare all of them."""
RARE = 12
FEWEST = 1024
"""Records among which even a short sheet's are thought to stand: two rows alone say nothing on what is rare."""
MOST_BITS = 60.0
SAME_ADDRESS = 16.0
ALSO_CALLED = 3.0
"""Bits above even chances for a company that has the other's name among its short ones."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two records, with why they may be one; `may_merge` where an identifier says so and nothing speaks against it."""

    a: str
    b: str
    score: float
    reasons: tuple[Sentence, ...]
    may_merge: bool


class Matcher:
    """Records, and how rare their values are among them."""

    def __init__(self, records: Sequence[Record], against: Sequence[Record] = ()) -> None:
        self.records, self.against = records, against
        everybody = [*records, *against]
        self.bits = self.bits_of(len(everybody))
        self.words = self._rarity(word for one in everybody for word in set(one.words))
        self.places = self._rarity(word for one in everybody for word in set(one.address))
        self.brands = self._rarity(one.company.brand for one in everybody if one.company is not None)
        self.names = self._rarity(one.name for one in everybody if one.name and one.company is None)

    @staticmethod
    def bits_of(n: int) -> float:
        """How many bits it takes to tell one of `n` records from all others."""
        return math.log2(max(n, FEWEST))

    def _rarity(self, values: Iterable[str]) -> dict[str, float]:
        """How many bits it takes to find a value: of one that half of the records have, one."""
        return {value: self.bits - math.log2(n) for value, n in Counter(values).items()}

    def pairs(self, least: float = PROPOSED) -> Iterator[Pair]:
        """Each pair with a score of `least` or more, in the order of the records."""
        both = [*self.records, *self.against]
        for a, b in sorted(self._candidates(both)):
            if found := self.scored(both[a], both[b], least):
                yield found

    # --- candidates ---

    def _candidates(self, both: Sequence[Record]) -> set[tuple[int, int]]:
        buckets: dict[tuple[str, ...], list[int]] = {}
        for n, one in enumerate(both):
            for key in set(self._keys(one)):
                buckets.setdefault(key, []).append(n)
        edge = len(self.records)
        found: set[tuple[int, int]] = set()
        for key, members in buckets.items():
            if not 1 < len(members) <= (RARE if key[0] == "one" else CROWD):
                continue
            for a, b in combinations(members, 2):
                if not self.against or a < edge <= b:
                    found.add((a, b))
        return found

    def _keys(self, one: Record) -> Iterator[tuple[str, ...]]:
        for kind, values in (
            ("uscc", [one.uscc]),
            ("id", [one.id]),
            ("mail", one.emails),
            ("short", one.short_names),
        ):
            yield from ((kind, value) for value in values if value)
        yield from (("phone", phone[-8:]) for phone in one.phones)
        if one.company is not None:
            yield ("brand", one.company.brand)
            yield ("core", one.company.core)
            yield ("sound", *syllables(one.company.brand))
            yield ("brand", one.company.core[:2], *one.company.places[-1:])
            yield from (("short", value) for value in (one.company.brand, one.company.whole))
            return
        if one.name and not one.words:
            # a person, or a company as people call it
            yield from ((kind, one.name) for kind in ("name", "brand", "core", "short"))
        half = len(one.id) // 2
        said = [
            *one.words,
            *one.address,
            *filter(None, (one.birth, one.id[:half], one.id[half:], one.birth[4:])),
        ]
        if not one.words:
            said = said[:12]
        yield from (("one", word) for word in said)
        sounds = list(dict.fromkeys(map(skeleton, one.words)))
        yield from (("sounds", *sorted(pair)) for pair in combinations(sounds, 2))
        yield from (
            ("two", *sorted((sound, word))) for sound in sounds for word in said if skeleton(word) != sound
        )

    # --- scores ---

    def scored(self, a: Record, b: Record, least: float = 0.0) -> Pair | None:
        """A pair with its score, or None where that is below `least`."""
        findings = list(self._findings(a, b))
        total = max(-MOST_BITS, min(MOST_BITS, sum(one.weight for one in findings) - self.bits))
        score = 1 / (1 + 2**-total)
        if score < least:
            return None
        reasons = tuple(
            one.reason for one in sorted(findings, key=lambda one: -one.weight) if one.reason is not None
        )
        return Pair(a.ref, b.ref, round(score, 4), reasons, may_merge(a, b, findings))

    def _findings(self, a: Record, b: Record) -> Iterator[Finding]:
        if a.uscc and b.uscc:
            same, near = sentence("统一社会信用代码相同"), sentence("统一社会信用代码相近")
            yield numbers(a.uscc, b.uscc, (40.0, 6.0, -20.0), same, near)
        if a.id and b.id:
            yield numbers(a.id, b.id, (18.0, 9.0, -4.0), sentence("证件号相同"), sentence("证件号相近"))
        if a.birth and b.birth:
            yield births(a.birth, b.birth)
        yield self._shared(_endings(a.phones), _endings(b.phones), 14.0, sentence("电话相同"))
        yield self._shared(a.emails, b.emails, 16.0, sentence("邮箱相同"))
        yield self._name(a, b)
        if a.address and b.address:
            found = words(
                a.address, b.address, self.places, against=-1.5, most=9.0, near=sentence("地址相近")
            )
            # words of one address go together, and others live there too
            yield Finding(min(found.weight, SAME_ADDRESS), found.reason)
        if a.contact and b.contact:
            same_person = Finding(5.0, sentence("联系人相同"))
            yield same_person if a.contact == b.contact else Finding(-1.0)

    def _companies(self, a: Record, b: Record) -> Finding:
        one, other = a.company or parsed(a.name), b.company or parsed(b.name)
        found = companies(one, other, self.brands.get(one.brand, self.bits))
        called_alike = set(a.short_names) & {*b.short_names, b.name} or set(b.short_names) & {a.name}
        if called_alike and found.weight < ALSO_CALLED + self.bits:
            return Finding(ALSO_CALLED + self.bits, sentence("简称相同"))
        return found

    def _shared(self, a: Sequence[str], b: Sequence[str], weight: float, said: Sentence) -> Finding:
        if not a or not b:
            return NOTHING
        return Finding(weight, said) if set(a) & set(b) else Finding(-2.0)

    def _name(self, a: Record, b: Record) -> Finding:
        if (
            (a.company is not None or b.company is not None)
            and not a.words
            and not b.words
            and a.name
            and b.name
        ):
            return self._companies(a, b)
        if a.words and b.words:
            return words(a.words, b.words, self.words, against=-4.0, most=10.0, near=sentence("姓名相近"))
        if not a.name or not b.name:
            return NOTHING
        if a.name == b.name:
            return Finding(max(4.0, self.names.get(a.name, self.bits)), sentence("姓名相同"))
        return Finding(-6.0)


def _endings(phones: Sequence[str]) -> list[str]:
    """Numbers without what may be an area's code; mobiles whole."""
    return [phone if len(phone) == 11 and phone[0] == "1" else phone[-8:] for phone in phones]


def skeleton(word: str) -> str:
    """A word as a slip of the pen or of the ear leaves it: its first sign, and its consonants once each."""
    kept = [word[:1]]
    for sign in word[1:]:
        if sign not in "aeiouyhw" and sign != kept[-1]:
            kept.append(sign)
    return "".join(kept)[:5]


def may_merge(a: Record, b: Record, findings: Sequence[Finding]) -> bool:
    """Whether an identifier that is checked says that two are one, with nothing that contradicts it.

    A number without a check sign may be mistyped into another's: it needs the name and the day of birth beside it.
    """
    if any(one.weight <= -4.0 for one in findings):
        return False
    if a.uscc and a.uscc == b.uscc and is_uscc(a.uscc):
        return True
    if not a.id or a.id != b.id:
        return False
    is_same = a.name == b.name and bool(a.name)
    return is_same and (is_identity_number(a.id) or (bool(a.birth) and a.birth == b.birth))
