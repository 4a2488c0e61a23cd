"""Deadline arithmetic, read plainly from part A: lists of intervals, one date after another.

Points where the text leaves room, and what is done here:

- `, before 18:00`: a start at or after that local time belongs to the next working day ("items after,
  say, 18:00" and "before 18:00" differ for exactly 18:00; this reads "before").
- A roll is applied after the days are counted; a pause over the rolled day does not matter.
- Month, cadence, period and birthday rules know no pauses (R7 speaks of hours, C4 of days).
- `n: 0` on the calendar basis with `end: close`, started after the close: due is that close all the same.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lunar_python import Lunar, LunarMonth

Rule = dict[str, Any]
Span = tuple[datetime, datetime]
Pause = tuple[datetime, datetime | None]

BOUND = 3700
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ONE_DAY = timedelta(days=1)
ZERO = timedelta(0)


def instant(text: str) -> datetime:
    """An ISO text with an offset, as the instant it names."""
    moment = datetime.fromisoformat(text)
    assert moment.tzinfo is not None, text
    return moment.astimezone(UTC)


class Calendar:
    """Weekly windows, holidays and make-up days of one zone."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.tz = ZoneInfo(spec.get("tz") or "Asia/Shanghai")
        self.weekly = spec.get("weekly") or {}
        self.holidays = set(spec.get("holidays") or [])
        makeup = spec.get("makeup_days") or []
        if isinstance(makeup, dict):
            self.makeup = dict(makeup)
        else:
            self.makeup = {day: spec.get("makeup_hours") or [] for day in makeup}
        self._seen: dict[date, list[Span]] = {}

    def wall(self, day: date, clock: str) -> datetime:
        if clock == "24:00":
            day, clock = day + ONE_DAY, "00:00"
        hour, minute = clock.split(":")
        local = datetime.combine(day, time(int(hour), int(minute)), tzinfo=self.tz)
        return local.astimezone(UTC)

    def windows(self, day: date) -> list[Span]:
        if day not in self._seen:
            key = day.isoformat()
            if key in self.makeup:
                texts = self.makeup[key]
            elif key in self.holidays:
                texts = []
            else:
                texts = self.weekly.get(WEEKDAYS[day.weekday()]) or []
            self._seen[day] = sorted((self.wall(day, a), self.wall(day, b)) for a, b in texts)
        return self._seen[day]

    def works(self, day: date) -> bool:
        return bool(self.windows(day))

    def date_of(self, moment: datetime) -> date:
        return moment.astimezone(self.tz).date()

    def end_of(self, day: date, end: str) -> datetime:
        if end == "close" and self.windows(day):
            return self.windows(day)[-1][1]
        return self.wall(day, "24:00")

    def next_working(self, day: date) -> date | None:
        """The first working day strictly after `day`."""
        for n in range(1, BOUND):
            if self.works(day + n * ONE_DAY):
                return day + n * ONE_DAY
        return None

    def roll(self, day: date, how: str | None) -> date | None:
        step = {"next_working_day": ONE_DAY, "previous_working_day": -ONE_DAY}.get(how or "none")
        if step is None:
            assert how in (None, "none"), how
            return day
        for n in range(BOUND):
            if self.works(day + n * step):
                return day + n * step
        return None


# Counted time


def tidy(pauses: list[Pause]) -> list[Pause]:
    """The union of the pauses, as separate intervals in order."""
    out: list[Pause] = []
    for begin, end in sorted(pauses, key=lambda pause: pause[0]):
        if end is not None and end <= begin:
            continue
        if out and (out[-1][1] is None or begin <= out[-1][1]):
            before = out[-1][1]
            out[-1] = (out[-1][0], None if before is None or end is None else max(before, end))
        else:
            out.append((begin, end))
    return out


def spans(start: datetime, basis: str, calendar: Calendar) -> Iterator[Span]:
    """The counted time from `start` on, without regard to pauses."""
    limit = start + BOUND * ONE_DAY
    if basis == "natural":
        yield start, limit
        return
    assert basis == "working", basis
    day = calendar.date_of(start) - ONE_DAY
    for _ in range(BOUND + 2):
        for begin, end in calendar.windows(day):
            if end > start:
                yield max(begin, start), end
        day += ONE_DAY


def running(start: datetime, basis: str, calendar: Calendar, pauses: list[Pause]) -> Iterator[Span]:
    """The counted time from `start` on, outside the pauses."""
    union = tidy(pauses)
    for begin, end in spans(start, basis, calendar):
        at = begin
        for stop, go in union:
            if go is not None and go <= at:
                continue
            if stop >= end:
                break
            if stop > at:
                yield at, stop
            if go is None:
                return
            at = go
            if at >= end:
                break
        if at < end:
            yield at, end


def after(
    start: datetime, amount: timedelta, basis: str, calendar: Calendar, pauses: list[Pause]
) -> datetime | None:
    """R2: the earliest instant with `amount` of counted time behind it."""
    if amount == ZERO:
        return start
    left = amount
    for begin, end in running(start, basis, calendar, pauses):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    return None


