"""Lunar dates (C5), by lunar-python. Pure Python; the library is loaded when first asked."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from keyue.worktime.grammar import LUNAR_YEARS


@lru_cache(maxsize=4096)
def birthday_on(lunar_year: int, month: int, day: int, leap: bool) -> date:
    """The date on which a lunar birthday falls in a lunar year of 1900–2100.

    A leap-month birthday falls into the ordinary month where the year has no such leap month; day 30 falls on
    day 29 where the month has no thirtieth (C5).
    """
    from lunar_python import Lunar, LunarMonth, LunarYear

    if lunar_year not in LUNAR_YEARS:
        raise ValueError(f"lunar year {lunar_year}")
    # the library writes a leap month as a negative number
    number = -month if leap and LunarYear.fromYear(lunar_year).getLeapMonth() == month else month
    last = LunarMonth.fromYm(lunar_year, number).getDayCount()
    solar = Lunar.fromYmd(lunar_year, number, min(day, last)).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
