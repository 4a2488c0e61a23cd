"""What was asked of the product itself, what it answered, and what it could not. Personal data is masked before it is kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.kernel.ids import new_id
from keyue.knowledge.enums import Answered, GroupState, Useful
from keyue.knowledge.models.articles import Article


class QuestionGroup(models.Model):
    """Questions that are alike and had no answer, or none that helped. `key` is a digest of what they say; `near` is the
    article that came closest, whose owner looks at them first."""

    text = models.CharField(_("问题"), max_length=300)
    wordings = models.JSONField(_("客户的问法"), default=list)
    key = models.CharField(_("问题摘要"), max_length=64)
    count = models.PositiveIntegerField(_("提问次数"), default=0)
    unhelpful = models.PositiveIntegerField(_("其中答了没用"), default=0)
    first_at = models.DateTimeField(_("首次提问"))
    last_at = models.DateTimeField(_("最近提问"))
    near = models.ForeignKey(
        Article, models.PROTECT, null=True, related_name="+", verbose_name=_("最接近的文章")
    )
    state = models.CharField(_("状态"), max_length=8, choices=GroupState, default=GroupState.OPEN)
    article = models.ForeignKey(
        Article, models.PROTECT, null=True, related_name="questions", verbose_name=_("文章")
    )
    decided_at = models.DateTimeField(_("处理时间"), null=True)
    decided_by = models.CharField(_("处理人"), max_length=101, default="", blank=True)

    personal: ClassVar[tuple[str, ...]] = ("text", "wordings")
    plain: ClassVar[tuple[str, ...]] = ("key", "decided_by")

    class Meta:
        verbose_name = _("没答上来的问题")
        verbose_name_plural = _("没答上来的问题")
        indexes = [
            models.Index(fields=["state", "-count", "-last_at"], name="question_group_open"),
            models.Index(fields=["last_at"], name="question_group_last"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state="open"), name="question_group_once"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by="") | Q(decided_at__isnull=False) & ~Q(decided_by=""),
                name="question_group_decided_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class Question(models.Model):
    """One question and what was answered: from which editions (`sources`: number, edition, confidence in percent), by which
    language model if by one, and whether it helped. `via` is the channel's code, `help` the help centre."""

    uid = models.UUIDField(_("标识"), unique=True, default=new_id)
    via = models.CharField(_("渠道"), max_length=12)
    text = models.CharField(_("问题"), max_length=300)
    at = models.DateTimeField(_("提问时间"))
    outcome = models.CharField(_("结果"), max_length=10, choices=Answered)
    reply = models.TextField(_("答复"), default="", blank=True)
    article = models.ForeignKey(Article, models.PROTECT, null=True, related_name="+", verbose_name=_("文章"))
    edition = models.PositiveIntegerField(_("文章版次"), default=0)
    confidence = models.PositiveSmallIntegerField(_("把握（%）"), default=0)
    sources = models.JSONField(_("出处"), default=list)
    model = models.CharField(_("语言模型"), max_length=80, default="", blank=True)
    useful = models.CharField(_("是否有用"), max_length=3, choices=Useful, default="", blank=True)
    judged_at = models.DateTimeField(_("评价时间"), null=True)
    group = models.ForeignKey(
        QuestionGroup, models.SET_NULL, null=True, related_name="questions", verbose_name=_("没答上来的问题")
    )

    personal: ClassVar[tuple[str, ...]] = ("text", "reply")
    plain: ClassVar[tuple[str, ...]] = ("via", "sources", "model")

    class Meta:
        verbose_name = _("客户提问")
        verbose_name_plural = _("客户提问")
        indexes = [models.Index(fields=["-at"], name="question_newest")]

    def __str__(self) -> str:
        return self.text
