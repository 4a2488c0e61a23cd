"""Outlets (other systems and group robots that something is pushed to), what was pushed, and callbacks that could not be
read. Only actions write here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.channels.webhook.enums import OutletKind, PushState
from keyue.ledger.facts import Subject


class Outlet(models.Model):
    """Where something is pushed to. `address` and `secrets` are sealed under its own key: the address of a robot is its
    password. `wants` are kinds of facts, or of notices for a robot; `cursor` is up to where they were looked through."""

    kind = models.CharField(_("种类"), max_length=8, choices=OutletKind)
    name = models.CharField(_("名称"), max_length=60)
    department = models.CharField(_("部门"), max_length=60, default="", blank=True)
    address = models.TextField(_("推送地址（加密）"), default="", blank=True)
    host = models.CharField(_("主机名"), max_length=200, default="", blank=True)
    secrets = models.TextField(_("密钥（加密）"), default="", blank=True)
    wants = models.JSONField(_("推送哪些"), default=list, blank=True)
    is_quiet_at_night = models.BooleanField(_("夜间不推送"), default=True)
    cursor = models.BigIntegerField(_("已看到"), default=0)
    opened_at = models.DateTimeField(_("启用时间"))
    opened_by = models.CharField(_("启用人"), max_length=101)
    closed_at = models.DateTimeField(_("停用时间"), null=True)
    closed_by = models.CharField(_("停用人"), max_length=101, default="", blank=True)
    rev = models.PositiveIntegerField(_("修订号"), default=1)

    plain: ClassVar[tuple[str, ...]] = ("name", "department", "address", "host", "opened_by", "closed_by")

    class Meta:
        verbose_name = _("推送去处")
        verbose_name_plural = _("推送去处")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="") | (Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="outlet_closed_by_somebody",
            ),
            models.UniqueConstraint(fields=["name"], condition=Q(closed_at=None), name="outlet_named_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("outlet", str(self.pk))

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_robot(self) -> bool:
        return self.kind != OutletKind.HOOK


class Push(models.Model):
    """One thing for one outlet: a fact by its uid, or a notice by its id (`ref`). `key` is its message in the outbox; a
    replay has another. `said` is the beginning of what the other side answered the last time."""

    outlet = models.ForeignKey(
        Outlet, verbose_name=_("推送去处"), on_delete=models.PROTECT, related_name="pushes"
    )
    ref = models.CharField(_("推送的内容"), max_length=36)
    what = models.CharField(_("种类"), max_length=80)
    key = models.CharField(_("防重键"), max_length=60)
    at = models.DateTimeField(_("时间"))
    state = models.CharField(_("状态"), max_length=8, choices=PushState, default=PushState.WAITING)
    tries = models.PositiveIntegerField(_("已试次数"), default=0)
    turn = models.PositiveIntegerField(_("第几轮"), default=1)
    status = models.PositiveIntegerField(_("对方状态码"), null=True)
    took = models.PositiveIntegerField(_("用时（毫秒）"), null=True)
    said = models.CharField(_("对方答复"), max_length=300, default="", blank=True)
    tried_at = models.DateTimeField(_("最近尝试时间"), null=True)
    sent_at = models.DateTimeField(_("推送时间"), null=True)

    class Meta:
        verbose_name = _("推送记录")
        verbose_name_plural = _("推送记录")
        constraints = [models.UniqueConstraint(fields=["outlet", "ref"], name="push_once_an_outlet")]
        indexes = [
            models.Index(fields=["outlet", "-id"], name="push_newest"),
            models.Index(fields=["key"], name="push_key"),
        ]

    def __str__(self) -> str:
        return f"{self.outlet_id} {self.ref}"


class UnreadCallback(models.Model):
    """What another side sent, rightly signed, and we could not read: kept whole under the channel's key until it is read
    after all or put aside, so that nothing that came in is lost."""

    channel = models.ForeignKey(
        "conversations.Channel", verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="+"
    )
    digest = models.CharField(_("SHA-256"), max_length=64)
    raw = models.TextField(_("原文（加密）"))
    fault = models.CharField(_("哪里读不懂"), max_length=300)
    at = models.DateTimeField(_("时间"))
    handled_at = models.DateTimeField(_("处理时间"), null=True)
    handled_by = models.CharField(_("处理人"), max_length=101, default="", blank=True)

    personal: ClassVar[tuple[str, ...]] = ("raw",)
    plain: ClassVar[tuple[str, ...]] = ("digest", "handled_by")

    class Meta:
        verbose_name = _("读不懂的回调")
        verbose_name_plural = _("读不懂的回调")
        constraints = [
            models.UniqueConstraint(fields=["channel", "digest"], name="unread_callback_once"),
            models.CheckConstraint(
                condition=Q(handled_at=None, handled_by="")
                | (Q(handled_at__isnull=False) & ~Q(handled_by="")),
                name="unread_callback_handled_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.at:%Y-%m-%d %H:%M}"
