"""What a cell says: instants as people write them, yes and no, choices by their name. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from keyue.kernel.xlsx import serial_text

EARLIEST = 1990
SERIALS = (20_000.0, 80_000.0)
"""Excel's numbers of the days from 1954 to 2119: a bare number in a column of times is one of them."""

_DATE = r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})\s*[-/.月]\s*(?P<d>\d{1,2})\s*[日号]?"
_CLOCK = (
    r"(?P<half>上午|下午|中午|早上|凌晨|晚上|am|pm)?\s*(?P<H>\d{1,2})\s*[:时点]\s*(?:(?P<M>\d{1,2})\s*"
    r"(?:[:分]\s*(?P<S>\d{1,2})(?:\.\d+)?\s*秒?)?分?)?\s*(?P<after>am|pm)?"
)
_WRITTEN = re.compile(rf"{_DATE}(?:\s*(?:星期|周)[一二三四五六日天])?(?:[\sT]*{_CLOCK})?")
_SHORT = re.compile(
    r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\s*(?P<H>\d{2}):?(?P<M>\d{2})(?::?(?P<S>\d{2}))?)?"
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})")
_AFTERNOON = frozenset({"下午", "晚上", "pm"})
_MORNING = frozenset({"上午", "早上", "凌晨", "am"})

YES = frozenset(
    {"是", "满意", "非常满意", "很满意", "基本满意", "较满意", "y", "yes", "true", "1", "√", "✓", "对"}
)
NO = frozenset({"否", "不满意", "很不满意", "非常不满意", "不", "n", "no", "false", "0", "×", "✗", "x"})
# what stands in a cell whose formula failed, in every language of the spreadsheet programs
FAILED = frozenset(
    "#DIV/0! #N/A #NAME? #NULL! #NUM! #REF! #VALUE! #SPILL! #CALC! #FIELD! #BLOCKED! #CONNECT! #UNKNOWN! #BUSY! "
    "#GETTING_DATA #PYTHON!".split()
)


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment as a cell names it; `is_day` where it names the day alone."""

    at: datetime
    is_day: bool = False


class Unreadable(ValueError):
    """A cell that is not what its column asks for."""


def tidy(text: str) -> str:
    """A cell's text without the invisible characters that come with copying."""
    return "".join(
        c for c in text if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cf", "Cs"}
    ).strip()


def instant(text: str, zone: ZoneInfo) -> Instant:
    """The moment that a text names, in the company's zone. Raises Unreadable."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    try:
        return _iso(plain) or _serial(plain, zone) or _written(plain.casefold(), zone)
    except (ValueError, OverflowError) as error:
        raise Unreadable(text) from error


def _iso(text: str) -> Instant | None:
    if not _ISO.fullmatch(text):
        return None
    return Instant(datetime.fromisoformat(text).astimezone(UTC))


def _serial(text: str, zone: ZoneInfo) -> Instant | None:
    if not re.fullmatch(r"\d{5}(\.\d+)?", text):
        return None
    number = float(text)
    if not SERIALS[0] < number < SERIALS[1]:
        return None
    return _written(serial_text(number), zone)


def _written(text: str, zone: ZoneInfo) -> Instant:
    match = _WRITTEN.fullmatch(text) or _SHORT.fullmatch(text)
    if match is None:
        raise Unreadable(text)
    parts = match.groupdict()
    day = date(int(parts["y"]), int(parts["m"]), int(parts["d"]))
    if day.year < EARLIEST:
        raise Unreadable(text)
    if parts["H"] is None:
        return Instant(_local(day, time(0), zone), is_day=True)
    hour = int(parts["H"])
    if (hour, int(parts["M"] or 0), int(parts["S"] or 0)) == (24, 0, 0):
        return Instant(_local(day + timedelta(days=1), time(0), zone))
    half = parts.get("half") or parts.get("after")
    if half in _AFTERNOON and hour < 12:
        hour += 12
    elif half in _MORNING and hour == 12:
        hour = 0
    return Instant(_local(day, time(hour, int(parts["M"] or 0), int(parts["S"] or 0)), zone))


def _local(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, zone).astimezone(UTC)


def end_of_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The last second of the local day of a moment."""
    day = moment.astimezone(zone).date()
    return _local(day, time(23, 59, 59), zone)


def yes_or_no(text: str) -> bool:
    """Whether a cell says yes. Raises Unreadable."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    if plain in YES:
        return True
    if plain in NO:
        return False
    raise Unreadable(text)


def choice(text: str, names: Mapping[str, str]) -> str:
    """The code of a choice by any of its names. Raises Unreadable."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    try:
        return names[plain]
    except KeyError:
        raise Unreadable(text) from None
