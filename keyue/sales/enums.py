"""Closed lists of the sales room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LeadState(TextChoices):
    """Where a lead stands; nothing follows on the last three."""

    OPEN = "open", _("保护中")
    CONFLICT = "conflict", _("撞单待裁定")
    QUALIFIED = "qualified", _("已成为客户")
    DROPPED = "dropped", _("已放弃")
    EXPIRED = "expired", _("保护已过期")


LEAD_TONES: dict[str, str] = {
    LeadState.OPEN: "open",
    LeadState.CONFLICT: "soon",
    LeadState.QUALIFIED: "kept",
    LeadState.DROPPED: "void",
    LeadState.EXPIRED: "idle",
}


class DropReason(TextChoices):
    """Why nothing comes of a lead."""

    NO_NEED = "no_need", _("没有需求")
    UNREACHABLE = "unreachable", _("联系不上")
    COMPETITOR = "competitor", _("选了别家")
    PRICE = "price", _("价格")
    UNFIT = "unfit", _("不是目标客户")
    # nobody chooses it: a settled conflict does
    CONFLICT = "conflict", _("撞单裁定归他人")
    OTHER = "other", _("其他")


class Settlement(TextChoices):
    """Who gets what two have registered."""

    FIRST = "first", _("归先报备或已在跟进的人")
    NEWCOMER = "newcomer", _("归后报备的人")
    BOTH = "both", _("不是同一客户，各自跟进")


class PoolReason(TextChoices):
    """Why a customer came into the public pool."""

    RELEASED = "released", _("客户经理释放")
    RECYCLED = "recycled", _("久未联系，自动回收")
    MANAGER = "manager", _("销售负责人放入")
    UNASSIGNED = "unassigned", _("没有客户经理")


class PoolEnd(TextChoices):
    """How a customer left the pool."""

    PICKED = "picked", _("被领取")
    UNDONE = "undone", _("撤销放入")
    ASSIGNED = "assigned", _("另行指派")


class NeedState(TextChoices):
    """How far a customer's need has come."""

    OPEN = "open", _("待出方案")
    PLANNED = "planned", _("方案待客户确认")
    AGREED = "agreed", _("方案已确认")
    DROPPED = "dropped", _("不再跟进")


NEED_TONES: dict[str, str] = {
    NeedState.OPEN: "soon",
    NeedState.PLANNED: "open",
    NeedState.AGREED: "kept",
    NeedState.DROPPED: "void",
}


class NeedDrop(TextChoices):
    """Why a need is not followed any more."""

    WITHDRAWN = "withdrawn", _("客户不再需要")
    BEYOND = "beyond", _("超出公司能力或范围")
    PRICE = "price", _("价格")
    COMPETITOR = "competitor", _("选了别家")
    DOUBLE = "double", _("重复记录")
    OTHER = "other", _("其他")


class PlanState(TextChoices):
    """Where a service plan stands between the company and the customer."""

    SENT = "sent", _("等客户确认")
    CONFIRMED = "confirmed", _("客户已确认")
    CHANGES = "changes", _("客户要求修改")
    REPLACED = "replaced", _("已被新方案代替")
    WITHDRAWN = "withdrawn", pgettext_lazy("plan state", "已撤回")


PLAN_TONES: dict[str, str] = {
    PlanState.SENT: "open",
    PlanState.CONFIRMED: "kept",
    PlanState.CHANGES: "soon",
    PlanState.REPLACED: "void",
    PlanState.WITHDRAWN: "void",
}


class Agreed(TextChoices):
    """How a customer said yes to a plan."""

    LINK = "link", _("确认链接")
    CALL = "call", _("电话")
    VISIT = "visit", _("当面")
    MAIL = "mail", _("邮件")
    PAPER = "paper", _("书面签字")


class LossReason(TextChoices):
    """Why an opportunity was lost."""

    PRICE = "price", _("价格")
    COMPETITOR = "competitor", _("选了别家")
    PRODUCT = "product", _("产品或方案不合适")
    TIME = "time", _("时间不合适")
    BUDGET = "budget", _("客户没有预算")
    NO_NEED = "no_need", _("没有需求")
    OTHER = "other", _("其他")


class PeriodKind(TextChoices):
    """How long a target is for."""

    MONTH = "month", _("月")
    QUARTER = "quarter", _("季度")
    YEAR = "year", _("年")
