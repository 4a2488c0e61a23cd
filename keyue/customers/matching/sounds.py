"""How names of companies sound: who hears 恒达 on the telephone writes 衡达. Pure.

Characters are read one by one, so that two names that are written alike always sound alike.
"""

from __future__ import annotations

from functools import lru_cache

from keyue.customers.matching.companies import parsed

LONGEST = 160
"""Bytes of a key: twenty characters and more, which tell any two brands apart."""
FEWEST = 2
"""Characters that a brand must have to be looked for."""


@lru_cache(maxsize=50_000)
def _syllable(char: str) -> str:
    # the dictionary takes 20 MB: only a process that compares names loads it
    from pypinyin import lazy_pinyin

    return lazy_pinyin(char)[0].lower()


def syllables(text: str) -> tuple[str, ...]:
    """Each character as it is read, without its tone; what is not Chinese stays as it is."""
    return tuple(map(_syllable, text))


def _key(text: str) -> bytes:
    return "".join(f"{one} " for one in syllables(text)).encode()[:LONGEST]


def sound_key(name: str) -> bytes:
    """How brand and trade of a company's name sound: 上海恒达环保科技有限公司 → `heng da huan bao ke ji `."""
    found = parsed(name)
    return _key(found.core or found.whole)


def sound_range(name: str) -> tuple[bytes, bytes] | None:
    """From where, and up to but not including where, the keys lie that begin with the brand of `name`; None where it is
    too short to say anything."""
    found = parsed(name)
    brand = found.brand or found.whole
    if len(brand) < FEWEST:
        return None
    start = _key(brand)
    return start, start[:-1] + bytes([start[-1] + 1])
