"""What a promise can be, and what is told about it. Each member has its label, tone and sentence."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class PromiseState(models.TextChoices):
    """Exactly one holds at any instant (I6)."""

    PENDING = "pending", _("进行中")
    MET = "met", _("按约")
    MET_LATE = "met_late", _("逾期完成")
    BREACHED = "breached", _("逾期")
    WAIVED = "waived", _("免除")
    CANCELLED = "cancelled", pgettext_lazy("promise state", "取消")


STATE_TONES: dict[str, str] = {
    PromiseState.PENDING: "open",
    PromiseState.MET: "kept",
    PromiseState.MET_LATE: "late",
    PromiseState.BREACHED: "late",
    PromiseState.WAIVED: "void",
    PromiseState.CANCELLED: "idle",
}

STATE_SENTENCES: dict[str, object] = {
    PromiseState.PENDING: _("还没有到期，也还没有完成"),
    PromiseState.MET: _("在时限内完成，证据齐全"),
    PromiseState.MET_LATE: _("完成了，但晚于时限；逾期的记录不会消失"),
    PromiseState.BREACHED: _("过了时限没有完成"),
    PromiseState.WAIVED: _("依制度免除，写明理由和批准人，单独列示"),
    PromiseState.CANCELLED: _("到期前目的已不存在，不再要求"),
}

KEPT = frozenset({PromiseState.MET})
BROKEN = frozenset({PromiseState.MET_LATE, PromiseState.BREACHED})


class NoticeKind(models.TextChoices):
    """Why somebody is told."""

    ASSIGNED = "assigned", _("新的约定")
    REMIND = "remind", _("到期提醒")
    ESCALATE = "escalate", _("升级")
    RETRACT = "retract", _("逾期撤回")
    CONTROL_FAILED = "control_failed", _("控制失效")
    SUMMARY = "summary", _("汇总")
    MESSAGE = "message", _("客户来信")
    REQUESTED = "requested", _("待审批")
    DECIDED = "decided", _("已审批")
    UNDELIVERED = "undelivered", _("邮件未送达")
    READING = "reading", _("请阅读制度")


NOTICE_TONES: dict[str, str] = {
    NoticeKind.ASSIGNED: "open",
    NoticeKind.REMIND: "soon",
    NoticeKind.ESCALATE: "late",
    NoticeKind.RETRACT: "kept",
    NoticeKind.CONTROL_FAILED: "late",
    NoticeKind.SUMMARY: "idle",
    NoticeKind.MESSAGE: "open",
    NoticeKind.REQUESTED: "soon",
    NoticeKind.DECIDED: "open",
    NoticeKind.UNDELIVERED: "late",
    NoticeKind.READING: "open",
}


class RequestKind(models.TextChoices):
    """What may be asked of an approver (39, 40)."""

    WAIVER = "waiver", pgettext_lazy("request", "免除")
    EXTENSION = "extension", _("延期")
