"""What a clause says in numbers, against what its controls do. Pure Python.

Only what is beyond doubt: a number that the text follows with 内, a control none of whose numbers the text has, and a
number of the text that no control has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from keyue.kernel.texts import sentence
from keyue.regulations.controls import Control
from keyue.regulations.document import Clause, ControlBlock, Document, Fault
from keyue.regulations.numerals import number_of
from keyue.worktime.rules import Days, Hours, Months, Rule, written_rule

Measure = tuple[str, int]
"""("working days", 3)"""

STATED = re.compile(
    r"(?<![0-9])([0-9]{1,4}|[零一二两三四五六七八九十百]+)\s*"
    r"(个月|(?:个\s*)?(?:分钟|工作小时|自然小时|小时|工作日|自然日|日历日|自然天|天|日|周|星期))\s*(?:以|之)?内"
)
UNITS: dict[str, tuple[str, int]] = {
    "分钟": ("minutes", 1),
    "小时": ("minutes", 60),
    "自然小时": ("minutes", 60),
    "工作小时": ("working minutes", 60),
    "天": ("days", 1),
    "日": ("days", 1),
    "自然日": ("days", 1),
    "日历日": ("days", 1),
    "自然天": ("days", 1),
    "周": ("days", 7),
    "星期": ("days", 7),
    "工作日": ("working days", 1),
    "个月": ("months", 1),
}


def check_numbers(document: Document) -> None:
    """Warn where a clause names a time that its controls do not keep to."""
    controls = {block.id: block for block in document.blocks}
    for clause in document.clauses:
        kept: list[tuple[ControlBlock, Measure, str]] = []
        allowed: set[Measure] = set()
        for block in (controls[identity] for identity in clause.control_ids if identity in controls):
            control = block.control()
            kept += [(block, measure, shown) for measure, shown in _kept_by(control)]
            if control.max_pause is not None:
                allowed.add(("minutes", control.max_pause // timedelta(minutes=1)))
        said = dict(stated_in(clause))
        allowed |= {measure for _block, measure, _shown in kept}
        unkept = [text for alike, text in said.items() if not alike & allowed]
        for block, measure, shown in kept if unkept else ():
            if not any(measure in alike for alike in said):
                message = sentence(
                    "控制 %(id)s：条款写的是「%(said)s」，within 却是 %(shown)s",
                    id=block.id,
                    said=unkept,
                    shown=shown,
                )
                fault = Fault(document.path, block.line_of("within"), message, is_warning=True)
                document.faults.append(fault)


def stated_in(clause: Clause) -> Iterator[tuple[frozenset[Measure], str]]:
    """The times that a clause names, each as the measures that it can mean, with its words."""
    for match in STATED.finditer(clause.text):
        number = number_of(match[1])
        if number is not None:
            words = match[2]
            unit, each = UNITS[words if words in UNITS else words.removeprefix("个").strip()]
            yield _alike((unit, number * each)), match[0]


def _alike(measure: Measure) -> frozenset[Measure]:
    """24 小时 and 1 天 are two rules, and one way of speaking."""
    unit, n = measure
    if unit == "minutes" and n % 1440 == 0:
        return frozenset({measure, ("days", n // 1440)})
    return frozenset({measure, ("minutes", n * 1440)}) if unit == "days" else frozenset({measure})


def _kept_by(control: Control) -> Iterator[tuple[Measure, str]]:
    for rule in control.within.rules() if control.within else ():
        measure = measure_of(rule)
        if measure is not None and isinstance(rule, Hours | Days | Months):
            yield measure, written_rule(rule)


def measure_of(rule: Rule) -> Measure | None:
    """A rule as a number of a unit; None where it is none."""
    if isinstance(rule, Hours):
        unit = "minutes" if rule.basis == "natural" else "working minutes"
        return (unit, rule.amount // timedelta(minutes=1))
    if isinstance(rule, Days) and rule.n:
        return ("days" if rule.basis == "calendar" else "working days", rule.n)
    return ("months", rule.n) if isinstance(rule, Months) else None
