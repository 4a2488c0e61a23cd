"""A control as one sentence, while somebody writes it, and what the checker says about it, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.compliance.control_names import WEEKDAYS, fact_name, field_name
from keyue.compliance.control_words import length_words, owner_words, pursuit, written_words
from keyue.compliance.typed_conditions import words as condition_words
from keyue.compliance.typed_controls import kind_of
from keyue.customers.wording import EVIDENCE
from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence
from keyue.promises.scenario import subject_models
from keyue.regulations.checker import check_document
from keyue.regulations.controls import Control, ControlError, Limit, Occasion, build_control
from keyue.regulations.document import ControlBlock, Document, Fault, read_document
from keyue.regulations.kinds import PART_NAMES, ControlKind, Part
from keyue.regulations.writing import with_control


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a field, or only worth a look."""

    text: str
    is_warning: bool = False


@dataclass(slots=True)
class Look:
    """A control as it would stand in the text: its sentence, and what is wrong, by the key of its block.

    `text` is the whole document with it; "" where it cannot be written at all. `is_understood`: every field could be read.
    """

    words: str = ""
    text: str = ""
    is_understood: bool = True
    remarks: dict[str, list[Remark]] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return all(remark.is_warning for found in self.remarks.values() for remark in found)

    @property
    def may_be_kept(self) -> bool:
        """Whether it can stand in a draft as it is: what could not be understood would leave a gap."""
        return self.is_understood and bool(self.text)

    @property
    def faults(self) -> int:
        return sum(not remark.is_warning for found in self.remarks.values() for remark in found)

    def add(self, key: str, text: object, *, is_warning: bool = False) -> None:
        self.remarks.setdefault(key, []).append(Remark(str(text), is_warning))


def look_at(
    source: str,
    clause: str,
    raw: Mapping[str, Any],
    *,
    replacing: str | None = None,
    names: Mapping[str, str] | None = None,
    typed_faults: Mapping[str, str] | None = None,
) -> Look:
    """The control in its document, put into words and checked."""
    look = Look(is_understood=not typed_faults)
    for name, said in (typed_faults or {}).items():
        look.add(name.partition("-")[0], said)
    before = read_document(source)
    if replacing is None and any(block.id == raw.get("id") for block in before.blocks):
        look.add("id", _("这个标识已经有了，请换一个。"))
        return look
    for key, said in _missing(raw).items():
        if key not in look.remarks:
            look.add(key, said)
    control: Control | None
    try:
        control = build_control(raw, clause, (), before.id)
    except ControlError as error:
        if ("name" if error.field == "id" else error.field) not in look.remarks:
            look.add(error.field, error)
        control = None
    try:
        look.text = with_control(source, clause, raw, replacing)
    except (Invalid, TypeError) as error:
        look.add("", error)
        return look
    if control is None:
        return look
    document = read_document(look.text)
    _check(document, str(raw.get("id", "")), look)
    look.words = sentence_of(control, {**document.roles, **(names or {})})
    return look


def _missing(raw: Mapping[str, Any]) -> dict[str, str]:
    """What the form of a kind leaves empty and must not, by its key, for people who do not write TOML."""
    kind = kind_of(raw.get("kind"))
    wanted = {key: _WANTED[key] for key in _NEEDED[kind] if not raw.get(key)}
    if raw.get("question"):
        wanted.pop("every", None)
    if raw.get("evidence"):
        wanted.pop("fields", None)
    if kind is ControlKind.CADENCE and raw.get("window") == "fixed":
        wanted.pop("on", None)
    if not raw.get("id"):
        wanted["name"] = _WANTED["name"]
    return {key: str(said) for key, said in wanted.items()}


