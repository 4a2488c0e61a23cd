"""The rules of deadlines as values, and the two ways to write them: ENGINE section 7 objects and plain forms.

Plain forms, as a regulation has them in `within`:

    PT2H · PT7H30M working · 8 hours · 8 working hours          hours, natural unless `working`
    7 days · 2 working days · P7D · P2W · same day               days; the start day is not counted
    6 months · P6M                                              months
    …, close · …, next working day · …, previous working day    for days and months
    …, before 18:00                                             a later start belongs to the next working day

Whatever is not of these forms raises Invalid with a sentence; nothing is guessed and nothing ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, TypeVar

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.worktime.calendar import read_clock
from keyue.worktime.zones import shown

ROLLS = ("none", "next_working_day", "previous_working_day")
ENDS = ("midnight", "close")
PERIODS = ("month", "quarter", "half_year", "year")
# lunar dates are certain for the years of the published tables only
LUNAR_YEARS = range(1900, 2101)


@dataclass(frozen=True, slots=True)
class Hours:
    """`amount` of physical time: all of it (`natural`, R5) or what lies inside working windows (`working`, R6)."""

    basis: str
    amount: timedelta

    def to_dict(self) -> dict[str, object]:
        """The object of ENGINE section 7."""
        return {"type": "hours", "basis": self.basis, "amount": written_duration(self.amount)}


@dataclass(frozen=True, slots=True)
class Days:
    """The n-th `calendar` or `working` day after the start day (R9); n = 0 is the same day (C3).

    A start at or after `cutoff`, local time, belongs to the next working day (decision 4).
    """

    basis: str
    n: int
    end: str = "midnight"
    roll: str = "none"
    cutoff: time | None = None

    def to_dict(self) -> dict[str, object]:
        """The object of ENGINE section 7, with `cutoff` where there is one."""
        result = {"type": "days", "basis": self.basis, "n": self.n, "end": self.end, "roll": self.roll}
        return _with_cutoff(result, self.cutoff)


@dataclass(frozen=True, slots=True)
class Months:
    """The same day number n months on, or that month's last day (R12)."""

    n: int
    end: str = "midnight"
    roll: str = "none"
    cutoff: time | None = None

    def to_dict(self) -> dict[str, object]:
        """The object of ENGINE section 7, with `cutoff` where there is one."""
        result = {"type": "months", "n": self.n, "end": self.end, "roll": self.roll}
        return _with_cutoff(result, self.cutoff)


@dataclass(frozen=True, slots=True)
class Cadence:
    """The k-th due date: start + k × every_months, always from the start, so that it does not drift (R13)."""

    every_months: int
    k: int
    end: str = "midnight"
    roll: str = "none"

    def to_dict(self) -> dict[str, object]:
        """The object of ENGINE section 7."""
        return {
            "type": "cadence",
            "every_months": self.every_months,
            "k": self.k,
            "end": self.end,
            "roll": self.roll,
        }


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """The last day of the period that contains the start, or the n-th working day after it (R14)."""

    period: str
    lag_working_days: int = 0
    end: str = "midnight"

    def to_dict(self) -> dict[str, object]:
        """The object of ENGINE section 7."""
        return {
            "type": "period_end",
            "period": self.period,
            "lag_working_days": self.lag_working_days,
            "end": self.end,
        }


@dataclass(frozen=True, slots=True)
class LunarBirthday:
    """A lunar birthday in one lunar year (C5)."""

    lunar_year: int
    month: int
    day: int
    leap: bool = False
    end: str = "midnight"

    def to_dict(self) -> dict[str, object]:
        """The object of ENGINE section 7."""
        return {
            "type": "lunar_birthday",
            "lunar_year": self.lunar_year,
            "month": self.month,
            "day": self.day,
            "leap": self.leap,
            "end": self.end,
        }


Rule = Hours | Days | Months | Cadence | PeriodEnd | LunarBirthday
_Dated = TypeVar("_Dated", Days, Months)

_DURATION = re.compile(r"PT(?=[0-9])(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?(?:([0-9]{1,12})S)?")
_DATE_UNITS = re.compile(r"P([0-9]{1,7})([DWMY])")
_COUNTED = re.compile(r"([0-9]{1,7}) (working )?(hour|day|month)s?")
_BEFORE = re.compile(r"before ([0-9]{2}:[0-9]{2})")

