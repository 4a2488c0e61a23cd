"""What facts about customers are called on screen: one entry for each kind; a test says none is missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.customers.enums import Background, ContactWay, Grade, LossReason, Stage

Data = Mapping[str, Any]
Names = Mapping[int, str]


class Topic(StrEnum):
    """What a fact is about, of the things that a customer's timeline tells apart."""

    FILE = "file"
    CONTACT = "contact"
    BUSINESS = "business"
    PRIVACY = "privacy"


@dataclass(frozen=True, slots=True)
class Words:
    """How a kind of fact is told: `detail` says of its data what stands behind the label, empty for nothing.

    What is not `is_shown` is told elsewhere on the page, by the thing itself.
    """

    label: str | Promise
    topic: Topic = Topic.FILE
    icon: str = "edit"
    is_shown: bool = True
    detail: Callable[[Data, Names], str] = lambda data, names: ""


def told(kind: str, data: Data, names: Names, what: str = "") -> str:
    """A fact in a few words; `names` are those of members of staff by id, `what` is what the fact sealed, opened."""
    words = FACT_WORDS[kind]
    detail = words.detail(data, names) or what
    return _("%(what)s：%(detail)s") % {"what": words.label, "detail": detail} if detail else str(words.label)


def _label(choices: Any, value: object) -> str:
    return str(choices(value).label) if value in choices.values else str(value or "")


def _stages(data: Data, names: Names) -> str:
    return _("%(old)s → %(new)s") % {
        "old": _label(Stage, data.get("old")),
        "new": _label(Stage, data.get("new")),
    }


def _grade(data: Data, names: Names) -> str:
    return _label(Grade, data.get("grade"))


def _grades(data: Data, names: Names) -> str:
    old = _label(Grade, data.get("old")) or _("未评定")
    return _("%(old)s → %(new)s") % {"old": old, "new": _label(Grade, data.get("new"))}


def _manager(data: Data, names: Names) -> str:
    user = str(data.get("user") or "")
    return names.get(int(user), "") if user.isdecimal() else _("无人")


def _fields(data: Data, names: Names) -> str:
    named = [str(FIELD_NAMES[field]) for field in data.get("fields") or () if field in FIELD_NAMES]
    return _("、").join(named)


def _background(data: Data, names: Names) -> str:
    return _label(Background, data.get("outcome"))


def _way(data: Data, names: Names) -> str:
    return _label(ContactWay, data.get("way"))


def _loss(data: Data, names: Names) -> str:
    return _label(LossReason, data.get("reason"))


FIELD_NAMES: dict[str, str | Promise] = {
    "name": _t("名称"),
    "phone": _t("电话"),
    "email": _t("邮箱"),
    "role": _t("职务"),
    "address": _t("地址"),
    "region": _t("省级地区"),
    "city": _t("城市"),
    "grade": _t("分级"),
    "source": _t("来源"),
    "legal_basis": _t("个人信息处理依据"),
    "category": _t("分类"),
    "industry": _t("行业"),
    "scale": _t("规模"),
    "needs": _t("业务需求"),
    "history": _t("合作历史"),
    "strategy": _t("维护策略"),
    "credit": _t("信用状况"),
    "credit_limit": _t("信用额度"),
    "secrecy": _t("密级"),
    "preferred_channel": _t("首选联系方式"),
    "part": _t("决策角色"),
    "stance": _t("态度"),
    "reports_to": _t("上级"),
}
"""Fields of customers and contacts as people call them."""

_B, _C, _P = Topic.BUSINESS, Topic.CONTACT, Topic.PRIVACY

