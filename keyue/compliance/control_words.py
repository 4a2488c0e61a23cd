"""A control in words, for the page of its clause: who owes, since when, how long, what proves it, who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases.enums import Priority
from keyue.cases.wording import EVIDENCE, PROOFS
from keyue.regulations.controls import Control
from keyue.regulations.kinds import ControlKind
from keyue.ui import wording
from keyue.worktime.rules import Hours, describe

STARTS: Mapping[str, Any] = {
    "case.received": gettext_lazy("受理"),
    "case.classified": gettext_lazy("分类"),
    "case.review_requested": gettext_lazy("转入审核"),
    "case.reviewed": gettext_lazy("审核"),
    "case.assessed": gettext_lazy("评估"),
    "case.meeting_called": gettext_lazy("要求开专题会议"),
    "case.urgent_reported": gettext_lazy("上报紧急"),
    "case.assigned": gettext_lazy("派单"),
    "case.task_given": gettext_lazy("交办协办"),
    "case.eta_given": gettext_lazy("告知预计时间"),
    "case.solved": gettext_lazy("登记解决"),
    "case.result_to_service": gettext_lazy("结果报客服"),
    "case.result_to_customer": gettext_lazy("结果告知客户"),
    "round": gettext_lazy("重新处理"),
}
"""What sets a control going, as the page says it."""

RECORDED, BEFOREHAND, NEVER = gettext_lazy("登记时"), gettext_lazy("事先"), gettext_lazy("不得发生")


@dataclass(frozen=True, slots=True)
class Detail:
    """A further line of a control: an icon and what it says."""

    icon: str
    text: str


def owner_words(owner: Sequence[str], names: Mapping[str, str]) -> str:
    """Who owes, in words: the first that is not empty, then whom it falls to."""
    paths = {
        "case.lead": _("牵头部门"),
        "case.account_manager": _("客户经理"),
        "trigger.department": _("协办部门"),
    }
    words = [paths.get(code) or names.get(code, code) for code in owner]
    return (
        words[0]
        if len(words) == 1
        else _("%(first)s（没有时由%(next)s）") % {"first": words[0], "next": words[1]}
    )


def limit_words(control: Control) -> str:
    """How long, in words: `24 小时`, each case of it, every so often, or the date that was named to the customer."""
    limit, language = control.limit, wording.tongue()
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
    labels = {str(code): str(label) for code, label in Priority.choices}
    words = (
        _("；").join(
            f"{labels.get(name, name)} {describe(rule, language)}" for name, rule in limit.table.items()
        )
        if limit.rule is None
        else describe(limit.rule, language)
    )
    if control.recurs and control.count > 1:
        return _("每 %(every)s %(n)d 次") % {"every": words, "n": control.count}
    return _("每 %(every)s") % {"every": words} if control.recurs else words


def _is_at_once(control: Control) -> bool:
    rule = control.within.rule if control.within else None
    return isinstance(rule, Hours) and not rule.amount


def start_words(control: Control) -> str:
    """Since when it counts: `受理`; several are alternatives."""
    kinds = [control.start.kind] if control.start else [occasion.kind for occasion in control.on]
    return _("或").join(_each(STARTS, kinds))


def details(control: Control, names: Mapping[str, str]) -> list[Detail]:
    """What proves it, what stops its clock, who is reminded, and to whom it rises."""
    said = [Detail("clip", _("证据：%(what)s") % {"what": text}) for text in [_evidence(control)] if text]
    if control.statement:
        said.append(Detail("edit", _("声明：%(statement)s") % {"statement": control.statement}))
    if control.gate:
        said.append(Detail("lock", _("门禁：没有前一步就不能办理")))
    if control.note:
        said.append(Detail("note", control.note))
    if control.max_pause is not None:
        longest = wording.span(control.max_pause)
        said.append(Detail("pause", _("等客户的时间不计，累计最多 %(span)s") % {"span": longest}))
    if control.remind:
        at = _("、").join(f"{percent}%" for percent in control.remind)
        said.append(Detail("bell", _("时限过 %(at)s 时提醒责任人") % {"at": at}))
    for step in control.escalate:
        to = _("、").join(names.get(code, code) for code in step.to)
        pattern = _("到期未办升级至%(to)s") if step.percent == 100 else _("时限过 %(percent)s%% 升级至%(to)s")
        said.append(Detail("flag", pattern % {"percent": step.percent, "to": to}))
    return said


def named_in(control: Control) -> set[str]:
    """Codes of posts and departments that its words name."""
    return {code for code in control.owner if "." not in code} | {
        code for step in control.escalate for code in step.to
    }


def _evidence(control: Control) -> str:
    proofs = _("、").join(_each(PROOFS, (occasion.kind for occasion in control.met_by)))
    forms = _("、").join(_each(EVIDENCE, control.evidence))
    return (
        _("%(what)s（%(forms)s）") % {"what": proofs, "forms": forms} if forms and proofs else proofs or forms
    )


def _each(words: Mapping[str, Any], codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(str(words.get(code, code)) for code in codes))
