"""Changes of many customers at once: begun by a person, worked on in the background, and taken back by a second one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import BulkItemState, BulkKind
from keyue.customers.models.archive import Customer


class BulkChange(models.Model):
    """What many customers are given: an account manager, a stage or a category. Open as long as items wait."""

    # why, sealed under the key of who asked for it
    personal: ClassVar[tuple[str, ...]] = ("reason",)
    plain: ClassVar[tuple[str, ...]] = ("kind", "value")

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("批量操作"), max_length=8, choices=BulkKind)
    # the id of a member of staff, a stage or a category; empty: nobody, none
    value = models.CharField(_("改为"), max_length=40, blank=True, default="")
    reason = models.TextField(_("原因（加密）"), blank=True, default="")
    total = models.PositiveIntegerField(_("客户数"), default=0)
    user = models.ForeignKey("people.User", models.PROTECT, related_name="+", verbose_name=_("发起人"))
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    # each customer gets back what it had before that change
    undoes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="undone_by", verbose_name=_("撤销的批次")
    )

    class Meta:
        verbose_name = _("批量变更")
        verbose_name_plural = _("批量变更")
        indexes = [models.Index(fields=["id"], condition=Q(finished_at__isnull=True), name="bulk_open")]

    def __str__(self) -> str:
        return str(self.pk)


class BulkChangeItem(models.Model):
    """One customer of a change of many: what they had before, and what became of them."""

    plain: ClassVar[tuple[str, ...]] = ("state", "before", "problem")

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(
        BulkChange, models.PROTECT, related_name="items", db_index=False, verbose_name=_("批量变更")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("客户")
    )
    state = models.CharField(_("结果"), max_length=8, choices=BulkItemState, default=BulkItemState.WAITING)
    before = models.JSONField(_("原值"), default=dict, blank=True)
    # a sentence of the product's, in Chinese
    problem = models.CharField(_("问题"), max_length=300, blank=True, default="")

    class Meta:
        verbose_name = _("批量变更的客户")
        verbose_name_plural = _("批量变更的客户")
        indexes = [models.Index(fields=["change", "state", "id"], name="bulk_items")]

    def __str__(self) -> str:
        return f"{self.change_id}/{self.customer_id}"