def counted(
    start: datetime, stop: datetime, basis: str, calendar: Calendar, pauses: list[Pause]
) -> timedelta:
    total = ZERO
    for begin, end in running(start, basis, calendar, pauses):
        if begin >= stop:
            break
        total += min(end, stop) - begin
    return total


# Rules


def amount_of(text: str) -> timedelta:
    found = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", text)
    assert found and text != "PT", text
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def rule_of(value: Any) -> Rule | None:
    """A limit as a rule of section 7: a rule object, an ISO duration or a plain form."""
    if value is None:
        return None
    if isinstance(value, dict):
        return value
    head, *rest = [part.strip() for part in value.split(",")]
    rule = _head(head)
    for part in rest:
        if part == "close":
            rule["end"] = "close"
        elif part in ("next working day", "previous working day"):
            rule["roll"] = part.replace(" ", "_")
        elif part.startswith("before "):
            rule["before"] = part.removeprefix("before ")
        else:
            raise AssertionError(value)
    return rule


def _head(text: str) -> Rule:
    if found := re.fullmatch(r"(PT\S+)( working)?", text):
        return {"type": "hours", "basis": "working" if found[2] else "natural", "amount": found[1]}
    if found := re.fullmatch(r"(\d+)( working)? hours?", text):
        return {"type": "hours", "basis": "working" if found[2] else "natural", "amount": f"PT{found[1]}H"}
    if found := re.fullmatch(r"(\d+)( working)? days?", text):
        return {"type": "days", "basis": "working" if found[2] else "calendar", "n": int(found[1])}
    if found := re.fullmatch(r"same( working)? day", text):
        return {"type": "days", "basis": "working" if found[1] else "calendar", "n": 0}
    if found := re.fullmatch(r"(\d+) months?", text):
        return {"type": "months", "n": int(found[1])}
    raise AssertionError(text)


def due(start: datetime, rule: Rule, calendar: Calendar, pauses: list[Pause]) -> datetime | None:
    """The deadline of a rule counted from `start`; None where there is none."""
    if rule["type"] == "hours":
        return after(start, amount_of(rule["amount"]), rule.get("basis", "natural"), calendar, pauses)
    if rule["type"] == "days":
        day = _counted_day(start, rule, calendar, tidy(pauses))
    elif rule["type"] == "months":
        day = add_months(calendar.date_of(start), rule["n"])
    elif rule["type"] == "cadence":
        day = add_months(calendar.date_of(start), rule["k"] * rule["every_months"])
    elif rule["type"] == "period_end":
        day = _period_end(calendar.date_of(start), rule, calendar)
    elif rule["type"] == "lunar_birthday":
        day = _lunar(rule)
    else:
        raise AssertionError(rule)
    if day is None:
        return None
    rolled = calendar.roll(day, rule.get("roll"))
    return None if rolled is None else calendar.end_of(rolled, rule.get("end") or "midnight")


def _counted_day(start: datetime, rule: Rule, calendar: Calendar, pauses: list[Pause]) -> date | None:
    day: date | None = calendar.date_of(start)
    assert day is not None
    end = rule.get("end") or "midnight"
    if rule.get("before") and start >= calendar.wall(day, rule["before"]):
        day = calendar.next_working(day)
        if day is None:
            return None
    if rule["n"] == 0:
        if rule["basis"] == "calendar":
            return day
        if calendar.works(day) and (end != "close" or start < calendar.end_of(day, end)):
            return day
        return calendar.next_working(day)
    left = rule["n"]
    for _ in range(BOUND):
        day += ONE_DAY
        if rule["basis"] == "working" and not calendar.works(day):
            continue
        finish = calendar.end_of(day, end)
        if any(begin < finish and (stop is None or finish <= stop) for begin, stop in pauses):
            continue
        left -= 1
        if left == 0:
            return day
    return None


def add_months(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _period_end(day: date, rule: Rule, calendar: Calendar) -> date | None:
    length = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}[rule["period"]]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    last: date | None = add_months(first, length) - ONE_DAY
    for _ in range(rule.get("lag_working_days") or 0):
        assert last is not None
        last = calendar.next_working(last)
        if last is None:
            return None
    return last


def _lunar(rule: Rule) -> date:
    """C5: a leap month that the year lacks is the ordinary one, day 30 of a short month is day 29."""
    month = -rule["month"] if rule.get("leap") else rule["month"]
    found = LunarMonth.fromYm(rule["lunar_year"], month)
    if found is None:
        month = rule["month"]
        found = LunarMonth.fromYm(rule["lunar_year"], month)
    solar = Lunar.fromYmd(rule["lunar_year"], month, min(rule["day"], found.getDayCount())).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())


def thresholds(
    start: datetime, rule: Rule, calendar: Calendar, pauses: list[Pause]
) -> dict[str, datetime | None]:
    """R15: where half and three quarters of an hour rule are used up; other rules have none."""
    if rule["type"] != "hours":
        return {"50": None, "75": None}
    amount, basis = amount_of(rule["amount"]), rule.get("basis", "natural")
    return {
        "50": after(start, amount / 2, basis, calendar, pauses),
        "75": after(start, amount * 3 / 4, basis, calendar, pauses),
    }
