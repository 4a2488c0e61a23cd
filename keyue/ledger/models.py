"""Tables of the ledger. Rows are written by this room's actions, sealing and checkpoints, and by nothing else."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .facts import Actor, FactRecord, ReadableJSON, Subject


class Stream(models.Model):
    """One subject's chain: its last fact's number and hash. A row is never deleted."""

    kind = models.CharField(_("种类"), max_length=80)
    ref = models.CharField(_("编号"), max_length=80)
    rev = models.BigIntegerField(_("末条序号"))
    head = models.BinaryField(_("链头"), max_length=32)
    sealed_rev = models.BigIntegerField(_("已封存序号"), default=0)

    class Meta:
        verbose_name = _("事实链")
        verbose_name_plural = _("事实链")
        constraints = [models.UniqueConstraint(fields=["kind", "ref"], name="one_chain_a_subject")]
        indexes = [models.Index(fields=["id"], name="stream_unsealed", condition=Q(rev__gt=F("sealed_rev")))]

    def __str__(self) -> str:
        return f"{self.kind}/{self.ref}"

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, self.ref)


BUSINESS = (
    *("case.", "customer.", "promise.", "control."),
    *("lead.", "opportunity.", "plan.", "pool.", "contract.", "project."),
)
"""How the kinds of the many facts of everyday work begin; all others are administrative: accounts, roles, posts,
regulations, the installation."""
ADMINISTRATIVE = ~reduce(or_, (Q(kind__startswith=prefix) for prefix in BUSINESS))


class Fact(models.Model):
    """Something that happened, recorded once and never changed.

    `id` grows and is the cursor of live updates; `uid` is the fact's identity. `hash` is made by `facts.chain_hash`.
    """

    plain = ("data",)
    is_new: bool = False
    """True on what `record` has just recorded, False on what it found already recorded."""

    id = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(_("标识"), unique=True)
    # unique(stream, rev) serves as its index
    stream = models.ForeignKey(
        Stream, verbose_name=_("事实链"), on_delete=models.PROTECT, related_name="facts", db_index=False
    )
    rev = models.BigIntegerField(_("序号"))
    kind = models.CharField(_("种类"), max_length=80)
    at = models.DateTimeField(_("发生时间"))
    recorded_at = models.DateTimeField(_("记录时间"))
    actor_kind = models.CharField(_("经手人种类"), max_length=20)
    actor_id = models.CharField(_("经手人"), max_length=80)
    source = models.CharField(_("来源"), max_length=200)
    data = models.JSONField(_("内容"), default=dict, encoder=ReadableJSON)
    sealed = models.JSONField(_("封存内容"), default=dict, encoder=ReadableJSON)
    evidence = models.JSONField(_("证据"), default=list, encoder=ReadableJSON)
    voids = models.UUIDField(_("撤销的事实"), null=True)
    key = models.CharField(_("防重键"), max_length=200, null=True)  # noqa: DJ001  unique where there is one
    prev = models.BinaryField(_("前一条散列"), max_length=32)
    hash = models.BinaryField(_("散列"), max_length=32)

    class Meta:
        verbose_name = _("事实")
        verbose_name_plural = _("事实")
        constraints = [
            models.UniqueConstraint(fields=["stream", "rev"], name="one_fact_a_rev"),
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="one_fact_a_key"),
        ]
        # for the auditor, who reads what administrators did; the facts of everyday work stand in none of them
        indexes = [
            models.Index(fields=["recorded_at", "id"], name="audited_fact", condition=ADMINISTRATIVE),
            models.Index(
                fields=["actor_kind", "actor_id", "recorded_at", "id"],
                name="audited_fact_by_actor",
                condition=ADMINISTRATIVE,
            ),
            models.Index(
                fields=["kind", "recorded_at", "id"], name="audited_fact_of_kind", condition=ADMINISTRATIVE
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.uid}"

    @property
    def by(self) -> Actor:
        return Actor(self.actor_kind, self.actor_id)

    def as_record(self) -> FactRecord:
        """This fact as the engine reads it."""
        return FactRecord(
            id=str(self.uid),
            kind=self.kind,
            at=self.at,
            recorded_at=self.recorded_at,
            data=self.data,
            evidence=tuple(self.evidence),
            voids=str(self.voids) if self.voids else None,
        )


class Checkpoint(models.Model):
    """A signed seal over the chain heads changed since the last checkpoint, and over that checkpoint's digest."""

    n = models.BigIntegerField(_("序号"), unique=True)
    at = models.DateTimeField(_("封存时间"))
    previous = models.BinaryField(_("前一检查点摘要"), max_length=32)
    digest = models.BinaryField(_("摘要"), max_length=32)
    signature = models.BinaryField(_("签名"), max_length=64)
    count = models.BigIntegerField(_("链数"))

    class Meta:
        verbose_name = _("检查点")
        verbose_name_plural = _("检查点")

    def __str__(self) -> str:
        return f"{self.n:06d}"


