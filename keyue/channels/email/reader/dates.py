"""The date of a mail: RFC 5322, and what clocks, programs and countries make of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

from keyue.channels.email.reader import oddities
from keyue.channels.email.reader.headers import Headers
from keyue.channels.email.reader.oddities import Oddities

_COMMENT = re.compile(r"\([^()]{0,200}\)")
_CHINESE_DAY = re.compile(r"(?:星期|周|週|礼拜)[一二三四五六日天]")
_CHINESE_MONTH = re.compile(r"(十[一二]?|[一二三四五六七八九])月")
_CHINESE_DATE = re.compile(r"(\d{2,4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号號]?")
_HALF = re.compile(r"(上午|下午|凌晨|晚上|中午|早上|[AaPp]\.?[Mm]\.?)\s*(\d{1,2})?")
_TIME = re.compile(r"(\d{1,2})\s*[:时時点.]\s*(\d{1,2})\s*(?:[:分.]\s*(\d{1,2}))?")
_NUMBERS = re.compile(r"(\d{4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})")
_NUMBERS_DAY_FIRST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})")
_ZONE = re.compile(r"(?:GMT|UTC|UT)?\s*([+-])\s*(\d{1,2}):?(\d{2})?\s*$")
_NAMED_ZONE = re.compile(r"(?:\b|\d)(?:GMT|UTC|UT|Z)\W*(?:\d{4})?$")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
_NUMERALS = {
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
    "十一": 11,
    "十二": 12,
}
_WRITTEN_AS_EAST = re.compile(r"\bCST\b")
EARLIEST, LATEST = 1990, 2100
LONGEST = 300


def read_date(headers: Headers, odd: Oddities) -> datetime | None:
    """The date as written, with its offset; None where there is none to be read.

    Without a zone it is that of the oldest Received field, else UTC. CST is China's where Received says +0800.
    """
    said = headers.text("date")[:LONGEST]
    if not said:
        return None
    tidy = _tidied(said)
    found = _by_standard(tidy) or _by_numbers(tidy)
    if found is None:
        odd.say(oddities.DATE_UNREADABLE)
        return None
    if found.tzinfo is None or (
        _WRITTEN_AS_EAST.search(_COMMENT.sub("", said)) and found.utcoffset() == timedelta(hours=-6)
    ):
        zone = _zone_of_arrival(headers)
        if found.tzinfo is None:
            odd.say(oddities.DATE_WITHOUT_ZONE)
            found = found.replace(tzinfo=zone or UTC)
        elif zone is not None and zone.utcoffset(None) == timedelta(hours=8):
            found = found.replace(tzinfo=zone)
    if not EARLIEST <= found.year <= LATEST:
        odd.say(oddities.DATE_FAR_OFF)
    return found


def _tidied(said: str) -> str:
    """Chinese days and months, comments and stray marks put as the standard has them."""
    text = _COMMENT.sub(" ", said)
    text = text.replace("，", ",").replace("：", ":").replace("\u3000", " ").replace("\xa0", " ")
    text = _CHINESE_DAY.sub(" ", text)
    text = _CHINESE_MONTH.sub(lambda m: f" {_month(_NUMERALS[m[1]])} ", text)
    if "年" not in text:
        text = re.sub(r"(\d{1,2})月", lambda m: f" {_month(int(m[1]))} ", text)
    return " ".join(text.split()).lstrip(", ")


def _month(number: int) -> str:
    return _MONTHS[3 * number - 3 : 3 * number] if 1 <= number <= 12 else str(number)


def _by_standard(text: str) -> datetime | None:
    if "年" in text or _NUMBERS.match(text):
        return None
    text = re.sub(r"(?:GMT|UTC)\s*([+-]\d{1,2}:?\d{2})\b", r"\1", text)
    text = re.sub(r"([+-]\d{2}):(\d{2})$", r"\1\2", text)
    if (half := _HALF.search(text)) and half[1][:1] in "AaPp" and re.search(r"\d\s*[AaPp]\.?[Mm]", text):
        return None if half is None else _with_half(text, half)
    if ":" not in text and not re.search(r"\d\.\d", text):
        text += " 00:00"
    try:
        parts = parsedate_tz(text)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts[:6]
    return _made(year, month, day, hour, minute, second, _zone(parts[9], text))


def _with_half(text: str, half: re.Match[str]) -> datetime | None:
    whole = _by_standard(text[: half.start()] + " " + text[half.end() :])
    if whole is None:
        return None
    hour = whole.hour % 12 + (12 if half[1][0] in "Pp" else 0)
    return whole.replace(hour=hour)


def _zone(offset: int | None, text: str) -> timezone | None:
    """The zone of a date by the standard. The parser says 0 for none, so the text is asked whether there is one."""
    numbered = _ZONE.search(text)
    if numbered and ":" in text[: numbered.start()]:
        return _offset(numbered)
    named = offset and abs(offset) < 86_400
    return (
        timezone(timedelta(seconds=offset)) if offset and named else UTC if _NAMED_ZONE.search(text) else None
    )


def _offset(found: re.Match[str]) -> timezone | None:
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes)) if minutes < 1440 else None


def _by_numbers(text: str) -> datetime | None:
    """Dates as programs and Chinese write them: 2026-01-05 10:00, 2026年1月5日 下午3:20, 5/1/2026."""
    rest = text
    if chinese := _CHINESE_DATE.search(text):
        year, month, day = int(chinese[1]), int(chinese[2]), int(chinese[3])
        rest = text[chinese.end() :]
    elif plain := _NUMBERS.search(text):
        year, month, day = int(plain[1]), int(plain[2]), int(plain[3])
        rest = text[plain.end() :].lstrip("T")
    elif other := _NUMBERS_DAY_FIRST.search(text):
        first, second, year = int(other[1]), int(other[3]), int(other[4])
        month_first = (other[2] == "/" and first <= 12) or second > 12
        month, day = (first, second) if month_first else (second, first)
        rest = text[other.end() :]
    else:
        return None
    clock = _TIME.search(rest)
    hour, minute, seconds = (int(clock[1]), int(clock[2]), int(clock[3] or 0)) if clock else (0, 0, 0)
    half = _HALF.search(rest)
    if half and clock:
        later = half[1][:1] in "Pp下晚" or (half[1] == "中午" and hour < 11)
        hour = (
            hour % 12 + 12
            if later and hour <= 12
            else hour % 12
            if half[1][:1] in "Aa上凌" and hour == 12
            else hour
        )
    after = rest[clock.end() :] if clock else rest
    zone = _ZONE.search(after)
    tzinfo = _offset(zone) if zone else UTC if _NAMED_ZONE.search(after) else None
    return _made(year, month, day, hour, minute, seconds, tzinfo)


def _made(
    year: int, month: int, day: int, hour: int, minute: int, second: int, zone: timezone | None
) -> datetime | None:
    if year < 100:
        year += 2000 if year < 70 else 1900
    elif year < 1000:
        # counted from 1900, as C does
        year += 1900
    # midnight at the end of the day, as some clocks write it
    ends_day = (hour, minute, second) == (24, 0, 0)
    try:
        made = datetime(year, month, day, 0 if ends_day else hour, minute, min(second, 59), tzinfo=zone)
        made += timedelta(days=ends_day)
        if zone is not None:
            made.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return made


def _zone_of_arrival(headers: Headers) -> timezone | None:
    received = headers.every("received")
    if not received:
        return None
    _path, semicolon, said = headers.unfolded(received[-1]).rpartition(";")
    found = _by_standard(_tidied(said[:LONGEST])) if semicolon else None
    return found.tzinfo if found is not None and isinstance(found.tzinfo, timezone) else None
