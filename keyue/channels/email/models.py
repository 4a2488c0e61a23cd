"""What the product remembers of mailboxes, and the mails as they came. Only `actions` writes here."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.channels.email.enums import Result


class MailState(models.Model):
    """How far a mailbox has been read. A mail counts as read once what it became is committed, in the same transaction.

    `uid_validity` and `last_uid` are the server's numbering; `place` is a digest of server, account and folder: another one
    is another mailbox. Mails under `known_below` may have been read before under other numbers. `claim` names the worker that
    reads just now, until `claimed_until`; it is at `trying_uid` for the `tries`-th time. `failures` attempts in a row did not
    succeed, the last one because of `said`.
    """

    channel = models.OneToOneField(
        "conversations.Channel", verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="+"
    )
    channel_rev = models.PositiveIntegerField(_("渠道修订号"), default=0)
    place = models.CharField(_("邮箱位置"), max_length=64, default="", blank=True)
    begun_at = models.DateTimeField(_("开始收信时间"), null=True)
    uid_validity = models.BigIntegerField(_("邮箱编号批次"), null=True)
    last_uid = models.BigIntegerField(_("收到的最后编号"), default=0)
    known_below = models.BigIntegerField(_("可能收过的编号上限"), default=0)
    claim = models.CharField(_("收信进程"), max_length=32, default="", blank=True)
    claimed_until = models.DateTimeField(_("占用到"), null=True)
    trying_uid = models.BigIntegerField(_("正在收的编号"), null=True)
    tries = models.PositiveSmallIntegerField(_("试过几次"), default=0)
    next_at = models.DateTimeField(_("下次收信时间"))
    fetched_at = models.DateTimeField(_("最近收信时间"), null=True)
    failures = models.PositiveIntegerField(_("连续失败次数"), default=0)
    said = models.TextField(_("失败原因"), default="", blank=True)
    token_of = models.CharField(_("令牌来源摘要"), max_length=64, default="", blank=True)
    token = models.TextField(_("新令牌（加密）"), default="", blank=True)

    plain: ClassVar[tuple[str, ...]] = ("place", "said", "claim", "token")

    class Meta:
        verbose_name = _("邮箱进度")
        verbose_name_plural = _("邮箱进度")

    def __str__(self) -> str:
        return f"{self.channel_id} {self.last_uid}"


class RawMail(models.Model):
    """A mail as it came, kept under the SHA-256 of its bytes, and what became of it.

    `identity` is the same for the same mail, whichever way it came: made of Message-ID, sender and date, else of what it
    says. Only one mail of an identity is no copy. `is_whole` is false for one that was too large to be fetched whole.
    """

    channel = models.ForeignKey(
        "conversations.Channel", verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="+"
    )
    identity = models.CharField(_("邮件标识"), max_length=64)
    is_copy = models.BooleanField(_("是另一份"), default=False)
    uid_validity = models.BigIntegerField(_("邮箱编号批次"))
    mail_uid = models.BigIntegerField(_("邮箱里的编号"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("大小"))
    is_whole = models.BooleanField(_("完整"), default=True)
    arrived_at = models.DateTimeField(_("到达时间"))
    taken_at = models.DateTimeField(_("收进时间"))
    result = models.CharField(_("结果"), max_length=8, choices=Result)
    line = models.ForeignKey(
        "conversations.Line", verbose_name=_("消息"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    why = models.TextField(_("说明"), default="", blank=True)
    looked_at = models.DateTimeField(_("查看时间"), null=True)
    looked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("查看人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    erased_at = models.DateTimeField(_("擦除时间"), null=True)

    plain: ClassVar[tuple[str, ...]] = ("sha256", "why")

    class Meta:
        verbose_name = _("原始邮件")
        verbose_name_plural = _("原始邮件")
        indexes = [
            models.Index(fields=["channel", "-id"], name="mail_newest"),
            models.Index(fields=["sha256"], name="mail_content"),
            models.Index(
                fields=["channel", "id"],
                name="mail_odd",
                condition=Q(result=Result.UNREADABLE, looked_at=None),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["identity"], condition=Q(is_copy=False), name="mail_once"),
            models.CheckConstraint(
                condition=Q(looked_at=None, looked_by=None)
                | Q(looked_at__isnull=False, looked_by__isnull=False),
                name="mail_looked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.mail_uid}"
