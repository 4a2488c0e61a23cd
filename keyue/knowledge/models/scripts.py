"""What staff say in ready words: canned answers and templates, troubleshooting trees, and what every message must or must not hold."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.knowledge.enums import EditionState, LineMode, Scope, ScriptKind, ScriptState
from keyue.ledger.facts import Subject


class Script(models.Model):
    """Ready words that are sent (`canned`), or a troubleshooting tree that is walked (`tree`). `code` is short and typed;
    `scope` says who may use it: its owner, a department, or everybody. What it says, its editions say."""

    kind = models.CharField(_("种类"), max_length=6, choices=ScriptKind)
    code = models.CharField(_("短代码"), max_length=20)
    scope = models.CharField(_("谁能用"), max_length=10, choices=Scope, default=Scope.ALL)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("负责人")
    )
    department = models.CharField(_("部门"), max_length=60, default="", blank=True)
    ways = models.JSONField(_("用于渠道"), default=list, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=ScriptState, default=ScriptState.DRAFT)
    withdrawn_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("停用人"), max_length=101, default="", blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.CharField(_("建立人"), max_length=101)

    plain: ClassVar[tuple[str, ...]] = ("code", "department", "ways", "withdrawn_by", "created_by")

    class Meta:
        verbose_name = _("话术与排查流程")
        verbose_name_plural = _("话术与排查流程")
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(state="withdrawn"), name="script_code_once"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=""),
                name="script_withdrawn_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def subject(self) -> Subject:
        """Whose chain tells about it."""
        return Subject("script", str(self.pk))


class ScriptEdition(models.Model):
    """What a script says, and for whom it is (`reach`: code, scope, department, ways), which its script takes over once it is
    approved. Then it never changes; none of `authors`, as signatures, approves it. `search_text` is by which it is found: title,
    code and words, also in pinyin and by initials."""

    script = models.ForeignKey(
        Script, models.PROTECT, related_name="editions", verbose_name=_("话术与排查流程")
    )
    n = models.PositiveIntegerField(_("版次"))
    title = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("内容"))
    reach = models.JSONField(_("适用范围"), default=dict)
    search_text = models.TextField(_("检索文字"))
    remark = models.TextField(_("退回意见"), default="", blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=EditionState, default=EditionState.DRAFT)
    authors = models.JSONField(_("执笔人"), default=list, blank=True)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    approved_by = models.CharField(_("批准人"), max_length=101, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = (
        *("title", "body", "reach", "search_text", "remark", "authors", "changed_by", "approved_by"),
    )

    class Meta:
        verbose_name = _("话术版本")
        verbose_name_plural = _("话术版本")
        ordering = ("script", "n")
        constraints = [
            models.UniqueConstraint(fields=["script", "n"], name="script_edition_once"),
            models.UniqueConstraint(
                fields=["script"], condition=Q(state="published"), name="script_one_published"
            ),
            models.UniqueConstraint(
                fields=["script"], condition=Q(state__in=["draft", "submitted"]), name="script_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="")
                | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="script_edition_approved_pair",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "superseded"]) | Q(approved_at__isnull=False),
                name="script_edition_published_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.script_id}.{self.n}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being written or decided on."""
        return self.state in (EditionState.DRAFT, EditionState.SUBMITTED)

    @property
    def scope_label(self) -> str:
        """For whom it is, in words."""
        scope = self.reach.get("scope", Scope.ALL.value)
        return str(Scope(scope).label) if scope in Scope.values else ""


class RequiredLine(models.Model):
    """A line that every message to customers must carry on some ways (all, where `ways` is empty)."""

    text = models.CharField(_("必含语句"), max_length=300)
    ways = models.JSONField(_("用于渠道"), default=list, blank=True)
    mode = models.CharField(_("缺少时"), max_length=6, choices=LineMode, default=LineMode.ADD)
    added_at = models.DateTimeField(_("启用时间"))
    added_by = models.CharField(_("启用人"), max_length=101)
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    ended_by = models.CharField(_("停用人"), max_length=101, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("text", "ways", "added_by", "ended_by")

    class Meta:
        verbose_name = _("必含语句")
        verbose_name_plural = _("必含语句")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="required_line_ended_pair",
            )
        ]

    def __str__(self) -> str:
        return self.text


class SpeechRules(models.Model):
    """One row: words that no message to customers may hold, a line each."""

    forbidden = models.TextField(_("禁用词"), default="", blank=True)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)

    plain: ClassVar[tuple[str, ...]] = ("forbidden", "changed_by")

    class Meta:
        verbose_name = _("对客用语规则")
        verbose_name_plural = _("对客用语规则")

    def __str__(self) -> str:
        return str(self.changed_at)
