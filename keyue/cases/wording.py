"""What facts and acts are called on screen. One entry for each kind of fact and each act; a test says none is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from keyue.cases import enums
from keyue.cases.models import Case
from keyue.ui.wording import moment as moment_text


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and codes in facts stand for, and the instant and zone of the reader."""

    now: datetime
    zone: Any
    owners: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)
    controls: Mapping[tuple[str, str], str] = field(default_factory=dict)
    cases: Mapping[int, str] = field(default_factory=dict)

    def owner(self, code: object) -> str:
        return self.owners.get(str(code), str(code)) if code else _("未定")

    def several(self, codes: object) -> str:
        return _("、").join(self.owner(code) for code in codes) if isinstance(codes, list) else ""

    def person(self, pk: object) -> str:
        text = str(pk or "")
        return self.people.get(int(text), _("已离职人员")) if text.isdecimal() else ""

    def case(self, pk: object) -> str:
        """The number of another case; "" where there is none."""
        text = str(pk or "")
        return self.cases.get(int(text), "") if text.isdecimal() else ""

    def control(self, data: Mapping[str, Any]) -> str:
        key = (str(data.get("regulation", "")), str(data.get("control", "")))
        return self.controls.get(key, key[1])

    def instant(self, text: object) -> str:
        if not isinstance(text, str):
            return ""
        return moment_text(datetime.fromisoformat(text), now=self.now, zone=self.zone)


def label(choices: Any, value: object) -> str:
    """The label of a choice; the bare value where there is no such choice any more."""
    return str(choices(value).label) if value in choices.values else str(value or "")


Data = Mapping[str, Any]
Sentence = Callable[[Data, Names], str]


def _said(text: Any) -> Sentence:
    return lambda data, names: str(text)


def _with_via(text: Any) -> Sentence:
    def sentence(data: Data, names: Names) -> str:
        via = data.get("via")
        if via not in enums.Telling.values:
            return str(text)
        return _("%(text)s（%(via)s）") % {"text": text, "via": label(enums.Telling, via)}

    return sentence


def _received(data: Data, names: Names) -> str:
    return _("受理%(type)s，来自%(channel)s") % {
        "type": label(enums.CaseType, data.get("type")),
        "channel": label(enums.Channel, data.get("channel")),
    }


def _classified(pattern: Any) -> Sentence:
    def sentence(data: Data, names: Names) -> str:
        parts = [label(enums.CaseType, data.get("type")), label(enums.Category, data.get("category"))]
        return str(pattern) % {"what": " / ".join(part for part in parts if part)}

    return sentence


def _reviewed(data: Data, names: Names) -> str:
    return _("审核为无效") if data.get("valid") is False else _("审核为有效")


def _assessed(data: Data, names: Names) -> str:
    return _("评估：严重 %(severity)s、范围 %(reach)s、后果 %(consequence)s，定级%(level)s") % {
        "severity": data.get("severity") or "—",
        "reach": data.get("reach") or "—",
        "consequence": data.get("consequence") or "—",
        "level": label(enums.Level, data.get("level")),
    }


def _assigned(pattern: Any) -> Sentence:
    def sentence(data: Data, names: Names) -> str:
        helpers = names.several(data.get("collaborators"))
        text = str(pattern) % {"lead": names.owner(data.get("lead"))}
        return _("%(text)s，协办 %(helpers)s") % {"text": text, "helpers": helpers} if helpers else text

    return sentence


def _returned(data: Data, names: Names) -> str:
    return _("%(department)s退回任务") % {"department": names.owner(data.get("department"))}


def _task_given(data: Data, names: Names) -> str:
    if data.get("support"):
        return _("请%(department)s支持，%(due)s 前答复") % {
            "department": names.owner(data.get("department")),
            "due": names.instant(data.get("due")),
        }
    return _("交办协办给%(department)s，%(due)s 前完成") % {
        "department": names.owner(data.get("department")),
        "due": names.instant(data.get("due")),
    }


def _task_done(data: Data, names: Names) -> str:
    return _("%(department)s完成协办") % {"department": names.owner(data.get("department"))}


def _eta(data: Data, names: Names) -> str:
    return _("告知客户预计 %(eta)s 解决") % {"eta": names.instant(data.get("eta"))}


