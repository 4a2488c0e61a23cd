"""A control in words, for the page of its clause: who owes, since when, how long, what proves it, who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases.wording import PROOFS
from keyue.compliance.control_names import fact_name, owner_name, value_name
from keyue.customers.wording import EVIDENCE
from keyue.regulations.control_values import ControlError, Limit, parse_limit
from keyue.regulations.controls import Control
from keyue.regulations.kinds import ControlKind
from keyue.ui import wording
from keyue.worktime.rules import Hours, describe

RECORDED, BEFOREHAND, NEVER = gettext_lazy("登记时"), gettext_lazy("事先"), gettext_lazy("不得发生")


@dataclass(frozen=True, slots=True)
class Detail:
    """A further line of a control: an icon and what it says."""

    icon: str
    text: str


def owner_words(codes: Sequence[str], names: Mapping[str, str]) -> str:
    """Who owes, in words: the first that is not empty, then whom it falls to."""
    first, *rest = (owner_name(code, names) for code in codes)
    return (
        _("%(first)s（没有时由%(next)s）") % {"first": first, "next": _("、").join(rest)} if rest else first
    )


def length_words(limit: Limit) -> str:
    """How long, in words: `24 小时`; of a limit by context each case of it, `一般 48 小时、紧急 24 小时`."""
    language = wording.tongue()
    if limit.rule is not None:
        return describe(limit.rule, language)
    by = limit.by or ""
    return _("、").join(
        f"{value_name(by, case)} {describe(rule, language)}" for case, rule in limit.table.items()
    )


def written_words(value: object) -> str:
    """How long, in words, of a limit as a block writes it (`PT24H`); what is none stands as it is written."""
    try:
        limit = parse_limit(value, "")
    except ControlError:
        return str(value)
    return length_words(limit) if limit is not None else ""


def limit_words(control: Control) -> str:
    """How long, in words: `24 小时`, each case of it, every so often, or the date that was named to the customer."""
    limit = control.limit
    if control.kind == ControlKind.APPROVAL:
        return str(BEFOREHAND)
    if control.kind == ControlKind.PROHIBITION:
        return str(NEVER)
    if control.kind == ControlKind.RECORD and _is_at_once(control):
        return str(RECORDED)
    if control.until is not None:
        return _("所定的时刻")
    if limit is None or (limit.by is None and limit.rule is None):
        return _("不限时")
    words = length_words(limit)
    if control.recurs and control.count > 1:
        return _("每 %(every)s %(n)d 次") % {"every": words, "n": control.count}
    return _("每 %(every)s") % {"every": words} if control.recurs else words


def _is_at_once(control: Control) -> bool:
    rule = control.within.rule if control.within else None
    return isinstance(rule, Hours) and not rule.amount


def start_words(control: Control) -> str:
    """Since when it counts: `受理`; several are alternatives."""
    kinds = [control.start.kind] if control.start else [occasion.kind for occasion in control.on]
    return _("或").join(dict.fromkeys(map(fact_name, kinds)))


def details(control: Control, names: Mapping[str, str]) -> list[Detail]:
    """What proves it, what it says beside, what stops its clock, and who is told."""
    said = [Detail("clip", _("证据：%(what)s") % {"what": text}) for text in [_evidence(control)] if text]
    if control.statement:
        said.append(Detail("edit", _("声明：%(statement)s") % {"statement": control.statement}))
    if control.gate:
        said.append(Detail("lock", _("门禁：没有前一步就不能办理")))
    if control.note:
        said.append(Detail("note", control.note))
    return said + pursuit(control, names)


def pursuit(control: Control, names: Mapping[str, str]) -> list[Detail]:
    """What stops its clock, when who owes it is reminded, and to whom it rises."""
    said = []
    if control.max_pause is not None:
        longest = wording.span(control.max_pause)
        said.append(Detail("pause", _("等客户的时间不计，累计最多 %(span)s") % {"span": longest}))
    if control.remind:
        at = _("、").join(f"{percent}%" for percent in control.remind)
        said.append(Detail("bell", _("时限过 %(at)s 时提醒") % {"at": at}))
    for step in control.escalate:
        to = _("、").join(owner_name(code, names) for code in step.to)
        pattern = _("逾期报%(to)s") if step.percent == 100 else _("时限过 %(percent)d%% 时报%(to)s")
        said.append(Detail("flag", pattern % {"percent": step.percent, "to": to}))
    return said


def named_in(control: Control) -> set[str]:
    """Codes of posts and departments that its words name."""
    return set(control.posts)


def _evidence(control: Control) -> str:
    proofs = _("、").join(_each(PROOFS, (occasion.kind for occasion in control.met_by)))
    forms = _("、").join(_each(EVIDENCE, control.evidence))
    return (
        _("%(what)s（%(forms)s）") % {"what": proofs, "forms": forms} if forms and proofs else proofs or forms
    )


def _each(words: Mapping[str, Any], codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(str(words.get(code, code)) for code in codes))
