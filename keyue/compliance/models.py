"""What the compliance room keeps beside the promises themselves. Only `actions` writes here."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.compliance.enums import PackPurpose, PackState, ReadFileState, RebasingState, WhatIfState
from keyue.ledger.facts import ReadableJSON


class Asked(models.Model):
    """What somebody asks for about a regulation and the worker does bit by bit; `total` is how much there is to do."""

    regulation = models.ForeignKey(
        "regulations.Regulation", verbose_name=_("制度"), on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("提出时间"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("提出人"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    total = models.BigIntegerField(_("总数"), default=0)

    class Meta:
        abstract = True


class Work(Asked):
    """Work that one process at a time does; `worker` is that process, and counts as gone after `worker_until`."""

    problem = models.CharField(_("问题"), max_length=300, default="", blank=True)
    worker = models.CharField(_("进程"), max_length=80, default="", blank=True)
    worker_until = models.DateTimeField(_("进程有效至"), null=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True)

    class Meta:
        abstract = True

    @staticmethod
    def free_for(worker: str, now: datetime) -> Q:
        """What this process may go on with: its own, and what nobody works on."""
        return Q(worker=worker) | Q(worker_until=None) | Q(worker_until__lt=now)


class WhatIf(Work):
    """A question what would have been kept under other limits, and how far its replay has come.

    `edition` is the one in force when it was asked; `changes` say what is otherwise (see `what_if.Changes`). Chains of
    `kind` up to the row `position` are done and stand in `result`; both move in one statement, so that a process may
    die at any moment and another goes on.
    """

    edition = models.ForeignKey(
        "regulations.Edition",
        verbose_name=_("版本"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    since = models.DateTimeField(_("期间起"))
    until = models.DateTimeField(_("期间止"))
    changes = models.JSONField(_("改动"), default=dict, encoder=ReadableJSON)
    digest = models.CharField(_("摘要"), max_length=64)
    state = models.CharField(
        _("状态"), max_length=10, choices=WhatIfState.choices, default=WhatIfState.RUNNING
    )
    kind = models.CharField(_("对象"), max_length=80, default="", blank=True)
    position = models.BigIntegerField(_("位置"), default=0)
    last = models.BigIntegerField(_("末位"), default=0)
    done = models.BigIntegerField(_("已推演"), default=0)
    result = models.JSONField(_("结果"), default=dict, blank=True, encoder=ReadableJSON)

    plain: ClassVar[tuple[str, ...]] = ("changes", "digest", "result", "problem")

    class Meta:
        verbose_name = _("推演")
        verbose_name_plural = _("推演")
        constraints = [
            models.CheckConstraint(condition=Q(since__lt=F("until")), name="what_if_period"),
            models.CheckConstraint(
                condition=Q(state="running", finished_at__isnull=True)
                | ~Q(state="running") & Q(finished_at__isnull=False),
                name="what_if_finished_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="what_if_running", condition=Q(state="running")),
            models.Index(fields=["regulation", "-id"], name="what_if_of_regulation"),
            models.Index(fields=["finished_at"], name="what_if_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.regulation_id} #{self.pk}"

    @property
    def last_moment(self) -> datetime:
        """In the last day of the period: `until` is the first instant after it."""
        return self.until - timedelta(microseconds=1)


class EvidencePack(Work):
    """A clause or a regulation for a period as a signed file, and how far its making has come.

    `first` and `last` are days in the company's zone, both included; `as_of` is the instant as of which promises are
    derived. `done` of `total` subjects are gathered. The file itself lies under KEYUE_HOME until `expires_at`; the row
    stays.
    """

    uid = models.UUIDField(_("标识"), unique=True)
    clause = models.CharField(_("条款"), max_length=40, default="", blank=True)
    first = models.DateField(_("期间起"))
    last = models.DateField(_("期间止"))
    purpose = models.CharField(_("用途"), max_length=16, choices=PackPurpose.choices)
    state = models.CharField(_("状态"), max_length=10, choices=PackState.choices, default=PackState.WAITING)
    as_of = models.DateTimeField(_("截至"), null=True)
    done = models.BigIntegerField(_("已收集"), default=0)
    promises = models.BigIntegerField(_("约定数"), default=0)
    figures = models.JSONField(_("数字"), default=dict, blank=True, encoder=ReadableJSON)
    size = models.PositiveBigIntegerField(_("大小"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, default="", blank=True)
    fingerprint = models.CharField(_("公钥指纹"), max_length=64, default="", blank=True)
    expires_at = models.DateTimeField(_("保留至"), null=True)

    plain: ClassVar[tuple[str, ...]] = ("clause", "figures", "sha256", "fingerprint", "problem")

    class Meta:
        verbose_name = _("证据包")
        verbose_name_plural = _("证据包")
        constraints = [
            models.CheckConstraint(condition=Q(first__lte=F("last")), name="pack_period"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "making"], finished_at__isnull=True)
                | ~Q(state__in=["waiting", "making"]) & Q(finished_at__isnull=False),
                name="pack_finished_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="pack_running", condition=Q(state__in=["waiting", "making"])),
            models.Index(fields=["regulation", "-id"], name="pack_of_regulation"),
            models.Index(fields=["expires_at"], name="pack_kept", condition=Q(state="ready")),
        ]

    def __str__(self) -> str:
        return str(self.uid)


class Rebasing(Asked):
    """That what runs under older editions of a regulation is to follow a newer one: asked for, listed, then decided by
    somebody else.

    `rows` are the promises with what would change of each (see `rebasing.Row`), `total` how many there are. `last` is
    the promise up to which they are listed, `done` how many of the listed ones are settled and `moved` how many of
    those follow the newer edition. Nothing moves before it is approved.
    """

    edition = models.ForeignKey(
        "regulations.Edition",
        verbose_name=_("版本"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    reason = models.TextField(_("理由"))
    state = models.CharField(
        _("状态"), max_length=10, choices=RebasingState.choices, default=RebasingState.LISTING
    )
    rows = models.JSONField(_("约定"), default=list, blank=True, encoder=ReadableJSON)
    last = models.BigIntegerField(_("已列到"), default=0)
    done = models.BigIntegerField(_("已处理"), default=0)
    moved = models.BigIntegerField(_("已改按"), default=0)
    approved = models.BooleanField(_("同意"), null=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("审批人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    remark = models.TextField(_("审批意见"), blank=True, default="")

    plain: ClassVar[tuple[str, ...]] = ("reason", "rows", "remark")

    class Meta:
        verbose_name = _("改按新版")
        verbose_name_plural = _("改按新版")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved__isnull=True, decided_at__isnull=True, decided_by__isnull=True)
                | Q(approved__isnull=False, decided_at__isnull=False, decided_by__isnull=False),
                name="rebasing_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="rebasing_two_people",
            ),
            models.UniqueConstraint(
                fields=["regulation"],
                condition=Q(state__in=["listing", "waiting", "moving"]),
                name="rebasing_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                name="rebasing_open",
                condition=Q(state__in=["listing", "waiting", "moving"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.regulation_id} v{self.edition_id} {self.state}"


class ReadFile(models.Model):
    """A company's own regulation as it was uploaded, what was read of it, and what somebody decided about that.

    `reading` is what `keyue regulation read` prints. `decisions` are by the key of a proposal: `{"choice": "take" |
    "decline" | "later", "control": {…}, "who": code, "why": …, "by": [ids]}`; `corrections` by the words near an
    uncertain repair: `{"right": …, "by": id}`. `by` is who has taken or corrected it, and so has a part in the draft.
    """

    name = models.CharField(_("文件名"), max_length=200)
    digest = models.CharField(_("摘要"), max_length=64)
    size = models.PositiveIntegerField(_("大小"))
    content = models.BinaryField(_("内容"))
    state = models.CharField(
        _("状态"), max_length=10, choices=ReadFileState.choices, default=ReadFileState.WAITING
    )
    problem = models.CharField(_("问题"), max_length=300, default="", blank=True)
    reading = models.JSONField(_("读出的内容"), default=dict, blank=True, encoder=ReadableJSON)
    decisions = models.JSONField(_("确认结果"), default=dict, blank=True, encoder=ReadableJSON)
    corrections = models.JSONField(_("修正"), default=dict, blank=True, encoder=ReadableJSON)
    uploaded_at = models.DateTimeField(_("上传时间"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("上传人"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    edition = models.ForeignKey(
        "regulations.Edition",
        verbose_name=_("版本"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )

    plain: ClassVar[tuple[str, ...]] = (
        "name", "digest", "content", "problem", "reading", "decisions", "corrections",
    )  # fmt: skip

    class Meta:
        verbose_name = _("制度原件")
        verbose_name_plural = _("制度原件")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="drafted", edition__isnull=False)
                | ~Q(state="drafted") & Q(edition__isnull=True),
                name="read_file_drafted_whole",
            ),
        ]
        indexes = [models.Index(fields=["id"], name="read_file_waiting", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return self.name


class Statement(models.Model):
    """Somebody stated what no software can see: the row of a fact `company.attested`, which has the words, sealed.

    One that was taken back stays, with who did so; why is sealed in the fact that voids it.
    """

    fact = models.UUIDField(_("事实"), unique=True)
    regulation = models.ForeignKey(
        "regulations.Regulation", verbose_name=_("制度"), on_delete=models.PROTECT, related_name="+"
    )
    control = models.CharField(_("控制"), max_length=60)
    edition = models.PositiveIntegerField(_("版次"))
    made_at = models.DateTimeField(_("声明时间"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("声明人"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    withdrawn_at = models.DateTimeField(_("收回时间"), null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("收回人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    voided_by = models.UUIDField(_("收回的事实"), null=True)

    plain: ClassVar[tuple[str, ...]] = ("control",)
    unpaired: ClassVar[dict[str, str]] = {
        "voided_by": "the fact that takes it back, which has the instant `withdrawn_at`",
    }

    class Meta:
        verbose_name = _("公司声明")
        verbose_name_plural = _("公司声明")
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, voided_by__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, voided_by__isnull=False),
                name="statement_withdrawn_whole",
            )
        ]
        indexes = [models.Index(fields=["regulation", "control", "-made_at"], name="statement_of_control")]

    def __str__(self) -> str:
        return f"{self.regulation_id}.{self.control} {self.made_at:%Y-%m-%d}"


class StatementFile(models.Model):
    """A file that proves a statement, kept under its SHA-256."""

    statement = models.ForeignKey(
        Statement, verbose_name=_("公司声明"), on_delete=models.PROTECT, related_name="files"
    )
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveIntegerField(_("大小"))
    sha256 = models.CharField(_("摘要"), max_length=64)

    plain: ClassVar[tuple[str, ...]] = ("name", "content_type", "sha256")

    class Meta:
        verbose_name = _("声明的凭证")
        verbose_name_plural = _("声明的凭证")
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name