FACT_WORDS: dict[str, Words] = {
    "customer.created": Words(_t("建档"), icon="plus"),
    "customer.changed": Words(_t("更改资料"), detail=_fields),
    "customer.change_learnt": Words(_t("得知有变"), detail=_fields),
    "customer.stage_changed": Words(_t("阶段变更"), _B, "flag", detail=_stages),
    "customer.lost": Words(_t("不再合作"), _B, "x", detail=_loss),
    "customer.contact_added": Words(_t("添加联系人"), icon="user"),
    "customer.contact_changed": Words(_t("更改联系人"), icon="user", detail=_fields),
    "customer.other_name_given": Words(_t("来人用了另一个单位名称"), icon="note"),
    "customer.identifier_added": Words(_t("添加证照号码或名称")),
    "customer.identifier_ended": Words(_t("停用证照号码或名称")),
    "customer.verified": Words(_t("核实资料"), icon="check", detail=_fields),
    "customer.defect_found": Words(_t("检查发现差错"), icon="flag", detail=_fields),
    "customer.defect_mended": Words(_t("差错已改正"), icon="check"),
    "customer.contacted": Words(_t("联络客户"), _C, "phone", is_shown=False),
    "customer.contact_recorded": Words(_t("记录联络"), _C, "note", detail=_way),
    "customer.contact_opinion_recorded": Words(_t("补记客户意见"), _C, "note"),
    "customer.follow_up_agreed": Words(_t("约定下一步"), _C, "clock"),
    "customer.follow_up_done": Words(_t("下一步已办"), _C, "check"),
    "customer.information_collected": Words(_t("得到客户信息"), icon="note"),
    "customer.information_entered": Words(_t("录入客户信息"), icon="note"),
    "customer.duplicate_found": Words(_t("发现可能重复的档案"), icon="copy"),
    "customer.found_distinct": Words(_t("核对后确认不是同一客户"), icon="copy"),
    "customer.merged": Words(_t("合并档案"), icon="copy"),
    "customer.unmerged": Words(_t("拆开合并的档案"), icon="undo"),
    "customer.treatment_begun": Words(_t("按等级的待遇开始适用"), _B, "star", is_shown=False),
    "customer.grade_proposed": Words(_t("建议调整等级"), _B, "star", is_shown=False),
    "customer.grade_proposal_closed": Words(_t("等级建议已处理"), _B, "star", is_shown=False),
    "customer.graded": Words(_t("评定等级"), _B, "star", detail=_grade),
    "customer.regraded": Words(_t("调整等级"), _B, "star", detail=_grades),
    "customer.need_noted": Words(_t("记下需求"), _B, "note"),
    "customer.need_dropped": Words(_t("需求不再跟进"), _B, "x"),
    "customer.plan_confirmed": Words(_t("客户确认服务方案"), _B, "check"),
    "customer.opportunity_opened": Words(_t("开立商机"), _B, "flag"),
    "customer.signed": Words(_t("首次签约"), _B, "star"),
    "customer.background_checked": Words(_t("查明背景与信用"), _B, "shield", detail=_background),
    "customer.contract_signed": Words(_t("签订合同"), _B, "policy"),
    "customer.service_started": Words(_t("开始服务"), _B, "case"),
    "customer.credit_given": Words(_t("给予信用额度"), _B, "key"),
    "customer.revealed": Words(_t("查看个人信息"), _P, "eye", is_shown=False),
    "customer.sharing_approved": Words(_t("批准外传"), _P, "shield"),
    "customer.exported": Words(_t("导出"), _P, "dl"),
    "customer.account_manager_assigned": Words(_t("指派客户经理"), _B, "user", detail=_manager),
    "customer.manager_left": Words(_t("客户经理离岗"), _B, "user", is_shown=False),
    "customer.consent_given": Words(_t("取得同意"), _P, "check"),
    "customer.consent_withdrawn": Words(_t("撤回同意"), _P, "x"),
    "customer.use_stopped": Words(_t("停止使用个人信息"), _P, "pause"),
    "customer.right_requested": Words(_t("提出个人信息权利请求"), _P, "shield"),
    "customer.right_accepted": Words(_t("受理权利请求"), _P, "shield"),
    "customer.right_answered": Words(_t("答复权利请求"), _P, "check"),
    "customer.purpose_ended": Words(_t("处理目的已实现"), _P, "clock"),
    "customer.retention_ended": Words(_t("保存期限已满"), _P, "clock"),
    "customer.restricted": Words(_t("只保存、不再使用"), _P, "lock"),
    "customer.held": Words(_t("法律保全"), _P, "lock"),
    "customer.released": Words(_t("解除法律保全"), _P, "key"),
    "customer.data_provided": Words(_t("对外提供个人信息"), _P, "shield"),
    "customer.sensitive_recorded": Words(_t("登记敏感个人信息"), _P, "lock"),
    "customer.disclosed": Words(_t("信息泄露"), _P, "flag"),
    "customer.disclosure_remedied": Words(_t("泄露已补救"), _P, "check"),
    "customer.file_added": Words(_t("增加附件"), icon="clip"),
    "customer.file_removed": Words(_t("移除附件"), icon="clip"),
    "customer.withdrawn": Words(_t("撤回导入的档案"), icon="undo"),
    "customer.erased": Words(_t("删除个人信息"), _P, "trash"),
}
