"""The language model that may word answers, if the company attaches one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.ledger.facts import Subject


class LanguageModel(models.Model):
    """One row: where an OpenAI-compatible service is reached, what it is called, and whether it is used. The key is sealed
    under the row's own key."""

    is_on = models.BooleanField(_("启用"), default=False)
    address = models.CharField(_("接口地址"), max_length=300, default="", blank=True)
    name = models.CharField(_("模型名称"), max_length=80, default="", blank=True)
    secret = models.TextField(_("密钥（加密）"), default="", blank=True)
    seconds = models.PositiveSmallIntegerField(_("最多等几秒"), default=8)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)
    tried_at = models.DateTimeField(_("试用时间"), null=True)
    tried_by = models.CharField(_("试用人"), max_length=101, default="", blank=True)
    tried = models.CharField(_("试用结果"), max_length=300, default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("address", "name", "secret", "changed_by", "tried_by", "tried")

    class Meta:
        verbose_name = _("语言模型")
        verbose_name_plural = _("语言模型")
        constraints = [
            models.CheckConstraint(
                condition=Q(tried_at=None, tried_by="") | Q(tried_at__isnull=False) & ~Q(tried_by=""),
                name="language_model_tried_pair",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        """The owner of the key that the service's key is sealed under."""
        return Subject("language_model", str(self.pk))
