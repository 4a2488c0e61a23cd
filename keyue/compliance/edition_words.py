"""An edition in words: the way it has come and has still to go, and what it says otherwise than the one before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.regulations import differing
from keyue.regulations.differing import ClauseChange, Difference, FieldChange
from keyue.regulations.enums import EditionState
from keyue.regulations.ladder import StepView
from keyue.regulations.models import Edition
from keyue.ui import wording
from keyue.worktime.rules import describe, parse_rule

FIELD_NAMES: Mapping[str, LazyText] = {
    "title": gettext_lazy("制度名称"),
    "code": gettext_lazy("文号"),
    "keeper": gettext_lazy("归口岗位"),
    "roles": gettext_lazy("岗位名称"),
    "thresholds": gettext_lazy("达标线"),
    "name": gettext_lazy("名称"),
    "kind": gettext_lazy("种类"),
    "subject": gettext_lazy("对象"),
    "on": gettext_lazy("起因"),
    "when": gettext_lazy("适用条件"),
    differing.SHARED: gettext_lazy("制度的适用条件"),
    "again": gettext_lazy("再次发生时"),
    "start": gettext_lazy("起算"),
    "within": gettext_lazy("时限"),
    "every": gettext_lazy("间隔"),
    "until": gettext_lazy("到期时刻"),
    "met_by": gettext_lazy("怎样算履行"),
    "after": gettext_lazy("须先有"),
    "gate": gettext_lazy("没有就不让做"),
    "fields": gettext_lazy("须写明"),
    "counts_from": gettext_lazy("从何时起算履行"),
    "max_pause": gettext_lazy("最长停表"),
    "owner": gettext_lazy("责任"),
    "remind": gettext_lazy("提醒"),
    "escalate": gettext_lazy("升级"),
    "evidence": gettext_lazy("证据"),
    "calendar": gettext_lazy("日历"),
    "window": gettext_lazy("周期方式"),
    "anchor": gettext_lazy("周期起点"),
    "days": gettext_lazy("哪几天"),
    "count": gettext_lazy("次数"),
    "late_serves_next": gettext_lazy("迟做算下一期"),
    "question": gettext_lazy("留给公司的问题"),
    "proposed": gettext_lazy("建议值"),
    "statement": gettext_lazy("声明内容"),
    "awaits": gettext_lazy("等待的功能"),
    "note": gettext_lazy("说明"),
}
SPANS = frozenset({"within", "every", "max_pause", "proposed"})
CODES = frozenset({"owner", "keeper", "to"})


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop on an edition's way: done, here, or still to come; `note` says who, or what is missing."""

    tone: str
    label: str
    note: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldLine:
    """A field that differs, in words; empty where it was or is not there."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ControlLine:
    """A control that differs."""

    name: str
    kind: str
    fields: Sequence[FieldLine]
    moved_from: str = ""


@dataclass(frozen=True, slots=True)
class ClauseLine:
    """A clause that differs, with its marks and its controls in words."""

    change: ClauseChange
    controls: Sequence[ControlLine]


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A difference as the page shows it."""

    difference: Difference
    head: Sequence[FieldLine]
    clauses: Sequence[ClauseLine]

    @property
    def added(self) -> int:
        return self.difference.count(differing.ADDED)

    @property
    def removed(self) -> int:
        return self.difference.count(differing.REMOVED)

    @property
    def changed(self) -> int:
        return self.difference.count(differing.CHANGED)

    @property
    def same(self) -> int:
        return self.difference.count(differing.SAME)


def flow(edition: Edition, state: EditionState, steps: Sequence[StepView]) -> list[Stop]:
    """The way of an edition: drafted, each step of approval, announced, in force."""
    stops = [Stop("kept", _("起草"), at=edition.drafted_at)]
    stops += [_step(one) for one in steps]
    if not steps and edition.approved_at is not None:
        stops.append(Stop("kept", _("批准"), at=edition.approved_at))
    elif not steps:
        stops.append(Stop("idle", _("审批"), _("还没有设置审批步骤")))
    if state == EditionState.WITHDRAWN:
        return [*stops, Stop("void", _("撤回"), at=edition.withdrawn_at)]
    is_out = edition.published_at is not None
    waits = state == EditionState.APPROVED
    stops.append(Stop("kept" if is_out else "soon" if waits else "idle", _("公告"), at=edition.published_at))
    tones = {EditionState.ANNOUNCED: "open", EditionState.IN_FORCE: "kept", EditionState.SUPERSEDED: "kept"}
    stops.append(Stop(tones.get(state, "idle"), _("施行"), at=edition.effective_from))
    if state == EditionState.SUPERSEDED:
        stops.append(Stop("void", _("被新版取代")))
    return stops


def _step(one: StepView) -> Stop:
    note = one.decided_by
    if not note and one.tone in ("idle", "soon") and not one.able:
        note = _("%(post)s：没有可以审批的人") % {"post": one.post_name}
    at = one.review.decided_at if one.review is not None else None
    return Stop(one.tone, one.name, note, at)


def in_words(found: Difference) -> DifferenceView:
    """What differs, with every field and code in words; one query for the names."""
    codes = {
        code
        for change in found.clauses
        for control in change.controls
        for field in control.fields
        for code in _codes_in(field.name, field.before) | _codes_in(field.name, field.after)
    } | {code for field in found.head for code in _codes_in(field.name, field.before)}
    codes |= {code for field in found.head for code in _codes_in(field.name, field.after)}
    names = people.owner_names(codes) if codes else {}
    return DifferenceView(
        found,
        [_line(field, names) for field in found.head],
        [
            ClauseLine(
                change,
                [
                    ControlLine(
                        control.name,
                        control.kind,
                        [_line(field, names) for field in control.fields],
                        control.moved_from,
                    )
                    for control in change.controls
                ],
            )
            for change in found.changed
        ],
    )


def _codes_in(name: str, value: Any) -> set[str]:
    if name in CODES:
        return {one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)}
    if name == "escalate" and isinstance(value, list):
        return {code for step in value if isinstance(step, dict) for code in _codes_in("to", step.get("to"))}
    return set()


def _line(field: FieldChange, names: Mapping[str, str]) -> FieldLine:
    label = str(FIELD_NAMES.get(field.name, field.name))
    return FieldLine(
        label, value_words(field.name, field.before, names), value_words(field.name, field.after, names)
    )


def value_words(name: str, value: Any, names: Mapping[str, str]) -> str:
    """A value of a block in words: lengths of time, posts and yes or no; the rest as it is written."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name == "escalate" and isinstance(value, list):
        return _("；").join(_step_words(step, names) for step in value)
    if name == "remind" and isinstance(value, list):
        return _("、").join(str(one) for one in value)
    if name in CODES:
        return _("、").join(
            names.get(str(one), str(one)) for one in (value if isinstance(value, list) else [value])
        )
    if name in SPANS:
        return _span_words(value)
    if isinstance(value, list):
        return _("；").join(str(one) for one in value)
    if isinstance(value, Mapping):
        return _("；").join(f"{key} {one}" for key, one in value.items())
    return str(value)


def _step_words(step: Any, names: Mapping[str, str]) -> str:
    if not isinstance(step, Mapping):
        return str(step)
    return f"{step.get('at')} → {value_words('to', step.get('to'), names)}"


def _span_words(value: Any) -> str:
    if isinstance(value, Mapping) and "by" in value:
        parts = [f"{key} {_span_words(one)}" for key, one in value.items() if key != "by"]
        return _("；").join(parts)
    try:
        return describe(parse_rule(value), wording.tongue())
    except Invalid:
        return str(value)
