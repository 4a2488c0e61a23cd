"""How far the messages of WeChat customer service have been fetched."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class SyncCursor(models.Model):
    """Where the next fetch of an account's messages begins: moved in the transaction of the messages before it. Read by one
    process at a time (`held_until`)."""

    channel = models.OneToOneField(
        "conversations.Channel", verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="+"
    )
    cursor = models.CharField(_("游标"), max_length=200, default="", blank=True)
    held_until = models.DateTimeField(_("正在读取，至"), null=True)

    plain: ClassVar[tuple[str, ...]] = ("cursor",)

    class Meta:
        verbose_name = _("读取进度")
        verbose_name_plural = _("读取进度")

    def __str__(self) -> str:
        return f"{self.channel_id} {self.cursor}"
