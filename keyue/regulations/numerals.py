"""Whole numbers as people write them: 三, 十五, 一百二十, 二〇二五, 15, １５. Pure Python."""

from __future__ import annotations

import unicodedata

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
CHINESE = "零〇一二两三四五六七八九十百千万"
"""What a number in characters is made of."""
YEAR = 4
"""Digits of a year: as many and more are read one by one."""


def number_of(text: str) -> int | None:
    """The number that `text` says; None for what is none, as 三五 (three to five) is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.isascii() and plain.isdecimal():
        return int(plain)
    if not plain or any(char not in DIGITS and char not in UNITS for char in plain):
        return None
    if len(plain) >= YEAR and all(char in DIGITS for char in plain):
        return int("".join(str(DIGITS[char]) for char in plain))
    total, section = 0, 0
    digit: int | None = None
    for char in plain:
        if char in DIGITS:
            if digit not in (None, 0):
                return None
            digit = DIGITS[char]
        elif char == "万":
            total, section, digit = total + (section + (digit or 0)) * UNITS[char], 0, None
        else:
            section, digit = section + (1 if digit is None else digit) * UNITS[char], None
    return total + section + (digit or 0)