def _follow_up(data: Data, names: Names) -> str:
    return _("回访：%(outcome)s") % {"outcome": label(enums.FollowUpOutcome, data.get("outcome"))}


def _answered(data: Data, names: Names) -> str:
    return _("答复：%(outcome)s") % {"outcome": label(enums.FollowUpOutcome, data.get("outcome"))}


def _rated(data: Data, names: Names) -> str:
    return _("客户评分 %(score)s") % {"score": data.get("score") or "—"}


def _waiting(data: Data, names: Names) -> str:
    return _("停表：%(reason)s") % {"reason": label(enums.WaitingReason, data.get("reason"))}


def _level(data: Data, names: Names) -> str:
    return _("级别改为%(level)s") % {"level": label(enums.Level, data.get("level"))}


def _cause(data: Data, names: Names) -> str:
    return _("写明根因：%(cause)s") % {"cause": label(enums.Cause, data.get("cause"))}


def _exit(pattern: Any) -> Sentence:
    return lambda data, names: str(pattern) % {"exit": label(enums.Exit, data.get("exit"))}


def _closed(data: Data, names: Names) -> str:
    text = _("关闭：%(exit)s") % {"exit": label(enums.Exit, data.get("exit"))}
    approver = names.person(data.get("approved_by"))
    return _("%(text)s，%(name)s批准") % {"text": text, "name": approver} if approver else text


def _matched(data: Data, names: Names) -> str:
    manager = data.get("account_manager")
    if manager is None:
        return _("关联到客户")
    if not manager:
        return _("客户暂无客户经理")
    return _("客户经理为%(name)s") % {"name": names.owner(manager)}


def _held(data: Data, names: Names) -> str:
    holder, name = names.person(data.get("holder")), names.control(data)
    if data.get("undoes"):
        whose = holder or _("部门")
        return _("「%(promise)s」撤销上一步，回到%(whose)s") % {"promise": name, "whose": whose}
    if not holder:
        return _("「%(promise)s」放回部门") % {"promise": name}
    return _("「%(promise)s」由%(name)s负责") % {"promise": name, "name": holder}


def _merged(pattern: Any, name: str) -> Sentence:
    return lambda data, names: (str(pattern) % {"number": names.case(data.get(name))}).strip()


def _asked(pattern: Any) -> Sentence:
    return lambda data, names: (
        str(pattern) % {"promise": names.control(data), "due": names.instant(data.get("due"))}
    )


_t = gettext_lazy

SENTENCES: Mapping[str, Sentence] = {
    "case.received": _received,
    "case.classified": _classified(_t("分类为「%(what)s」")),
    "case.reclassified": _classified(_t("改分类为「%(what)s」")),
    "case.review_requested": _said(_t("转入意见审核")),
    "case.reviewed": _reviewed,
    "case.assessed": _assessed,
    "case.meeting_called": _said(_t("认定影响较大，应召开专题会议")),
    "case.meeting_held": _said(_t("专题会议已开，纪要已存")),
    "case.urgent_reported": _said(_t("上报紧急情况")),
    "case.urgent_acknowledged": _said(_t("确认收到紧急上报")),
    "case.assigned": _assigned(_t("派单至%(lead)s牵头")),
    "case.reassigned": _assigned(_t("转派至%(lead)s牵头")),
    "case.returned": _returned,
    "case.task_given": _task_given,
    "case.task_done": _task_done,
    "case.plan_filed": _said(_t("提交处理方案")),
    "case.eta_given": _eta,
    "case.solved": _said(pgettext_lazy("事实", "登记解决")),
    "case.result_to_service": _said(_t("把结果报客户服务部")),
    "case.result_to_customer": _with_via(_t("把结果告知客户")),
    "case.first_response": _with_via(_t("首次回应客户")),
    "case.auto_ack": _said(_t("自动回执已发出")),
    "case.progress_told": _with_via(_t("告知客户进展")),
    "case.follow_up_noted": _said(_t("与责任部门沟通进度")),
    "case.follow_up_call": _follow_up,
    "case.rated": _rated,
    "case.reopened": _said(_t("重新处理，开始新一轮")),
    "case.waiting_customer": _waiting,
    "case.customer_replied": _said(pgettext_lazy("事实", "恢复计时")),
    "case.priority_changed": _level,
    "case.cause_recorded": _cause,
    "case.withdrawn": _with_via(_t("记下客户撤回")),
    "case.merged": _merged(_t("并入另一事项 %(number)s"), "into"),
    "case.absorbed": _merged(_t("并入本事项的是 %(number)s"), "source"),
    "case.exit_requested": _exit(_t("申请结束：%(exit)s")),
    "case.closed": _closed,
    "case.message_received": _said(_t("客户来信")),
    "case.noted": _said(_t("内部备注")),
    "case.customer_matched": _matched,
    "case.retitled": _said(pgettext_lazy("事实", "改主题")),
    "case.erased": _said(pgettext_lazy("事实", "删除个人信息")),
    "promise.held": _held,
    "promise.waiver_requested": _asked(_t("申请免除「%(promise)s」")),
    "promise.waiver_approved": _asked(_t("批准免除「%(promise)s」")),
    "promise.waiver_declined": _asked(_t("不同意免除「%(promise)s」")),
    "promise.extension_requested": _asked(_t("申请把「%(promise)s」延到 %(due)s")),
    "promise.extension_approved": _asked(_t("批准把「%(promise)s」延到 %(due)s")),
    "promise.extension_declined": _asked(_t("不同意延期「%(promise)s」")),
    "promise.rebased": _asked(_t("「%(promise)s」改按新版制度")),
    "promise.broken": _asked(_t("「%(promise)s」逾期")),
    "promise.retracted": _asked(_t("「%(promise)s」的逾期撤回")),
    "fact.voided": _said(_t("更正：撤销前面的一条")),
}


