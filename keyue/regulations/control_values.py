"""Values of a control's block: occasions, limits, owners, levels, evidence, as a regulation writes them. Pure Python.

Each raises ControlError with a sentence that names the field at fault.
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

LONGEST = 60
MOST_YEARS = 100
ANCHORS = range(1900, 2200)
"""Years in which windows may be anchored."""
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


def parse_occasion(text: object, field: str) -> Occasion:
    match = OCCASION.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ControlError(
            field,
            sentence(
                "%(field)s 应写成「事实」或「事实 if 条件」，得到 %(text)s", field=field, text=repr(text)
            ),
        )
    return Occasion(match[1], condition_of(match[2], field) if match[2] else None)


def condition_of(text: object, field: str) -> Condition:
    if not isinstance(text, str):
        raise ControlError(
            field, sentence("%(field)s 应是一条 CEL 条件，得到 %(text)s", field=field, text=repr(text))
        )
    try:
        return compile_condition(text)
    except ConditionError as error:
        raise ControlError(field, sentence_of(error)) from error


def occasions_of(value: object, field: str) -> tuple[Occasion, ...]:
    if value is None:
        return ()
    return tuple(parse_occasion(item, field) for item in (value if isinstance(value, list) else [value]))


def _rule(value: object, field: str) -> Rule:
    try:
        rule = parse_rule(value)
    except (KeyueError, ValueError) as error:
        raise ControlError(field, sentence("%(field)s：%(why)s", field=field, why=error)) from error
    if _years(rule) > MOST_YEARS:
        raise ControlError(
            field,
            sentence(
                "%(field)s 至多 %(most)d 年，得到 %(value)s",
                field=field,
                most=MOST_YEARS,
                value=cut(str(value)),
            ),
        )
    return rule


def _years(rule: Rule) -> float:
    """About how many years a limit is long: what no calendar can count is no limit of a company."""
    if isinstance(rule, Hours):
        return rule.amount / timedelta(days=365)
    if isinstance(rule, Months):
        return rule.n / 12
    return rule.n / 365 if isinstance(rule, Days) else 0


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


def codes_of(value: object, field: str) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    codes = tuple(item for item in items if isinstance(item, str) and item.strip())
    if not codes or len(codes) != len(items):
        raise ControlError(
            field,
            sentence("%(field)s 应是岗位、部门或带点的路径，得到 %(value)s", field=field, value=repr(value)),
        )
    return tuple(short(code, field) for code in codes)


def short(text: str, field: str) -> str:
    if len(text) > LONGEST:
        raise ControlError(
            field,
            sentence("%(field)s 至多 %(most)d 个字，得到 %(n)d 个", field=field, most=LONGEST, n=len(text)),
        )
    return text


def texts_of(value: object, field: str) -> tuple[str, ...]:
    if value is None:
        return ()
    return codes_of(value, field)


EVIDENCE_WORDS = {
    # the words of the rules (38) for what has several forms here, or none of its own
    "message": (EvidenceKind.MAIL, EvidenceKind.PORTAL, EvidenceKind.CHAT),
    "signature": (EvidenceKind.FILE,),
}


def evidence_of(value: object) -> tuple[str, ...]:
    known = [*(kind.value for kind in EvidenceKind), *EVIDENCE_WORDS]
    kinds = texts_of(value, "evidence")
    for kind in kinds:
        if kind not in known:
            raise ControlError(
                "evidence",
                sentence("evidence 只能是 %(known)s，得到 %(kind)s", known=known, kind=repr(kind)),
            )
    meant = [EVIDENCE_WORDS.get(kind, (kind,)) for kind in kinds]
    return tuple(dict.fromkeys(str(kind) for some in meant for kind in some))


def steps_of(value: object) -> tuple[Step, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ControlError("escalate", sentence('escalate 应是一列 {at = "100%", to = 岗位}'))
    found = []
    for item in value:
        if set(item) != {"at", "to"}:
            raise ControlError(
                "escalate", sentence("escalate 的每一级只有 at 和 to，得到 %(found)s", found=sorted(item))
            )
        found.append(Step(_percent(item["at"], "escalate"), codes_of(item["to"], "escalate")))
    return tuple(found)


def percents_of(value: object) -> tuple[int, ...]:
    if value is not None and not isinstance(value, list):
        raise ControlError(
            "remind",
            sentence('remind 应是一列百分数，如 ["50%%", "75%%"]，得到 %(value)s', value=repr(value)),
        )
    return tuple(_percent(item, "remind") for item in value or ())


def text_of(raw: Mapping[str, Any], field: str) -> str:
    value = raw.get(field, "")
    if not isinstance(value, str):
        raise ControlError(
            field, sentence("%(field)s 应是文字，得到 %(value)s", field=field, value=repr(value))
        )
    return value


def flag_of(raw: Mapping[str, Any], field: str) -> bool:
    value = raw.get(field, False)
    if not isinstance(value, bool):
        raise ControlError(
            field, sentence("%(field)s 应是 true 或 false，得到 %(value)s", field=field, value=repr(value))
        )
    return value


def one_of(raw: Mapping[str, Any], field: str, allowed: tuple[str, ...], default: str) -> str:
    value = raw.get(field, default)
    if value not in allowed:
        raise ControlError(
            field,
            sentence(
                "%(field)s 只能是 %(known)s，得到 %(value)s", field=field, known=allowed, value=repr(value)
            ),
        )
    return str(value)


def pause_of(value: object) -> timedelta | None:
    if value is None:
        return None
    try:
        return parse_duration(value)
    except KeyueError as error:
        raise ControlError(
            "max_pause", sentence("%(field)s：%(why)s", field="max_pause", why=error)
        ) from error


def anchor_of(value: object) -> date | None:
    if value is None:
        return None
    try:
        is_date = isinstance(value, date) and not isinstance(value, datetime)
        anchor = value if is_date else date.fromisoformat(str(value))
    except ValueError as error:
        raise ControlError(
            "anchor", sentence("anchor 应是日期，如 2026-01-01，得到 %(value)s", value=repr(value))
        ) from error
    if not isinstance(anchor, date) or anchor.year not in ANCHORS:
        raise ControlError("anchor", sentence("anchor 的年份要在 1900 与 2200 之间"))
    return anchor


def count_of(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ControlError("count", sentence("count 应是正整数，得到 %(value)s", value=repr(value)))
    return value


def path_of(path: str) -> str:
    """A path that a record must hold, `case.category` or `fact.topic`; the fact is the one that triggered."""
    name, dot, field = path.partition(".")
    if not (name and dot and field):
        raise ControlError(
            "fields",
            sentence("fields 应是带点的路径，如 case.category、fact.topic，得到 %(path)s", path=repr(path)),
        )
    return f"trigger.{field}" if name == "fact" else path
