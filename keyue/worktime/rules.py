"""Deadline arithmetic: ENGINE sections 2 "Time", 3 "Time" and 7. Pure Python, no Django, no clock.

Instants are aware datetimes and results are in UTC. Pauses are `(from, to)` pairs in any order, `to` None while
the pause is open. Everything here raises Invalid for a naive instant and for results beyond the year 9900;
"no deadline" (the calendar never opens, an open pause, nothing within 3,700 days) is None.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.worktime.calendar import Calendar
from keyue.worktime.grammar import (
    Cadence,
    Days,
    Hours,
    LunarBirthday,
    Months,
    PeriodEnd,
    Rule,
    parse_duration,
    parse_rule,
    written_rule,
)
from keyue.worktime.lunar import birthday_on
from keyue.worktime.wording import describe
from keyue.worktime.zones import (
    DAY,
    FIRST_DAY,
    FIRST_YEAR,
    LAST_DAY,
    LAST_YEAR,
    MICROSECOND,
    instant_of,
    local_day,
    micros,
    midnight,
    shown,
    starting_point,
    zone,
)

__all__ = [
    "BOUND",
    "Cadence",
    "Days",
    "Hours",
    "LunarBirthday",
    "Months",
    "Pause",
    "PeriodEnd",
    "Rule",
    "after_counted",
    "counted",
    "depends_on_calendar",
    "describe",
    "due",
    "is_hours",
    "is_provisional",
    "parse_duration",
    "parse_rule",
    "thresholds",
    "written_rule",
]

Pause = tuple[datetime, datetime | None]

# hour rules and searches for working days give up here: what takes ten years is not a deadline (section 3)
BOUND_DAYS = 3700
BOUND = timedelta(days=BOUND_DAYS)

_EVERYTHING = 1 << 62
_BEYOND = sentence("期限超出 %(first)s–%(last)s 年", first=FIRST_YEAR, last=LAST_YEAR)
_PERIOD_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
_THRESHOLDS = (("50", 2), ("75", 3))


def due(start: datetime, rule: Rule, calendar: Calendar, pauses: Iterable[Pause] = ()) -> datetime | None:
    """The deadline of `rule` from `start`, in UTC; None where there is none. Done at exactly this instant is in
    time (R4).

    Pauses stop hour rules (R7) and skip days of day rules (C4); other rules and n = 0 know no pause. R10, R11 and
    C3 hold to the letter, so the deadline can lie before `start`: where it rolls back over the start, where a day
    rule with n = 0 starts after the close, and for a lunar birthday, which is that date whenever it is asked for.
    """
    if isinstance(rule, Hours):
        return after_counted(start, rule.amount, rule.basis, calendar, pauses)
    day = _last_day(starting_point(start), rule, calendar, pauses)
    if day is not None and isinstance(rule, Days | Months | Cadence):
        day = _rolled(day, rule.roll, calendar)
    if day is None:
        return None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid(_BEYOND)
    return instant_of(calendar.end_of(day, rule.end))


def thresholds(
    start: datetime, rule: Rule, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> dict[str, datetime | None]:
    """Where 50 % and 75 % of an hour rule's counted time are used up (R15), in UTC, one by one: the first can
    exist where the second, or the deadline, does not. Empty for other rules, which have no percentage (N1)."""
    if not isinstance(rule, Hours):
        return {}
    pauses = tuple(pauses)
    total = rule.amount // MICROSECOND
    return {
        name: after_counted(start, -(-total * quarters // 4) * MICROSECOND, rule.basis, calendar, pauses)
        for name, quarters in _THRESHOLDS
    }


def counted(
    start: datetime, end: datetime, basis: str, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> timedelta:
    """The measure |[start, end) ∩ A \\ P|: A all instants (`natural`) or the working ones (`working`), P the
    union of the pauses. Zero where `end` is not after `start`."""
    begin, stop = starting_point(start), starting_point(end)
    total = 0
    for gap in _running(begin, stop, pauses):
        total += _spend(basis, calendar, *gap, _EVERYTHING)[1]
    return total * MICROSECOND


def after_counted(
    start: datetime, amount: timedelta, basis: str, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The earliest instant with `amount` of counted time since `start` (R2), in UTC; `start` itself for zero
    (R3). None where there is none within 3,700 days of `start` (R8)."""
    begin = starting_point(start)
    if amount < timedelta(0):
        raise Invalid(sentence("时长不能为负：%(amount)s", amount=amount))
    if not amount:
        return start.astimezone(UTC)
    if amount > BOUND:
        return None
    if basis == "natural" and not pauses:
        return start.astimezone(UTC) + amount
    left = amount // MICROSECOND
    for since, until in _running(begin, begin + BOUND_DAYS * DAY, pauses):
        at, used = _spend(basis, calendar, since, until, left)
        if at is not None:
            return instant_of(at)
        left -= used
    return None


