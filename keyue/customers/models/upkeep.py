"""What a file holds beyond the columns, and how it is kept true: fields, checks, changes learnt, defects, daily checks."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import CheckedHow, DefectKind, FieldKind
from keyue.customers.models.archive import Customer


class FieldDefinition(models.Model):
    """A field of the archive as the company set it up: one of its own, or what it says of one that every archive has."""

    personal: ClassVar[tuple[str, ...]] = ()
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = ("key", "label", "kind", "options", "created_by", "retired_by")

    key = models.CharField(_("字段代码"), max_length=40, unique=True)
    is_standard = models.BooleanField(_("内置字段"), default=False)
    # the company's own only: those of the product have their names in code
    label = models.CharField(_("字段名称"), max_length=40, blank=True, default="")
    kind = models.CharField(_("内容类型"), max_length=8, choices=FieldKind, default=FieldKind.TEXT)
    for_organisations = models.BooleanField(_("用于单位"), default=True)
    for_persons = models.BooleanField(_("用于个人"), default=True)
    required = models.BooleanField(_("必填"), default=False)
    weight = models.PositiveSmallIntegerField(_("权重"), default=5)
    # what says something of a person is sealed under the customer's key
    is_personal = models.BooleanField(_("个人信息"), default=False)
    # 个人信息保护法 article 28; entering a value is a fact of its own
    is_sensitive = models.BooleanField(_("敏感个人信息"), default=False)
    options = models.JSONField(_("选项"), default=list, blank=True)
    order = models.PositiveSmallIntegerField(_("次序"), default=500)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("设置时间"))
    created_by = models.CharField(_("设置人"), max_length=101)
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    retired_by = models.CharField(_("停用人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("档案字段")
        verbose_name_plural = _("档案字段")
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by="") | Q(retired_at__isnull=False) & ~Q(retired_by=""),
                name="fields_retired_pair",
            ),
            models.CheckConstraint(
                condition=Q(is_sensitive=False) | Q(is_personal=True), name="fields_sensitive_is_personal"
            ),
            models.CheckConstraint(condition=Q(weight__lte=100), name="fields_weight_of_a_hundred"),
            models.CheckConstraint(
                condition=Q(is_standard=True) | ~Q(label=""), name="fields_own_ones_have_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class UpkeepSettings(models.Model):
    """What the company decided about keeping files and keeping in touch; one row, and the defaults where there is none."""

    plain: ClassVar[tuple[str, ...]] = ("stages", "contact_days", "changed_by")

    # the stages whose files the daily check looks over
    stages = models.JSONField(_("检查哪些阶段"), default=list)
    # days by grade
    contact_days = models.JSONField(_("联系间隔"), default=dict)
    changed_at = models.DateTimeField(_("设置时间"))
    changed_by = models.CharField(_("设置人"), max_length=101)

    class Meta:
        verbose_name = _("档案维护设置")
        verbose_name_plural = _("档案维护设置")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="upkeep_one_row")]

    def __str__(self) -> str:
        return str(self.pk)


class FieldCheck(models.Model):
    """When a field of a customer's file was last found to be right, by whom and how."""

    plain: ClassVar[tuple[str, ...]] = ("field", "how", "verified_by")

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="checks", db_index=False, verbose_name=_("客户")
    )
    field = models.CharField(_("字段"), max_length=60)
    verified_at = models.DateTimeField(_("核实时间"))
    verified_by = models.CharField(_("核实人"), max_length=101)
    how = models.CharField(_("核实方式"), max_length=8, choices=CheckedHow)

    class Meta:
        verbose_name = _("字段核实")
        verbose_name_plural = _("字段核实")
        constraints = [models.UniqueConstraint(fields=["customer", "field"], name="one_check_a_field")]

    def __str__(self) -> str:
        return f"{self.customer_id}/{self.field}"


class LearntChange(models.Model):
    """Somebody learnt that something on file is no longer so; open until it is entered, or found right after all."""

    plain: ClassVar[tuple[str, ...]] = ("change", "fields", "learnt_by", "entered_by")

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="learnt_changes", verbose_name=_("客户")
    )
    change = models.CharField(_("标识"), max_length=36, unique=True)
    fields = models.JSONField(_("涉及字段"), default=list)
    # when it was learnt, which may be before it was noted here
    learnt_at = models.DateTimeField(_("得知时间"))
    learnt_by = models.CharField(_("得知人"), max_length=101)
    entered_at = models.DateTimeField(_("更新时间"), null=True, blank=True)
    entered_by = models.CharField(_("更新人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("得知的变更")
        verbose_name_plural = _("得知的变更")
        constraints = [
            models.CheckConstraint(
                condition=Q(entered_at=None, entered_by="") | Q(entered_at__isnull=False) & ~Q(entered_by=""),
                name="learnt_entered_pair",
            )
        ]

    def __str__(self) -> str:
        return self.change


class Defect(models.Model):
    """Something the daily check found wrong with a file; open until the file is right again. One of a kind at a time."""

    plain: ClassVar[tuple[str, ...]] = ("ref", "kind", "fields", "found_by", "mended_by")

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="defects", db_index=False, verbose_name=_("客户")
    )
    ref = models.CharField(_("标识"), max_length=36, unique=True)
    kind = models.CharField(_("差错"), max_length=12, choices=DefectKind)
    fields = models.JSONField(_("涉及字段"), default=list)
    found_at = models.DateTimeField(_("发现时间"))
    found_by = models.CharField(_("发现者"), max_length=101)
    mended_at = models.DateTimeField(_("改正时间"), null=True, blank=True)
    mended_by = models.CharField(_("改正者"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("档案差错")
        verbose_name_plural = _("档案差错")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=Q(mended_at=None), name="one_open_defect_a_kind"
            ),
            models.CheckConstraint(
                condition=Q(mended_at=None, mended_by="") | Q(mended_at__isnull=False) & ~Q(mended_by=""),
                name="defects_mended_pair",
            ),
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="defects_of_customer")]

    def __str__(self) -> str:
        return self.ref


class CheckRun(models.Model):
    """The check of one day over all files: how far it has come, and what it found."""

    day = models.DateField(_("日期"), unique=True)
    cursor = models.BigIntegerField(_("已查到"), default=0)
    checked = models.PositiveIntegerField(_("已检查"), default=0)
    found = models.PositiveIntegerField(_("发现差错"), default=0)
    mended = models.PositiveIntegerField(_("已改正"), default=0)
    started_at = models.DateTimeField(_("开始时间"))
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("每日检查")
        verbose_name_plural = _("每日检查")

    def __str__(self) -> str:
        return self.day.isoformat()
