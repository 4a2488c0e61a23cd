"""Who is on duty on a hotline, and how far it has been looked whether somebody was."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.conversations.models import Channel


class Shift(models.Model):
    """Somebody is on duty from `start_at` to `end_at`. What is over stays as it was; what is to come can be taken away."""

    channel = models.ForeignKey(
        Channel, verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="shifts"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("值班人"), on_delete=models.PROTECT, related_name="+"
    )
    start_at = models.DateTimeField(_("开始时间"))
    end_at = models.DateTimeField(_("结束时间"))
    made_at = models.DateTimeField(_("排班时间"))
    made_by = models.CharField(_("排班人"), max_length=101)
    removed_at = models.DateTimeField(_("取消时间"), null=True)
    removed_by = models.CharField(_("取消人"), max_length=101, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("made_by", "removed_by")

    class Meta:
        verbose_name = _("值班")
        verbose_name_plural = _("值班")
        indexes = [
            models.Index(fields=["channel", "start_at"], name="shift_plan", condition=Q(removed_at=None)),
            models.Index(fields=["user", "start_at"], name="shift_person", condition=Q(removed_at=None)),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(end_at__gt=F("start_at")), name="shift_ends_after_start"),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by="")
                | (Q(removed_at__isnull=False) & ~Q(removed_by="")),
                name="shift_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.start_at:%Y-%m-%d %H:%M}"


class RosterState(models.Model):
    """Up to when gaps of a hotline's plan are facts already."""

    channel = models.OneToOneField(
        Channel, verbose_name=_("渠道"), on_delete=models.PROTECT, primary_key=True, related_name="+"
    )
    checked_to = models.DateTimeField(_("已核到"))

    class Meta:
        verbose_name = _("值班核对")
        verbose_name_plural = _("值班核对")

    def __str__(self) -> str:
        return str(self.channel_id)
