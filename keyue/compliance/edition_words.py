"""An edition in words: its text, the way it has come and has still to go, and what it says otherwise than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.compliance.control_sentences import sentence_of
from keyue.compliance.control_words import named_in, written_words
from keyue.people import selectors as people
from keyue.regulations import differing, ladder, readers
from keyue.regulations import selectors as regulations
from keyue.regulations.differing import ClauseChange, Difference, FieldChange
from keyue.regulations.enums import EditionState
from keyue.regulations.ladder import StepView
from keyue.regulations.models import Edition
from keyue.regulations.selectors import Reading
from keyue.ui.addresses import address

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


def number_of(edition: Edition) -> str:
    """What an edition is called on its pages."""
    return _("第 %(n)d 版") % {"n": edition.n}


def doer_name(by: str) -> str:
    """The name of who did something to an edition, as it keeps them (`staff:7`)."""
    person = ladder.staff_of(by)
    if person is not None:
        return people.names_of([person]).get(person, str(person))
    return _("命令行") if by.endswith(":cli") else _("系统")


def interpreter_of(edition: Edition) -> str:
    """The post or department that says what its text means; "" where none is named."""
    return people.owner_names([edition.interpreter])[edition.interpreter] if edition.interpreter else ""


def asked_to_read(edition: Edition, at: datetime) -> str:
    """How many were asked to read an edition, to be said once it is published; "" where nobody was."""
    asked = readers.receipts(edition, at).asked if edition.audience else 0
    return _("已请 %(n)d 人阅读确认") % {"n": asked} if asked else ""


def clauses_of(reading: Reading) -> list[dict[str, Any]]:
    """The clauses of a text with their controls as sentences, each with the way to its form while it is a draft."""
    edition = reading.edition
    is_open = ladder.stage(edition) == "drafted"
    by_clause = [(clause, reading.controls_of(clause)) for clause in reading.document.clauses]
    codes = {code for _clause, controls in by_clause for one in controls for code in named_in(one)}
    known = people.owner_names(codes)
    # a post that the text names and the company does not have yet
    names = {**known, **{c: name for c, name in reading.document.roles.items() if known.get(c, c) == c}}
    return [
        {
            "clause": clause,
            "controls": [
                {
                    "control": control,
                    "words": sentence_of(control, names),
                    "edit": address("regulations:control_edit", edition.regulation_id, edition.n, control.id)
                    if is_open
                    else "",
                }
                for control in controls
            ],
        }
        for clause, controls in by_clause
    ]


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


def compared(old: Edition, new: Edition) -> DifferenceView:
    """What an edition says otherwise than another, in words."""
    before, after = (regulations.read_draft(edition).document for edition in (old, new))
    return in_words(differing.difference(before, after, old.answers, new.answers))


def in_words(found: Difference) -> DifferenceView:
    """What differs, with every field and code in words; one query for the names."""
    fields = [field for change in found.clauses for control in change.controls for field in control.fields]
    codes = {
        code
        for field in [*found.head, *fields]
        for code in _codes_in(field.name, field.before) | _codes_in(field.name, field.after)
    }
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
        return written_words(value)
    if isinstance(value, list):
        return _("；").join(str(one) for one in value)
    if isinstance(value, Mapping):
        return _("；").join(f"{key} {one}" for key, one in value.items())
    return str(value)


def _step_words(step: Any, names: Mapping[str, str]) -> str:
    if not isinstance(step, Mapping):
        return str(step)
    return f"{step.get('at')} → {value_words('to', step.get('to'), names)}"
