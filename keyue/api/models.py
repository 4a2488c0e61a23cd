"""What the API remembers: answers by idempotency key."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class IdempotentAnswer(models.Model):
    """The answer to a request that carried an idempotency key, written in the transaction of what it did.

    `body` is sealed under the token and the key that were sent; `status` 0 is a key just claimed, never seen from outside.
    """

    key = models.CharField(_("幂等键摘要"), max_length=64, unique=True)
    fingerprint = models.CharField(_("请求摘要"), max_length=64)
    status = models.PositiveSmallIntegerField(_("状态码"))
    body = models.BinaryField(_("应答（加密）"))
    content_type = models.CharField(_("应答类型"), max_length=80)
    at = models.DateTimeField(_("时间"))

    plain: ClassVar[tuple[str, ...]] = ("key", "fingerprint", "content_type")

    class Meta:
        verbose_name = _("幂等应答")
        verbose_name_plural = _("幂等应答")
        indexes = [models.Index(fields=["at"], name="idempotent_at")]

    def __str__(self) -> str:
        return self.key
