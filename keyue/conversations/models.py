"""Channels, who writes on them, conversations and their lines. Only `actions/` writes here.

State columns are the projection of facts. Addresses and names on a channel are sealed under the party's own key, which is
destroyed with the customer's; what was said is kept in the clear, as in cases, and erased with the customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.cases.numbers import case_number
from keyue.conversations.enums import Delivery, Ending, Failure, Known, LineKind, Opinion, Scheme, State
from keyue.kernel.ids import new_id
from keyue.ledger.facts import FactRecord, Subject

PREFIX = "HH"


class Channel(models.Model):
    """A way by which customers reach the company: a mailbox, a chat window, an account on a platform.

    `kind` is one of those that the folders of channels register. `options` holds what is no secret, `secrets` (sealed
    under the channel's own key) passwords and tokens. `failing_since` is set while it does not work.
    """

    kind = models.CharField(_("渠道种类"), max_length=12)
    name = models.CharField(_("渠道名称"), max_length=60)
    department = models.CharField(_("归属部门"), max_length=60, default="", blank=True)
    keeper = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("渠道专人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="kept_channels",
    )
    options = models.JSONField(_("参数"), default=dict, blank=True)
    secrets = models.TextField(_("密钥（加密）"), default="", blank=True)
    opened_at = models.DateTimeField(_("启用时间"))
    opened_by = models.CharField(_("启用人"), max_length=101)
    closed_at = models.DateTimeField(_("停用时间"), null=True)
    closed_by = models.CharField(_("停用人"), max_length=101, default="", blank=True)
    viewed_at = models.DateTimeField(_("最近查看时间"), null=True)
    viewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("最近查看人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    failing_since = models.DateTimeField(_("中断时间"), null=True)
    failure = models.CharField(_("中断原因"), max_length=12, choices=Failure, default="", blank=True)
    rev = models.PositiveIntegerField(_("修订号"), default=1)

    plain: ClassVar[tuple[str, ...]] = (
        *("kind", "name", "department", "options", "secrets", "opened_by", "closed_by"),
    )

    class Meta:
        verbose_name = _("渠道")
        verbose_name_plural = _("渠道")
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="") | (Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="channel_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(viewed_at=None, viewed_by=None)
                | Q(viewed_at__isnull=False, viewed_by__isnull=False),
                name="channel_viewed_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["kind", "name"], condition=Q(closed_at=None), name="channel_named_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("channel", str(self.pk))

    @property
    def is_open(self) -> bool:
        return self.closed_at is None


class Party(models.Model):
    """Somebody as a channel knows them: an address, a number, an id on a platform. Who that is may be known (`contact`),
    and a match can be taken back: it is then not made again by itself."""

    scheme = models.CharField(_("地址种类"), max_length=8, choices=Scheme)
    realm = models.CharField(_("地址范围"), max_length=64, default="", blank=True)
    index = models.CharField(_("地址索引"), max_length=64)
    handle = models.TextField(_("地址（加密）"))
    name = models.TextField(_("称呼（加密）"), default="", blank=True)
    customer = models.ForeignKey(
        "customers.Customer", verbose_name=_("客户"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    contact = models.ForeignKey(
        "customers.Contact", verbose_name=_("联系人"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    known = models.CharField(_("认出方式"), max_length=8, choices=Known, default="", blank=True)
    known_at = models.DateTimeField(_("认出时间"), null=True)
    known_by = models.CharField(_("认出人"), max_length=101, default="", blank=True)
    first_at = models.DateTimeField(_("首次来访时间"))

    personal: ClassVar[tuple[str, ...]] = ("handle", "name")
    blind: ClassVar[tuple[str, ...]] = ("index",)
    plain: ClassVar[tuple[str, ...]] = ("realm", "known_by")

    class Meta:
        verbose_name = _("渠道身份")
        verbose_name_plural = _("渠道身份")
        constraints = [
            models.UniqueConstraint(fields=["scheme", "realm", "index"], name="party_once"),
            models.CheckConstraint(
                condition=Q(known_at=None, known_by="") | (Q(known_at__isnull=False) & ~Q(known_by="")),
                name="party_known_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} {self.pk}"

    @property
    def subject(self) -> Subject:
        """The owner of the key that its address and name are sealed under."""
        return Subject("party", str(self.pk))


class Conversation(models.Model):
    """An exchange over one or several channels: one for all channels on which the same person speaks at a time.

    `channel` is where the customer spoke last, and where an answer goes unless its author says otherwise; `began_on` is
    where they began, by which the first response is measured.
    `waiting_since` is the first word that nobody has answered. `case` is what it goes on about.
    """

    channel = models.ForeignKey(
        Channel, verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="conversations"
    )
    began_on = models.ForeignKey(
        Channel, verbose_name=_("起始渠道"), on_delete=models.PROTECT, related_name="+"
    )
    party = models.ForeignKey(
        Party, verbose_name=_("渠道身份"), on_delete=models.PROTECT, related_name="conversations"
    )
    customer = models.ForeignKey(
        "customers.Customer",
        verbose_name=_("客户"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversations",
    )
    contact = models.ForeignKey(
        "customers.Contact",
        verbose_name=_("联系人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversations",
    )
    case = models.ForeignKey(
        "cases.Case",
        verbose_name=_("事项"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversations",
    )
    follows = models.ForeignKey(
        "self", verbose_name=_("接着"), null=True, on_delete=models.PROTECT, related_name="followed_by"
    )
    department = models.CharField(_("归属部门"), max_length=60, default="", blank=True)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("接待人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="conversations",
    )
    state = models.CharField(_("状态"), max_length=8, choices=State, default=State.QUEUED)
    opened_at = models.DateTimeField(_("开始时间"))
    last_at = models.DateTimeField(_("最近消息时间"))
    waiting_since = models.DateTimeField(_("等候起点"), null=True)
    answered_at = models.DateTimeField(_("首次人工回复时间"), null=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True)
    ending = models.CharField(_("结束原因"), max_length=8, choices=Ending, default="", blank=True)
    summary = models.TextField(_("会话小结"), default="", blank=True)
    opinion = models.CharField(_("客户意见"), max_length=8, choices=Opinion, default="", blank=True)
    recorded_at = models.DateTimeField(_("小结时间"), null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("小结人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    rev = models.PositiveIntegerField(_("修订号"), default=1)

    held: Sequence[FactRecord] | None = None
    """Its facts, where an act holds it: read once, and kept up with what the act records."""

    personal: ClassVar[tuple[str, ...]] = ("summary",)
    plain: ClassVar[tuple[str, ...]] = ("department",)

    class Meta:
        verbose_name = _("会话")
        verbose_name_plural = _("会话")
        indexes = [
            models.Index(
                fields=["department", "waiting_since", "id"],
                name="talk_queue",
                condition=~Q(state=State.ENDED),
            ),
            models.Index(fields=["agent", "-last_at"], name="talk_agent"),
            models.Index(fields=["customer", "-last_at"], name="talk_customer"),
            models.Index(fields=["-last_at", "-id"], name="talk_newest"),
            models.Index(fields=["began_on", "opened_at"], name="talk_began"),
            models.Index(
                fields=["ended_at"],
                name="talk_unrecorded",
                condition=Q(ended_at__isnull=False, recorded_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state=State.ENDED, ended_at__isnull=False)
                | (~Q(state=State.ENDED) & Q(ended_at=None)),
                name="talk_ended_has_instant",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.OPEN) | Q(agent__isnull=False), name="talk_open_has_agent"
            ),
            models.CheckConstraint(
                condition=Q(recorded_at=None, recorded_by=None)
                | Q(recorded_at__isnull=False, recorded_by__isnull=False),
                name="talk_recorded_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["party"], condition=~Q(state=State.ENDED), name="talk_once_a_party"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """`HH-2611-000142`."""
        return case_number(PREFIX, self.opened_at, self.pk)

    @property
    def subject(self) -> Subject:
        return Subject("conversation", str(self.pk))

    @property
    def is_over(self) -> bool:
        return self.state == State.ENDED


class Line(models.Model):
    """A message of a conversation, by whichever channel. `external_id` is its identity there, so that one that is
    delivered twice is one line; `digest` is salted, and stays when the words are erased."""

    uid = models.UUIDField(_("标识"), unique=True, default=new_id)
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("会话"), on_delete=models.PROTECT, related_name="lines"
    )
    channel = models.ForeignKey(Channel, verbose_name=_("渠道"), on_delete=models.PROTECT, related_name="+")
    party = models.ForeignKey(
        Party, verbose_name=_("渠道身份"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    kind = models.CharField(_("种类"), max_length=8, choices=LineKind)
    body = models.TextField(_("内容"))
    detail = models.JSONField(_("细节"), default=dict, blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("作者"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    external_id = models.CharField(_("渠道消息标识"), max_length=250, null=True)  # noqa: DJ001
    at = models.DateTimeField(_("时间"))
    recorded_at = models.DateTimeField(_("记录时间"))
    salt = models.CharField(_("摘要盐"), max_length=32)
    digest = models.CharField(_("摘要"), max_length=64)
    delivery = models.CharField(_("送达"), max_length=8, choices=Delivery, default="", blank=True)
    read_at = models.DateTimeField(_("已读时间"), null=True)
    case = models.ForeignKey(
        "cases.Case", verbose_name=_("事项"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    erased_at = models.DateTimeField(_("擦除时间"), null=True)

    personal: ClassVar[tuple[str, ...]] = ("body", "detail")
    plain: ClassVar[tuple[str, ...]] = ("external_id", "salt", "digest")

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        indexes = [models.Index(fields=["conversation", "id"], name="line_order")]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"],
                condition=Q(external_id__isnull=False),
                name="line_once_a_channel",
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.kind} {self.uid}"


class LineFile(models.Model):
    """A file that came with a line, checked by content and kept under its SHA-256."""

    line = models.ForeignKey(Line, verbose_name=_("消息"), on_delete=models.PROTECT, related_name="files")
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    erased_at = models.DateTimeField(_("擦除时间"), null=True)

    personal: ClassVar[tuple[str, ...]] = ("name",)
    plain: ClassVar[tuple[str, ...]] = ("content_type", "sha256")

    class Meta:
        verbose_name = _("消息附件")
        verbose_name_plural = _("消息附件")
        indexes = [models.Index(fields=["sha256"], name="line_file_content")]

    def __str__(self) -> str:
        return self.name


class Call(models.Model):
    """A telephone call: its line stands in the conversation, a recording is a file of that line. One that was answered is
    to be recorded (`recorded_at`: S3 3.2.2); one of a customer that nobody answered waits for a call back."""

    line = models.OneToOneField(Line, verbose_name=_("消息"), on_delete=models.PROTECT, related_name="call")
    is_outgoing = models.BooleanField(_("去电"), default=False)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("接听人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="calls",
    )
    rang_at = models.DateTimeField(_("响铃时间"))
    answered_at = models.DateTimeField(_("接通时间"), null=True)
    ended_at = models.DateTimeField(_("挂断时间"), null=True)
    summary = models.TextField(_("通话小结"), default="", blank=True)
    opinion = models.CharField(_("客户意见"), max_length=8, choices=Opinion, default="", blank=True)
    recorded_at = models.DateTimeField(_("小结时间"), null=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("小结人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    personal: ClassVar[tuple[str, ...]] = ("summary",)

    class Meta:
        verbose_name = _("通话")
        verbose_name_plural = _("通话")
        indexes = [
            models.Index(
                fields=["ended_at"],
                name="call_unrecorded",
                condition=Q(answered_at__isnull=False, recorded_at=None),
            ),
            models.Index(fields=["rang_at"], name="call_going", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(recorded_at=None, recorded_by=None)
                | Q(recorded_at__isnull=False, recorded_by__isnull=False),
                name="call_recorded_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(agent__isnull=False), name="call_answered_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"call {self.line_id}"