_WANTED = {
    "name": _t("请填写名称。"),
    "on": _t("请选择什么事触发。"),
    "met_by": _t("请选择做到什么算履行。"),
    "owner": _t("请选择由谁负责：每条约定都要有人负责。"),
    "after": _t("请选择必须先有什么。"),
    "every": _t("请填写多久一次，或者写成一个要公司回答的问题。"),
    "statement": _t("请写明声明的是什么，一句话。"),
    "fields": _t("请选择必须写明什么，或者勾选凭证。"),
}
_NEEDED: Mapping[ControlKind, tuple[str, ...]] = {
    ControlKind.DEADLINE: ("on", "met_by", "owner"),
    ControlKind.CADENCE: ("on", "met_by", "every", "owner"),
    ControlKind.RECORD: ("on", "fields", "owner"),
    ControlKind.APPROVAL: ("on", "after", "owner"),
    ControlKind.PROHIBITION: ("on", "owner"),
    ControlKind.SAMPLING: ("met_by", "every", "owner"),
    ControlKind.ATTESTATION: ("statement", "every", "owner"),
}


def _check(document: Document, identity: str, look: Look) -> None:
    block = next((block for block in document.blocks if block.id == identity), None)
    if block is None:
        return
    try:
        check_document(document, subject_models())
    except ControlError:  # another control of the draft; it is said there
        return
    last = block.line + block.source.count("\n") + 1
    for fault in document.faults:
        if block.line <= fault.line <= last:
            look.add(_key_at(block, fault.line), _without_name(fault), is_warning=fault.is_warning)


def _key_at(block: ControlBlock, line: int) -> str:
    return next((key for key in block.raw if block.line_of(key) == line), "")


def _without_name(fault: Fault) -> str:
    """The fault without the name of the control, which is the one on screen."""
    values = dict(fault.said.values) if isinstance(fault.said, Sentence) else {}
    return str(values["why"]) if values.keys() == {"id", "why"} else fault.message


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────


def sentence_of(control: Control, names: Mapping[str, str]) -> str:
    """The control as a reader would say it: 受理后 2 小时内由坐席组完成「分类」；时限过 50%、75% 时提醒。"""
    makers = {
        ControlKind.CADENCE: _cadence,
        ControlKind.RECORD: _record,
        ControlKind.APPROVAL: _approval,
        ControlKind.PROHIBITION: _prohibition,
        ControlKind.SAMPLING: _sampling,
        ControlKind.ATTESTATION: _attestation,
    }
    who = owner_words(control.owner, names)
    if control.awaits:
        # its facts have no names yet
        said = [_("由%(who)s负责「%(what)s」") % {"who": who, "what": control.name}]
        if control.limit is not None:
            said.append(_("时限 %(time)s") % {"time": _limit(control.limit)})
        return _("；").join([*said, *_around(control, names)]) + _("。")
    said = [makers.get(ControlKind(control.kind), _deadline)(control, who)]
    if control.when:
        said.append(
            _("只在%(when)s时") % {"when": _("，且").join(condition_words(one.text) for one in control.when)}
        )
    said += _around(control, names)
    return _("；").join(part for part in said if part) + _("。")


def _around(control: Control, names: Mapping[str, str]) -> list[str]:
    said = []
    if control.evidence and not control.is_held:
        said.append(_("凭证：%(what)s（有一样即可）") % {"what": _kinds(control.evidence)})
    said += [one.text for one in pursuit(control, names)]
    if control.calendar:
        said.append(_("按日历「%(code)s」计时") % {"code": control.calendar})
    if control.is_unanswered:
        said.append(
            _("时限要公司回答：%(question)s") % {"question": control.question.rstrip("？?") + _("？")}
        )
        if control.proposed:
            said.append(_("建议 %(time)s，公司确认后才启用") % {"time": written_words(control.proposed)})
    if control.awaits:
        said.append(_("等「%(part)s」启用后才产生约定") % {"part": PART_NAMES[Part(control.awaits)]})
    return said


