"""Approved templates: in China a short message is one of them, with its gaps filled. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_GAP = re.compile(r"\$\{(\w+)\}|\{(\d+)\}")
LONGEST_GAP = 60


@dataclass(frozen=True, slots=True)
class Template:
    """A template by its code at the provider; gaps are `${name}` (Aliyun) or `{1}` (Tencent Cloud)."""

    code: str
    text: str

    @property
    def gaps(self) -> list[str]:
        """Names of the gaps in the order in which they stand."""
        return [named or numbered for named, numbered in _GAP.findall(self.text)]


@dataclass(frozen=True, slots=True)
class Filled:
    """A template with what stands in its gaps."""

    template: Template
    values: dict[str, str]


def parsed(text: str) -> tuple[list[Template], list[int]]:
    """Templates typed one a line, `CODE=text`, and the numbers of lines that are none."""
    found, faults = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        code, equals, words = line.strip().partition("=")
        if not line.strip():
            continue
        if not equals or not re.fullmatch(r"\w{1,40}", code.strip()) or not words.strip():
            faults.append(number)
        else:
            found.append(Template(code.strip(), words.strip()))
    return found, faults


def fitting(text: str, templates: list[Template]) -> Filled | None:
    """The template that a text is, and what stands in its gaps; None where it is none of them."""
    wanted = " ".join(text.split())
    for template in templates:
        match = _pattern(template).fullmatch(wanted)
        if match:
            values = {name: match[n].strip() for n, name in enumerate(template.gaps, start=1)}
            if all(len(value) <= LONGEST_GAP for value in values.values()):
                return Filled(template, values)
    return None


def _pattern(template: Template) -> re.Pattern[str]:
    words, last = " ".join(template.text.split()), 0
    parts = []
    for gap in _GAP.finditer(words):
        parts += [re.escape(words[last : gap.start()]), r"(.+?)"]
        last = gap.end()
    return re.compile("".join([*parts, re.escape(words[last:])]))
