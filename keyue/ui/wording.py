"""How time, dates and numbers are written, and which tone a promise has.

Pure functions: `now`, the zone and, where it matters, the language are arguments (the language defaults to the
active one). The same table of words goes to the browser, which keeps countdowns fresh, so both say the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

NOTHING = "—"
MINUS = "−"

TONES = ("kept", "open", "soon", "late", "wait", "idle", "void")

# a unit is (one, many); Chinese has one form
WORDS: dict[str, dict[str, Any]] = {
    "zh": {
        "day": ("{} 天", "{} 天"),
        "hour": ("{} 小时", "{} 小时"),
        "minute": ("{} 分", "{} 分"),
        "second": ("{} 秒", "{} 秒"),
        "left": "还剩 {}",
        "over": "已超 {}",
        "used": "用时 {}",
        "late": "超 {}",
        "missed": "逾期",
        "held": "停表 {}",
        "held_for": "停表，{}",
        "held_only": "停表",
        "idle": "未开始",
        "endless": "无时限",
        "void": "免除",
        "moot": "已取消",
        "kept": "按约",
        "today": "今天",
        "yesterday": "昨天",
        "tomorrow": "明天",
        "weekdays": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
        "before": "{} 前",
        "due_at": "{} 到期",
        "stale": "数据截至 {}",
        "changes": "有 {} 条新变化",
        "level": "持平",
        "limits": {
            "Y": ("{} 年", "{} 年"),
            "MO": ("{} 个月", "{} 个月"),
            "W": ("{} 周", "{} 周"),
            "D": ("{} 天", "{} 天"),
            "H": ("{} 小时", "{} 小时"),
            "M": ("{} 分", "{} 分"),
            "S": ("{} 秒", "{} 秒"),
            "M_alone": ("{} 分钟", "{} 分钟"),
            "D_working": ("{} 个工作日", "{} 个工作日"),
            "H_working": ("{} 工作小时", "{} 工作小时"),
            "M_working": ("{} 工作分钟", "{} 工作分钟"),
        },
    },
    "en": {
        "day": ("{} day", "{} days"),
        "hour": ("{} h", "{} h"),
        "minute": ("{} min", "{} min"),
        "second": ("{} s", "{} s"),
        "left": "{} left",
        "over": "{} overdue",
        "used": "took {}",
        "late": "{} late",
        "missed": "missed",
        "held": "paused {}",
        "held_for": "paused, {}",
        "held_only": "paused",
        "idle": "not started",
        "endless": "no limit",
        "void": "waived",
        "moot": "cancelled",
        "kept": "kept",
        "today": "today",
        "yesterday": "yesterday",
        "tomorrow": "tomorrow",
        "weekdays": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "before": "by {}",
        "due_at": "due {}",
        "stale": "as of {}",
        "changes": "{} new",
        "level": "no change",
        "limits": {
            "Y": ("{} year", "{} years"),
            "MO": ("{} month", "{} months"),
            "W": ("{} week", "{} weeks"),
            "D": ("{} day", "{} days"),
            "H": ("{} hour", "{} hours"),
            "M": ("{} min", "{} min"),
            "S": ("{} s", "{} s"),
            "M_alone": ("{} minute", "{} minutes"),
            "D_working": ("{} working day", "{} working days"),
            "H_working": ("{} working hour", "{} working hours"),
            "M_working": ("{} working minute", "{} working minutes"),
        },
    },
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def tongue(language: str | None = None) -> str:
    """`zh` or `en`: whichever of our two languages serves `language` (default: the active one)."""
    return "zh" if (language or _active()).lower().startswith("zh") else "en"


def _active() -> str:
    # the only thing asked of Django, and only where the caller names no language
    from django.utils.translation import get_language

    return get_language() or "zh"


def words(language: str | None = None) -> dict[str, Any]:
    return WORDS[tongue(language)]


def _amount(forms: tuple[str, str], n: int) -> str:
    return forms[0 if n == 1 else 1].format(n)


# durations


def span(length: timedelta, *, language: str | None = None) -> str:
    """The two largest units: `3 小时 20 分`, `1 天 3 小时`; from two days on only days; at least one second."""
    w = words(language)
    seconds = max(1, int(length.total_seconds()))
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days >= 2:
        parts = [("day", days)]
    elif days:
        parts = [("day", days), ("hour", hours % 24)]
    elif hours:
        parts = [("hour", hours), ("minute", minutes % 60)]
    elif minutes:
        parts = [("minute", minutes)]
    else:
        parts = [("second", seconds)]
    return " ".join(_amount(w[unit], n) for unit, n in parts if n)


def remaining(length: timedelta, *, language: str | None = None) -> str:
    """`还剩 3 小时 20 分`"""
    text: str = words(language)["left"].format(span(length, language=language))
    return text


def overdue(length: timedelta, *, language: str | None = None) -> str:
    """`已超 2 天`"""
    text: str = words(language)["over"].format(span(length, language=language))
    return text


def used(length: timedelta, *, language: str | None = None) -> str:
    """`用时 38 分`"""
    text: str = words(language)["used"].format(span(length, language=language))
    return text


def late_by(length: timedelta, *, language: str | None = None) -> str:
    """`超 12 分`: done, but late."""
    text: str = words(language)["late"].format(span(length, language=language))
    return text


_ISO = re.compile(
    r"^P(?:(?P<Y>\d+)Y)?(?:(?P<MO>\d+)M)?(?:(?P<W>\d+)W)?(?:(?P<D>\d+)D)?"
    r"(?:T(?:(?P<H>\d+)H)?(?:(?P<M>\d+)M)?(?:(?P<S>\d+)S)?)?$"
)


def limit(iso: str, *, working: bool = False, language: str | None = None) -> str:
    """An ISO 8601 duration in the units it is written in: PT48H is `48 小时`, never `2 天`.

    A form this cannot read comes back as it is: a strange limit must still be shown.
    """
    match = _ISO.match(iso)
    units = {k: int(v) for k, v in match.groupdict().items() if v} if match else {}
    if not units:
        return iso
    forms = words(language)["limits"]

    def form(unit: str) -> tuple[str, str]:
        if working and f"{unit}_working" in forms:
            unit = f"{unit}_working"
        elif unit == "M" and len(units) == 1:
            unit = "M_alone"
        pair: tuple[str, str] = forms[unit]
        return pair

    return " ".join(_amount(form(unit), n) for unit, n in units.items())


# instants


def exact(instant: datetime, zone: tzinfo) -> str:
    """`2025-12-30 14:05`: for evidence, exports and titles."""
    return f"{instant.astimezone(zone):%Y-%m-%d %H:%M}"


def _date_text(day: date, today: date, lang: str, weekday: bool) -> str:
    w = WORDS[lang]
    near = {0: w["today"], -1: w["yesterday"], 1: w["tomorrow"]}.get((day - today).days)
    if near and not weekday:
        return str(near)
    if day.year != today.year:
        return day.isoformat()
    name = w["weekdays"][day.weekday()]
    if lang == "zh":
        text = f"{day.month}月{day.day}日"
        return f"{text} {name}" if weekday else text
    text = f"{day.day} {MONTHS[day.month - 1]}"
    return f"{name} {text}" if weekday else text


def moment(
    instant: datetime,
    *,
    now: datetime,
    zone: tzinfo,
    before: bool = False,
    due: bool = False,
    weekday: bool = False,
    clock: bool = True,
    language: str | None = None,
) -> str:
    """`今天 13:40`, `3月16日 13:40`, `2025-12-30 14:05`.

    `before` words a deadline: `今天 13:40 前`, once it is past `昨天 13:40 到期`; `due` words the one that somebody is
    held to: `今天 13:40 到期`. For both, midnight belongs to the day that ends: `今天 24:00 前`.
    """
    lang = tongue(language)
    local = instant.astimezone(zone)
    day, hour = local.date(), f"{local:%H:%M}"
    if (before or due) and local.time() == time():
        day, hour = day - timedelta(days=1), "24:00"
    text = _date_text(day, now.astimezone(zone).date(), lang, weekday)
    if clock:
        text = f"{text} {hour}"
    if due or (before and instant < now):
        return str(WORDS[lang]["due_at"].format(text))
    return str(WORDS[lang]["before"].format(text)) if before else text


def day_heading(day: date, *, today: date, language: str | None = None) -> str:
    """The line between two days of a conversation: `3月16日 周一`, `今天 3月17日 周二`."""
    lang = tongue(language)
    w = WORDS[lang]
    text = _date_text(day, today, lang, True)
    near = {0: w["today"], -1: w["yesterday"]}.get((day - today).days)
    return f"{near} {text}" if near else text


# numbers


def number(value: Decimal | float | int | None, digits: int = 0) -> str:
    """`1,286`, `−20.6`; `—` for nothing."""
    if value is None:
        return NOTHING
    amount = _rounded(Decimal(str(value)), digits)
    return f"{amount:,.{digits}f}".replace("-", MINUS)


def _rounded(value: Decimal, digits: int) -> Decimal:
    # halves away from zero, as people round; + 0 turns a rounded -0 into 0
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0


def percent(numerator: Decimal | float | int | None, denominator: Decimal | float | int | None = 100) -> str:
    """`91.4%`; `—` where the denominator is 0. 100% and 0% are only written when they are exact."""
    if numerator is None or not denominator:
        return NOTHING
    share = Decimal(str(numerator)) * 100 / Decimal(str(denominator))
    if share in (0, 100):
        return f"{share:.0f}%"
    shown = _rounded(share, 1)
    if 0 < share < 100:
        shown = min(max(shown, Decimal("0.1")), Decimal("99.9"))
    return f"{shown:,.1f}%".replace("-", MINUS)


def money(amount: Decimal | float | int | None, sign: str = "¥") -> str:
    """`¥12,846,000.00`"""
    if amount is None:
        return NOTHING
    value = _rounded(Decimal(str(amount)), 2)
    return f"{MINUS if value < 0 else ''}{sign}{abs(value):,.2f}"


def delta(value: Decimal | float | int | None, digits: int = 1, *, language: str | None = None) -> str:
    """`+0.9`, `−2.6`, `持平`."""
    if value is None:
        return NOTHING
    if not _rounded(Decimal(str(value)), digits):
        return str(words(language)["level"])
    text = number(value, digits)
    return text if value < 0 else f"+{text}"


def count(n: int | None) -> str:
    """A counter in a badge: `99+` from a hundred on."""
    if n is None:
        return NOTHING
    return "99+" if n > 99 else str(n)


# promises


def turns_soon(start: datetime | None, due: datetime) -> datetime:
    """The instant from which a promise is near its end: a quarter of its limit, at least an hour, before due."""
    quarter = (due - start) / 4 if start and start < due else timedelta(0)
    return due - max(quarter, timedelta(hours=1))


def tone_of(
    *,
    state: str,
    now: datetime,
    start: datetime | None = None,
    due: datetime | None = None,
    paused: bool = False,
) -> str:
    """Which of TONES a promise has: `state` is the engine's, or `idle` for one that has not begun."""
    settled = {"met": "kept", "met_late": "late", "breached": "late", "waived": "void", "cancelled": "void"}
    if state in settled:
        return settled[state]
    if state == "idle" or (start and start > now):
        return "idle"
    if paused:
        return "wait"
    if due is None:
        return "open"
    if now > due:
        return "late"
    return "soon" if now >= turns_soon(start, due) else "open"


