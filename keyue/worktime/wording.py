"""Rules in words, for people (design guide, section 5). Pure Python."""

from __future__ import annotations

from datetime import time, timedelta

from keyue.worktime.grammar import Cadence, Days, Hours, LunarBirthday, Months, PeriodEnd, Rule

_PERIODS_ZH = {"month": "月", "quarter": "季", "half_year": "半年", "year": "年"}
_PERIODS_EN = {"month": "month", "quarter": "quarter", "half_year": "half-year", "year": "year"}
_LUNAR_MONTHS = "正二三四五六七八九十冬腊"
_DIGITS = "一二三四五六七八九十"


def describe(rule: Rule, language: str = "zh") -> str:
    """A rule as a reader of the regulation says it: `8 工作小时`, `7 天`, `当日`; English where `language` is `en…`."""
    return _english(rule) if language.lower().startswith("en") else _chinese(rule)


def _chinese(rule: Rule) -> str:
    if isinstance(rule, Hours):
        return _hours_zh(rule)
    if isinstance(rule, Days):
        if rule.n == 0:
            text = "当日" if rule.basis == "calendar" else "当个工作日"
        else:
            text = f"{rule.n} 天" if rule.basis == "calendar" else f"{rule.n} 个工作日"
        return text + _tail_zh(rule.end, rule.roll, rule.cutoff)
    if isinstance(rule, Months):
        return f"{rule.n} 个月" + _tail_zh(rule.end, rule.roll, rule.cutoff)
    if isinstance(rule, Cadence):
        return f"每 {rule.every_months} 个月，第 {rule.k} 次" + _tail_zh(rule.end, rule.roll, None)
    if isinstance(rule, PeriodEnd):
        lag = f"后第 {rule.lag_working_days} 个工作日" if rule.lag_working_days else ""
        return f"{_PERIODS_ZH[rule.period]}末{lag}" + _tail_zh(rule.end, "none", None)
    return _lunar_zh(rule)


def _english(rule: Rule) -> str:
    if isinstance(rule, Hours):
        return _hours_en(rule)
    if isinstance(rule, Days):
        working = "working " if rule.basis == "working" else ""
        text = _plural(rule.n, f"{working}day") if rule.n else f"same {working}day"
        return text + _tail_en(rule.end, rule.roll, rule.cutoff)
    if isinstance(rule, Months):
        return _plural(rule.n, "month") + _tail_en(rule.end, rule.roll, rule.cutoff)
    if isinstance(rule, Cadence):
        text = f"every {_plural(rule.every_months, 'month')}, no. {rule.k}"
        return text + _tail_en(rule.end, rule.roll, None)
    if isinstance(rule, PeriodEnd):
        lag = f"{_plural(rule.lag_working_days, 'working day')} after the " if rule.lag_working_days else ""
        return f"{lag}end of the {_PERIODS_EN[rule.period]}" + _tail_en(rule.end, "none", None)
    leap = "leap " if rule.leap else ""
    text = f"lunar birthday, day {rule.day} of {leap}month {rule.month}, lunar year {rule.lunar_year}"
    return text + _tail_en(rule.end, "none", None)


def _plural(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _parts(amount: timedelta) -> tuple[int, int, int]:
    seconds = amount // timedelta(seconds=1)
    return seconds // 3600, seconds // 60 % 60, seconds % 60


def _hours_zh(rule: Hours) -> str:
    # the first unit carries 工作; the smaller ones follow it: 7 工作小时 30 分
    hours, minutes, seconds = _parts(rule.amount)
    work = "工作" if rule.basis == "working" else ""
    if not (hours or minutes or seconds):
        return "立即"
    parts = [f"{hours:,} {work}小时"] if hours else []
    if minutes:
        parts.append(f"{minutes} 分" if parts else f"{minutes} {work}分钟")
    if seconds:
        parts.append(f"{seconds} 秒" if parts else f"{seconds} {work}秒")
    return " ".join(parts)


def _hours_en(rule: Hours) -> str:
    hours, minutes, seconds = _parts(rule.amount)
    if not (hours or minutes or seconds):
        return "at once"
    working = "working " if rule.basis == "working" else ""
    parts: list[str] = []
    for n, unit in ((hours, "hour"), (minutes, "minute"), (seconds, "second")):
        if n:
            parts.append(_plural(n, unit if parts else working + unit))
    return " ".join(parts)


def _tail_zh(end: str, roll: str, cutoff: time | None) -> str:
    text = "，下班前" if end == "close" else ""
    if roll != "none":
        text += "，遇非工作日顺延" if roll == "next_working_day" else "，遇非工作日提前"
    return text + (f"，{cutoff:%H:%M} 后收到的算下一个工作日" if cutoff is not None else "")


def _tail_en(end: str, roll: str, cutoff: time | None) -> str:
    text = ", by close of business" if end == "close" else ""
    if roll != "none":
        text += (
            ", else the next working day" if roll == "next_working_day" else ", else the working day before"
        )
    return text + (f", from {cutoff:%H:%M} on counted as the next working day" if cutoff is not None else "")


def _lunar_zh(rule: LunarBirthday) -> str:
    tens, ones = divmod(rule.day - 1, 10)
    day = {10: "初十", 20: "二十", 30: "三十"}.get(rule.day) or "初十廿"[tens] + _DIGITS[ones]
    month = ("闰" if rule.leap else "") + _LUNAR_MONTHS[rule.month - 1]
    return f"农历 {rule.lunar_year}年{month}月{day}" + _tail_zh(rule.end, "none", None)