class CheckpointHead(models.Model):
    """How far one chain had come at a checkpoint, and its hash there."""

    # the unique constraint serves as its index
    checkpoint = models.ForeignKey(
        Checkpoint, verbose_name=_("检查点"), on_delete=models.PROTECT, related_name="heads", db_index=False
    )
    stream = models.ForeignKey(
        Stream, verbose_name=_("事实链"), on_delete=models.PROTECT, related_name="sealed_heads"
    )
    rev = models.BigIntegerField(_("序号"))
    hash = models.BinaryField(_("散列"), max_length=32)

    class Meta:
        verbose_name = _("封存链头")
        verbose_name_plural = _("封存链头")
        constraints = [models.UniqueConstraint(fields=["checkpoint", "stream"], name="one_head_a_checkpoint")]

    def __str__(self) -> str:
        return f"{self.checkpoint_id}: {self.stream_id}@{self.rev}"


class AccessEntry(models.Model):
    """Who looked at, revealed or exported what, and what for."""

    at = models.DateTimeField(_("查阅时间"))
    actor_kind = models.CharField(_("查阅人种类"), max_length=20)
    actor_id = models.CharField(_("查阅人"), max_length=80)
    subject_kind = models.CharField(_("对象种类"), max_length=80)
    subject_ref = models.CharField(_("对象编号"), max_length=80)
    what = models.CharField(_("查阅内容"), max_length=200)
    purpose = models.CharField(_("目的"), max_length=500)
    via = models.CharField(_("途径"), max_length=80)

    class Meta:
        verbose_name = _("查阅记录")
        verbose_name_plural = _("查阅记录")
        indexes = [
            models.Index(fields=["at", "id"], name="access_at"),
            models.Index(fields=["subject_kind", "at", "id"], name="access_of_kind"),
            models.Index(fields=["subject_kind", "subject_ref", "at", "id"], name="access_to_subject"),
            models.Index(fields=["actor_kind", "actor_id", "at", "id"], name="access_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_kind}/{self.actor_id}: {self.subject_kind}/{self.subject_ref} {self.what}"


class OutboxItem(models.Model):
    """A message to the outside world, written in the transaction of its fact and sent after it, at least once.

    `look_at` is the next moment to try: after an attempt has begun, the moment when it counts as failed.
    """

    plain = ("payload",)

    key = models.CharField(_("防重键"), max_length=200)
    kind = models.CharField(_("种类"), max_length=80)
    payload = models.JSONField(_("内容"), default=dict, encoder=ReadableJSON)
    created_at = models.DateTimeField(_("写入时间"))
    look_at = models.DateTimeField(_("下次发送时间"))
    attempts = models.PositiveIntegerField(_("已试次数"), default=0)
    sent_at = models.DateTimeField(_("发出时间"), null=True)
    failed_at = models.DateTimeField(_("放弃时间"), null=True)
    last_error = models.TextField(_("最近错误"), default="")

    class Meta:
        verbose_name = _("待发消息")
        verbose_name_plural = _("待发消息")
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_message_a_key"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(failed_at__isnull=True), name="sent_or_failed_not_both"
            ),
        ]
        indexes = [
            models.Index(
                fields=["look_at"],
                name="outbox_unsent",
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
            ),
            models.Index(fields=["failed_at"], name="outbox_failed", condition=Q(failed_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class SealKey(models.Model):
    """The key under which one owner's personal fields are sealed, itself encrypted by the master key.

    Destroying it makes those fields unreadable wherever they are stored. The row stays, so that the owner gets no
    second key.
    """

    owner_kind = models.CharField(_("所有者种类"), max_length=80)
    owner_ref = models.CharField(_("所有者编号"), max_length=80)
    wrapped = models.BinaryField(_("加密的密钥"), null=True)
    created_at = models.DateTimeField(_("生成时间"))
    destroyed_at = models.DateTimeField(_("销毁时间"), null=True)

    class Meta:
        verbose_name = _("封存密钥")
        verbose_name_plural = _("封存密钥")
        constraints = [
            models.UniqueConstraint(fields=["owner_kind", "owner_ref"], name="one_key_an_owner"),
            models.CheckConstraint(
                condition=Q(wrapped__isnull=True, destroyed_at__isnull=False)
                | Q(wrapped__isnull=False, destroyed_at__isnull=True),
                name="a_key_or_its_destruction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_kind}/{self.owner_ref}"
