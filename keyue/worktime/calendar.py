"""Calendars: when a company works (ENGINE R6, R10). Pure Python, no Django.

A calendar is a value: frozen, hashable, equal to any other with the same content. What it has worked out about
its dates it remembers, so keep a calendar rather than parse it again.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.worktime.zones import (
    MINUTE,
    day_end,
    day_of,
    instant_of,
    midnight,
    shown,
    stretches,
    zone,
)

Window = tuple[int, int]
"""Opening and closing of a working window in minutes of the local day, half-open; 24:00 is 1440."""

COMPANY_CALENDAR = "company"
"""The code of the calendar by which everything counts that names no other."""
DEFAULT_TZ = "Asia/Shanghai"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS = frozenset({"tz", "weekly", "holidays", "makeup_days", "makeup_hours", "horizon"})

# dates whose open time is remembered as one sum, so that a long span costs a step a block, not a step a date
BLOCK = 32

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Calendar:
    """Weekly hours, holidays and make-up days of one zone. Build it with `from_dict`, which validates.

    `horizon` is the last date for which holidays have been published (decision 9); None = there is no such date.
    """

    tz: str = DEFAULT_TZ
    weekly: tuple[tuple[Window, ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()
    makeup: tuple[tuple[date, tuple[Window, ...]], ...] = ()
    horizon: date | None = None

    @classmethod
    def from_dict(cls, obj: object) -> Calendar:
        """Read the shape of ENGINE section 9. Raises Invalid with a sentence for whatever is not of that shape.

        Overlapping and touching windows become one.
        """
        if not isinstance(obj, Mapping):
            raise Invalid(sentence("日历应是一个对象，得到的是 %(obj)s", obj=shown(obj)))
        unknown = sorted(str(key) for key in obj.keys() - FIELDS)
        if unknown:
            raise Invalid(
                sentence(
                    "日历没有 %(unknown)s 这一项；可写的有 %(known)s",
                    unknown=shown(unknown[0]),
                    known=sorted(FIELDS),
                )
            )
        if "weekly" not in obj:
            raise Invalid(sentence("日历缺少 weekly（每周的工作时段）"))
        tz = obj.get("tz", DEFAULT_TZ)
        if not isinstance(tz, str):
            raise Invalid(sentence("日历的 tz 应是时区名称，得到的是 %(tz)s", tz=shown(tz)))
        zone(tz)
        horizon = obj.get("horizon")
        return cls(
            tz=tz,
            weekly=_read_weekly(obj["weekly"]),
            holidays=frozenset(_read_dates(obj.get("holidays"), "holidays")),
            makeup=_read_makeup(obj),
            horizon=None if horizon is None else _read_date(horizon, "horizon"),
        )

    def to_dict(self) -> dict[str, object]:
        """The shape of ENGINE section 9; `from_dict` of it is an equal calendar."""
        hours = {windows for _, windows in self.makeup}
        days: object = [day.isoformat() for day, _ in self.makeup]
        if len(hours) > 1:
            days = {day.isoformat(): _written(windows) for day, windows in self.makeup}
        result: dict[str, object] = {
            "tz": self.tz,
            "weekly": {n: _written(w) for n, w in zip(WEEKDAYS, self.weekly, strict=True) if w},
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "makeup_days": days,
            "makeup_hours": _written(next(iter(hours))) if len(hours) == 1 else [],
        }
        if self.horizon is not None:
            result["horizon"] = self.horizon.isoformat()
        return result

    def __hash__(self) -> int:
        return self._hash

    # -- dates --------------------------------------------------------------------------------------------

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The working windows of a date: make-up beats holiday beats weekly pattern (R6)."""
        return self.windows(day.toordinal())

    def is_working_day(self, day: date) -> bool:
        """Whether a date has at least one window (R6)."""
        return bool(self.windows(day.toordinal()))

    def intervals(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working time of a date as half-open intervals in UTC, in order."""
        return [(instant_of(opens), instant_of(closes)) for opens, closes in self.openings(day.toordinal())]

    # -- the same by ordinals and microseconds, for `rules` ---------------------------------------------------

    def windows(self, day: int) -> tuple[Window, ...]:
        """`windows_on` by ordinal."""
        made_up = self._makeup.get(day)
        if made_up is not None:
            return made_up
        if day in self._holidays:
            return ()
        return self.weekly[(day - 1) % 7]

    def openings(self, day: int) -> tuple[tuple[int, int], ...]:
        """The working intervals of a date in microseconds. An instant is working when the wall clock then shows
        a time inside a window: a skipped hour adds nothing, a repeated one counts twice."""
        known = self._openings.get(day)
        if known is None:
            known = self._openings[day] = self._open(day)
        return known

    def end_of(self, day: int, end: str) -> int:
        """R10: the end of a date's last window for `close`, its 24:00 otherwise or when it has no window."""
        if end == "close":
            openings = self.openings(day)
            if openings:
                return openings[-1][1]
        return day_end(self.tz, day)

    def spend(self, start: int, stop: int, amount: int) -> tuple[int | None, int]:
        """Walk open time from `start`: the earliest instant, not after `stop`, with `amount` > 0 used up (R2),
        and how much of it was used. Visits no date before `start` or after the result (I25)."""
        first, last = day_of(self.tz, start), min(day_of(self.tz, stop), self.last_open_day)
        day, used = first, 0
        mark: tuple[int, int] | None = None
        while day <= last:
            if day % BLOCK == 0 and first < day and day + BLOCK <= last:
                total = self._totals.get(day)
                if total is not None and used + total < amount:
                    used, day = used + total, day + BLOCK
                    continue
                mark = (day, used)
            for opens, closes in self.openings(day):
                begin, end = max(opens, start), min(closes, stop)
                if begin >= end:
                    continue
                if used + end - begin >= amount:
                    return begin + amount - used, amount
                used += end - begin
            day += 1
            if mark is not None and day == mark[0] + BLOCK:
                self._totals[mark[0]] = used - mark[1]
        return None, used

    @cached_property
    def last_open_day(self) -> int:
        """The ordinal after which no date is a working day; 0 when none is, and huge when there is no last."""
        if any(self.weekly):
            return sys.maxsize
        return max((day for day, windows in self._makeup.items() if windows), default=0)

    def _open(self, day: int) -> tuple[tuple[int, int], ...]:
        covering = stretches(self.tz, day)
        if len(covering) == 1:
            base = midnight(day) - covering[0][2]
            return tuple(
                (base + opens * MINUTE, base + closes * MINUTE) for opens, closes in self.windows(day)
            )
        return self._open_with_change(day)

    def _open_with_change(self, day: int) -> tuple[tuple[int, int], ...]:
        # where the clock goes back over midnight, tomorrow's first minutes come before the end of today
        start, stop = day_end(self.tz, day - 1), day_end(self.tz, day)
        found: list[tuple[int, int]] = []
        for begin, end, offset in stretches(self.tz, day):
            for wall_day in (day, day + 1):
                base = midnight(wall_day) - offset
                for opens, closes in self.windows(wall_day):
                    piece = (max(begin, start, base + opens * MINUTE), min(end, stop, base + closes * MINUTE))
                    if piece[0] < piece[1]:
                        found.append(piece)
        return _merged(found)

    @cached_property
    def _hash(self) -> int:
        return hash((self.tz, self.weekly, self.holidays, self.makeup, self.horizon))

    @cached_property
    def _makeup(self) -> dict[int, tuple[Window, ...]]:
        return {day.toordinal(): windows for day, windows in self.makeup}

    @cached_property
    def _holidays(self) -> frozenset[int]:
        return frozenset(day.toordinal() for day in self.holidays)

    @cached_property
    def _openings(self) -> dict[int, tuple[tuple[int, int], ...]]:
        return {}

    @cached_property
    def _totals(self) -> dict[int, int]:
        return {}


def clock_face(minutes: int) -> str:
    """Minutes of the day as `HH:MM`; 1440 is `24:00`."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def read_clock(text: object, where: object) -> int:
    """`HH:MM` as minutes of the day, `24:00` included. Raises Invalid; `where` says what was being read."""
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise Invalid(sentence("%(where)s：%(text)s 不是 HH:MM 形式的时间", where=where, text=shown(text)))
    return int(text[:2]) * 60 + int(text[3:])


def read_windows(value: object, where: object) -> tuple[Window, ...]:
    """A list of `[from, to]` pairs as windows in order, overlaps merged. Raises Invalid."""
    if not isinstance(value, list | tuple):
        raise Invalid(
            sentence(
                '%(where)s：应是时段的列表，如 [["09:00", "12:00"]]，得到的是 %(value)s',
                where=where,
                value=shown(value),
            )
        )
    windows = []
    for pair in value:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise Invalid(
                sentence("%(where)s：时段应是 [开始, 结束]，得到的是 %(pair)s", where=where, pair=shown(pair))
            )
        opens, closes = read_clock(pair[0], where), read_clock(pair[1], where)
        if opens >= closes:
            raise Invalid(
                sentence(
                    "%(where)s：时段 %(opens)s–%(closes)s 的结束不晚于开始；过夜的班分成两段，一天的末尾写 24:00",
                    where=where,
                    opens=pair[0],
                    closes=pair[1],
                )
            )
        windows.append((opens, closes))
    return _merged(windows)


def _merged(pieces: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    result: list[tuple[int, int]] = []
    for begin, end in sorted(pieces):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], end))
        else:
            result.append((begin, end))
    return tuple(result)


def _written(windows: tuple[Window, ...]) -> list[list[str]]:
    return [[clock_face(opens), clock_face(closes)] for opens, closes in windows]


def _read_weekly(value: object) -> tuple[tuple[Window, ...], ...]:
    if not isinstance(value, Mapping):
        raise Invalid(sentence("日历的 weekly 应是一个对象，得到的是 %(value)s", value=shown(value)))
    for name in value:
        if name not in WEEKDAYS:
            raise Invalid(
                sentence(
                    "日历的 weekly：没有 %(name)s 这一天；写 %(known)s",
                    name=shown(name),
                    known=" ".join(WEEKDAYS),
                )
            )
    return tuple(
        read_windows(value.get(name, ()), sentence("日历的 weekly.%(name)s", name=name)) for name in WEEKDAYS
    )


def _read_date(value: object, where: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise Invalid(
        sentence("日历的 %(where)s：%(value)s 不是 YYYY-MM-DD 形式的日期", where=where, value=shown(value))
    )


def _read_dates(value: object, where: object) -> list[date]:
    if value is None:
        return []
    if not isinstance(value, list | tuple):
        raise Invalid(
            sentence("日历的 %(where)s 应是日期的列表，得到的是 %(value)s", where=where, value=shown(value))
        )
    return [_read_date(day, where) for day in value]


def _read_makeup(obj: Mapping[str, object]) -> tuple[tuple[date, tuple[Window, ...]], ...]:
    """Both forms of `makeup_days`: a list sharing `makeup_hours`, or an object with each date's own hours."""
    days, hours = obj.get("makeup_days"), obj.get("makeup_hours")
    shared = () if hours is None else read_windows(hours, sentence("日历的 makeup_hours"))
    if isinstance(days, Mapping):
        own = {
            _read_date(day, "makeup_days"): read_windows(
                windows, sentence("日历的 makeup_days %(day)s", day=shown(day))
            )
            for day, windows in days.items()
        }
        return tuple(sorted(own.items()))
    dates = _read_dates(days, "makeup_days")
    if dates and hours is None:
        raise Invalid(sentence("日历有调休上班日 makeup_days，却没有它们的工作时段 makeup_hours"))
    return tuple((day, shared) for day in sorted(set(dates)))