@dataclass(frozen=True, slots=True)
class Reading:
    """What is said of a promise at one instant. `runs`: the text changes as time passes."""

    tone: str
    text: str
    runs: bool = False


def _settled_text(promise: Any, state: str, language: str | None) -> str | None:
    w = words(language)
    start, due = getattr(promise, "start", None), getattr(promise, "due", None)
    closed = getattr(promise, "closed_at", None)
    if state == "met":
        length = getattr(promise, "used", None) or (closed - start if closed and start else None)
        return used(length, language=language) if length is not None else str(w["kept"])
    if state in ("met_late", "breached") and closed and due:
        return late_by(closed - due, language=language)
    if state == "breached" and not getattr(promise, "is_open", True):
        # the case has ended without it: nobody owes it any more, and it does not grow later
        return str(w["missed"])
    if state == "waived":
        return str(w["void"])
    return str(w["moot"]) if state == "cancelled" else None


def _held_text(promise: Any, now: datetime, language: str | None) -> str:
    w = words(language)
    reason, since = getattr(promise, "pause_reason", None), getattr(promise, "paused_since", None)
    if reason:
        return str(w["held_for"].format(reason))
    return str(w["held"].format(span(now - since, language=language)) if since else w["held_only"])


def read(promise: Any, *, now: datetime, language: str | None = None) -> Reading:
    """The tone and the words for anything with `.state .start .due .paused .closed_at` (absent ones are None).

    `.pause_reason`, `.paused_since` and `.used` make the words more precise where they exist.
    """
    w = words(language)
    state = str(getattr(promise, "state", "") or "pending")
    start, due = getattr(promise, "start", None), getattr(promise, "due", None)
    tone = tone_of(state=state, now=now, start=start, due=due, paused=bool(getattr(promise, "paused", False)))
    settled = _settled_text(promise, state, language)
    if settled is not None:
        return Reading(tone, settled)
    if tone == "wait":
        return Reading(tone, _held_text(promise, now, language))
    if tone == "idle":
        return Reading(tone, str(w["idle"]))
    if due is None:
        return Reading(tone, str(w["endless"]))
    if tone == "late":
        return Reading(tone, overdue(now - due, language=language), runs=True)
    return Reading(tone, remaining(due - now, language=language), runs=True)


def clause_tone(kept: int, broken: int, *, good: float = 95, fair: float = 80) -> str:
    """The tone of a clause by its rate; the thresholds come from the regulation. Nothing due is `idle`."""
    if not kept + broken:
        return "idle"
    rate = 100 * kept / (kept + broken)
    if rate >= good:
        return "kept"
    return "soon" if rate >= fair else "late"


def for_script(language: str | None = None) -> dict[str, Any]:
    """The words that the browser needs to keep countdowns fresh."""
    w = words(language)
    return {k: w[k] for k in ("day", "hour", "minute", "second", "left", "over", "stale", "changes")}
