"""What can be changed about a control in a replay: its numbers and who owes it, under which keys, and in which words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from keyue.compliance.control_names import value_name
from keyue.kernel.errors import Invalid
from keyue.regulations.controls import Control
from keyue.regulations.durations import written
from keyue.regulations.kinds import ControlKind
from keyue.ui import wording
from keyue.worktime import typed
from keyue.worktime.calendar import Calendar
from keyue.worktime.rules import Days, Hours, Months, Rule, describe, written_rule

SHARES = (3, 2, 1)
"""Quarters of the present limit that the card proposes."""
LENGTHLESS = frozenset({ControlKind.APPROVAL, ControlKind.PROHIBITION})
OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Number:
    """A limit of a control that can be another: its key (`solve.within.urgent`), the case that it holds for, and the
    present rule; None while the company has not said."""

    key: str
    label: str
    rule: Rule | None

    @property
    def now(self) -> str:
        """The present limit in words."""
        return describe(self.rule, wording.tongue()) if self.rule is not None else _("未启用")


def numbers_of(control: Control) -> list[Number]:
    """The limits of a control; none where it has no number of its own, or waits for a later part of the product."""
    if control.until is not None or control.kind in LENGTHLESS or control.awaits:
        return []
    key = f"{control.id}.{'every' if control.recurs else 'within'}"
    limit = control.limit
    if limit is None or limit.by is None:
        return [Number(key, "", limit.rule if limit is not None else None)]
    return [Number(f"{key}.{name}", value_name(limit.by, name), rule) for name, rule in limit.table.items()]


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another limit: as a regulation writes it, and in words."""

    value: str
    words: str


def proposals(number: Number) -> list[Proposal]:
    """Shorter limits worth trying: three quarters, a half and a quarter of the present one; of days whole ones."""
    if number.rule is None:
        return []
    found = []
    for rule in dict.fromkeys(_shorter(number.rule)):
        if rule != number.rule:
            found.append(Proposal(written_rule(rule), describe(rule, wording.tongue())))
    return found


def _shorter(rule: Rule) -> Iterator[Hours | Days | Months]:
    for quarters in SHARES:
        if isinstance(rule, Hours):
            minutes = int(rule.amount.total_seconds()) * quarters // 240
            whole = minutes // 60 * 60 if minutes >= 120 else minutes
            if whole:
                yield replace(rule, amount=timedelta(minutes=whole))
        elif isinstance(rule, Days | Months) and rule.n * quarters // 4 > 0 and not _has_more(rule):
            yield replace(rule, n=rule.n * quarters // 4)


def _has_more(rule: Days | Months) -> bool:
    """Whether a rule says what its short form would lose."""
    plain: Rule = Days(rule.basis, rule.n) if isinstance(rule, Days) else Months(rule.n)
    return rule != plain


@dataclass(frozen=True, slots=True)
class CardChoice:
    """A limit on the card of a clause: the present one, others worth trying, and the one that is tried."""

    control: Control
    number: Number
    proposals: Sequence[Proposal]
    tried: str = ""


def choices_of(controls: Sequence[Control], tried: Mapping[str, Any] | None = None) -> list[CardChoice]:
    """The limits of a clause that the card can change."""
    values = tried or {}
    return [
        CardChoice(control, number, proposals(number), str(values.get(number.key, "")))
        for control in controls
        for number in numbers_of(control)
        if number.rule is not None
    ]


def hours_words(calendar: Mapping[str, Any]) -> str:
    """The hours of a week as the form offers them; "" for others."""
    week = Calendar.from_dict({"weekly": calendar["weekly"]}).weekly
    known = (
        (code, Calendar.from_dict({"weekly": typed.weekly(typed.PRESETS[code])})) for code in typed.PRESETS
    )
    return next((str(typed.PRESET_LABELS[code]) for code, preset in known if preset.weekly == week), "")


def value_of(key: str, said: Any) -> Any:
    """What was typed for a key as a regulation writes it. Raises Invalid with a sentence."""
    if not isinstance(said, str) or key.rpartition(".")[2] == OWNER:
        return said
    return written(said)


def values_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed by key, without what was left empty. Raises Invalid with a sentence for each key at fault."""
    found: dict[str, Any] = {}
    faults: dict[str, object] = {}
    for key, said in given.items():
        if said in ("", None):
            continue
        try:
            found[key] = value_of(key, said)
        except Invalid as error:
            faults[key] = str(error)
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return found
