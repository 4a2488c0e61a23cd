"""Closed lists of the grading room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.grading.rules import Kind, Missing, Part


class StandardState(TextChoices):
    """How far a version of the standard has come: S1-6.2a."""

    DRAFT = "draft", _("起草中")
    SUBMITTED = "submitted", _("待批准")
    APPROVED = "approved", _("已批准，未启用")
    APPLIED = "applied", _("使用中")
    RETIRED = "retired", _("已停用")


class RunState(TextChoices):
    """How far a review of the grades has come."""

    RUNNING = "running", _("进行中")
    STOPPED = "stopped", _("已停止")
    DONE = "done", _("已完成")


class Why(TextChoices):
    """Why a grade was looked at: S1-6.3."""

    PERIODIC = "periodic", _("定期评估")
    EVENT = "event", _("资料变化")
    ASKED = "asked", _("人工评估")
    REVIEW = "review", _("客户要求复核")


class Outcome(TextChoices):
    """What became of a proposal."""

    ACCEPTED = "accepted", _("按建议定级")
    OTHER = "other", _("定为其他等级")
    KEPT = "kept", _("维持原等级")
    LAPSED = "lapsed", _("不再需要")


class Reason(TextChoices):
    """Why a grade became another one, as the fact says it."""

    SCORE = "score", _("按标准得分")
    JUDGEMENT = "judgement", _("综合判断")
    REVIEW = "review", _("客户要求复核")
    UNDONE = "undone", _("撤销上次决定")


KIND_NAMES: dict[Kind, Promise] = {
    Kind.NUMBER: _("数字，分档"),
    Kind.CHOICE: _("选项，按表"),
    Kind.YES_NO: _("是或否"),
    Kind.MONTHS: _("日期，按已过几个月分档"),
}

PART_NAMES: dict[Part, Promise] = {
    Part.SIZE: _("合作规模"),
    Part.POTENTIAL: _("潜力"),
    Part.CREDIT: _("信用"),
    Part.HISTORY: _("往来历史"),
    Part.VALUE: _("客户价值"),
    Part.NEEDS: _("客户需要"),
    Part.OTHER: _("其他"),
}

MISSING_NAMES: dict[Missing, Promise] = {
    Missing.LEAVE_OUT: _("不计这个因素，其余因素的权重按比例补足 100"),
    Missing.LOWEST: _("按这个因素的最低分计"),
}
