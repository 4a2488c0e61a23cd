"""Controls: the executable reading of a clause, built from its TOML block. Pure Python.

The fields are those of the design's table and of `kinds`; `build_control` names every fault with the field it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from keyue.kernel.texts import cut, sentence
from keyue.regulations import control_values as values
from keyue.regulations.conditions import Condition
from keyue.regulations.control_values import LONGEST as LONGEST
from keyue.regulations.control_values import ControlError as ControlError
from keyue.regulations.control_values import Limit as Limit
from keyue.regulations.control_values import Occasion as Occasion
from keyue.regulations.control_values import Step as Step
from keyue.regulations.control_values import parse_limit as parse_limit
from keyue.regulations.control_values import parse_occasion as parse_occasion
from keyue.regulations.kinds import COMPANY, FIELDS, RECURRING, ControlKind, Part, shaped
from keyue.worktime.rules import Days, Hours, Months, Rule

AGAIN = ("round", "never", "each", "replace")
WINDOWS = ("fixed", "rolling")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "working")
FIXED_ONLY = ("anchor", "days", "count", "late_serves_next")
IDENTITY = re.compile(rf"\w[\w-]{{0,{LONGEST - 1}}}")


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a clause. `clause` is the number in the nearest heading above its block.

    `subject`: what its promises are about; "" for the regulation's own. `fields`: paths of the subject or the trigger
    that hold a value once it is met. `evidence`: members of EvidenceKind; `message` and `signature` are written out as
    what shows them. `calendar`: the code of a calendar other than the company's; adopting refuses one that the company
    has not published, and `keyue derive` one that the scenario does not give. `awaits`: the part of the product that
    will bring its facts.
    """

    id: str
    name: str
    clause: str
    kind: str
    owner: tuple[str, ...]
    met_by: tuple[Occasion, ...]
    on: tuple[Occasion, ...] = ()
    when: tuple[Condition, ...] = ()
    again: str = "round"
    start: Occasion | None = None
    within: Limit | None = None
    until: Condition | None = None
    counts_from: Occasion | None = None
    max_pause: timedelta | None = None
    remind: tuple[int, ...] = ()
    escalate: tuple[Step, ...] = ()
    evidence: tuple[str, ...] = ()
    calendar: str | None = None
    every: Limit | None = None
    window: str = "rolling"
    anchor: date | None = None
    days: tuple[str, ...] = ()
    count: int = 1
    late_serves_next: bool = False
    question: str = ""
    proposed: str = ""
    note: str = ""
    subject: str = ""
    awaits: str = ""
    fields: tuple[str, ...] = ()
    gate: bool = False
    statement: str = ""

    @property
    def recurs(self) -> bool:
        """Whether it has the shape of a cadence."""
        return self.kind in RECURRING

    @property
    def has_windows(self) -> bool:
        """Whether it owes something once in each span of the calendar, whatever happens."""
        return self.recurs and self.window == "fixed"

    @property
    def is_rolling(self) -> bool:
        """Whether it counts again from each time that it was done."""
        return self.recurs and self.window == "rolling"

    @property
    def limit(self) -> Limit | None:
        return self.every if self.recurs else self.within

    @property
    def percents(self) -> tuple[int, ...]:
        """The levels below and above 100 that this control asks for, in order."""
        return tuple(sorted({*self.remind, *(step.percent for step in self.escalate)} - {100}))

    @property
    def posts(self) -> tuple[str, ...]:
        """Codes of the posts and departments that owe it or that it rises to; a path with a dot is answered by each
        subject itself."""
        codes = [*self.owner, *(code for step in self.escalate for code in step.to)]
        return tuple(dict.fromkeys(code for code in codes if "." not in code))

    @property
    def is_unanswered(self) -> bool:
        """Whether the company has yet to say how long: the control then makes no promise."""
        return bool(self.question) and self.limit is None and self.until is None

    @property
    def runs(self) -> bool:
        """Whether it can make promises: nothing is left open, and its facts can happen."""
        return not self.is_unanswered and not self.awaits

    @property
    def is_held(self) -> bool:
        """Whether it is met by what the subject holds, not by what happens."""
        return self.kind == ControlKind.RECORD

    @property
    def proven_by(self) -> tuple[Occasion, ...]:
        """The facts that must carry its evidence."""
        return self.on if self.is_held else self.met_by


