"""China's public holidays and make-up days as the start of a calendar that people then edit. No Django.

The State Council publishes each year's arrangement in the autumn before. The library knows the published ones
and no others, and neither do we guess: beyond the last published year the calendar has its horizon, and what is
computed there is provisional until the notice is entered (decision 9).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence, sentence
from keyue.worktime.calendar import DEFAULT_TZ, WEEKDAYS, Calendar
from keyue.worktime.grammar import LUNAR_YEARS
from keyue.worktime.lunar import birthday_on

NEW_YEAR, SPRING, TOMBS, LABOUR = sentence("元旦"), sentence("春节"), sentence("清明节"), sentence("劳动节")
DRAGON_BOAT, MID_AUTUMN, NATIONAL = sentence("端午节"), sentence("中秋节"), sentence("国庆节")
# as the library calls them
_NAMES = {
    "New Year's Day": NEW_YEAR,
    "Spring Festival": SPRING,
    "Tomb-sweeping Day": TOMBS,
    "Labour Day": LABOUR,
    "Dragon Boat Festival": DRAGON_BOAT,
    "Mid-autumn Festival": MID_AUTUMN,
    "National Day": NATIONAL,
}
_SOLAR = {(1, 1): NEW_YEAR, (5, 1): LABOUR, (10, 1): NATIONAL}
_LUNAR = {(1, 1): SPRING, (5, 5): DRAGON_BOAT, (8, 15): MID_AUTUMN}


def published_years() -> range:
    """The years whose holidays the library knows."""
    from chinese_calendar.constants import holidays

    return range(min(holidays).year, max(holidays).year + 1)


def chinese_calendar(years: Iterable[int], weekly: Mapping[str, object]) -> dict[str, object]:
    """A definition (ENGINE section 9) for `weekly` hours with the holidays and make-up days of `years`.

    Make-up days get the hours of a normal weekday: those most weekdays from Monday to Friday have. Of years not
    published nothing is known, and the horizon says so: it is the end of the last year before the first gap.
    Raises Invalid when `years` begin before the library does, or `weekly` is no weekly pattern.
    """
    from chinese_calendar.constants import holidays, workdays

    known, asked = published_years(), set(years)
    if not asked or min(asked) < known.start:
        raise Invalid(
            sentence(
                "节假日数据从 %(first)s 年开始，到 %(last)s 年为止", first=known.start, last=known.stop - 1
            )
        )
    first = min(asked)
    last = first
    while last in asked and last in known:
        last += 1
    covered = range(first, last)
    definition = {
        "tz": DEFAULT_TZ,
        "weekly": weekly,
        "holidays": [day for day in holidays if day.year in covered],
        "makeup_days": [day for day in workdays if day.year in covered],
        "makeup_hours": usual_hours(weekly),
        "horizon": date(covered.stop - 1 if covered else known.stop - 1, 12, 31),
    }
    return Calendar.from_dict(definition).to_dict()


def published_days(year: int) -> tuple[list[date], list[date]]:
    """The days off and the make-up days of a year as the library knows them; both empty where it knows none."""
    from chinese_calendar.constants import holidays, workdays

    return (
        sorted(day for day in holidays if day.year == year),
        sorted(day for day in workdays if day.year == year),
    )


def festival_of(day: date) -> Sentence | None:
    """For which festival a day off or a make-up day is: as published, or in years not published yet the festival that
    is on this very day. None where there is none."""
    from chinese_calendar.constants import holidays, workdays

    if day.year in published_years():
        return _NAMES.get(holidays.get(day) or workdays.get(day) or "")
    return _festivals(day.year).get(day)


@lru_cache(maxsize=64)
def _festivals(year: int) -> dict[date, Sentence]:
    found = {date(year, month, day): name for (month, day), name in _SOLAR.items()}
    if year in LUNAR_YEARS:
        found |= {birthday_on(year, month, day, False): name for (month, day), name in _LUNAR.items()}
    return found


def usual_hours(weekly: Mapping[str, object]) -> list[list[str]]:
    """The hours that most weekdays from Monday to Friday have; empty where none has any."""
    written = Calendar.from_dict({"weekly": weekly}).to_dict()["weekly"]
    assert isinstance(written, dict)  # noqa: S101  to_dict writes an object
    hours = Counter(repr(written[day]) for day in WEEKDAYS[:5] if day in written)
    if not hours:
        return []
    usual = hours.most_common(1)[0][0]
    return next(written[day] for day in WEEKDAYS[:5] if day in written and repr(written[day]) == usual)
