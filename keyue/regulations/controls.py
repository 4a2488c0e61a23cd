"""Controls: the executable reading of a clause, built from its TOML block. Pure Python.

The fields are those of the design's table; `build_control` names every fault with the field it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from keyue.kernel.errors import KeyueError
from keyue.kernel.texts import Sentence, cut, sentence, sentence_of
from keyue.ledger.facts import EvidenceKind
from keyue.regulations.conditions import Condition, ConditionError, compile_condition
from keyue.worktime.rules import Days, Hours, Months, Rule, parse_duration, parse_rule

AGAIN = ("round", "never", "each", "replace")
WINDOWS = ("fixed", "rolling")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "working")
KINDS = ("deadline", "cadence")
COMMON = {
    "id",
    "name",
    "kind",
    "when",
    "met_by",
    "owner",
    "remind",
    "escalate",
    "evidence",
    "calendar",
    "question",
    "note",
}
FIELDS = {
    "deadline": COMMON | {"on", "again", "start", "within", "until", "counts_from", "max_pause"},
    "cadence": COMMON | {"on", "every", "window", "anchor", "days", "subject", "count", "late_serves_next"},
}
FIXED_ONLY = ("anchor", "days", "count", "late_serves_next")
LONGEST = 60
IDENTITY = re.compile(rf"\w[\w-]{{0,{LONGEST - 1}}}")
OCCASION = re.compile(r"(\S+)(?:\s+if\s+(.+))?", re.DOTALL)


class ControlError(ValueError):
    """A control that cannot be built; `field` is the TOML key at fault."""

    def __init__(self, field: str, message: Sentence | str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Occasion:
    """`KIND` or `KIND if CEL`: a fact that triggers or performs; the kind `round` is the opening of a round."""

    kind: str
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """How long: one rule, or a rule by the value of a subject's field (`by`, a path such as `case.priority`)."""

    rule: Rule | None = None
    by: str | None = None
    table: Mapping[str, Rule] = field(default_factory=dict)

    def rules(self) -> Iterable[Rule]:
        return self.table.values() if self.by else ([self.rule] if self.rule is not None else [])


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of the escalation ladder: at `percent` of the counted time tell `to` (codes of posts or departments)."""

    percent: int
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a clause. `clause` is the number in the nearest heading above its block.

    `evidence`: members of EvidenceKind; `message` and `signature` are written out as what shows them. `calendar`: the code of a calendar other than the company's; adopting refuses
    one that the company has not published, and `keyue derive` one that the scenario does not give.
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

    @property
    def limit(self) -> Limit | None:
        return self.every if self.kind == "cadence" else self.within

    @property
    def percents(self) -> tuple[int, ...]:
        """The levels below and above 100 that this control asks for, in order."""
        return tuple(sorted({*self.remind, *(step.percent for step in self.escalate)} - {100}))

    @property
    def is_unanswered(self) -> bool:
        """Whether the company has yet to say how long: the control then makes no promise."""
        return bool(self.question) and self.limit is None and self.until is None


def parse_occasion(text: object, field: str) -> Occasion:
    match = OCCASION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ControlError(
            field,
            sentence(
                "%(field)s 应写成「事实」或「事实 if 条件」，得到 %(text)s", field=field, text=repr(text)
            ),
        )
    return Occasion(match[1], _condition(match[2], field) if match[2] else None)


def _condition(text: object, field: str) -> Condition:
    if not isinstance(text, str):
        raise ControlError(
            field, sentence("%(field)s 应是一条 CEL 条件，得到 %(text)s", field=field, text=repr(text))
        )
    try:
        return compile_condition(text)
    except ConditionError as error:
        raise ControlError(field, sentence_of(error)) from error


def _occasions(value: object, field: str) -> tuple[Occasion, ...]:
    if value is None:
        return ()
    return tuple(parse_occasion(item, field) for item in (value if isinstance(value, list) else [value]))


def _rule(value: object, field: str) -> Rule:
    try:
        return parse_rule(value)
    except (KeyueError, ValueError) as error:
        raise ControlError(field, sentence("%(field)s：%(why)s", field=field, why=error)) from error


def parse_limit(value: object, field: str) -> Limit | None:
    """`"PT2H"`, a rule object, or `{by = "case.priority", normal = "PT48H", …}`."""
    if value is None:
        return None
    if isinstance(value, Mapping) and "by" in value:
        by = value["by"]
        if not isinstance(by, str) or "." not in by:
            raise ControlError(
                field,
                sentence(
                    "%(field)s.by 应是带点的路径，如 case.priority，得到 %(by)s", field=field, by=repr(by)
                ),
            )
        table = {str(key): _rule(item, f"{field}.{key}") for key, item in value.items() if key != "by"}
        if not table:
            raise ControlError(
                field, sentence("%(field)s 按 %(by)s 分档，却没有任何一档", field=field, by=by)
            )
        return Limit(by=by, table=table)
    return Limit(rule=_rule(value, field))


def _percent(value: object, field: str) -> int:
    text = value if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9]{1,4}%", text) or not 0 < int(text[:-1]) <= 1000:
        raise ControlError(
            field, sentence('%(field)s 应是百分数，如 "50%%"，得到 %(value)s', field=field, value=repr(value))
        )
    return int(text[:-1])


def _codes(value: object, field: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    codes = tuple(item for item in items if isinstance(item, str) and item.strip())
    if not codes or len(codes) != len(items):
        raise ControlError(
            field,
            sentence("%(field)s 应是岗位、部门或带点的路径，得到 %(value)s", field=field, value=repr(value)),
        )
    return tuple(_short(code, field) for code in codes)


def _short(text: str, field: str) -> str:
    if len(text) > LONGEST:
        raise ControlError(
            field,
            sentence("%(field)s 至多 %(most)d 个字，得到 %(n)d 个", field=field, most=LONGEST, n=len(text)),
        )
    return text


def _texts(value: object, field: str) -> tuple[str, ...]:
    if value is None:
        return ()
    return _codes(value, field)


EVIDENCE_WORDS = {
    # the words of the rules (38) for what has several forms here, or none of its own
    "message": (EvidenceKind.MAIL, EvidenceKind.PORTAL),
    "signature": (EvidenceKind.FILE,),
}


def _evidence(value: object) -> tuple[str, ...]:
    known = [*(kind.value for kind in EvidenceKind), *EVIDENCE_WORDS]
    kinds = _texts(value, "evidence")
    for kind in kinds:
        if kind not in known:
            raise ControlError(
                "evidence",
                sentence("evidence 只能是 %(known)s，得到 %(kind)s", known=known, kind=repr(kind)),
            )
    meant = [EVIDENCE_WORDS.get(kind, (kind,)) for kind in kinds]
    return tuple(dict.fromkeys(str(kind) for some in meant for kind in some))


def _steps(value: object) -> tuple[Step, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ControlError("escalate", sentence('escalate 应是一列 {at = "100%", to = 岗位}'))
    steps = []
    for item in value:
        if set(item) != {"at", "to"}:
            raise ControlError(
                "escalate", sentence("escalate 的每一级只有 at 和 to，得到 %(found)s", found=sorted(item))
            )
        steps.append(Step(_percent(item["at"], "escalate"), _codes(item["to"], "escalate")))
    return tuple(steps)


def _percents(value: object) -> tuple[int, ...]:
    if value is not None and not isinstance(value, list):
        raise ControlError(
            "remind",
            sentence('remind 应是一列百分数，如 ["50%%", "75%%"]，得到 %(value)s', value=repr(value)),
        )
    return tuple(_percent(item, "remind") for item in value or ())


def _text(raw: Mapping[str, Any], field: str) -> str:
    value = raw.get(field, "")
    if not isinstance(value, str):
        raise ControlError(
            field, sentence("%(field)s 应是文字，得到 %(value)s", field=field, value=repr(value))
        )
    return value


def _flag(raw: Mapping[str, Any], field: str) -> bool:
    value = raw.get(field, False)
    if not isinstance(value, bool):
        raise ControlError(
            field, sentence("%(field)s 应是 true 或 false，得到 %(value)s", field=field, value=repr(value))
        )
    return value


def _one_of(raw: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: str) -> str:
    value = raw.get(field, default)
    if value not in allowed:
        raise ControlError(
            field,
            sentence(
                "%(field)s 只能是 %(known)s，得到 %(value)s", field=field, known=allowed, value=repr(value)
            ),
        )
    return str(value)


def _pause(value: object) -> timedelta | None:
    if value is None:
        return None
    try:
        return parse_duration(value)
    except KeyueError as error:
        raise ControlError(
            "max_pause", sentence("%(field)s：%(why)s", field="max_pause", why=error)
        ) from error


def _anchor(value: object) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ControlError(
            "anchor", sentence("anchor 应是日期，如 2026-01-01，得到 %(value)s", value=repr(value))
        ) from error


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ControlError("count", sentence("count 应是正整数，得到 %(value)s", value=repr(value)))
    return value


def build_control(raw: Mapping[str, Any], clause: str, shared_when: tuple[str, ...] = ()) -> Control:
    """The control of a block. Raises ControlError naming the field at fault."""
    kind = _one_of(raw, "kind", KINDS, "deadline")
    for key in raw:
        if key not in FIELDS[kind]:
            raise ControlError(key, sentence("控制没有「%(key)s」这一项", key=key))
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
    own_when = [raw["when"]] if "when" in raw else []
    control = Control(
        id=identity,
        name=_short(_text(raw, "name"), "name") or identity,
        clause=clause,
        kind=kind,
        owner=_codes(raw["owner"], "owner"),
        met_by=_occasions(raw.get("met_by"), "met_by"),
        on=_occasions(raw.get("on"), "on"),
        when=tuple(_condition(text, "when") for text in [*shared_when, *own_when]),
        again=_one_of(raw, "again", AGAIN, "round"),
        start=parse_occasion(raw["start"], "start") if "start" in raw else None,
        within=parse_limit(raw.get("within"), "within"),
        until=_condition(raw["until"], "until") if "until" in raw else None,
        counts_from=parse_occasion(raw["counts_from"], "counts_from") if "counts_from" in raw else None,
        max_pause=_pause(raw.get("max_pause")),
        remind=_percents(raw.get("remind")),
        escalate=_steps(raw.get("escalate")),
        evidence=_evidence(raw.get("evidence")),
        calendar=_text(raw, "calendar") or None,
        every=parse_limit(raw.get("every"), "every"),
        window=_one_of(raw, "window", WINDOWS, "rolling"),
        anchor=_anchor(raw.get("anchor")),
        days=_texts(raw.get("days"), "days"),
        count=_count(raw.get("count", 1)),
        late_serves_next=_flag(raw, "late_serves_next"),
        question=_text(raw, "question"),
    )
    _check_whole(control)
    if kind == "cadence":
        _check_cadence(control, raw)
    return control


def _check_whole(control: Control) -> None:
    if not control.met_by:
        raise ControlError("met_by", sentence("缺少 met_by：要说明什么算履行"))
    if control.kind == "deadline" and not control.on:
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
