"""Closed lists of the contracts room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ContractKind(TextChoices):
    """What a contract is about."""

    SALES = "sales", _("销售")
    SERVICE = "service", _("服务")
    CONSTRUCTION = "construction", _("工程")
    FRAMEWORK = "framework", _("框架协议")
    OTHER = "other", _("其他")


class Status(TextChoices):
    """How far a contract has come; whether it is in force, the calendar says."""

    DRAFTED = "drafted", _("起草中")
    REVIEWED = "reviewed", _("已评审，待签署")
    SIGNED = "signed", _("已签署，待归档")
    ARCHIVED = "archived", _("已归档")
    TERMINATED = "terminated", _("已终止")


class Standing(TextChoices):
    """What a contract is on a day: its status, and what its dates make of it."""

    DRAFTED = "drafted", _("起草中")
    REVIEWED = "reviewed", _("待签署")
    AHEAD = "ahead", _("未到生效日")
    IN_FORCE = "in_force", _("履行中")
    ENDING = "ending", _("90 天内到期")
    EXPIRED = "expired", _("已到期")
    TERMINATED = "terminated", _("已终止")


class What(TextChoices):
    """What a service level promises, in the order in which a case goes."""

    CLASSIFY = "classify", _("受理并分类")
    FIRST_RESPONSE = "first_response", _("首次回应")
    PLAN = "plan", _("拿出处理方案")
    SOLVE = "solve", _("解决")
    RESULT = "result", _("告知结果")


class Unit(TextChoices):
    """In what a service level is counted. Working time needs a calendar, natural time none."""

    MINUTES = "minutes", _("分钟")
    HOURS = "hours", _("小时")
    WORKING_HOURS = "working_hours", _("工作小时")
    DAYS = "days", _("天")
    WORKING_DAYS = "working_days", _("工作日")


class CaseSort(TextChoices):
    """For which cases a service level holds; the codes are those of the facts about cases."""

    COMPLAINT = "complaint", _("投诉")
    FEEDBACK = "feedback", _("反馈")
    SUGGESTION = "suggestion", _("建议")
    INQUIRY = "inquiry", _("咨询")
    REQUEST = "request", _("服务请求")


class EndReason(TextChoices):
    """Why a contract ended before its term."""

    AGREED = "agreed", _("双方协商")
    BREACH = "breach", _("一方违约")
    REPLACED = "replaced", _("被新合同替代")
    DONE = "done", _("提前履行完毕")
    OTHER = "other", _("其他")


class Topic(TextChoices):
    """What a talk with a customer about a project was about."""

    PROGRESS = "progress", _("项目进展")
    STAGE = "stage", _("阶段完成")
    PLAN = "plan", _("服务方案")
    OTHER = "other", _("其他")


class Way(TextChoices):
    """How the customer was told; each is a kind of evidence."""

    CALL = "call", _("电话")
    VISIT = "visit", _("当面")
    MAIL = "mail", _("邮件")
    MESSAGE = "message", _("微信或短信")
    MEETING = "meeting", _("会议")


class Opinion(TextChoices):
    """What a customer's opinion, heard at a project, is as a case."""

    FEEDBACK = "feedback", _("反馈")
    SUGGESTION = "suggestion", _("建议")
    COMPLAINT = "complaint", _("投诉")
