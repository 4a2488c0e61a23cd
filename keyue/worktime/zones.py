"""Zones: instants as microseconds of UTC, and which of them belong to a local date. Pure Python.

Inside the room an instant is an `int`: microseconds since 1970-01-01T00:00Z. A local date is its proleptic
ordinal (`date.toordinal`). Integers cannot be naive, add up exactly over a change of the clock, and are fast.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence

MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 24 * 60 * MINUTE

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = date(1970, 1, 1).toordinal()
# outside these years nothing is computed: what lies beyond is a slip of the pen, and sums cannot overflow
FIRST_YEAR, LAST_YEAR = 1900, 9900
FIRST_DAY, LAST_DAY = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()

_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")

Stretch = tuple[int, int, int]
"""From, to (instants) and the offset from UTC that holds between them, all in microseconds."""


def shown(value: object) -> str:
    """A value as an error sentence quotes it: short, and free of what cannot be printed."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA zone of this name. Raises Invalid for what is none, and for names that mean another thing on
    another machine (`localtime`) or count leap seconds (`right/…`)."""
    if _ZONE.fullmatch(name) and name != "localtime" and not name.startswith("right/"):
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            pass
    raise Invalid(sentence("没有名为 %(name)s 的时区；写 IANA 名称，如 Asia/Shanghai", name=shown(name)))


def micros(instant: datetime) -> int:
    """An aware datetime as microseconds since the epoch, whatever its year. Raises Invalid for a naive one."""
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise Invalid(sentence("时刻 %(instant)s 没有时区", instant=instant.isoformat()))
    return (instant - EPOCH) // MICROSECOND


def starting_point(instant: datetime) -> int:
    """`micros` of an instant that something is computed from: only years in which sums cannot overflow."""
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise Invalid(
            sentence(
                "时刻 %(instant)s 不在 %(first)s–%(last)s 年之间",
                instant=instant.isoformat(),
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )
        )
    return micros(instant)


def instant_of(at: int) -> datetime:
    """The aware UTC datetime of an instant in microseconds."""
    return EPOCH + timedelta(microseconds=at)


def local_day(name: str, at: int) -> int:
    """The ordinal of the local date at an instant (ENGINE R9)."""
    return instant_of(at).astimezone(zone(name)).toordinal()


def midnight(day: int) -> int:
    """00:00 of a date as if its zone were UTC, in microseconds."""
    return (day - EPOCH_DAY) * DAY


def _offset(name: str, at: int) -> int:
    offset = instant_of(at).astimezone(zone(name)).utcoffset()
    assert offset is not None  # noqa: S101  a ZoneInfo always has one
    return offset // MICROSECOND


@lru_cache(maxsize=32768)
def _offset_at_midnight(name: str, day: int) -> int:
    return _offset(name, midnight(day))


def _change(name: str, day: int) -> int:
    """The instant at which the offset changes within this UTC date, known to have a change. To the second:
    tz data knows nothing finer. (No zone has changed twice within a UTC date and back.)"""
    before = _offset_at_midnight(name, day)
    low, high = midnight(day), midnight(day + 1)
    while high - low > SECOND:
        middle = (low + high) // 2 // SECOND * SECOND
        low, high = (middle, high) if _offset(name, middle) == before else (low, middle)
    return high


@lru_cache(maxsize=32768)
def stretches(name: str, day: int) -> tuple[Stretch, ...]:
    """Stretches of constant offset, in order, that cover every instant of this local date."""
    if not FIRST_DAY - 400 <= day <= LAST_DAY + 4000:
        raise Invalid(sentence("日期超出 %(first)s–%(last)s 年", first=FIRST_YEAR, last=LAST_YEAR))
    found: list[Stretch] = []
    begin, offset = midnight(day - 1), _offset_at_midnight(name, day - 1)
    for utc_day in (day - 1, day, day + 1):
        after = _offset_at_midnight(name, utc_day + 1)
        if after != offset:
            change = _change(name, utc_day)
            found.append((begin, change, offset))
            begin, offset = change, after
    found.append((begin, midnight(day + 2), offset))
    return tuple(found)


@lru_cache(maxsize=32768)
def day_end(name: str, day: int) -> int:
    """24:00 of a local date: the instant after the last one whose local date is not later (R10).

    Where 00:00 of the next date does not exist (São Paulo until 2018) it is the change of the clock; where the
    clock goes back over midnight it is the second midnight.
    """
    next_midnight = midnight(day + 1)
    for begin, end, offset in reversed(stretches(name, day)):
        if begin + offset < next_midnight:
            return min(end, next_midnight - offset)
    raise AssertionError("stretches begin before the date does")


def day_of(name: str, at: int) -> int:
    """The date d with day_end(d - 1) <= at < day_end(d): the local date, except for the minutes that a clock
    going back over midnight shows of tomorrow before it shows the rest of today."""
    day = local_day(name, at)
    return day - 1 if at < day_end(name, day - 1) else day
