"""What the interface says of time, dates and numbers (the standard's section 5) and which tone it gives (3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyue.ui import wording

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 3, 17, 10, 20, tzinfo=ZONE)


def length(days: int = 0, hours: int = 0, minutes: int = 0, seconds: int = 0) -> timedelta:
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def at(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


RECEIVED, DUE = at(3, 16, 13, 40), at(3, 17, 13, 40)


@dataclass
class Owed:
    """A promise as far as the interface looks at one."""

    state: str = "pending"
    start: datetime | None = RECEIVED
    due: datetime | None = DUE
    closed_at: datetime | None = None
    paused: bool = False
    pause_reason: str = ""
    paused_since: datetime | None = None


@pytest.mark.parametrize(
    ("given_length", "zh", "en"),
    [
        (length(hours=3, minutes=20), "3 小时 20 分", "3 h 20 min"),
        (length(hours=3, minutes=20, seconds=59), "3 小时 20 分", "3 h 20 min"),
        (length(hours=3), "3 小时", "3 h"),
        (length(days=1, hours=3), "1 天 3 小时", "1 day 3 h"),
        (length(days=1, hours=3, minutes=59), "1 天 3 小时", "1 day 3 h"),
        (length(days=1), "1 天", "1 day"),
        (length(days=1, hours=23, minutes=59), "1 天 23 小时", "1 day 23 h"),
        (length(days=2), "2 天", "2 days"),
        (length(days=2, hours=23), "2 天", "2 days"),
        (length(days=128, hours=23), "128 天", "128 days"),
        (length(minutes=48), "48 分", "48 min"),
        (length(minutes=59, seconds=59), "59 分", "59 min"),
        (length(seconds=40), "40 秒", "40 s"),
        (length(), "1 秒", "1 s"),
    ],
)
def test_a_span_has_the_two_largest_units(given_length: timedelta, zh: str, en: str) -> None:
    assert wording.span(given_length, language="zh-hans") == zh
    assert wording.span(given_length, language="en") == en


def test_the_phrases_of_the_standard() -> None:
    assert wording.remaining(length(hours=3, minutes=20), language="zh") == "还剩 3 小时 20 分"
    assert wording.remaining(length(days=1, hours=3), language="zh") == "还剩 1 天 3 小时"
    assert wording.remaining(length(minutes=48), language="zh") == "还剩 48 分"
    assert wording.remaining(length(seconds=40), language="zh") == "还剩 40 秒"
    assert wording.overdue(length(days=2, hours=5), language="zh") == "已超 2 天"
    assert wording.overdue(length(minutes=42), language="zh") == "已超 42 分"
    assert wording.used(length(minutes=38), language="zh") == "用时 38 分"
    assert wording.late_by(length(minutes=12), language="zh") == "超 12 分"


def test_the_phrases_in_english() -> None:
    assert wording.remaining(length(hours=3, minutes=20), language="en") == "3 h 20 min left"
    assert wording.overdue(length(days=2), language="en") == "2 days overdue"
    assert wording.used(length(minutes=38), language="en") == "took 38 min"
    assert wording.late_by(length(minutes=12), language="en") == "12 min late"


@given(st.integers(0, 400 * 86400), st.sampled_from(["zh", "en"]))
def test_a_span_never_shows_a_zero_nor_more_than_two_units(seconds: int, language: str) -> None:
    parts = wording.span(timedelta(seconds=seconds), language=language).split()
    numbers = [int(part) for part in parts if part.isdigit()]
    assert 1 <= len(numbers) <= 2
    assert all(numbers)


@pytest.mark.parametrize(
    ("iso", "working", "zh", "en"),
    [
        ("PT24H", False, "24 小时", "24 hours"),
        ("PT48H", False, "48 小时", "48 hours"),
        ("PT30M", False, "30 分钟", "30 minutes"),
        ("PT2H30M", False, "2 小时 30 分", "2 hours 30 min"),
        ("P7D", False, "7 天", "7 days"),
        ("P1M", False, "1 个月", "1 month"),
        ("PT8H", True, "8 工作小时", "8 working hours"),
        ("P2D", True, "2 个工作日", "2 working days"),
        ("same day", False, "same day", "same day"),
        ("P", False, "P", "P"),
    ],
)
def test_a_limit_keeps_its_own_units(iso: str, working: bool, zh: str, en: str) -> None:
    assert wording.limit(iso, working=working, language="zh") == zh
    assert wording.limit(iso, working=working, language="en") == en


@pytest.mark.parametrize(
    ("instant", "kwargs", "zh", "en"),
    [
        (at(3, 17, 13, 40), {}, "今天 13:40", "today 13:40"),
        (at(3, 16, 13, 40), {}, "昨天 13:40", "yesterday 13:40"),
        (at(3, 18, 9, 5), {}, "明天 09:05", "tomorrow 09:05"),
        (at(3, 14, 4, 10), {}, "3月14日 04:10", "14 Mar 04:10"),
        (at(3, 19), {"weekday": True, "clock": False}, "3月19日 周四", "Thu 19 Mar"),
        (at(12, 30, 14, 5, year=2025), {}, "2025-12-30 14:05", "2025-12-30 14:05"),
        (at(12, 30, 14, 5, year=2025), {"weekday": True}, "2025-12-30 14:05", "2025-12-30 14:05"),
        (at(3, 17, 13, 40), {"before": True}, "今天 13:40 前", "by today 13:40"),
        (at(3, 18), {"before": True}, "今天 24:00 前", "by today 24:00"),
        (at(3, 18), {}, "明天 00:00", "tomorrow 00:00"),
        (at(7, 1), {"before": True, "clock": False}, "6月30日 前", "by 30 Jun"),
        (at(1, 1, year=2027), {"before": True}, "12月31日 24:00 前", "by 31 Dec 24:00"),
    ],
)
def test_a_moment_is_told_from_today(instant: datetime, kwargs: dict[str, bool], zh: str, en: str) -> None:
    assert wording.moment(instant, now=NOW, zone=ZONE, language="zh", **kwargs) == zh
    assert wording.moment(instant, now=NOW, zone=ZONE, language="en", **kwargs) == en


def test_today_is_the_day_of_the_zone() -> None:
    night = datetime(2026, 3, 16, 16, 30, tzinfo=UTC)  # half past midnight on the 17th in Shanghai
    assert wording.moment(night, now=NOW, zone=ZONE, language="zh") == "今天 00:30"
    assert wording.exact(night, ZONE) == "2026-03-17 00:30"


def test_days_of_a_conversation() -> None:
    today = date(2026, 3, 17)
    assert wording.day_heading(today, today=today, language="zh") == "今天 3月17日 周二"
    assert wording.day_heading(date(2026, 3, 16), today=today, language="zh") == "昨天 3月16日 周一"
    assert wording.day_heading(date(2026, 3, 13), today=today, language="zh") == "3月13日 周五"
    assert wording.day_heading(date(2026, 3, 13), today=today, language="en") == "Fri 13 Mar"


def test_numbers() -> None:
    assert wording.number(1286) == "1,286"
    assert wording.number(-20.6, 1) == "−20.6"
    assert wording.number(None) == "—"
    assert wording.number(-0.01, 1) == "0.0"
    assert wording.money(Decimal(12846000)) == "¥12,846,000.00"
    assert wording.money(-3.5) == "−¥3.50"
    assert wording.count(99) == "99"
    assert wording.count(100) == "99+"
    assert wording.count(0) == "0"
    assert wording.delta(0.9) == "+0.9"
    assert wording.delta(-2.6) == "−2.6"
    assert wording.delta(0.04, language="zh") == "持平"


@pytest.mark.parametrize(
    ("kept", "due", "text"),
    [
        (90, 93, "96.8%"),
        (914, 1000, "91.4%"),
        (93, 93, "100%"),
        (0, 7, "0%"),
        (0, 0, "—"),
        (9999, 10000, "99.9%"),  # never a whole hundred that is not one
        (1, 100000, "0.1%"),
        (3, 2, "150.0%"),
    ],
)
def test_a_rate_shows_its_denominator(kept: int, due: int, text: str) -> None:
    assert wording.percent(kept, due) == text


def test_a_promise_far_from_its_end_is_open() -> None:
    assert wording.tone_of(state="pending", now=NOW, start=NOW, due=NOW + length(days=4)) == "open"


@pytest.mark.parametrize(
    ("left", "tone"),
    [
        (length(hours=6, seconds=1), "open"),
        (length(hours=6), "soon"),
        (length(), "soon"),
        (-length(seconds=1), "late"),
    ],
)
def test_a_promise_is_near_its_end_in_the_last_quarter(left: timedelta, tone: str) -> None:
    due = NOW + left
    assert wording.tone_of(state="pending", now=NOW, start=due - length(days=1), due=due) == tone


def test_a_promise_is_near_its_end_in_the_last_hour_however_short() -> None:
    assert wording.tone_of(state="pending", now=NOW, start=NOW, due=NOW + length(hours=2)) == "open"
    assert wording.tone_of(state="pending", now=NOW, start=NOW, due=NOW + length(minutes=60)) == "soon"
    assert wording.tone_of(state="pending", now=NOW, start=None, due=NOW + length(minutes=60)) == "soon"


@pytest.mark.parametrize(
    ("owed", "tone", "text", "runs"),
    [
        (Owed(), "soon", "还剩 3 小时 20 分", True),
        (Owed(start=at(3, 16, 14, 15), due=at(3, 18, 14, 15)), "open", "还剩 1 天 3 小时", True),
        (Owed(state="breached", due=at(3, 17, 9, 38)), "late", "已超 42 分", True),
        (Owed(due=at(3, 15, 8)), "late", "已超 2 天", True),
        (Owed(state="met", closed_at=at(3, 16, 14, 18)), "kept", "用时 38 分", False),
        (Owed(state="met", start=None, closed_at=at(3, 16, 14, 18)), "kept", "按约", False),
        (Owed(state="met_late", closed_at=at(3, 17, 13, 52)), "late", "超 12 分", False),
        (Owed(state="waived"), "void", "免除", False),
        (Owed(state="cancelled"), "void", "已取消", False),
        (Owed(paused=True, due=None, pause_reason="等客户资料"), "wait", "停表，等客户资料", False),
        (Owed(paused=True, due=None, paused_since=NOW - length(hours=6)), "wait", "停表 6 小时", False),
        (Owed(paused=True, due=None), "wait", "停表", False),
        (Owed(state="idle"), "idle", "未开始", False),
        (Owed(start=NOW + length(hours=1)), "idle", "未开始", False),
        (Owed(due=None), "open", "无时限", False),
    ],
)
def test_what_is_said_of_a_promise(owed: Owed, tone: str, text: str, runs: bool) -> None:
    assert wording.read(owed, now=NOW, language="zh") == wording.Reading(tone, text, runs)


def test_every_state_of_the_engine_has_a_tone() -> None:
    states = ("pending", "met", "met_late", "breached", "waived", "cancelled", "idle")
    assert {wording.tone_of(state=s, now=NOW, due=NOW) for s in states} <= set(wording.TONES)


def test_the_tone_of_a_clause() -> None:
    assert wording.clause_tone(95, 5) == "kept"
    assert wording.clause_tone(94, 6) == "soon"
    assert wording.clause_tone(79, 21) == "late"
    assert wording.clause_tone(0, 0) == "idle"
    assert wording.clause_tone(90, 10, good=90) == "kept"


def test_both_languages_have_the_same_words() -> None:
    zh, en = wording.WORDS["zh"], wording.WORDS["en"]
    assert zh.keys() == en.keys()
    assert zh["limits"].keys() == en["limits"].keys()
    assert wording.tongue("zh-hant") == "zh"
    assert wording.tongue("fr") == "en"