_KEYS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    # type: what it must say, what it may say
    "hours": (frozenset({"basis", "amount"}), frozenset()),
    "days": (frozenset({"basis", "n"}), frozenset({"end", "roll", "cutoff"})),
    "months": (frozenset({"n"}), frozenset({"end", "roll", "cutoff"})),
    "cadence": (frozenset({"every_months", "k"}), frozenset({"end", "roll"})),
    "period_end": (frozenset({"period"}), frozenset({"lag_working_days", "end"})),
    "lunar_birthday": (frozenset({"lunar_year", "month", "day"}), frozenset({"leap", "end"})),
}


def parse_rule(obj: object) -> Rule:
    """A rule from an object of ENGINE section 7 or from a plain form. Raises Invalid with a sentence."""
    if isinstance(obj, str):
        return _parse_plain(obj)
    if isinstance(obj, Mapping):
        return _parse_object(obj)
    raise Invalid(sentence("期限应是一个规则对象或一句话，得到的是 %(obj)s", obj=shown(obj)))


def parse_duration(text: object) -> timedelta:
    """`PTnHnMnS` as a length of time. Raises Invalid."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise Invalid(sentence("%(text)s 不是 PTnHnMnS 形式的时长，如 PT24H、PT7H30M", text=shown(text)))
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise Invalid(sentence("时长 %(text)s 太长", text=text)) from None


def written_duration(amount: timedelta) -> str:
    """A length of time as `PTnHnMnS`; parts of a second are not written."""
    seconds = amount // timedelta(seconds=1)
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"PT{parts or '0S'}"


def written_rule(rule: Hours | Days | Months) -> str:
    """A rule in the plain form of a regulation; closes, rolls and cut-offs are left out."""
    if isinstance(rule, Hours):
        return written_duration(rule.amount) + (" working" if rule.basis == "working" else "")
    if isinstance(rule, Months):
        return f"{rule.n} months"
    return f"{rule.n} {'working ' if rule.basis == 'working' else ''}days"


def _with_cutoff(result: dict[str, Any], cutoff: time | None) -> dict[str, object]:
    if cutoff is not None:
        result["cutoff"] = f"{cutoff:%H:%M}"
    return result


# -- objects ----------------------------------------------------------------------------------------------


def _parse_object(obj: Mapping[str, Any]) -> Rule:
    kind = obj.get("type")
    if not isinstance(kind, str) or kind not in _KEYS:
        raise Invalid(
            sentence("规则的 type：%(kind)s 不在 %(known)s 之中", kind=shown(kind), known=list(_KEYS))
        )
    required, optional = _KEYS[kind]
    for key in obj:
        if key not in required and key not in optional and key != "type":
            raise Invalid(sentence("%(kind)s 规则没有 %(key)s 这一项", kind=kind, key=shown(key)))
    for key in sorted(required):
        if obj.get(key) is None:
            raise Invalid(sentence("%(kind)s 规则缺少 %(key)s", kind=kind, key=key))
    if kind == "hours":
        return Hours(_choice(obj, "basis", ("natural", "working")), parse_duration(obj["amount"]))
    end = _choice(obj, "end", ENDS)
    if kind == "period_end":
        return PeriodEnd(_choice(obj, "period", PERIODS), _count(obj, "lag_working_days", default=0), end)
    if kind == "lunar_birthday":
        return _parse_lunar(obj, end)
    roll = _choice(obj, "roll", ROLLS)
    if kind == "cadence":
        return Cadence(_count(obj, "every_months", least=1), _count(obj, "k"), end, roll)
    cutoff = None if obj.get("cutoff") is None else _cutoff(obj["cutoff"])
    if kind == "months":
        return Months(_count(obj, "n"), end, roll, cutoff)
    return Days(_choice(obj, "basis", ("calendar", "working")), _count(obj, "n"), end, roll, cutoff)


def _parse_lunar(obj: Mapping[str, Any], end: str) -> LunarBirthday:
    year, month, day = _count(obj, "lunar_year"), _count(obj, "month", least=1), _count(obj, "day", least=1)
    leap = obj.get("leap", False)
    if not isinstance(leap, bool):
        raise Invalid(sentence("规则的 leap 应是 true 或 false，得到的是 %(leap)s", leap=shown(leap)))
    if year not in LUNAR_YEARS:
        raise Invalid(
            sentence(
                "农历年 %(year)s 不在 %(first)s–%(last)s 之间",
                year=year,
                first=LUNAR_YEARS.start,
                last=LUNAR_YEARS.stop - 1,
            )
        )
    if month > 12 or day > 30:
        raise Invalid(sentence("没有农历 %(month)s 月 %(day)s 日", month=month, day=day))
    return LunarBirthday(year, month, day, leap, end)


def _choice(obj: Mapping[str, Any], key: str, choices: tuple[str, ...]) -> str:
    """One of the words; the first of them where nothing is said and nothing need be."""
    value = obj.get(key)
    if value is None:
        return "none" if key == "roll" else choices[0]
    if not isinstance(value, str) or value not in choices:
        raise Invalid(
            sentence(
                "规则的 %(key)s：%(value)s 不在 %(known)s 之中",
                key=key,
                value=shown(value),
                known=choices,
            )
        )
    return value


def _count(obj: Mapping[str, Any], key: str, *, least: int = 0, default: int | None = None) -> int:
    value = obj.get(key)
    if value is None and default is not None:
        return default
    # True is an int to Python and a slip to everybody else
    if not isinstance(value, int) or isinstance(value, bool):
        raise Invalid(sentence("规则的 %(key)s 应是整数，得到的是 %(value)s", key=key, value=shown(value)))
    if not least <= value <= 9_999_999:
        raise Invalid(
            sentence(
                "规则的 %(key)s 应在 %(least)s 与 9999999 之间，得到的是 %(value)s",
                key=key,
                least=least,
                value=shown(value),
            )
        )
    return value


def _cutoff(text: object) -> time:
    minutes = read_clock(text, sentence("规则的 cutoff"))
    if minutes == 24 * 60:
        raise Invalid(sentence("规则的 cutoff：24:00 之后没有当天了；不写 cutoff 即可"))
    return time(minutes // 60, minutes % 60)


# -- plain forms ------------------------------------------------------------------------------------------


def _parse_plain(text: str) -> Rule:
    head, *tail = (" ".join(part.split()) for part in text.split(","))
    rule = _parse_head(head, text)
    if not tail:
        return rule
    if isinstance(rule, Hours):
        raise Invalid(
            sentence(
                "期限 %(text)s：按小时计的期限到点为止，后面不能再写 %(part)s",
                text=shown(text),
                part=shown(tail[0]),
            )
        )
    if isinstance(rule, Days):
        return _with_suffixes(rule, tail, text)
    assert isinstance(rule, Months)  # noqa: S101  the heads give nothing else
    return _with_suffixes(rule, tail, text)


def _parse_head(head: str, text: str) -> Hours | Days | Months:
    if head in ("same day", "same working day"):
        return Days("working" if "working" in head else "calendar", 0)
    body, working = head.removesuffix(" working"), head.endswith(" working")
    if body.startswith("PT"):
        return Hours("working" if working else "natural", parse_duration(body))
    if match := _DATE_UNITS.fullmatch(body):
        n, unit = int(match[1]), match[2]
        if unit in "DW":
            return Days("working" if working else "calendar", n * (7 if unit == "W" else 1))
        if not working:
            return Months(n * (12 if unit == "Y" else 1))
    if match := _COUNTED.fullmatch(head):
        n, working, unit = int(match[1]), bool(match[2]), match[3]
        if unit == "hour":
            return Hours("working" if working else "natural", timedelta(hours=n))
        if unit == "day":
            return Days("working" if working else "calendar", n)
        if not working:
            return Months(n)
    raise Invalid(
        sentence(
            "看不懂期限 %(text)s；可写 PT2H、8 working hours、2 working days、7 days、6 months、same day 等",
            text=shown(text),
        )
    )


def _with_suffixes(rule: _Dated, tail: list[str], text: str) -> _Dated:
    said: dict[str, Any] = {}
    for part in tail:
        before = _BEFORE.fullmatch(part)
        key: str
        value: object
        if part == "close":
            key, value = "end", "close"
        elif part in ("next working day", "previous working day"):
            key, value = "roll", part.replace(" ", "_")
        elif before:
            key, value = "cutoff", _cutoff(before[1])
        else:
            raise Invalid(sentence("期限 %(text)s：看不懂 %(part)s", text=shown(text), part=shown(part)))
        if key in said:
            raise Invalid(
                sentence("期限 %(text)s：%(part)s 与前面所写的重复", text=shown(text), part=shown(part))
            )
        said[key] = value
    kept = {"end": rule.end, "roll": rule.roll, "cutoff": rule.cutoff} | said
    if isinstance(rule, Days):
        return Days(rule.basis, rule.n, **kept)
    return Months(rule.n, **kept)
