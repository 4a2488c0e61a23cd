"""When, in Chinese words: "明天下午三点前" to an instant. Pure Python.

Only what names a time is read; 尽快, 马上 and the like name none. Of a range the outer limit counts, of a part of a day its
end: who says 明天 has until midnight, who says 上午 until noon.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from keyue.regulations.numerals import number_of
from keyue.worktime.calendar import Calendar
from keyue.worktime.rules import due, parse_rule
from keyue.worktime.zones import zone

N = r"(?:\d{1,3}|[零〇一二两三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
FEASTS = {"元旦": (1, 1), "劳动": (5, 1), "国庆": (10, 1)}
WEEKDAY = "一二三四五六日"
NAMED_DAYS = {"今": 0, "当": 0, "明": 1, "次": 1, "后": 2, "大后": 3}
PARTS = {
    "凌晨": (0, 6), "早上": (0, 9), "早晨": (0, 9), "上午": (0, 12), "中午": (11, 13), "下午": (12, 18),
    "一早": (0, 9), "清早": (0, 9), "傍晚": (12, 19), "晚上": (12, 24), "夜里": (12, 24), "晚": (12, 24), "早": (0, 9), "晚间": (12, 24),
}  # fmt: skip
"""Part of a day: the hour from which a clock time in it counts as afternoon, and the hour at which the part ends."""

DAY = re.compile(
    rf"(?P<named>大后|今|明|后|次|当)(?:天|日|(?=[早晚]))"
    rf"|(?P<week>(?:下+|这|本)?个?)(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天末])"
    rf"|(?:(?P<month>{N})月|(?P<thismonth>(?:本|这个?|下个?)月))(?P<monthday>{N})[日号]"
    rf"|(?<![第\d])(?P<only>{N})号(?!线|楼|机|泵|炉|柜|车|门|仓|库)"
    rf"|(?P<end>本月|这个月|下个月|下月|本周|这周|这个?星期|本星期|下个?星期|下周|今年|年|{N}月|月|周)(?P<endword>底|末|之?内|以内)"
    r"|(?P<alone>下个?星期|下个?礼拜|下周|下个月|下月)(?![一二三四五六日天末底\d])"
    r"|(?P<feast>元旦|劳动节|国庆节?)"
)
CLOCK = re.compile(
    rf"(?P<part>凌晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间|夜里|早|晚)?\s*"
    rf"(?:(?<!第)(?P<hour>{N})(?:[:：](?P<colon>\d{{2}})|(?:点钟?|时(?!间))(?P<rest>半|[一三]刻|整|{N}分?)?)|(?P<off>下班|上班))"
    rf"|(?P<whole>凌晨|早上|早晨|一早|清早|上午|中午|下午|傍晚|晚上|晚间|夜里|晚|早)(?![\d一二三四五六七八九十些点已就])"
)
SPAN = re.compile(
    rf"(?<!第)(?:(?:{N})\s*(?:到|至|-|—|~|～)\s*)?(?:(?P<n>{N})个?(?P<half>半)?|(?P<a_half>半)个?)\s*"
    r"(?:(?P<unit>分钟|分|刻钟|小时|钟头|天|工作日|日|周|星期|礼拜|月)(?P<half_after>半)?\s*(?:之?内|以内|之?后|以后|左右|钟)"
    r"|(?P<bare>工作日|分钟))"
)
# a clock time of an office day without a part of the day: one to six is in the afternoon
AFTERNOON = range(1, 7)


@dataclass(frozen=True, slots=True)
class When:
    """A time named in a text: its place there, and the last instant of what it names."""

    start: int
    end: int
    until: datetime


@dataclass(frozen=True, slots=True)
class _Day:
    start: int
    end: int
    day: date
    is_named: bool


def whole(text: str) -> int:
    """A number that `N` has found."""
    number = number_of(text)
    return 0 if number is None else number


def times_in(text: str, at: datetime, calendar: Calendar, *, day: date | None = None) -> list[When]:
    """The times that a text names, seen from `at`, in their order; none of those that are over or cannot be.

    `day` is the one that an earlier part of the sentence named: 三点 alone is on it.
    """
    local = at.astimezone(zone(calendar.tz))
    found = [*_spans(text, local, calendar), *_clocks(text, local, calendar, day)]
    whole = [w for w in found if not any(w is not o and o.start <= w.start and w.end <= o.end for o in found)]
    return sorted((when for when in whole if when.until > at), key=lambda when: when.start)


def day_in(text: str, at: datetime, calendar: Calendar) -> date | None:
    """The last day that a text names."""
    days = list(_days(text, at.astimezone(zone(calendar.tz))))
    return days[-1].day if days else None


# --- how long from now ---------------------------------------------------------------------------------------


def _spans(text: str, local: datetime, calendar: Calendar) -> Iterator[When]:
    for match in SPAN.finditer(text):
        half = 0.5 if match["half"] or match["half_after"] or match["a_half"] else 0.0
        until = _after(
            local,
            (whole(match["n"]) if match["n"] else 0) + half,
            match["unit"] or match["bare"],
            calendar,
        )
        if until is not None:
            yield When(match.start(), match.end(), until)


def _after(local: datetime, n: float, unit: str, calendar: Calendar) -> datetime | None:
    minutes = {"分钟": 1, "分": 1, "刻钟": 15, "小时": 60, "钟头": 60, "天": 1440, "日": 1440}
    minutes |= {"周": 10080, "星期": 10080, "礼拜": 10080}
    if unit in minutes:
        return local + timedelta(minutes=n * minutes[unit])
    if unit == "工作日":
        return due(local, parse_rule(f"{int(n)} working days, close"), calendar) if n >= 1 else None
    if n == 0.5:
        return local + timedelta(days=15)
    return due(local, parse_rule(f"{int(n)} months"), calendar)


# --- days ------------------------------------------------------------------------------------------------------


def _days(text: str, local: datetime) -> Iterator[_Day]:
    for match in DAY.finditer(text):
        day = _day(match, local.date())
        if day is not None:
            yield _Day(match.start(), match.end(), day, match["named"] is not None)


def _day(match: re.Match[str], today: date) -> date | None:
    if match["named"]:
        return today + timedelta(days=NAMED_DAYS[match["named"]])
    if match["weekday"]:
        return _weekday(match["week"], match["weekday"], today)
    if match["end"] or match["alone"]:
        return _period_end(match["end"] or match["alone"], today)
    if match["feast"]:
        # before the feast: what is due by then is due the day before
        month, day = FEASTS[match["feast"][:2]]
        named = _of_month(today.year, month, day, today, 12)
        return named - timedelta(days=1) if named else None
    if match["month"]:
        return _of_month(today.year, whole(match["month"]), whole(match["monthday"]), today, 12)
    if match["thismonth"]:
        months = 1 if match["thismonth"].startswith("下") else 0
        month = today.month - 1 + months
        return _made(today.year + month // 12, month % 12 + 1, whole(match["monthday"]))
    return _of_month(today.year, today.month, whole(match["only"]), today, 1)


def _weekday(week: str, weekday: str, today: date) -> date:
    n = 6 if weekday in "末天" else WEEKDAY.index(weekday)
    monday = today - timedelta(days=today.weekday())
    named = monday + timedelta(days=7 * week.count("下") + n)
    # 周五 on a Saturday is the next one; 本周五 then is over
    return named + timedelta(days=7) if not week and named < today else named


def _period_end(period: str, today: date) -> date:
    """The last day of a week, a month or the year; of a named month the next such."""
    if period.endswith(("周", "星期", "礼拜")):
        return _weekday("下" if period.startswith("下") else "本", "日", today)
    if period.endswith("年"):
        return date(today.year, 12, 31)
    month = today.month - 1 + (1 if period.startswith("下") else 0)
    if re.fullmatch(rf"{N}月", period):
        named = whole(period[:-1]) - 1
        month = named if named >= today.month - 1 else named + 12
    year, month = today.year + month // 12, month % 12 + 1
    return date(year, month, monthrange(year, month)[1])


def _of_month(year: int, month: int, day: int, today: date, months: int) -> date | None:
    """The next such day: of this month or the next (`months` = 1), of this year or the next (12)."""
    named = _made(year, month, day)
    if named is None or named >= today:
        return named
    ahead = month - 1 + months
    return _made(year + ahead // 12, ahead % 12 + 1, day)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- clocks ----------------------------------------------------------------------------------------------------


def _clocks(text: str, local: datetime, calendar: Calendar, carried: date | None) -> Iterator[When]:
    days = list(_days(text, local))
    taken: set[int] = set()
    for match in CLOCK.finditer(text):
        before = [
            one for one in days if one.end <= match.start() + 1 and not _parted(text, one.end, match.start())
        ]
        named = before[-1] if before else None
        if named is not None:
            taken.add(named.start)
        day = named.day if named else carried
        until = _clock(match, day or local.date(), local, calendar, is_bound=day is not None)
        if until is not None:
            yield When(named.start if named else match.start(), match.end(), until)
    for one in days:
        if one.start not in taken:
            yield When(one.start, one.end, _midnight(one.day, local))


def _parted(text: str, end: int, start: int) -> bool:
    """Whether other words stand between a day and an hour."""
    return bool(text[end:start].strip(" 的在日天"))


def _clock(
    match: re.Match[str], day: date, local: datetime, calendar: Calendar, *, is_bound: bool
) -> datetime | None:
    if match["whole"]:
        return _at(day, PARTS[match["whole"]][1], 0, local)
    if match["off"]:
        return _office(match["off"], day, local, calendar)
    hour, minute = whole(match["hour"]), _minute(match)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        return None
    part = match["part"]
    if part and hour < 12 and PARTS[part][0] >= 11 and not (part == "中午" and hour == 11):
        hour += 12
    elif part and hour == 12 and part in {"晚上", "晚", "夜里", "晚间"}:
        hour = 24
    elif not part and hour in AFTERNOON and not match["colon"]:
        hour += 12
    until = _at(day, hour, minute, local)
    if until <= local and not is_bound and not part and hour < 12:
        until = _at(day, hour + 12, minute, local)
    return until


def _minute(match: re.Match[str]) -> int:
    if match["colon"]:
        return int(match["colon"])
    rest = match["rest"] or ""
    if rest.endswith("刻"):
        return 15 * whole(rest[:-1])
    return 30 if rest == "半" else 0 if rest in {"", "整"} else whole(rest.removesuffix("分"))


def _office(word: str, day: date, local: datetime, calendar: Calendar) -> datetime:
    opened = calendar.intervals(day)
    if not opened:
        return _at(day, 18 if word == "下班" else 9, 0, local)
    return (opened[-1][1] if word == "下班" else opened[0][0]).astimezone(local.tzinfo)


def _at(day: date, hour: int, minute: int, local: datetime) -> datetime:
    if hour == 24:
        return _midnight(day, local)
    return datetime.combine(day, time(hour, minute), local.tzinfo)


def _midnight(day: date, local: datetime) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), local.tzinfo)
