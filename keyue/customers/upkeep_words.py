"""What people call the fields of a file, why each matters, and the sentences about values that do not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.customers.upkeep_rules import FieldRule

FACT_WORDS: dict[str, Promise] = {
    "archive.checked": _("每日检查档案"),
    "archive.changed_in_bulk": _("成批更改客户"),
    "archive.field_defined": _("增加档案字段"),
    "archive.field_changed": _("更改档案字段"),
    "archive.field_retired": _("停用档案字段"),
    "archive.field_restored": _("恢复档案字段"),
    "archive.upkeep_set": _("设置档案检查与联系间隔"),
}
"""Facts about the archive as a whole."""

FIELD_LABELS: Mapping[str, Promise] = {
    "name": _("名称"),
    "contact": _("联系人"),
    "phone": _("电话"),
    "email": _("邮箱"),
    "address": _("地址"),
    "needs": _("业务需求"),
    "history": _("合作历史"),
    "credit": _("信用状况"),
    "decision_makers": _("重要决策人"),
    "region": _("省级地区"),
    "city": _("城市"),
    "industry": _("行业"),
    "scale": _("规模"),
    "category": _("分类"),
    "credit_limit": _("信用额度"),
    # those of which completeness says nothing
    "strategy": _("维护策略"),
    "stage": _("阶段"),
    "stage_since": _("进入阶段时间"),
    "grade": _("分级"),
    "account_manager": _("客户经理"),
    "department": _("归属部门"),
    "source": _("来源"),
    "legal_basis": _("个人信息处理依据"),
    "secrecy": _("密级"),
    "role": _("职务"),
    "part": _("决策角色"),
    "stance": _("态度"),
    "preferred_channel": _("首选联系方式"),
    "reports_to": _("上级"),
    "left_at": _("离开时间"),
}
WHY: Mapping[str, Promise] = {
    "name": _("没有名称就认不出是谁"),
    "contact": _("有事时不知道找谁"),
    "phone": _("联系不上，投诉和通知都到不了"),
    "email": _("书面答复和资料发不过去"),
    "address": _("上门、寄送和开票都要用"),
    "needs": _("不知道客户要什么，方案无从做起"),
    "history": _("接手的人不知道做过什么、答应过什么"),
    "credit": _("签约和赊销前要看信用"),
    "decision_makers": _("找不到能拍板的人"),
    "region": _("按地区派人和统计要用"),
    "city": _("安排上门要用"),
    "industry": _("分级和分析要用"),
    "scale": _("分级要用"),
    "category": _("按分类标准归档要用"),
    "credit_limit": _("赊销前要有额度"),
}
WHY_OWN = _("公司规定必填")
EXPECTED: Mapping[str, Promise] = {
    "number": _("请填数字，如 12 或 3.5"),
    "date": _("请填日期，如 2026-03-16"),
    "choice": _("请从选项里选一个"),
    "yes_no": _("请填「是」或「否」"),
}


def label_of(rule: FieldRule) -> str:
    """What people call a field."""
    return rule.label or str(FIELD_LABELS.get(rule.key, rule.key))


def labels(rules: Iterable[FieldRule]) -> dict[str, str]:
    """What people call the fields of the archive, by the keys that facts use."""
    return {key: str(label) for key, label in FIELD_LABELS.items()} | {r.key: label_of(r) for r in rules}


def why_of(key: str) -> str:
    """Why a field is asked for."""
    return str(WHY.get(key, WHY_OWN))