def build_control(
    raw: Mapping[str, Any], clause: str, shared_when: tuple[str, ...] = (), regulation: str = ""
) -> Control:
    """The control of a block. Raises ControlError naming the field at fault."""
    kind = ControlKind(values.one_of(raw, "kind", tuple(str(kind) for kind in ControlKind), "deadline"))
    for key in raw:
        if key not in FIELDS[kind]:
            raise ControlError(key, sentence("控制没有「%(key)s」这一项", key=key))
        if _has_null(raw[key]):
            # the one letter that a database takes nowhere: each promise would fail on it, and its case with it
            raise ControlError(key, sentence("%(key)s 里有空字符", key=key))
    identity = raw.get("id")
    if not isinstance(identity, str) or not IDENTITY.fullmatch(identity):
        raise ControlError(
            "id",
            sentence(
                "id 应由字母、数字、下划线和连字符组成，至多 %(most)d 个，得到 %(value)s",
                most=LONGEST,
                value=repr(identity),
            ),
        )
    if "owner" not in raw:
        raise ControlError("owner", sentence("缺少 owner：每条约定都要有人负责"))
    control = _built(shaped(raw, kind, regulation), identity, clause, kind, shared_when)
    _check_whole(control)
    if control.recurs:
        _check_cadence(control, raw)
    return control


def _has_null(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_null, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(_has_null, value))
    return isinstance(value, str) and "\0" in value


def _built(
    raw: Mapping[str, Any], identity: str, clause: str, kind: ControlKind, shared_when: tuple[str, ...]
) -> Control:
    own_when = [raw["when"]] if "when" in raw else []
    return Control(
        id=identity,
        name=values.short(values.text_of(raw, "name"), "name") or identity,
        clause=clause,
        kind=str(kind),
        owner=values.codes_of(raw["owner"], "owner"),
        met_by=values.occasions_of(raw.get("met_by"), "met_by"),
        on=values.occasions_of(raw.get("on"), "on"),
        when=tuple(values.condition_of(text, "when") for text in [*shared_when, *own_when]),
        again=values.one_of(raw, "again", AGAIN, "round"),
        start=parse_occasion(raw["start"], "start") if "start" in raw else None,
        within=parse_limit(raw.get("within"), "within"),
        until=values.condition_of(raw["until"], "until") if "until" in raw else None,
        counts_from=parse_occasion(raw["counts_from"], "counts_from") if "counts_from" in raw else None,
        max_pause=values.pause_of(raw.get("max_pause")),
        remind=values.percents_of(raw.get("remind")),
        escalate=values.steps_of(raw.get("escalate")),
        evidence=values.evidence_of(raw.get("evidence")),
        calendar=values.text_of(raw, "calendar") or None,
        every=parse_limit(raw.get("every"), "every"),
        window=values.one_of(raw, "window", WINDOWS, "rolling"),
        anchor=values.anchor_of(raw.get("anchor")),
        days=values.texts_of(raw.get("days"), "days"),
        count=values.count_of(raw.get("count", 1)),
        late_serves_next=values.flag_of(raw, "late_serves_next"),
        question=values.text_of(raw, "question"),
        proposed=_proposed(raw),
        note=values.text_of(raw, "note"),
        subject=COMPANY if kind is ControlKind.ATTESTATION else values.text_of(raw, "subject"),
        awaits=values.one_of(raw, "awaits", tuple(str(part) for part in Part), "") if "awaits" in raw else "",
        fields=tuple(values.path_of(path) for path in values.texts_of(raw.get("fields"), "fields")),
        gate=values.flag_of(raw, "gate"),
        statement=values.text_of(raw, "statement"),
    )


