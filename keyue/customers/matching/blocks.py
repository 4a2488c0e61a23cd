"""Which of very many records are worth comparing, in memory that follows their number and not that of the pairs. Pure.

Each record gives a few keys; records that share one are candidates. A key is kept as 40 bits beside the place of its
record, in one array of numbers: half a million records with six keys each take 24 MB. Two keys that fall together
by chance only give a candidate more.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b

PLACE_BITS = 24
MOST_RECORDS = 1 << PLACE_BITS
PLACE_MASK = MOST_RECORDS - 1
MOST_PAIRS = 4_000_000
"""Pairs that are held at once: where common values would give more, the most common ones are left aside."""


class Blocks:
    """Records by their keys. `crowd`: records that may share a key before it says too little to compare all of them."""

    def __init__(self, crowd: int, most_pairs: int = MOST_PAIRS) -> None:
        self.crowd, self.most_pairs = crowd, most_pairs
        self._entries = array("Q")

    def add(self, place: int, kind: str, value: bytes) -> None:
        """A record's place, counted from nought, has this value of this kind."""
        digest = blake2b(kind.encode() + b"\0" + value, digest_size=5).digest()
        self._entries.append(int.from_bytes(digest, "big") << PLACE_BITS | place)

    def groups(self) -> Iterator[tuple[int, ...]]:
        """The places that share a key, two or more and no crowd; the entries are given up on the way."""
        entries = sorted(self._entries)
        self._entries = array("Q")
        sizes = Counter(len(group) for group in _runs(entries))
        crowd = self._bearable(sizes)
        for group in _runs(entries):
            if len(group) <= crowd:
                yield group

    def _bearable(self, sizes: Counter[int]) -> int:
        """The largest group of which all pairs may be compared without there being too many of them in all."""
        pairs = 0
        for size in sorted(sizes):
            pairs += sizes[size] * size * (size - 1) // 2
            if size > self.crowd or pairs > self.most_pairs:
                return size - 1
        return self.crowd


def _runs(entries: list[int]) -> Iterator[tuple[int, ...]]:
    """The places of each key that stands there more than once, each place once, in their order."""
    start = 0
    for end in range(1, len(entries) + 1):
        if end < len(entries) and entries[end] >> PLACE_BITS == entries[start] >> PLACE_BITS:
            continue
        if end - start > 1:
            places = tuple(dict.fromkeys(entry & PLACE_MASK for entry in entries[start:end]))
            if len(places) > 1:
                yield places
        start = end


class Pairs:
    """Pairs of places, each once, in the order of the first."""

    def __init__(self) -> None:
        self._packed = array("Q")

    def add(self, a: int, b: int) -> None:
        """In any order, as often as one likes."""
        first, second = (a, b) if a < b else (b, a)
        self._packed.append(first << PLACE_BITS | second)

    def settle(self) -> None:
        """Bring them into order, each once."""
        self._packed = array("Q", sorted(set(self._packed)))

    def __len__(self) -> int:
        return len(self._packed)

    def after(self, start: int, most: int) -> list[tuple[int, int]]:
        """Up to `most` pairs from the `start`-th on."""
        return [(one >> PLACE_BITS, one & PLACE_MASK) for one in self._packed[start : start + most]]
