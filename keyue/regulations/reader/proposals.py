"""What a text asks for, as controls somebody may confirm, change or decline. Pure Python.

Nothing vague is given a number here: of a vague word comes a control with a question, which makes no promise before
the company has answered it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from keyue.kernel.texts import Sentence, sentence
from keyue.regulations.kinds import Part
from keyue.regulations.reader.suggestions import Pattern, suggested

ISO = {"second": "PT{}S", "minute": "PT{}M", "hour": "PT{}H", "day": "{} days", "workday": "{} working days",
       "week": "P{}W", "month": "{} months", "quarter": "{} months", "year": "{} months"}  # fmt: skip
SPAN = {"day": "P{}D", "workday": "P{}D", "week": "P{}W", "month": "P{}M", "quarter": "P{}M", "year": "P{}Y",
        "hour": "PT{}H", "minute": "PT{}M", "second": "PT{}S"}  # fmt: skip
IN_MONTHS = {"quarter": 3, "year": 12}
LATER = (
    (re.compile(r"培训|考试|学习|上岗"), Part.TRAINING),
    (re.compile(r"满意度|问卷|调查表"), Part.SURVEYS),
    (re.compile(r"走访|拜访|上门|现场调研|调研"), Part.VISITS),
    (re.compile(r"抽查|抽检|质检|巡检|检查"), Part.SAMPLING),
    (re.compile(r"考核|绩效|评分"), Part.APPRAISAL),
    (re.compile(r"整改|改进"), Part.RECTIFICATION),
    (re.compile(r"统计|分析|报表|月报|季报|年报|报告"), Part.INSIGHT),
    (re.compile(r"合同|协议|工程进度|项目"), Part.CONTRACTS),
    (re.compile(r"档案|客户资料|客户信息|分级|等级"), Part.ARCHIVE),
    (re.compile(r"知识库|文档|手册"), Part.KNOWLEDGE),
    (re.compile(r"值班|排班|热线|电话"), Part.PHONE),
    (re.compile(r"渠道|微信|邮箱|评价|留言"), Part.CHANNELS),
    (re.compile(r"演练|应急|危机|舆情"), Part.CRISIS),
    (re.compile(r"举报"), Part.MISCONDUCT),
    (re.compile(r"节日|生日|关怀|慰问"), Part.CARE),
)
OF_COMPANY = {"kind": "cadence", "subject": "company", "window": "fixed"}
HOW_OFTEN = sentence("多久由负责人声明一次？")
STATED = sentence("客约还没有能证明这件事的事实，可以先由人声明")
COMES_LATER = sentence("证明它的事实由以后的功能带来，现在尚不可衡量")
SAME_DAY = sentence("每天一次的处理，按收到当天完成计")
PURPOSE = re.compile(r"^\s*(?:为|为了|旨在)[^。]{2,}(?:制定|制订|订立)(?:本|此|该)")
"""Why there is a regulation at all: it asks nothing of anybody."""
URGENT = re.compile(r"紧急|特急|加急|重大|一级")
NORMAL = re.compile(r"一般|普通|正常|常规|非紧急|二级|三级")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A control that a text asks for. `key` is stable for one reading: `d3` of a timed duty, `v0` of a vague word.

    `unit`: the index of its clause in the structure. `raw`: the block without its owner, whose name in the text is
    `who`. `is_question`: the text leaves open how long.
    """

    key: str
    unit: int
    clause: str
    said: str
    who: str
    raw: Mapping[str, Any]
    why: Sentence
    is_question: bool = False


def proposals(timed: Sequence[Mapping[str, Any]], vague: Sequence[Mapping[str, Any]]) -> list[Proposal]:
    """A proposal for each timed duty and each vague word, in the order of the text. Each has an id of its own."""
    found = [*_of_duties(timed), *_of_words(vague, timed)]
    found.sort(key=lambda one: (one.unit, one.is_question, one.key))
    seen: Counter[str] = Counter()
    numbered = []
    for one in found:
        name = str(one.raw["id"])
        seen[name] += 1
        identity = name if seen[name] == 1 else f"{name}_{seen[name]}"
        numbered.append(replace(one, raw={**one.raw, "id": identity}))
    return numbered


