"""What the channels keep of their own: counts that limit them, and the texts that senders agreed to."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.channels import folders
from keyue.people.models import User


class RateWindow(models.Model):
    """How often something was done since its first time: a row a limit and doer, known by a keyed digest alone.

    Rows are upserted by `actions.take`, so that any number of processes count together, and deleted by a job.
    """

    key = models.CharField(_("摘要"), max_length=64, primary_key=True)
    start = models.BigIntegerField(_("起点（秒）"))
    n = models.PositiveIntegerField(_("次数"))

    blind: ClassVar[tuple[str, ...]] = ("key",)

    class Meta:
        verbose_name = _("限次窗口")
        verbose_name_plural = _("限次窗口")
        indexes = [models.Index(fields=["start"], name="rate_window_start")]

    def __str__(self) -> str:
        return f"{self.key[:8]}: {self.n}"


class ConsentText(models.Model):
    """A notice on personal data as it was published, or shown when somebody agreed; cases name its version."""

    version = models.CharField(_("版本"), max_length=20, primary_key=True)
    text = models.TextField(_("告知文本"))
    consent = models.CharField(_("同意语句"), max_length=300, default="", blank=True)
    first_used_at = models.DateTimeField(_("首次使用时间"), null=True)
    published_at = models.DateTimeField(_("发布时间"), null=True)
    published_by = models.ForeignKey(
        User, verbose_name=_("发布人"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    plain: ClassVar[tuple[str, ...]] = ("text", "consent")

    class Meta:
        verbose_name = _("告知文本")
        verbose_name_plural = _("告知文本")
        constraints = [
            models.CheckConstraint(
                condition=Q(published_by__isnull=True) | Q(published_at__isnull=False),
                name="a_publisher_has_an_instant",
            )
        ]

    def __str__(self) -> str:
        return self.version


folders.load("models")