# the same facts where the customer did it
BY_CUSTOMER: Mapping[str, Sentence] = {
    "case.withdrawn": _with_via(_t("撤回了这件事")),
    "case.customer_replied": _said(_t("来信，计时恢复")),
    "case.follow_up_call": _answered,
}


def sentence(kind: str, data: Data, names: Names, by: str = "staff") -> str:
    """A fact as people tell it, with whoever did it before it; an unknown kind stands for itself."""
    words = (BY_CUSTOMER.get(kind) if by == "customer" else None) or SENTENCES.get(kind)
    return words(data, names) if words else kind


# what closing a promise by a fact leaves as evidence
PROOFS: Mapping[str, object] = {
    "case.classified": _t("分类单"),
    "case.reviewed": _t("审核意见"),
    "case.assessed": _t("影响评估"),
    "case.meeting_held": _t("会议纪要"),
    "case.urgent_acknowledged": _t("确认记录"),
    "case.assigned": _t("派单记录"),
    "case.task_done": _t("完成记录"),
    "case.plan_filed": _t("处理方案"),
    "case.eta_given": _t("预计时间"),
    "case.solved": _t("处理结果"),
    "case.result_to_service": _t("结果报告"),
    "case.result_to_customer": _t("告知记录"),
    "case.first_response": _t("回应记录"),
    "case.progress_told": _t("告知记录"),
    "case.follow_up_call": _t("回访记录"),
    "case.follow_up_noted": _t("跟进记录"),
}


def proof(kind: str) -> str:
    """What to call the evidence that a fact of this kind leaves."""
    return str(PROOFS.get(kind, _("证据")))


SOURCES: Mapping[str, object] = {
    "web": _t("网页"),
    "portal": _t("公众网页"),
    "api": _t("接口"),
    "mail": _t("邮件"),
    "auto": _t("自动"),
    "sweep": _t("到期检查"),
    "engine": _t("约定引擎"),
    "demo": _t("演示数据"),
    "hand_over": _t("离职交接"),
}


def source(text: str) -> str:
    """Where a fact came from, in words."""
    if text.startswith("import:"):
        return _("导入 %(file)s") % {"file": text.removeprefix("import:")}
    return str(SOURCES.get(text, text))


