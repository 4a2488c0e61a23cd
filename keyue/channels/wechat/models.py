"""The access token of an account, kept once for all processes: asking for a new one makes the one before worthless."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessToken(models.Model):
    """A token of a channel at its platform, sealed under the channel's key. `refreshing_until` is set while a process asks
    for a new one, so that two do not ask at once."""

    channel = models.OneToOneField(
        "conversations.Channel", verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="+"
    )
    token = models.TextField(_("凭证（加密）"), default="", blank=True)
    expires_at = models.DateTimeField(_("失效时间"), null=True)
    refreshing_until = models.DateTimeField(_("正在刷新，至"), null=True)

    plain: ClassVar[tuple[str, ...]] = ("token",)

    class Meta:
        verbose_name = _("平台凭证")
        verbose_name_plural = _("平台凭证")

    def __str__(self) -> str:
        return f"{self.channel_id}"