def _spend(basis: str, calendar: Calendar, since: int, until: int, amount: int) -> tuple[int | None, int]:
    """`Calendar.spend` for either basis: where `amount` is used up between the two instants, and what was used."""
    if basis == "working":
        return calendar.spend(since, until, amount)
    if basis != "natural":
        raise Invalid(sentence("计时方式 %(basis)s 不在 natural、working 之中", basis=shown(basis)))
    used = min(until - since, amount)
    return (since + amount if used == amount else None), used


def is_hours(rule: Rule) -> bool:
    """Whether the rule counts time, so that it has percentages (N1) and pauses inside a day matter."""
    return isinstance(rule, Hours)


def depends_on_calendar(rule: Rule) -> bool:
    """Whether another calendar in the same zone could give another deadline."""
    if isinstance(rule, Hours):
        return rule.basis == "working" and bool(rule.amount)
    if rule.end == "close":
        return True
    if isinstance(rule, PeriodEnd):
        return rule.lag_working_days > 0
    if isinstance(rule, LunarBirthday):
        return False
    if rule.roll != "none":
        return True
    if isinstance(rule, Cadence):
        return False
    return rule.cutoff is not None or (isinstance(rule, Days) and rule.basis == "working")


def is_provisional(due: datetime | None, rule: Rule, calendar: Calendar) -> bool:
    """Whether a deadline rests on holidays that are not published yet (decision 9): the rule depends on the
    calendar and the deadline's last local day lies beyond the calendar's horizon. 24:00 ends the day before."""
    if due is None or calendar.horizon is None or not depends_on_calendar(rule):
        return False
    return (due - MICROSECOND).astimezone(zone(calendar.tz)).date() > calendar.horizon


# -- pauses -----------------------------------------------------------------------------------------------


def _union(pauses: Iterable[Pause], begin: int) -> list[tuple[int, int]]:
    """The union of the pauses after `begin` as disjoint intervals in order; an open one ends at _EVERYTHING."""
    pieces = []
    for since, until in pauses:
        piece = (micros(since), _EVERYTHING if until is None else micros(until))
        if piece[0] > piece[1]:
            raise Invalid(
                sentence(
                    "暂停的结束 %(until)s 早于开始 %(since)s",
                    until=shown(str(until)),
                    since=shown(str(since)),
                )
            )
        if piece[0] < piece[1] and piece[1] > begin:
            pieces.append((max(piece[0], begin), piece[1]))
    result: list[tuple[int, int]] = []
    for since_at, until_at in sorted(pieces):
        if result and since_at <= result[-1][1]:
            result[-1] = (result[-1][0], max(result[-1][1], until_at))
        else:
            result.append((since_at, until_at))
    return result


def _running(begin: int, stop: int, pauses: Iterable[Pause]) -> Iterator[tuple[int, int]]:
    """What the pauses leave of [begin, stop), in order."""
    for since, until in _union(pauses, begin) if pauses else ():
        if since >= stop:
            break
        if begin < since:
            yield begin, since
        begin = until
    if begin < stop:
        yield begin, stop


def _stopped(pauses: Iterable[Pause], begin: int, end: str, calendar: Calendar) -> list[tuple[int, int]]:
    """C4: the dates whose end lies in a pause, from < e <= to, as ranges of ordinals, both ends included. The
    ends of successive dates increase, so a pause stops successive dates."""
    ranges = []
    latest = midnight(LAST_DAY)
    for since, until in _union(pauses, begin):
        if since >= latest:
            break
        first = local_day(calendar.tz, since) - 1
        while calendar.end_of(first, end) <= since:
            first += 1
        if until >= latest:
            ranges.append((first, _EVERYTHING))
            break
        last = local_day(calendar.tz, until) + 1
        while calendar.end_of(last, end) > until:
            last -= 1
        if first <= last:
            ranges.append((first, last))
    return ranges


