"""Purposes, the texts that people agreed to, consents, and the papers that prove them. Only `actions/` writes here."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.models import Contact, Customer
from keyue.people.models import User
from keyue.privacy.enums import ProofKind, Via

CODE_LONGEST, NAME_LONGEST, TEXT_LONGEST = 40, 60, 20_000


class Purpose(models.Model):
    """What personal data is used for with a person's consent: 个人信息保护法 articles 13, 14, 23 and 29."""

    plain: ClassVar[tuple[str, ...]] = ("code", "name")

    code = models.SlugField(_("代码"), max_length=CODE_LONGEST, unique=True)
    name = models.CharField(_("处理目的"), max_length=NAME_LONGEST, unique=True)
    is_separate = models.BooleanField(_("须单独同意"), default=False)
    # used outside this system too: somebody has to say that it has stopped
    is_used_elsewhere = models.BooleanField(_("系统外也在使用"), default=False)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("建立人"))
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    retired_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("停用人")
    )

    class Meta:
        verbose_name = _("处理目的")
        verbose_name_plural = _("处理目的")
        constraints = [
            models.CheckConstraint(
                condition=Q(retired_at=None, retired_by=None)
                | Q(retired_at__isnull=False, retired_by__isnull=False),
                name="privacy_purpose_retired_pair",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PurposeText(models.Model):
    """A version of what people agree to. The database refuses to change one: the next words are the next version."""

    plain: ClassVar[tuple[str, ...]] = ("text",)

    purpose = models.ForeignKey(
        Purpose, models.PROTECT, related_name="texts", db_index=False, verbose_name=_("处理目的")
    )
    n = models.PositiveIntegerField(_("版本号"))
    text = models.TextField(_("同意文本"))
    # purpose, manner or kinds of data have changed: who agreed to earlier words has to agree again (article 14)
    is_renewing = models.BooleanField(_("须重新取得同意"), default=True)
    published_at = models.DateTimeField(_("发布时间"))
    published_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发布人"))

    class Meta:
        verbose_name = _("同意文本")
        verbose_name_plural = _("同意文本")
        constraints = [models.UniqueConstraint(fields=["purpose", "n"], name="privacy_text_version_once")]

    def __str__(self) -> str:
        return self.version

    @property
    def version(self) -> str:
        """As facts name it: `marketing/2`."""
        return f"{self.purpose.code}/{self.n}"


class Proof(models.Model):
    """A paper that proves something, sealed under the customer's key: it goes with the key. Used for nothing else."""

    personal: ClassVar[tuple[str, ...]] = ("name", "content")
    plain: ClassVar[tuple[str, ...]] = ("kind", "content_type", "added_by")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    kind = models.CharField(_("种类"), max_length=10, choices=ProofKind)
    name = models.TextField(_("文件名（加密）"), blank=True)
    content = models.TextField(_("文件内容（加密）"), blank=True)
    content_type = models.CharField(_("文件类型"), max_length=80)
    size = models.PositiveIntegerField(_("大小"))
    added_at = models.DateTimeField(_("上传时间"))
    added_by = models.CharField(_("上传人"), max_length=101)

    class Meta:
        verbose_name = _("证明材料")
        verbose_name_plural = _("证明材料")

    def __str__(self) -> str:
        return str(self.pk)


class Consent(models.Model):
    """That a person agreed to a purpose, as a version of its text said it, until withdrawn or given anew."""

    personal: ClassVar[tuple[str, ...]] = ("guardian",)
    plain: ClassVar[tuple[str, ...]] = ("given_by", "withdrawn_by", "given_via", "withdrawn_via")

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="+", verbose_name=_("联系人"))
    purpose = models.ForeignKey(
        Purpose, models.PROTECT, related_name="+", db_index=False, verbose_name=_("处理目的")
    )
    text = models.ForeignKey(PurposeText, models.PROTECT, related_name="+", verbose_name=_("同意文本"))
    is_separate = models.BooleanField(_("单独同意"), default=False)
    # of somebody under 14 the guardian agrees: article 31
    is_minor = models.BooleanField(_("不满十四周岁"), default=False)
    guardian = models.TextField(_("监护人（加密）"), blank=True, default="")
    proof = models.ForeignKey(
        Proof, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("书面证明")
    )
    given_at = models.DateTimeField(_("同意时间"))
    given_by = models.CharField(_("登记人"), max_length=101)
    given_via = models.CharField(_("同意方式"), max_length=8, choices=Via)
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("撤回登记人"), max_length=101, blank=True, default="")
    withdrawn_via = models.CharField(_("撤回方式"), max_length=8, choices=Via, blank=True, default="")
    renewed_at = models.DateTimeField(_("重新同意时间"), null=True, blank=True)
    stopped_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    stopped_by = models.CharField(_("停用确认人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("同意")
        verbose_name_plural = _("同意")
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "purpose"],
                condition=Q(withdrawn_at=None, renewed_at=None),
                name="privacy_one_consent_stands",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="", withdrawn_via="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="") & ~Q(withdrawn_via=""),
                name="privacy_withdrawn_pair",
            ),
            models.CheckConstraint(
                condition=Q(stopped_at=None, stopped_by="")
                | Q(stopped_at__isnull=False, withdrawn_at__isnull=False) & ~Q(stopped_by=""),
                name="privacy_stopped_pair",
            ),
        ]
        indexes = [
            models.Index(fields=["purpose", "contact", "given_at"], name="privacy_consent_use"),
            models.Index(
                fields=["withdrawn_at", "id"],
                condition=Q(withdrawn_at__isnull=False, stopped_at=None),
                name="privacy_consent_to_stop",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def stands(self) -> bool:
        """Whether it has neither been withdrawn nor given anew."""
        return self.withdrawn_at is None and self.renewed_at is None
