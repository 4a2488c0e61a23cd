"""Times as people say them (30 分钟, 2 小时, 3 个工作日) as a regulation writes them (PT30M, PT2H, 3 working days)."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, KeyueError
from keyue.regulations.numerals import number_of
from keyue.worktime.rules import describe, parse_rule

_UNITS = "工作小时|自然小时|个小时|小时|钟头|时|分钟|分|工作日|自然日|天|日|周|星期|个月|月|季度|年"
_PART = re.compile(rf"(半|[0-9]+(?:\.5)?|[零一二两三四五六七八九十百]+)\s*(?:个\s*)?(半\s*)?({_UNITS})")
_CLOCK = {"分": 1, "分钟": 1, "小时": 60, "个小时": 60, "自然小时": 60, "钟头": 60, "时": 60, "工作小时": 60}
_COUNTED = {
    "天": "P{}D",
    "日": "P{}D",
    "自然日": "P{}D",
    "周": "P{}W",
    "星期": "P{}W",
    "工作日": "{} working days",
}
_MONTHS = {"月": 1, "个月": 1, "季度": 3, "年": 12}
_SAME = {"当日": "same day", "当天": "same day", "当个工作日": "same working day"}


def read(text: str) -> Any:
    """A limit as somebody typed it: a time as `written` takes it, or a rule as JSON. Raises Invalid."""
    plain = text.strip()
    if not plain.startswith("{"):
        return written(plain)
    try:
        return json.loads(plain)
    except (ValueError, RecursionError) as error:
        raise _not_understood(plain) from error


def typed(value: object, language: str = "zh") -> str:
    """A limit as one would type it: `2 天`, `2 days`; as a regulation writes it where the words would not be read back."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, default=str)
    try:
        rule = parse_rule(value)
        words = describe(rule, language)
        return words if parse_rule(written(words)) == rule else value
    except KeyueError:
        return value


def written(text: str) -> str:
    """A time in the form of a regulation; a form of a regulation stays as it is. Raises Invalid."""
    plain = unicodedata.normalize("NFKC", text).strip()
    form = _SAME.get(plain) or _said(re.sub(r"\s+", " ", plain)) or plain
    try:
        parse_rule(form)
    except Invalid as error:
        raise _not_understood(plain) from error
    return form


def _not_understood(text: str) -> Invalid:
    return Invalid(
        _("看不懂「%(text)s」，请写成 30 分钟、2 小时、1 天、2 个工作日 这样") % {"text": text[:20]}
    )


def _said(text: str) -> str:
    parts = list(_PART.finditer(text))
    if not parts or _PART.sub("", text).replace("又", "").replace("零", "").strip():
        return ""
    units = {part[3] for part in parts}
    if units <= _CLOCK.keys():
        if "工作小时" in units and units != {"工作小时"}:
            return ""
        minutes = sum(_minutes(part) for part in parts)
        hours, rest = divmod(int(minutes), 60)
        written_ = "PT" + (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
        return written_ + (" working" if units == {"工作小时"} else "") if minutes >= 1 else ""
    if len(parts) > 1:
        return ""
    if parts[0][3] in _MONTHS:
        months = _amount(parts[0]) * _MONTHS[parts[0][3]]
        return f"P{int(months)}M" if months >= 1 and months == int(months) else ""
    if parts[0][2]:
        return ""
    number = _number(parts[0][1])
    return _COUNTED[parts[0][3]].format(int(number)) if number >= 1 and number == int(number) else ""


def _minutes(part: re.Match[str]) -> float:
    return _amount(part) * _CLOCK[part[3]]


def _amount(part: re.Match[str]) -> float:
    return _number(part[1]) + (0.5 if part[2] else 0)


def _number(text: str) -> float:
    if text == "半":
        return 0.5
    if text[0].isdigit():
        return float(text)
    return float(number_of(text) or 0)
