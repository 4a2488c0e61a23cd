"""Customers that come in by a sheet and go out by a file: what was asked, how far it is, and what became of each row."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import (
    Clearing,
    ExportForm,
    ExportState,
    GrantPurpose,
    ImportKey,
    ImportMode,
    ImportOutcome,
    ImportState,
    Kind,
    LegalBasis,
    UndoOutcome,
)
from keyue.customers.models.archive import Customer
from keyue.ledger.facts import ReadableJSON, Subject

RUNNING = (ImportState.RUNNING.value, ImportState.UNDOING.value)


class RememberedMapping(models.Model):
    """What the columns of a sheet with these headings were taken for the last time."""

    plain: ClassVar[tuple[str, ...]] = ("fingerprint", "columns", "mode", "key")

    fingerprint = models.CharField(_("表头指纹"), max_length=64, unique=True)
    columns = models.JSONField(_("列的含义"), default=dict, encoder=ReadableJSON)
    mode = models.CharField(_("方式"), max_length=8, choices=ImportMode)
    key = models.CharField(_("认客户的依据"), max_length=10, choices=ImportKey)
    used_at = models.DateTimeField(_("最近使用"))

    class Meta:
        verbose_name = _("记住的列")
        verbose_name_plural = _("记住的列")

    def __str__(self) -> str:
        return self.fingerprint[:12]


class CustomerImport(models.Model):
    """A sheet of customers on its way into the archive, row by row, and back out again where the whole is undone.

    `position` of `total` rows are done; every batch is one transaction with it. Undoing goes from the last row to the
    first: `undo_position` rows are still to be looked at. The sheet itself is kept thirty days after the last of it;
    name, size and SHA-256 stay as evidence.
    """

    plain: ClassVar[tuple[str, ...]] = (
        *(
            "file_name",
            "sha256",
            "form",
            "headings",
            "columns",
            "problem",
            "actor_kind",
            "actor_id",
            "cleared",
        ),
        *("mode", "key", "default_kind", "default_basis", "state", "undone_by", "external_system"),
    )

    file_name = models.CharField(_("文件名"), max_length=200)
    sha256 = models.CharField(_("SHA-256"), max_length=64, db_index=True)
    size = models.BigIntegerField(_("大小"))
    form = models.CharField(_("格式"), max_length=8)
    headings = models.JSONField(_("表头"), default=list, encoder=ReadableJSON)
    columns = models.JSONField(_("列的含义"), default=dict, encoder=ReadableJSON)
    mode = models.CharField(_("方式"), max_length=8, choices=ImportMode, default=ImportMode.BOTH)
    key = models.CharField(_("认客户的依据"), max_length=10, choices=ImportKey, default=ImportKey.ANY)
    default_kind = models.CharField(
        _("没写种类的算作"), max_length=12, choices=Kind, default=Kind.ORGANISATION
    )
    external_system = models.CharField(_("外部编号的来源系统"), max_length=40, default="ERP")
    default_basis = models.CharField(
        _("个人信息处理依据"), max_length=12, choices=LegalBasis, default=LegalBasis.CONTRACT
    )
    state = models.CharField(_("状态"), max_length=8, choices=ImportState, default=ImportState.DRAFT)
    total = models.PositiveIntegerField(_("行数"), default=0)
    position = models.PositiveIntegerField(_("已处理"), default=0)
    added = models.PositiveIntegerField(_("新增"), default=0)
    updated = models.PositiveIntegerField(_("更新"), default=0)
    unchanged = models.PositiveIntegerField(_("无变化"), default=0)
    refused = models.PositiveIntegerField(_("未导入"), default=0)
    problem = models.CharField(_("问题"), max_length=300, blank=True, default="")
    cleared = models.CharField(_("清除原因"), max_length=8, choices=Clearing, blank=True, default="")
    actor_kind = models.CharField(_("经手人种类"), max_length=20)
    actor_id = models.CharField(_("经手人"), max_length=80)
    user = models.ForeignKey(
        "people.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    created_at = models.DateTimeField(_("上传时间"))
    started_at = models.DateTimeField(_("开始时间"), null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    undo_position = models.PositiveIntegerField(_("待撤销"), default=0)
    put_back = models.PositiveIntegerField(_("已撤销"), default=0)
    not_put_back = models.PositiveIntegerField(_("未撤销"), default=0)
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.CharField(_("撤销人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("客户导入")
        verbose_name_plural = _("客户导入")
        constraints = [
            models.CheckConstraint(condition=Q(position__lte=F("total")), name="customer_import_position"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by="") | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                name="customer_import_undone_pair",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="customer_import_running", condition=Q(state__in=RUNNING)),
            models.Index(fields=["user", "-id"], name="customer_import_of_user"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def subject(self) -> Subject:
        """Whose chain tells about it."""
        return Subject("customer_import", str(self.pk))


class CustomerImportRow(models.Model):
    """What became of one row, and what has to be known to take it back.

    `changed` says of each field of an update what stood there and what the sheet put, as JSON sealed under the
    customer's key. `reasons` say why a row was not taken; they go with the sheet.
    """

    personal: ClassVar[tuple[str, ...]] = ("changed",)
    plain: ClassVar[tuple[str, ...]] = ("reasons", "kept", "outcome", "undone")

    run = models.ForeignKey(
        CustomerImport, models.CASCADE, related_name="rows", db_index=False, verbose_name=_("客户导入")
    )
    line = models.PositiveIntegerField(_("行号"))
    outcome = models.CharField(_("结果"), max_length=10, choices=ImportOutcome)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("客户")
    )
    changed = models.TextField(_("改动（加密）"), blank=True, default="")
    reasons = models.JSONField(_("原因"), default=list, encoder=ReadableJSON)
    undone = models.CharField(_("撤销结果"), max_length=8, choices=UndoOutcome, blank=True, default="")
    # why it, or which of its fields, could not be taken back: codes
    kept = models.JSONField(_("未撤销的原因"), default=list, encoder=ReadableJSON)

    class Meta:
        verbose_name = _("客户导入的行")
        verbose_name_plural = _("客户导入的行")
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="one_customer_row_a_line")]
        indexes = [
            models.Index(fields=["run", "line"], name="customer_row_bad", condition=Q(outcome="refused")),
            models.Index(fields=["run", "line"], name="customer_row_kept", condition=Q(undone="kept")),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.line}"


class ExportRequest(models.Model):
    """That somebody wants to take customers out as a file: what of which, what for, who allowed it, and what went out.

    `narrowing` says which customers, of those that the asker may see and that were on file when it was approved.
    `is_clear`: personal fields stand unmasked in it. The file lies sealed under a key of its own until `expires_at`;
    then the key is destroyed and the row stays.
    """

    plain: ClassVar[tuple[str, ...]] = (
        *("narrowing", "columns", "purpose", "remark", "form", "state", "refusal", "problem", "sha256"),
    )
    left_out: int = 0
    """Customers whose data may not be used, counted by the process that makes the file."""
    user = models.ForeignKey(
        "people.User", models.PROTECT, related_name="+", db_index=False, verbose_name=_("申请人")
    )
    narrowing = models.JSONField(_("筛选条件"), default=dict, encoder=ReadableJSON)
    columns = models.JSONField(_("字段"), default=list, encoder=ReadableJSON)
    is_clear = models.BooleanField(_("不遮盖个人信息"), default=False)
    form = models.CharField(_("格式"), max_length=4, choices=ExportForm, default=ExportForm.XLSX)
    purpose = models.CharField(_("用途"), max_length=12, choices=GrantPurpose)
    remark = models.CharField(_("说明"), max_length=300)
    state = models.CharField(_("状态"), max_length=8, choices=ExportState, default=ExportState.ASKED)
    asked_at = models.DateTimeField(_("申请时间"))
    estimate = models.PositiveIntegerField(_("申请时的条数"), default=0)
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
    refusal = models.CharField(_("不同意的理由"), max_length=300, blank=True, default="")
    position = models.PositiveIntegerField(_("已写入"), default=0)
    made_at = models.DateTimeField(_("制成时间"), null=True, blank=True)
    rows = models.PositiveIntegerField(_("条数"), default=0)
    size = models.PositiveBigIntegerField(_("大小"), default=0)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True, default="")
    problem = models.CharField(_("问题"), max_length=300, blank=True, default="")
    expires_at = models.DateTimeField(_("保留至"), null=True, blank=True)
    downloads = models.PositiveIntegerField(_("下载次数"), default=0)

    class Meta:
        verbose_name = _("导出申请")
        verbose_name_plural = _("导出申请")
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="export_decided_pair",
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("user")), name="export_not_by_oneself"
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None) | ~Q(state="asked") & Q(decided_at__isnull=False),
                name="export_decided_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["made", "expired"])
                | Q(made_at__isnull=False, expires_at__isnull=False),
                name="export_made_whole",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="export_of_asker"),
            models.Index(fields=["-id"], condition=Q(state="asked"), name="export_waiting"),
            models.Index(fields=["id"], condition=Q(state="approved"), name="export_to_make"),
            models.Index(fields=["expires_at"], condition=Q(state="made"), name="export_to_expire"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """EX-00012."""
        return f"EX-{self.pk:05d}"

    @property
    def subject(self) -> Subject:
        """Whose chain tells about it, and whose key seals its file."""
        return Subject("export", str(self.pk))


class CustomerFile(models.Model):
    """A file that belongs to a customer: sealed under the customer's key, so that it goes with the key. `note` is the
    note of a contact that it came with."""

    personal: ClassVar[tuple[str, ...]] = ("name",)
    plain: ClassVar[tuple[str, ...]] = ("content_type", "sha256", "added_by", "removed_by")

    uid = models.UUIDField(_("标识"), unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="files", db_index=False, verbose_name=_("客户")
    )
    note = models.ForeignKey(
        "customers.ContactNote",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="files",
        verbose_name=_("沟通记录"),
    )
    name = models.TextField(_("文件名（加密）"))
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_at = models.DateTimeField(_("上传时间"))
    added_by = models.CharField(_("上传人"), max_length=101)
    removed_at = models.DateTimeField(_("移除时间"), null=True, blank=True)
    removed_by = models.CharField(_("移除人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("客户附件")
        verbose_name_plural = _("客户附件")
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by="") | Q(removed_at__isnull=False) & ~Q(removed_by=""),
                name="customer_file_removed_pair",
            ),
            models.CheckConstraint(condition=~Q(added_by=""), name="customer_file_added_pair"),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], condition=Q(removed_at=None), name="customer_files")
        ]

    def __str__(self) -> str:
        return str(self.uid)
