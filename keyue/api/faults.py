"""What is wrong with the form of a request, as sentences: the checker's codes, worded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from ninja.errors import HttpError

Fault = Mapping[str, Any]


def sentences(found: Sequence[Fault]) -> dict[str, str]:
    """A sentence for each field at fault, the first one where there are several: `files.0.name`."""
    said: dict[str, str] = {}
    for fault in found:
        said.setdefault(_name(fault), _sentence(fault))
    return said


def not_json(error: HttpError) -> str:
    """The sentence for a body that cannot be read at all."""
    cause = error.__cause__ or error.__context__
    if isinstance(cause, json.JSONDecodeError):
        return _("请求的内容不是合法的 JSON：第 %(line)d 行第 %(column)d 列。") % {
            "line": cause.lineno,
            "column": cause.colno,
        }
    return _("请求的内容不是合法的 JSON（UTF-8）。")


def _name(fault: Fault) -> str:
    location = [str(part) for part in fault.get("loc", ())]
    # the place (body, query, path), then the name of the parameter that holds a whole body
    inner = location[1:]
    if location[:1] == ["body"] and inner[:1] in (["payload"], ["data"]):
        inner = inner[1:]
    return ".".join(inner) or location[0] if location else "body"


def _sentence(fault: Fault) -> str:
    kind, context = str(fault.get("type", "")), fault.get("ctx") or {}
    if kind in _PLAIN:
        return str(_PLAIN[kind]())
    for names, sentence in _WITH:
        if kind in names:
            return sentence(context)
    return _("这一项的格式不对。")


def _known(expected: str) -> str:
    """The values of a choice, which the checker gives as `'a', 'b' or 'c'`; the empty one is none."""
    values = [value for value in re.findall(r"'((?:[^'\\]|\\.)*)'", expected) if value]
    return _("、").join(values) or expected


_PLAIN: Mapping[str, Callable[[], str]] = {
    "missing": lambda: _("请填写这一项。"),
    "extra_forbidden": lambda: _("没有这一项，请检查名称。"),
    "string_type": lambda: _("应是文本。"),
    "string_unicode": lambda: _("文本里有不能保存的字符。"),
    "int_type": lambda: _("应是整数。"),
    "int_parsing": lambda: _("应是整数。"),
    "int_parsing_size": lambda: _("这个数太大。"),
    "int_from_float": lambda: _("应是整数。"),
    "bool_type": lambda: _("应是 true 或 false。"),
    "bool_parsing": lambda: _("应是 true 或 false。"),
    "list_type": lambda: _("应是列表。"),
    "dict_type": lambda: _("应是 JSON 对象。"),
    "model_type": lambda: _("应是 JSON 对象。"),
    "model_attributes_type": lambda: _("应是 JSON 对象。"),
    "timezone_aware": lambda: _("时刻要带时区，如 2026-11-22T10:00:00+08:00。"),
    "instant_text": lambda: _("应是带时区的时刻，如 2026-11-22T10:00:00+08:00。"),
    "instant_range": lambda: _("年份应在 2000 至 2100 之间。"),
    "string_pattern_mismatch": lambda: _("格式不对。"),
}
_WITH: Sequence[tuple[frozenset[str], Callable[[Mapping[str, Any]], str]]] = (
    (
        frozenset({"string_too_long"}),
        lambda context: _("最多 %(most)d 个字符。") % {"most": context.get("max_length", 0)},
    ),
    (
        frozenset({"string_too_short"}),
        lambda context: _("至少 %(least)d 个字符。") % {"least": context.get("min_length", 0)},
    ),
    (
        frozenset({"too_long"}),
        lambda context: _("最多 %(most)d 项。") % {"most": context.get("max_length", 0)},
    ),
    (
        frozenset({"greater_than_equal"}),
        lambda context: _("不能小于 %(least)s。") % {"least": context.get("ge")},
    ),
    (
        frozenset({"less_than_equal"}),
        lambda context: _("不能大于 %(most)s。") % {"most": context.get("le")},
    ),
    (
        frozenset({"literal_error", "enum"}),
        lambda context: _("可选的值：%(known)s。") % {"known": _known(str(context.get("expected", "")))},
    ),
    (
        frozenset(
            {"datetime_from_date_parsing", "datetime_parsing", "datetime_type", "datetime_object_invalid"}
        ),
        lambda context: _("应是带时区的时刻，如 2026-11-22T10:00:00+08:00。"),
    ),
)
