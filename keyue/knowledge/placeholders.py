"""Placeholders of templates: what may stand in braces, and filling it in. Pure Python."""

from __future__ import annotations

import re
from collections.abc import Mapping

CUSTOMER, NUMBER, AGENT, COMPANY, TODAY, PHONE, TITLE = (
    "客户姓名",
    "事项编号",
    "坐席姓名",
    "公司名称",
    "今天日期",
    "服务电话",
    "事项标题",
)
NAMES = (CUSTOMER, NUMBER, TITLE, AGENT, COMPANY, TODAY, PHONE)
PLACEHOLDERS = re.compile(r"[{｛]\s*(?:" + "|".join(NAMES) + r")\s*[}｝]")
_ANY = re.compile(r"[{｛]\s*([^{}｛｝\n]{1,20}?)\s*[}｝]")


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what is known in place of its placeholders; others stay."""
    return _ANY.sub(lambda found: values.get(found[1]) or found[0], text)


def left_in(text: str) -> list[str]:
    """The placeholders that still stand in a text."""
    return list(dict.fromkeys(found[1] for found in _ANY.finditer(text) if found[1] in NAMES))


def unknown_in(text: str) -> list[str]:
    """What stands in braces and is no placeholder."""
    return list(dict.fromkeys(found[1] for found in _ANY.finditer(text) if found[1] not in NAMES))