# -- dates ------------------------------------------------------------------------------------------------


def _last_day(
    begin: int,
    rule: Days | Months | Cadence | PeriodEnd | LunarBirthday,
    calendar: Calendar,
    pauses: Iterable[Pause],
) -> int | None:
    """The last day of a rule by days, before R11 and R10, as an ordinal; None where there is none."""
    if isinstance(rule, LunarBirthday):
        return birthday_on(rule.lunar_year, rule.month, rule.day, rule.leap).toordinal()
    day: int | None = local_day(calendar.tz, begin)
    if isinstance(rule, Days | Months) and rule.cutoff is not None:
        day = _belongs_to(begin, rule.cutoff, calendar)
    if day is None:
        return None
    if isinstance(rule, Days):
        if rule.n == 0:
            return _same_day(begin, day, rule, calendar)
        stopped = _stopped(pauses, begin, rule.end, calendar) if pauses else []
        if rule.basis == "calendar":
            return _nth_date(day, rule.n, stopped)
        return _nth_working_day(day, rule.n, calendar, stopped)
    if isinstance(rule, Months):
        return _months_after(day, rule.n)
    if isinstance(rule, Cadence):
        return _months_after(day, rule.every_months * rule.k)
    last = _period_end(day, rule.period)
    return _nth_working_day(last, rule.lag_working_days, calendar, []) if rule.lag_working_days else last


def _belongs_to(begin: int, cutoff: time, calendar: Calendar) -> int | None:
    """The day a start belongs to: its local date, or the next working day from the cut-off on (decision 4)."""
    local = instant_of(begin).astimezone(zone(calendar.tz))
    day = local.toordinal()
    return day if local.time() < cutoff else _nth_working_day(day, 1, calendar, [])


def _same_day(begin: int, day: int, rule: Days, calendar: Calendar) -> int | None:
    """C3: n = 0, "当日办结". Pauses have no effect."""
    if rule.basis == "calendar":
        return day
    first = _nth_working_day(day - 1, 1, calendar, [])
    if first is not None and rule.end == "close" and begin >= calendar.end_of(first, "close"):
        return _nth_working_day(first, 1, calendar, [])
    return first


def _nth_date(day: int, n: int, stopped: Sequence[tuple[int, int]]) -> int | None:
    """The n-th date after `day` that is not stopped. Each range that begins in time moves it by its length."""
    last = day + n
    for first_stopped, last_stopped in stopped:
        if first_stopped > last:
            break
        if last_stopped == _EVERYTHING:
            return None
        last += max(0, last_stopped - max(first_stopped, day + 1) + 1)
    return last


def _nth_working_day(day: int, n: int, calendar: Calendar, stopped: Sequence[tuple[int, int]]) -> int | None:
    """The n-th working day after `day` that is not stopped; None if not within 3,700 days."""
    for candidate in range(day + 1, min(day + BOUND_DAYS, calendar.last_open_day) + 1):
        if calendar.windows(candidate) and not (stopped and _is_stopped(candidate, stopped)):
            n -= 1
            if n == 0:
                return candidate
    return None


def _is_stopped(day: int, stopped: Sequence[tuple[int, int]]) -> bool:
    return any(first <= day <= last for first, last in stopped)


def _months_after(day: int, n: int) -> int:
    """R12: the same day number n months later, or the last day of that month."""
    anchor = date.fromordinal(day)
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + n, 12)
    if year > LAST_YEAR:
        raise Invalid(_BEYOND)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1])).toordinal()


def _period_end(day: int, period: str) -> int:
    """R14: the last day of the period that contains a date."""
    inside = date.fromordinal(day)
    length = _PERIOD_MONTHS[period]
    month = (inside.month - 1) // length * length + length
    return date(inside.year, month, monthrange(inside.year, month)[1]).toordinal()


def _rolled(day: int, roll: str, calendar: Calendar) -> int | None:
    """R11: the next or previous working day where `day` is none; None if there is none within 3,700 days."""
    if roll == "none" or calendar.windows(day):
        return day
    if roll == "next_working_day":
        return _nth_working_day(day, 1, calendar, [])
    return next((d for d in range(day - 1, day - BOUND_DAYS - 1, -1) if calendar.windows(d)), None)
