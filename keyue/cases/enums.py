"""What a case can be. Each member has its label; tables keyed by them are complete, and a test says so."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.ledger.facts import EvidenceKind


class CaseType(models.TextChoices):
    """S7: the feedback regulation applies to the first three; the others are classified only."""

    FEEDBACK = "feedback", _("反馈")
    SUGGESTION = "suggestion", _("建议")
    COMPLAINT = "complaint", _("投诉")
    PRAISE = "praise", _("表扬")
    INQUIRY = "inquiry", _("咨询")
    REQUEST = "request", _("服务请求")
    MISCONDUCT = "misconduct", _("举报")


TYPE_PREFIXES: dict[str, str] = {
    CaseType.FEEDBACK: "FK",
    CaseType.SUGGESTION: "JY",
    CaseType.COMPLAINT: "TS",
    CaseType.PRAISE: "BY",
    CaseType.INQUIRY: "ZX",
    CaseType.REQUEST: "QQ",
    CaseType.MISCONDUCT: "JB",
}

TYPE_ICONS: dict[str, str] = {
    CaseType.FEEDBACK: "case",
    CaseType.SUGGESTION: "note",
    CaseType.COMPLAINT: "flag",
    CaseType.PRAISE: "star",
    CaseType.INQUIRY: "chat",
    CaseType.REQUEST: "care",
    CaseType.MISCONDUCT: "shield",
}


class Category(models.TextChoices):
    """The five categories of S3 4.1.1."""

    PRODUCT = "product", _("产品质量")
    SERVICE = "service", _("服务质量")
    PRICE = "price", _("价格")
    DELIVERY = "delivery", _("交付时间")
    OTHER = "other", _("其他")


class Phase(models.TextChoices):
    """S3 2: before, during or after the sale."""

    BEFORE = "before", _("售前")
    DURING = "during", _("售中")
    AFTER = "after", _("售后")


class Channel(models.TextChoices):
    """How it reached the company."""

    WEBFORM = "webform", _("网上反馈")
    EMAIL = "email", _("邮件")
    PHONE = "phone", _("电话")
    CHAT = "chat", _("在线客服")
    SMS = "sms", _("短信")
    WECHAT = "wechat", _("微信")
    WECOM = "wecom", _("企业微信")
    VISIT = "visit", _("来访")
    REVIEW = "review", _("评价")
    SHEET = "sheet", _("表格导入")
    API = "api", _("接口")


CHANNEL_EVIDENCE: dict[str, EvidenceKind] = {
    Channel.WEBFORM: EvidenceKind.PORTAL,
    Channel.EMAIL: EvidenceKind.MAIL,
    Channel.PHONE: EvidenceKind.CALL,
    Channel.CHAT: EvidenceKind.CHAT,
    Channel.SMS: EvidenceKind.CHAT,
    Channel.WECHAT: EvidenceKind.CHAT,
    Channel.WECOM: EvidenceKind.CHAT,
    Channel.VISIT: EvidenceKind.VISIT,
    Channel.REVIEW: EvidenceKind.PORTAL,
    Channel.SHEET: EvidenceKind.SHEET,
    Channel.API: EvidenceKind.PORTAL,
}
"""What a word of the customer that came in so proves."""


class Priority(models.TextChoices):
    """The two fixed codes that limits know; each level counts as one of them."""

    NORMAL = "normal", _("一般")
    URGENT = "urgent", _("紧急")


class Level(models.TextChoices):
    """The level that severity, reach and consequence give (S3 4.2.2)."""

    ORDINARY = "ordinary", _("一般")
    SERIOUS = "serious", _("较大")
    MAJOR = "major", _("重大")


LEVEL_BARS: dict[str, int] = {Level.ORDINARY: 1, Level.SERIOUS: 2, Level.MAJOR: 3}
LEVEL_PRIORITIES: dict[str, str] = {
    Level.ORDINARY: Priority.NORMAL,
    Level.SERIOUS: Priority.NORMAL,
    Level.MAJOR: Priority.URGENT,
}


class Stage(models.TextChoices):
    """Where a case stands, in the order of the regulation."""

    CLASSIFY = "classify", _("待分类")
    REVIEW = "review", _("待审核")
    ASSESS = "assess", _("待评估")
    ASSIGN = "assign", _("待派单")
    PLAN = "plan", _("待方案")
    SOLVE = "solve", _("处理中")
    REPORT = "report", _("待报结果")
    TELL = "tell", _("待告知客户")
    FOLLOW_UP = "follow_up", _("待回访")
    CLOSE = "close", _("待关闭")
    CLOSED = "closed", _("已关闭")


STAGE_TONES: dict[str, str] = {
    Stage.CLASSIFY: "open",
    Stage.REVIEW: "open",
    Stage.ASSESS: "open",
    Stage.ASSIGN: "open",
    Stage.PLAN: "open",
    Stage.SOLVE: "open",
    Stage.REPORT: "open",
    Stage.TELL: "open",
    Stage.FOLLOW_UP: "open",
    Stage.CLOSE: "open",
    Stage.CLOSED: "idle",
}

STAGE_PUBLIC_SENTENCES: dict[str, object] = {
    Stage.CLASSIFY: _("已收到，正在分类"),
    Stage.REVIEW: _("正在核实"),
    Stage.ASSESS: _("正在评估影响"),
    Stage.ASSIGN: _("正在安排责任部门"),
    Stage.PLAN: _("正在制定处理方案"),
    Stage.SOLVE: _("正在处理"),
    Stage.REPORT: _("已处理，正在汇总结果"),
    Stage.TELL: _("已处理，正在把结果告知您"),
    Stage.FOLLOW_UP: _("结果已告知，等您评价"),
    Stage.CLOSE: _("您已确认，正在归档"),
    Stage.CLOSED: _("已结束"),
}


class WaitingReason(models.TextChoices):
    """Typed reasons for a pause (16)."""

    CUSTOMER = "customer", _("等客户补充资料")
    THIRD_PARTY = "third_party", _("等第三方")
    FORCE_MAJEURE = "force_majeure", _("不可抗力")


class Exit(models.TextChoices):
    """How a case ends (34). All but satisfaction and an answered inquiry need an approver who is not the owner."""

    SATISFIED = "satisfied", _("客户满意")
    ANSWERED = "answered", _("已答复")
    DECLINED = "declined", _("客户放弃")
    UNREACHABLE = "unreachable", _("多次联系不上")
    THIRD_PARTY = "third_party", _("转由第三方处理")
    INVALID = "invalid", _("无效")
    WITHDRAWN = "withdrawn", _("客户撤回")
    MERGED = "merged", _("并入其他事项")


class FollowUpOutcome(models.TextChoices):
    SATISFIED = "satisfied", pgettext_lazy("回访", "满意")
    UNSATISFIED = "unsatisfied", _("不满意，需要重新处理")
    UNREACHABLE = "unreachable", _("没有联系上")


class Cause(models.TextChoices):
    """Root causes, for telling repeats apart (S1 10.3)."""

    DESIGN = "design", _("产品设计")
    QUALITY = "quality", _("产品质量")
    SUPPLY = "supply", _("供应与交付")
    SKILL = "skill", _("人员技能")
    ATTITUDE = "attitude", _("服务态度")
    PROCESS = "process", _("流程缺失")
    INFORMATION = "information", _("信息不准")
    CUSTOMER_USE = "customer_use", _("使用方式")
    OUTSIDE = "outside", _("外部原因")
    OTHER = "other", _("其他")


class Telling(models.TextChoices):
    """How the customer was told: an act with evidence."""

    MAIL = "mail", _("邮件")
    PORTAL = "portal", _("进度页留言")
    CALL = "call", _("电话")
    VISIT = "visit", _("当面")


class MessageKind(models.TextChoices):
    """What a line of the timeline is."""

    INBOUND = "in", _("客户来信")
    OUTBOUND = "out", _("告知客户")
    NOTE = "note", _("内部备注")
    PLAN = "plan", _("处理方案")
    RESULT = "result", _("处理结果")
    MINUTES = "minutes", _("会议纪要")
    CAUSE = "cause", _("根因与预防")
    TASK = "task", _("协办任务")


MESSAGE_VISIBLE_TO_CUSTOMER: dict[str, bool] = {
    MessageKind.INBOUND: True,
    MessageKind.OUTBOUND: True,
    MessageKind.NOTE: False,
    MessageKind.PLAN: False,
    MessageKind.RESULT: False,
    MessageKind.MINUTES: False,
    MessageKind.CAUSE: False,
    MessageKind.TASK: False,
}
