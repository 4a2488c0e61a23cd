"""What this installation knows about itself."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Installation(models.Model):
    """One row: the company that runs here, since when, and whether it is the demo."""

    company = models.CharField(_("公司名称"), max_length=80)
    is_demo = models.BooleanField(_("演示"), default=False)
    founded_at = models.DateTimeField(_("启用时间"))
    service_phone = models.CharField(_("服务电话"), max_length=40, default="", blank=True)
    privacy_notice = models.TextField(_("个人信息说明"), default="", blank=True)
    consent_text = models.CharField(_("同意语句"), max_length=200, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("company", "service_phone", "privacy_notice", "consent_text")

    class Meta:
        verbose_name = _("安装")
        verbose_name_plural = _("安装")

    def __str__(self) -> str:
        return self.company
