"""What was read of a regulation, as lines for a terminal. Pure Python."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keyue.kernel.texts import Sentence, sentence

LONGEST = 60
"""Characters of a quoted text on a line."""


def told(found: Mapping[str, Any]) -> Iterator[Sentence | str]:
    """The outline, the duties with a time, the open questions, and what was taken out or put right."""
    units, timed, vague = found["structure"], found["timed_duties"], found["vague_time"]
    yield found["title"]
    yield sentence(
        "%(units)d 个条款，%(timed)d 处有时限的职责，%(vague)d 处没有写明时限",
        units=len(units), timed=len(timed), vague=len(vague),
    )  # fmt: skip
    if not found["complete"]:
        yield sentence("原文在句子中间断了，可能不完整")
    yield ""
    for unit in units:
        indent = "  " * unit["path"].count("/")
        yield f"{indent}{unit['number']} {unit['heading'] or _cut(unit['text'])}".rstrip()
    yield from _listed(
        sentence("有时限的职责"),
        [f"{one['clause']}  {one['raw']}  {one['who']} {_cut(one['what'])}".rstrip() for one in timed],
    )
    yield from _listed(
        sentence("没有写明时限，要由公司回答"),
        [f"{one['clause']}  {one['word']}  {_cut(one['raw'])}" for one in vague],
    )
    yield from _listed(
        sentence("删去的文字"), [f"{_cut(one['text'])}  {one['why']}" for one in found["removed"]]
    )
    yield from _listed(
        sentence("修复的文字"),
        [f"{_cut(one['from'])} → {_cut(one['to'])}  {one['why']}" for one in found["repairs"]],
    )


def _listed(heading: Sentence, lines: Sequence[str]) -> Iterator[Sentence | str]:
    if lines:
        yield ""
        yield heading
        yield from (f"  {line}" for line in lines)


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"