# after an act: what has been done
DONE: Mapping[str, object] = {
    "classify": _t("已分类。"),
    "reclassify": _t("已改分类。"),
    "review": _t("已审核。"),
    "assess": _t("已评估定级。"),
    "change_level": _t("已改级别。"),
    "hold_meeting": _t("会议纪要已存。"),
    "report_urgent": _t("已上报，等上级确认。"),
    "acknowledge_urgent": _t("已确认收到。"),
    "assign": _t("已派单。"),
    "reassign": _t("已转派，时限照旧计算。"),
    "return_task": _t("已退回，时限照旧计算。"),
    "give_task": _t("协办任务已交办。"),
    "ask_support": _t("已请技术支持。"),
    "finish_task": _t("协办任务已完成。"),
    "file_plan": _t("方案已提交。"),
    "give_eta": _t("预计时间已告知客户。"),
    "solve": _t("已登记解决。"),
    "report_result": _t("结果已报客户服务部。"),
    "tell_result": _t("结果已告知客户。"),
    "reply": _t("已回复客户。"),
    "wait": _t("已停表。"),
    "resume": _t("已恢复计时。"),
    "follow_up": _t("回访已记录。"),
    "note_follow_up": _t("跟进已记录。"),
    "note": _t("内部备注已存，客户看不到。"),
    "reopen": _t("已开始新一轮处理。"),
    "record_cause": _t("根因与预防措施已写明。"),
    "close": _t("事项已关闭。"),
    "request_exit": _t("已申请结束，等他人批准。"),
    "decide_exit": _t("审批已记录。"),
    "withdraw": _t("已登记客户撤回。"),
    "merge": _t("已合并。"),
}

# beside the form of an act: what it does, before it is done
HINTS: Mapping[str, object] = {
    "review": _t("判为无效的会申请结束，由另一人批准后才关闭。"),
    "assess": _t(
        "三项相加：3 至 4 一般，5 至 6 较大，7 至 9 重大；任何一项为 3，至少较大。重大的会要求召开专题会议。"
    ),
    "report_urgent": _t("客户服务部负责人会马上收到，并要确认。"),
    "acknowledge_urgent": _t("确认后，上报人会看到您已收到。"),
    "assign": _t("牵头部门会收到通知，方案与解决的时限从现在起算。"),
    "change_level": _t(
        "「重大」按紧急计时，时限随之变短，并要求召开专题会议；降级后时限恢复，仍从原来的起点算。"
    ),
    "reassign": _t("换牵头部门不重新计时。"),
    "return_task": _t("退回后时限照旧计算，由客户服务部重新派单。"),
    "give_task": _t("到期不能晚于牵头部门的时限；没有完成的协办会挡住「登记解决」。"),
    "ask_support": _t("对方会看到这个事项并收到约定；对客户的时限照走不停。"),
    "file_plan": _t("步骤每行一步：做什么，谁，何时前。例如：更换膜元件，陈砚，明天 18:00。"),
    "give_eta": _t("告知客户以后，按这个时间跟踪到解决为止。改时间要写理由，最多改 3 次。"),
    "solve": _t("登记后要在时限内把结果报客户服务部，再告知客户。"),
    "tell_result": _t("告知后客户可以评价；回访的时限从现在起算。"),
    "reply": _t("第一次由人回复即算首次回应；之后的算告知进展。"),
    "wait": _t(
        "制度准许停表的约定停下来不计时，最多停到制度写的上限；其余照常计时。发给客户的请求就是停表的证据，客户一回复就自动恢复。"
    ),
    "resume": _t("写明客户何时、怎样给了资料。"),
    "follow_up": _t(
        "客户不满意的，自动开始新一轮处理。没有联系上也要记：满 3 次，才能按「多次联系不上」申请结束。"
    ),
    "note": _t("客户看不到，也不影响首次回应的时限。"),
    "note_follow_up": _t("记下与责任部门沟通的进度和困难，客户看不到。"),
    "reopen": _t("新一轮重新起算方案与解决的时限；上一轮的记录保留。"),
    "close": _t("关闭后不能再办理，未到期的约定随之取消。"),
    "request_exit": _t("客户没有表示满意时的结束方式，要由申请人与责任人以外的人批准。"),
    "decide_exit": _t("同意后事项即结束；不同意的要写理由，事项继续办理。"),
    "withdraw": _t("登记后事项即结束；已经逾期的约定仍记为逾期。"),
    "merge": _t("本事项并入后即结束，不能撤销；目标事项保留较早的受理时间。"),
}


def done(code: str, case: Case | None = None) -> str:
    """What an act has done; `case` as it stands afterwards, where that makes a difference."""
    if case is not None and code == "review" and case.exit_requested:
        return _("已判为无效，等另一人批准结束。")
    if case is not None and code == "decide_exit":
        return _("没有同意结束，事项继续办理。") if case.is_open else _("已同意结束，事项已关闭。")
    return str(DONE.get(code, _("已完成。")))
