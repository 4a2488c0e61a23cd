"""Legal holds, restrictions, and how long personal data is kept."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.models import Customer
from keyue.people.models import User
from keyue.privacy.enums import KeepGround, RestrictReason, RetentionDecision, RetentionKind


class LegalHold(models.Model):
    """Keeps a customer's data from being erased, for a lawsuit or an authority; several may stand."""

    personal: ClassVar[tuple[str, ...]] = ("why", "release_why")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    why = models.TextField(_("保全原因（加密）"), blank=True)
    placed_at = models.DateTimeField(_("保全时间"))
    placed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("保全人"))
    review_on = models.DateField(_("复核日期"), null=True, blank=True)
    release_why = models.TextField(_("解除原因（加密）"), blank=True, default="")
    released_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    released_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("解除人")
    )

    class Meta:
        verbose_name = _("法律保全")
        verbose_name_plural = _("法律保全")
        constraints = [
            models.CheckConstraint(
                condition=Q(released_at=None, released_by=None)
                | Q(released_at__isnull=False, released_by__isnull=False),
                name="privacy_hold_released_pair",
            )
        ]
        indexes = [
            models.Index(fields=["customer"], condition=Q(released_at=None), name="privacy_hold_stands"),
            models.Index(fields=["-id"], condition=Q(released_at=None), name="privacy_holds_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Restriction(models.Model):
    """The data of a customer is kept and no longer used: 个人信息保护法 article 47. It stands until erased."""

    plain: ClassVar[tuple[str, ...]] = ("restricted_by",)

    customer = models.OneToOneField(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    reason = models.CharField(_("原因"), max_length=10, choices=RestrictReason)
    restricted_at = models.DateTimeField(_("停止使用时间"))
    restricted_by = models.CharField(_("停止使用登记人"), max_length=101)

    class Meta:
        verbose_name = _("停止使用")
        verbose_name_plural = _("停止使用")

    def __str__(self) -> str:
        return str(self.pk)


class RetentionRule(models.Model):
    """How long the company keeps whose data, and by which law. A rule is never changed: it ends, and another begins."""

    plain: ClassVar[tuple[str, ...]] = ("name", "ground")

    name = models.CharField(_("名称"), max_length=60)
    kind = models.CharField(_("对象"), max_length=16, choices=RetentionKind)
    years = models.PositiveSmallIntegerField(_("保存年限"))
    ground = models.CharField(_("法律依据"), max_length=200)
    created_at = models.DateTimeField(_("设立时间"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("设立人"))
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("停用人")
    )
    # how far the archive has been looked through, and when it begins anew
    looked_to = models.BigIntegerField(_("已检查到"), default=0)
    look_at = models.DateTimeField(_("下次检查"))

    class Meta:
        verbose_name = _("保存期限规则")
        verbose_name_plural = _("保存期限规则")
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="privacy_rule_ended_pair",
            ),
            models.CheckConstraint(condition=Q(years__gte=1, years__lte=50), name="privacy_rule_years"),
        ]

    def __str__(self) -> str:
        return self.name


class RetentionCandidate(models.Model):
    """A customer whose time is over by a rule. A person decides what becomes of the data; the product deletes nothing."""

    personal: ClassVar[tuple[str, ...]] = ("said",)

    uid = models.UUIDField(_("标识"), unique=True)
    rule = models.ForeignKey(
        RetentionRule, models.PROTECT, related_name="+", db_index=False, verbose_name=_("规则")
    )
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    since = models.DateTimeField(_("最后往来"))
    found_at = models.DateTimeField(_("到期发现时间"))
    decision = models.CharField(_("决定"), max_length=8, choices=RetentionDecision, blank=True, default="")
    ground = models.CharField(_("继续保存的依据"), max_length=13, choices=KeepGround, blank=True, default="")
    said = models.TextField(_("说明（加密）"), blank=True, default="")
    keep_until = models.DateField(_("保存到"), null=True, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )

    class Meta:
        verbose_name = _("到期客户")
        verbose_name_plural = _("到期客户")
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "customer"], condition=Q(decided_at=None), name="privacy_candidate_once"
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, decision="")
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decision=""),
                name="privacy_candidate_decided_pair",
            ),
        ]
        indexes = [
            models.Index(
                fields=["found_at", "id"], condition=Q(decided_at=None), name="privacy_candidates_open"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