def _deadline(control: Control, who: str) -> str:
    begin = [control.start] if control.start else list(control.on)
    if control.until is not None:
        return _("%(on)s后，在%(until)s以前由%(who)s完成「%(what)s」") % {
            "on": _any(begin), "until": condition_words(control.until.text), "who": who, "what": _any(control.met_by)
        }  # fmt: skip
    if control.within is None:
        return _("%(on)s后由%(who)s完成「%(what)s」，不限时") % {
            "on": _any(begin), "who": who, "what": _any(control.met_by)
        }  # fmt: skip
    return _("%(on)s后 %(within)s内由%(who)s完成「%(what)s」") % {
        "on": _any(begin), "within": _limit(control.within), "who": who, "what": _any(control.met_by)
    }  # fmt: skip


def _cadence(control: Control, who: str) -> str:
    every, what = _limit(control.every), _any(control.met_by)
    times = _("%(n)d 次") % {"n": control.count} if control.count > 1 else _("一次")
    if control.window == "fixed":
        days = _("、").join(str(WEEKDAYS.get(day, day)) for day in control.days)
        return _("每 %(every)s%(days)s由%(who)s做「%(what)s」%(times)s") % {
            "every": every, "days": _("（%(days)s）") % {"days": days} if days else "", "who": who, "what": what,
            "times": times,
        }  # fmt: skip
    return _("从%(on)s起，每 %(every)s由%(who)s做「%(what)s」一次") % {
        "on": _any(control.on), "every": every, "who": who, "what": what
    }  # fmt: skip


def _record(control: Control, who: str) -> str:
    within = _limit(control.within) if control.within else ""
    held = _("、").join(_held(path) for path in control.fields)
    must = [_("写明%(what)s") % {"what": held}] if held else []
    if control.evidence:
        must.append(_("附上%(what)s之一") % {"what": _kinds(control.evidence)})
    when = _("后 %(within)s内") % {"within": within} if within else _("时")
    return _("%(on)s%(when)s由%(who)s%(must)s") % {
        "on": _any(control.on), "when": when, "who": who, "must": _("，并").join(must)
    }  # fmt: skip


def _approval(control: Control, who: str) -> str:
    said = _("先有「%(after)s」，才能「%(on)s」，由%(who)s负责") % {
        "after": _any(control.met_by), "on": _any(control.on), "who": who
    }  # fmt: skip
    return said + (_("，没有就不能登记") if control.gate else "")


def _prohibition(control: Control, who: str) -> str:
    said = _("不得发生「%(on)s」，由%(who)s负责，发生一次记一次") % {"on": _any(control.on), "who": who}
    fix = _("，之后「%(what)s」算补正") % {"what": _any(control.met_by)} if control.met_by else ""
    return said + fix


def _sampling(control: Control, who: str) -> str:
    return _("每 %(every)s由%(who)s检查「%(what)s」%(n)d 次") % {
        "every": _limit(control.every), "who": who, "what": _any(control.met_by), "n": control.count
    }  # fmt: skip


def _attestation(control: Control, who: str) -> str:
    if control.every is None:
        return _("由%(who)s声明：「%(statement)s」") % {"who": who, "statement": control.statement}
    return _("由%(who)s每 %(every)s声明一次：「%(statement)s」") % {
        "who": who, "every": _limit(control.every), "statement": control.statement
    }  # fmt: skip


def _any(occasions: Iterable[Occasion]) -> str:
    return _("或").join(
        _("%(fact)s（%(when)s）") % {"fact": fact_name(one.kind), "when": condition_words(one.condition.text)}
        if one.condition
        else fact_name(one.kind)
        for one in occasions
    )


def _limit(limit: Limit | None) -> str:
    return length_words(limit) if limit is not None else _("（由公司定）")


def _kinds(codes: Iterable[str]) -> str:
    return _("、").join(str(EVIDENCE.get(code, code)) for code in codes)


def _held(path: str) -> str:
    whose, _dot, name = path.partition(".")
    return field_name(f"fact.{name}" if whose == "trigger" else path)
