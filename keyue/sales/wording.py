"""What people call the facts of this room."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FACT_WORDS: dict[str, Promise] = {
    "lead.registered": _("报备线索"),
    "lead.registered_again": _("撞单"),
    "lead.conflict_settled": _("裁定撞单"),
    "lead.contacted": _("联系线索"),
    "lead.qualified": _("线索成为客户"),
    "lead.dropped": _("放弃线索"),
    "lead.expired": _("线索保护到期"),
    "lead.extended": _("延长线索保护"),
    "lead.handed_over": _("线索交给别人"),
    "lead.revealed": _("查看线索个人信息"),
    "lead.erased": _("删除线索个人信息"),
    "pool.warned": _("提醒久未联系"),
    "pool.entered": _("放入公海"),
    "pool.left": _("离开公海"),
    "target.set": _("设定开发目标"),
    "sales_rules.changed": _("修改客户开发规则"),
    "plan.sent": _("发出服务方案"),
    "plan.confirmed": _("客户确认服务方案"),
    "plan.changes_asked": _("客户要求修改服务方案"),
    "plan.withdrawn": _("撤回服务方案"),
    "opportunity.opened": _("建立商机"),
    "opportunity.moved": _("商机换阶段"),
    "opportunity.changed": _("修改商机"),
    "opportunity.won": _("商机赢单"),
    "opportunity.lost": _("商机输单"),
    "opportunity.reopened": _("重新打开商机"),
    "opportunity.handed_over": _("商机交给别人"),
}

STAGE_NAMES: dict[str, Promise] = {
    "contact": _("初步接触"),
    "need": _("需求确认"),
    "offer": _("方案报价"),
    "talks": _("商务谈判"),
    "won": _("赢单"),
    "lost": _("输单"),
}
"""What the stages of an opportunity are called where the company has set none."""
