"""What facts, fields and values are called where somebody reads or writes a control: short names, as a list has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import pgettext_lazy

from keyue.cases import enums
from keyue.contracts.fact_words import FACT_WORDS as CONTRACTS
from keyue.conversations.fact_words import FACT_WORDS as CONVERSATIONS
from keyue.conversations.fact_words import FIELD_WORDS as CONVERSATION_FIELDS
from keyue.customers.fact_words import FACT_WORDS as CUSTOMERS
from keyue.customers.guard_facts import FACT_WORDS as GUARD
from keyue.customers.upkeep_words import FACT_WORDS as ARCHIVE
from keyue.grading.fact_words import FACT_WORDS as GRADING
from keyue.knowledge.fact_words import FACT_WORDS as KNOWLEDGE
from keyue.knowledge.fact_words import FIELD_WORDS as ARTICLE_FIELDS
from keyue.privacy.enums import Outcome
from keyue.regulations.vocabulary import OPENING
from keyue.sales.wording import FACT_WORDS as SALES
from keyue.worktime.typed import DAY_LABELS

SUBJECTS: Mapping[str, Any] = {
    "lead": _t("线索"),
    "case": _t("事项"),
    "company": _t("公司"),
    "customer": _t("客户"),
    "contract": _t("合同"),
    "project": _t("项目"),
    "department": _t("部门"),
    "channel": _t("渠道"),
    "conversation": _t("会话"),
    "person": _t("人员"),
    "grading": _t("分级标准"),
    "article": _t("文章"),
}
FACTS: Mapping[str, Any] = {
    OPENING: _t("重新处理（新一轮）"),
    "case.received": _t("受理"),
    "case.classified": _t("分类"),
    "case.reclassified": _t("改分类"),
    "case.review_requested": _t("转入审核"),
    "case.reviewed": _t("审核"),
    "case.assessed": _t("评估"),
    "case.meeting_called": _t("要求开专题会议"),
    "case.meeting_held": _t("开专题会议"),
    "case.urgent_reported": _t("上报紧急"),
    "case.urgent_acknowledged": _t("确认紧急上报"),
    "case.assigned": _t("派单"),
    "case.reassigned": _t("转派"),
    "case.returned": _t("退回任务"),
    "case.task_given": _t("交办协办"),
    "case.task_done": _t("完成协办"),
    "case.plan_filed": _t("提交方案"),
    "case.eta_given": _t("告知预计时间"),
    "case.solved": _t("登记解决"),
    "case.result_to_service": _t("结果报客服"),
    "case.result_to_customer": _t("结果告知客户"),
    "case.first_response": _t("首次回应客户"),
    "case.auto_ack": _t("自动回执"),
    "case.progress_told": _t("告知客户进展"),
    "case.follow_up_noted": _t("与责任部门沟通进度"),
    "case.follow_up_call": _t("回访客户"),
    "case.rated": _t("客户评分"),
    "case.reopened": _t("重新处理"),
    "case.waiting_customer": _t("停表"),
    "case.customer_replied": _t("客户补来资料"),
    "case.priority_changed": _t("改级别"),
    "case.cause_recorded": _t("写明根因"),
    "case.withdrawn": _t("客户撤回"),
    "case.merged": _t("并入其他事项"),
    "case.absorbed": _t("并入本事项"),
    "case.exit_requested": _t("申请结束"),
    "case.closed": _t("关闭事项"),
    "case.message_received": _t("客户来信"),
    "case.noted": _t("写内部备注"),
    "case.customer_matched": _t("关联客户"),
    "case.retitled": _t("改主题"),
    "case.erased": _t("删除个人信息"),
    "company.edition_in_force": _t("制度版本施行"),
    "company.attested": _t("公司声明"),
    "company.shift_gap_found": _t("热线没有人值班"),
    "company.shift_gap_filled": _t("热线又有人值班"),
    **{kind: words.label for kind, words in CUSTOMERS.items()},
    **{kind: name for kind, name in SALES.items() if kind.startswith("lead.")},
    **{kind: name for kind, name in GUARD.items() if kind.startswith("person.")},
    **{kind: GRADING[kind] for kind in GRADING if kind.startswith("grading.")},
    **CONTRACTS,
    **{kind: KNOWLEDGE[kind] for kind in KNOWLEDGE if kind.startswith("article.")},
    **CONVERSATIONS,
    "archive.checked": ARCHIVE["archive.checked"],
}
FIELDS: Mapping[str, Any] = {
    **CONVERSATION_FIELDS,
    **ARTICLE_FIELDS,
    "type": _t("类型"),
    "category": _t("分类"),
    "priority": _t("优先级"),
    "level": _t("级别"),
    "channel": _t("渠道"),
    "phase": _t("所处阶段"),
    "region": _t("地区"),
    "customer": _t("客户"),
    "contact": _t("联系人"),
    "anonymous": _t("是匿名的"),
    "account_manager": _t("客户经理"),
    "lead": _t("牵头部门"),
    "collaborators": _t("协办部门"),
    "department": _t("部门"),
    "classified": _t("已分类"),
    "reviewed": _t("已审核"),
    "valid": _t("审核有效"),
    "assessed": _t("已评估"),
    "assigned": _t("已派单"),
    "planned": _t("已提交方案"),
    "solved": _t("已解决"),
    "reported": _t("结果已报客服"),
    "told": _t("结果已告知客户"),
    "eta_told": _t("已告知预计时间"),
    "responded": _t("已回应客户"),
    "waiting": _t("停表中"),
    "outcome": _t("回访结果"),
    "exit": _t("结束方式"),
    "ended": _t("已结束"),
    "round": _t("轮次"),
    "due": _t("到期时间"),
    "eta": _t("预计时间"),
    "to": _t("告知对象"),
    "via": _t("方式"),
    "reason": _t("原因"),
    "cause": _t("根因"),
    "severity": _t("严重程度"),
    "reach": _t("影响范围"),
    "consequence": _t("可能后果"),
    "score": _t("评分"),
    "attempts": _t("联系次数"),
    "minutes": _t("纪要"),
    "attendees": _t("参加人"),
    "plan": _t("方案"),
    "task": _t("任务"),
    "message": _t("内容"),
    "into": _t("并入的事项"),
    "source": _t("来源事项"),
    "received_at": _t("受理时间"),
    "requested_by": _t("申请人"),
    "approved_by": _t("批准人"),
    "author": _t("作者"),
    "editor": _t("维护人"),
    "owner": _t("文章负责人"),
    "next_on": _t("下次复核"),
    "published": _t("已发布"),
    "visibility": _t("可见范围"),
    "regulation": _t("制度"),
    "control": _t("控制"),
    "edition": _t("版次"),
    "number": _t("编号"),
    "staff": _t("经手人"),
    "legal_basis": _t("个人信息处理依据"),
    "until": _t("保护到"),
    "first": _t("先报备的线索"),
    "first_staff": _t("先报备的人"),
    "reasons": _t("依据"),
    "previous": _t("原来的人"),
    "what": _t("内容"),
    "purpose": _t("目的"),
    "is_new": _t("是新建的"),
    "way": _t("联系方式"),
    "disputed": _t("撞单待裁定"),
    "contacted": _t("已联系"),
    "registered": _t("已报备"),
    "taken_up": _t("已接手"),
    "customer_grade": _t("客户等级"),
    "address": _t("地址"),
    "alias": _t("另一名称"),
    "by": _t("由谁"),
    "by_relative": _t("亲属提出"),
    "change": _t("变化"),
    "city": _t("城市"),
    "company": _t("公司"),
    "consent": _t("同意"),
    "contacted_at": _t("上次联络"),
    "contract": _t("合同"),
    "credit": _t("信用状况"),
    "credit_limit": _t("信用额度"),
    "decision_makers": _t("重要决策人"),
    "disclosure": _t("泄露"),
    "defect": _t("差错"),
    "duties": _t("义务条款"),
    "email": _t("邮箱"),
    "emptied": _t("已清空"),
    "erased": _t("已删除个人信息"),
    "feedback": _t("反馈"),
    "fields": _t("字段"),
    "file": _t("附件"),
    "filled": _t("已填字段"),
    "follow_up": _t("下一步"),
    "gap": _t("空岗时段"),
    "said_in": _t("出自"),
    "support": _t("是请求支持"),
    "grade": _t("等级"),
    "held": _t("法律保全中"),
    "history": _t("合作历史"),
    "hold": _t("保全"),
    "how": _t("方式"),
    "identifier": _t("号码或名称"),
    "industry": _t("行业"),
    "is_important": _t("是重要沟通"),
    "is_separate": _t("是单独同意"),
    "item": _t("事项"),
    "is_personal": _t("有个人信息"),
    "is_secret": _t("有商业秘密"),
    "kinds": _t("信息种类"),
    "provision": _t("对外提供"),
    "secrecy": _t("密级"),
    "kinship_proof": _t("亲属关系证明"),
    "learned_at": _t("得知时间"),
    "limit": _t("期限"),
    "limits": _t("时限约定"),
    "merge": _t("合并"),
    "merged": _t("已并入其他档案"),
    "missing": _t("缺项"),
    "name": _t("名称"),
    "need": _t("需求"),
    "needs": _t("业务需求"),
    "new": _t("新值"),
    "next_steps": _t("下一步"),
    "old": _t("原值"),
    "opportunity": _t("商机"),
    "other": _t("另一档案"),
    "part": _t("决策角色"),
    "person": _t("经办人"),
    "phone": _t("电话"),
    "potential": _t("潜力"),
    "preferred_channel": _t("首选联系方式"),
    "project": _t("项目"),
    "proposal": _t("建议"),
    "reports_to": _t("上级"),
    "request": _t("请求"),
    "restricted": _t("只保存不使用"),
    "right": _t("权利"),
    "rights": _t("权利条款"),
    "rule": _t("规则"),
    "run": _t("批次"),
    "scale": _t("规模"),
    "sha256": _t("指纹"),
    "size": _t("大小"),
    "stage": _t("阶段"),
    "stage_since": _t("进入阶段的时间"),
    "stance": _t("态度"),
    "standard": _t("标准"),
    "strategy": _t("维护策略"),
    "system": _t("来源系统"),
    "term": _t("合同期限"),
    "text": _t("内容"),
    "topics": _t("话题"),
    "user": _t("人员"),
    "value": _t("值"),
    "why": _t("原因"),
    "win_back": _t("挽回计划"),
    "checked": _t("已检查数"),
    "customers": _t("客户数"),
    "day": _t("日期"),
    "found": _t("发现差错数"),
    "mended": _t("已改正数"),
    "proposals": _t("建议数"),
    "access": _t("授权"),
    "ends": _t("到期"),
    "explained_by": _t("说明人"),
    "most": _t("上限"),
    "n": _t("数量"),
    "reading": _t("查阅"),
    "refused_by": _t("不同意的人"),
    "usual": _t("平常数量"),
    "window": _t("时段"),
    "interval": _t("联络间隔"),
    "policy": _t("服务要求"),
    "resources": _t("资源"),
    "state": _t("状态"),
    "version": _t("版本"),
    "amount": _t("金额"),
    "archived": _t("已归档"),
    "currency": _t("币种"),
    "effective_on": _t("生效日"),
    "ends_on": _t("到期日"),
    "levels": _t("服务级别"),
    "levels_from": _t("服务级别起算"),
    "on": _t("日期"),
    "open": _t("未收金额"),
    "payment": _t("款项"),
    "renews": _t("续约"),
    "reviewed_by": _t("评审人"),
    "signed": _t("已签订"),
    "signed_on": _t("签订日"),
    "terminated": _t("已终止"),
    "case": _t("事项"),
    "completed": _t("已完工"),
    "contract_number": _t("合同编号"),
    "opinion": _t("意见"),
    "percent": _t("阶段进度"),
    "plan_confirmed": _t("服务计划已确认"),
    "progress": _t("总进度"),
    "stages": _t("阶段数"),
    "started": _t("已开工"),
    "title": _t("名称"),
    "topic": _t("话题"),
}
VALUES: Mapping[str, Mapping[str, Any]] = {
    "type": dict(enums.CaseType.choices),
    "category": dict(enums.Category.choices),
    "priority": dict(enums.Priority.choices),
    "level": dict(enums.Level.choices),
    "channel": dict(enums.Channel.choices),
    "phase": dict(enums.Phase.choices),
    "outcome": {**dict(enums.FollowUpOutcome.choices), **dict(Outcome.choices)},
    "exit": dict(enums.Exit.choices),
    "cause": dict(enums.Cause.choices),
    "via": dict(enums.Telling.choices),
    "reason": dict(enums.WaitingReason.choices),
    "to": {"customer": FIELDS["customer"]},
}
"""The closed lists that fields take their values from, each code with its name."""
OWNERS: Mapping[str, Any] = {
    "case.lead": FIELDS["lead"],
    "case.account_manager": FIELDS["account_manager"],
    "trigger.department": _t("被交办的部门"),
}
WHOSE: Mapping[str, Any] = {"fact": _t("这件事的"), "trigger": _t("触发事实的")}
WEEKDAYS: Mapping[str, Any] = {**DAY_LABELS, "working": _t("工作日")}
AGAIN: Mapping[str, Any] = {
    "": _t("每轮一次"),
    "never": _t("只有第一次"),
    "each": _t("每次另起一条"),
    "replace": _t("取代没办完的那一条"),
}
WINDOWS: Mapping[str, Any] = {"": _t("从上一次起滚动计算"), "fixed": _t("按日历的固定周期")}
YES, NO = pgettext_lazy("条件的值", "是"), pgettext_lazy("条件的值", "否")


def fact_name(kind: str) -> str:
    """What a kind of fact is called; one that is not known stands for itself."""
    return str(FACTS.get(kind, kind))


def field_name(path: str) -> str:
    """What `case.lead` or `fact.to` is called: 牵头部门, 这件事的告知对象."""
    whose, _dot, name = path.partition(".")
    said = str(FIELDS.get(name, name))
    return f"{WHOSE[whose]}{said}" if whose in WHOSE else said


def values_of(path: str) -> Mapping[str, str]:
    """The values of a field, each code with its name; none where it takes any."""
    return {str(code): str(name) for code, name in VALUES.get(path.rpartition(".")[2], {}).items()}


def value_name(path: str, code: str) -> str:
    """What a value of a field is called, where it comes from a closed list."""
    return values_of(path).get(code, code)


def value_code(path: str, typed: str) -> str:
    """The code of a value that was typed by its name."""
    return next((code for code, name in values_of(path).items() if name == typed), typed)


def owner_name(code: str, names: Mapping[str, str]) -> str:
    """Who a code of an owner stands for."""
    known = OWNERS.get(code) or names.get(code)
    if known:
        return str(known)
    return _("%(field)s（字段）") % {"field": field_name(code)} if "." in code else code
