"""Numbers as regulations write them: 三, 十五, 四十五, 15, １５, 半. Pure Python."""

from __future__ import annotations

import unicodedata

DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "俩": 2}
UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10000}
CHINESE = "零〇一二两三四五六七八九十百千万"


def value_of(text: str) -> int | None:
    """The whole number that a numeral says; None for what is none."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.isascii() and plain.isdecimal():
        return int(plain)
    if not plain or any(char not in CHINESE for char in plain):
        return None
    if not any(char in UNITS for char in plain):
        # 二〇二五, digit by digit
        return int("".join(str(DIGITS[char]) for char in plain))
    total, section, digit = 0, 0, 0
    for char in plain:
        if char in DIGITS:
            digit = DIGITS[char]
        elif char == "万":
            total, section, digit = total + (section + digit) * 10000, 0, 0
        else:
            section, digit = section + (digit or 1) * UNITS[char], 0
    return total + section + digit