def _proposed(raw: Mapping[str, Any]) -> str:
    proposed = values.text_of(raw, "proposed")
    if proposed:
        parse_limit(proposed, "proposed")
        if not raw.get("question"):
            raise ControlError("proposed", sentence("proposed 是对 question 的建议，要与 question 一起写"))
    return proposed


def _check_whole(control: Control) -> None:
    kind = control.kind
    if control.is_held:
        if not control.fields and not control.evidence:
            raise ControlError(
                "fields", sentence("缺少 fields 或 evidence：要说明必须写明什么、附上什么凭证")
            )
    elif not control.met_by and kind != ControlKind.PROHIBITION:
        raise ControlError("met_by", sentence("缺少 met_by：要说明什么算履行"))
    if not control.recurs and not control.on:
        raise ControlError("on", sentence("缺少 on：要说明什么事实触发"))
    if control.within and control.until:
        raise ControlError("until", sentence("within 与 until 只能写一个"))
    for day in control.days:
        if day not in WEEKDAYS:
            raise ControlError(
                "days", sentence("days 只能是 %(known)s，得到 %(day)s", known=WEEKDAYS, day=repr(day))
            )


def _check_cadence(control: Control, raw: Mapping[str, Any]) -> None:
    if control.every is None and not control.question:
        raise ControlError("every", sentence("缺少 every：要说明多久一次，或用 question 问公司"))
    rules = tuple(control.every.rules()) if control.every else ()
    if not all(_has_length(rule) for rule in rules):
        raise ControlError("every", sentence("every 应是一段时间，如 P1D、P1W、P6M、PT4H"))
    if control.window == "rolling":
        if not control.on:
            raise ControlError("on", sentence("滚动周期缺少 on：要说明从什么事实起算"))
        for key in FIXED_ONLY:
            if key in raw:
                raise ControlError(key, sentence('%(key)s 只用于固定周期（window = "fixed"）', key=key))
    elif control.on:
        raise ControlError("on", sentence("固定周期按日历起算，不写 on"))
    elif control.every is not None and control.every.by:
        raise ControlError("every", sentence("固定周期不能按情形分档"))
    elif not all(_is_span(rule) for rule in rules):
        raise ControlError(
            "every", sentence("固定周期只能按整天、周、月或年，如 P1D、P1W、P6M；只在工作日的用 days 说明")
        )


def _has_length(rule: Rule) -> bool:
    if isinstance(rule, Hours):
        return bool(rule.amount)
    return isinstance(rule, Days | Months) and rule.n > 0


def _is_span(rule: Rule) -> bool:
    """Whether a rule is a length in dates and nothing more: no working days, close, roll or cut-off."""
    if isinstance(rule, Days):
        return rule == Days("calendar", rule.n)
    return isinstance(rule, Months) and rule == Months(rule.n)


def apply_set(raw: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The block with single values replaced: `{"within": …}` or, for a limit by context, `{"within.normal": …}`.

    Raises ControlError for a value by context where the block has no such table, or the table no such value.
    """
    changed = dict(raw)
    for path, value in values.items():
        name, _, key = path.partition(".")
        if key:
            table = changed.get(name)
            if not isinstance(table, Mapping) or "by" not in table:
                raise ControlError(
                    name, sentence("%(name)s 没有分档，不能设置 %(path)s", name=name, path=cut(path))
                )
            if key not in table:
                raise ControlError(
                    name,
                    sentence(
                        "%(name)s 没有「%(key)s」这一档，只有 %(known)s",
                        name=name,
                        key=cut(key),
                        known=[known for known in table if known != "by"],
                    ),
                )
            changed[name] = {**table, key: value}
        else:
            changed[name] = value
    return changed
