"""Closed lists of the sorting room."""

from __future__ import annotations

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import CaseType, Category, Level


class Mood(models.TextChoices):
    """How a customer sounds."""

    ANGRY = "angry", _("愤怒")
    NEGATIVE = "negative", _("不满")
    CALM = "calm", _("平和")
    POSITIVE = "positive", _("满意")


class Question(models.TextChoices):
    """What is proposed for a case."""

    CATEGORY = "category", _("类别")
    TYPE = "type", _("类型")
    URGENCY = "urgency", _("级别")
    SEVERITY = "severity", _("严重程度")
    REACH = "reach", _("影响范围")
    CONSEQUENCE = "consequence", _("可能后果")
    LEAD = "lead", _("牵头部门")
    MOOD = "mood", _("情绪")


LABELS: dict[str, type[models.TextChoices]] = {
    Question.CATEGORY.value: Category,
    Question.TYPE.value: CaseType,
    Question.URGENCY.value: Level,
    Question.MOOD.value: Mood,
}
"""What the answers to a question are called; scores are numbers, departments have names of their own."""


class ModelState(models.TextChoices):
    """Whether proposals come from a version of the model."""

    TRIED = "tried", _("没有启用")
    IN_USE = "in_use", _("使用中")
    REPLACED = "replaced", _("已换下")


MODEL_TONES: dict[str, str] = {
    ModelState.TRIED: "idle",
    ModelState.IN_USE: "kept",
    ModelState.REPLACED: "idle",
}


class ProblemState(models.TextChoices):
    """Where the search for the cause of alike cases stands."""

    SUSPECTED = "suspected", _("待确认")
    OPEN = "open", _("查找原因")
    KNOWN = "known", _("原因已明")
    SOLVED = "solved", _("已解决")
    DISMISSED = "dismissed", _("不是同一问题")


PROBLEM_TONES: dict[str, str] = {
    ProblemState.SUSPECTED: "late",
    ProblemState.OPEN: "open",
    ProblemState.KNOWN: "soon",
    ProblemState.SOLVED: "kept",
    ProblemState.DISMISSED: "idle",
}
RUNNING = (ProblemState.SUSPECTED, ProblemState.OPEN, ProblemState.KNOWN)
PROPOSED_ACTS: dict[str, Promise] = {
    "classify": _("分类"),
    "assess": _("评估"),
    "assign": _("派单"),
}
"""The acts on a case whose form is filled by a proposal."""
