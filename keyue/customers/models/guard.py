"""Who may look beyond their scope, until when; and who has looked at more files than their work explains."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import GrantPurpose, GrantState, ReadingWindow
from keyue.customers.models.archive import Customer
from keyue.customers.rules import number_of
from keyue.ledger.facts import Subject


class AccessGrant(models.Model):
    """That somebody may see one customer, or the customers of one department, for a time: S1-7.2.

    It is asked for by the number that was typed: whether there is such a customer is seen by who decides, and by the
    asker only once it is approved. `customer` is empty where the number names nobody. What counts is the time: from
    `decided_at` of an approval until `ends_at`, unless `withdrawn_at` comes before; `closed_at` is when the end was recorded.
    """

    # sealed under the customer's key, or where there is none under the asker's
    personal: ClassVar[tuple[str, ...]] = ("remark", "refusal")
    plain: ClassVar[tuple[str, ...]] = ("purpose", "state", "department", "number")
    user = models.ForeignKey(
        "people.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("申请人")
    )
    # empty where a department is asked for
    number = models.CharField(_("申请的编号"), max_length=24, blank=True, default="")
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("客户"),
    )
    department = models.CharField(_("部门"), max_length=40, blank=True, default="")
    purpose = models.CharField(_("用途"), max_length=12, choices=GrantPurpose)
    remark = models.TextField(_("说明（加密）"), blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=GrantState, default=GrantState.ASKED)
    asked_at = models.DateTimeField(_("申请时间"))
    asked_until = models.DateTimeField(_("申请至"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        "people.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("决定人"),
    )
    refusal = models.TextField(_("不同意的理由（加密）"), blank=True, default="")
    ends_at = models.DateTimeField(_("到期时间"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        "people.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("收回人"),
    )

    class Meta:
        verbose_name = _("查看授权")
        verbose_name_plural = _("查看授权")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="access_decided_pair",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=False) | Q(withdrawn_at=None, withdrawn_by=None),
                name="access_withdrawn_pair",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="access_not_by_oneself"
            ),
            models.CheckConstraint(
                condition=Q(number="") & ~Q(department="") | ~Q(number="") & Q(department=""),
                name="access_customer_or_department",
            ),
            models.CheckConstraint(
                condition=Q(state="approved", decided_at__isnull=False, ends_at__isnull=False)
                | Q(state="ended", ends_at__isnull=False, withdrawn_at__isnull=False)
                | Q(state="refused", decided_at__isnull=False)
                | Q(state="asked", decided_at=None),
                name="access_state_whole",
            ),
        ]
        indexes = [
            # what somebody may see just now, and what is to be closed when its time is over
            models.Index(fields=["user", "ends_at"], condition=Q(state="approved"), name="access_open"),
            models.Index(fields=["ends_at"], condition=Q(state="approved"), name="access_to_end"),
            models.Index(fields=["user", "-id"], name="access_of_asker"),
            models.Index(fields=["-id"], condition=Q(state="asked"), name="access_waiting"),
            models.Index(fields=["customer"], condition=Q(customer__isnull=False), name="access_of_customer"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def owner(self) -> Subject:
        """Under whose key its texts are sealed."""
        return self.customer.subject if self.customer else Subject("person", str(self.user_id))

    @property
    def about(self) -> str:
        """What was asked for, as the asker wrote it."""
        return self.number or self.department

    @property
    def customer_number(self) -> str:
        """The number of the customer it opens; empty where there is none."""
        return number_of(self.customer_id) if self.customer_id else ""


class ReadingTally(models.Model):
    """What somebody looked at in one hour: different customers, reveals, and files taken away. Counted from the trail."""

    user = models.ForeignKey(
        "people.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("查阅人")
    )
    hour = models.DateTimeField(_("小时"))
    files = models.PositiveIntegerField(_("查看的客户数"), default=0)
    reveals = models.PositiveIntegerField(_("查看个人信息次数"), default=0)
    downloads = models.PositiveIntegerField(_("下载次数"), default=0)

    class Meta:
        verbose_name = _("查阅计数")
        verbose_name_plural = _("查阅计数")
        constraints = [models.UniqueConstraint(fields=["user", "hour"], name="one_tally_an_hour")]

    def __str__(self) -> str:
        return f"{self.user_id}@{self.hour:%Y-%m-%dT%H}"


class GuardSettings(models.Model):
    """One row: from how much on looking at customers is noticed, and how far the trail has been counted."""

    an_hour = models.PositiveIntegerField(_("一小时查看客户数"), default=60)
    a_day = models.PositiveIntegerField(_("一天查看客户数"), default=200)
    reveals_a_day = models.PositiveIntegerField(_("一天查看个人信息次数"), default=80)
    downloads_a_day = models.PositiveIntegerField(_("一天下载次数"), default=10)
    times_usual = models.PositiveSmallIntegerField(_("超过本人平常的倍数"), default=5)
    counted_to = models.BigIntegerField(_("已计到"), default=0)

    class Meta:
        verbose_name = _("查阅预警设置")
        verbose_name_plural = _("查阅预警设置")

    def __str__(self) -> str:
        return str(self.pk)


class MassReading(models.Model):
    """That somebody looked at more than is usual: noticed once a day and window, and explained by who keeps watch."""

    # sealed under the key of the person it is about
    personal: ClassVar[tuple[str, ...]] = ("explanation",)
    plain: ClassVar[tuple[str, ...]] = ("window",)

    user = models.ForeignKey(
        "people.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("查阅人")
    )
    day = models.DateField(_("日期"))
    window = models.CharField(_("口径"), max_length=10, choices=ReadingWindow)
    n = models.PositiveIntegerField(_("实际"))
    most = models.PositiveIntegerField(_("限度"))
    usual = models.PositiveIntegerField(_("平常"))
    noticed_at = models.DateTimeField(_("发现时间"))
    explanation = models.TextField(_("说明（加密）"), blank=True, default="")
    explained_at = models.DateTimeField(_("说明时间"), null=True, blank=True)
    explained_by = models.ForeignKey(
        "people.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("说明人"),
    )

    class Meta:
        verbose_name = _("成批查阅")
        verbose_name_plural = _("成批查阅")
        constraints = [
            models.UniqueConstraint(fields=["user", "day", "window"], name="one_alarm_a_day"),
            models.CheckConstraint(
                condition=Q(explained_at=None, explained_by=None, explanation="")
                | Q(explained_at__isnull=False, explained_by__isnull=False) & ~Q(explanation=""),
                name="mass_reading_explained_pair",
            ),
        ]
        indexes = [models.Index(fields=["-id"], condition=Q(explained_at=None), name="mass_reading_open")]

    def __str__(self) -> str:
        return str(self.pk)