def _of_duties(timed: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    merged: set[int] = set()
    for n, duty in enumerate(timed):
        if n in merged or duty.get("extension") or duty["unit"] in {"date", "time"}:
            continue
        pattern = _pattern(duty["what"], duty["sentence"])
        raw, why = _control(duty, pattern)
        other = _by_priority(n, timed)
        if other is not None and pattern is not None and duty["kind"] == "deadline":
            merged.add(other[0])
            raw["within"] = {"by": "case.priority"} | dict(sorted(other[1].items()))
        yield Proposal(f"d{n}", duty["at"], duty["clause"], duty["raw"], duty["who"], raw, why)


def _by_priority(n: int, timed: Sequence[Mapping[str, Any]]) -> tuple[int, dict[str, str]] | None:
    """Of two limits of one clause, one for what is urgent and one for the rest: one limit by priority."""
    one = timed[n]
    for m, other in enumerate(timed[n + 1 :], start=n + 1):
        if (other["at"], other["kind"], other["who"]) != (one["at"], one["kind"], one["who"]):
            break
        grades = {_priority(duty): limit_of(duty) for duty in (one, other) if duty["unit"] in ISO}
        if grades.keys() == {"normal", "urgent"}:
            return m, {str(grade): limit for grade, limit in grades.items()}
    return None


def _priority(duty: Mapping[str, Any]) -> str | None:
    grade = str(duty.get("grade") or "")
    return "normal" if NORMAL.search(grade) else "urgent" if URGENT.search(grade) else None


def limit_of(duty: Mapping[str, Any]) -> str:
    """The limit or period of a duty as a control writes it."""
    if duty["quantity"] == 0:
        return "same working day" if duty["unit"] == "workday" else "same day"
    forms = SPAN if duty["kind"] == "cadence" else ISO
    unit, quantity = duty["unit"], duty["quantity"]
    if duty["kind"] == "cadence" and unit == "year":
        return forms[unit].format(quantity)
    return forms[unit].format(quantity * IN_MONTHS.get(unit, 1))


def _control(duty: Mapping[str, Any], pattern: Pattern | None) -> tuple[dict[str, Any], Sentence]:
    limit, what = limit_of(duty), str(duty["what"])
    name = _name(what or duty["raw"])
    if pattern is None:
        return _unproven(duty, limit, name)
    raw: dict[str, Any] = {"id": _id(pattern), "name": name, "on": pattern.on, "met_by": pattern.met_by}
    if duty["kind"] == "deadline":
        return {**raw, "within": limit}, pattern.why
    if limit == "P1D":
        return {**raw, "within": "same day"}, SAME_DAY
    return {**raw, "kind": "cadence", "window": "rolling", "every": limit}, pattern.why


def _unproven(duty: Mapping[str, Any], limit: str, name: str) -> tuple[dict[str, Any], Sentence]:
    """A duty of which no fact tells: it waits for the part that brings one, or somebody states it."""
    part = _part(str(duty["what"]) + str(duty["raw"]) + str(duty["who"]))
    is_span = duty["kind"] == "cadence" and not limit.startswith("PT")
    if part is None:
        asked = {"question": str(HOW_OFTEN), "proposed": "P3M"}
        return {**_stated(duty, name), **({"every": limit} if is_span else asked)}, STATED
    base = _awaiting(part, name)
    if is_span:
        return {**base, **OF_COMPANY, "every": limit}, COMES_LATER
    if duty["kind"] == "cadence":
        return {**base, "kind": "cadence", "on": f"{part}.begun", "every": limit}, COMES_LATER
    return {**base, "on": f"{part}.begun", "within": limit}, COMES_LATER


def _stated(said: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {
        "kind": "attestation",
        "id": "statement",
        "name": name,
        "statement": said["sentence"].strip()[:120],
    }


def _awaiting(part: Part, name: str) -> dict[str, Any]:
    return {"id": str(part), "name": name, "awaits": str(part), "met_by": f"{part}.done"}


def _part(said: str) -> Part | None:
    return next((part for words, part in LATER if words.search(said)), None)


def _pattern(what: str, said: str) -> Pattern | None:
    """The facts that a duty is about; what a later part of the product is about is no case yet."""
    pattern = suggested(what, said)
    return None if pattern is not None and pattern.is_broad and _part(what) is not None else pattern


def _of_words(vague: Sequence[Mapping[str, Any]], timed: Sequence[Mapping[str, Any]]) -> Iterator[Proposal]:
    answered = {(duty["at"], duty["sentence"]) for duty in timed if "sentence" in duty}
    for n, word in enumerate(vague):
        if (word["at"], word["sentence"]) in answered or PURPOSE.match(word["sentence"]):
            continue
        pattern = _pattern(_after(word), word["sentence"])
        asks = (
            sentence("「%(said)s」：多久一次？", said=word["raw"].strip())
            if word["kind"] == "cadence"
            else sentence("「%(said)s」：最迟多长时间内？", said=word["raw"].strip())
        )
        name = _name(_after(word))
        if pattern is None:
            raw, why = _unproven_word(word, name, str(asks))
            yield Proposal(f"v{n}", word["at"], word["clause"], word["word"], word["who"], raw, why, True)
            continue
        raw = {
            "id": _id(pattern),
            "name": name,
            "question": str(asks),
            "on": pattern.on,
            "met_by": pattern.met_by,
        }
        if word["kind"] == "cadence":
            raw |= {"kind": "cadence", "window": "rolling"}
        yield Proposal(f"v{n}", word["at"], word["clause"], word["word"], word["who"], raw, pattern.why, True)


def _unproven_word(word: Mapping[str, Any], name: str, asks: str) -> tuple[dict[str, Any], Sentence]:
    part = _part(_after(word))
    if part is None:
        return {**_stated(word, name), "question": str(HOW_OFTEN)}, STATED
    base = {**_awaiting(part, name), "question": asks}
    if word["kind"] == "cadence":
        return {**base, **OF_COMPANY}, COMES_LATER
    return {**base, "on": f"{part}.begun"}, COMES_LATER


def _after(word: Mapping[str, Any]) -> str:
    said = str(word["raw"])
    return said.partition(str(word["word"]))[2] or said


def _id(pattern: Pattern) -> str:
    return pattern.met_by.partition(".")[2]


def _name(what: str) -> str:
    """Some words for a list of promises."""
    plain = re.sub(r"^[的地得，,、对将把其]+", "", re.split(r"[，。；、,;]", what.strip())[0])
    return plain[:12] or what.strip("，。；、,;")[:12] or "…"
