"""What of a customer was given to others outside the company, and what got out."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import Secrecy
from keyue.customers.models import Customer
from keyue.people.models import User
from keyue.privacy.enums import DataKind, FoundHow
from keyue.privacy.models.consents import Consent


def named(kinds: list[str]) -> str:
    """What these kinds of data are called, as one text."""
    return gettext("、").join(str(DataKind(kind).label) for kind in kinds)


class Provision(models.Model):
    """Personal data was given to somebody outside, who decides what becomes of it: 个人信息保护法 article 23."""

    personal: ClassVar[tuple[str, ...]] = ("recipient", "purpose")
    plain: ClassVar[tuple[str, ...]] = ("kinds",)

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    consent = models.ForeignKey(
        Consent, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单独同意")
    )
    # codes of DataKind
    kinds = models.JSONField(_("信息种类"), default=list)
    recipient = models.TextField(_("接收方（加密）"), blank=True)
    purpose = models.TextField(_("提供目的（加密）"), blank=True)
    provided_at = models.DateTimeField(_("提供时间"))
    provided_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提供人"))

    class Meta:
        verbose_name = _("对外提供")
        verbose_name_plural = _("对外提供")

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def kinds_named(self) -> str:
        """What of the customer was given."""
        return named(self.kinds)


class Disclosure(models.Model):
    """Something about a customer got out of the company: S0-4.1.2, 个人信息保护法 article 57."""

    personal: ClassVar[tuple[str, ...]] = ("what", "recipient", "remedy")
    plain: ClassVar[tuple[str, ...]] = ("kinds", "reported_by")
    unpaired: ClassVar[dict[str, str]] = {"approved_by": "the approval was given outside, when is not known"}

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    # codes of DataKind
    kinds = models.JSONField(_("信息种类"), default=list)
    what = models.TextField(_("泄露经过（加密）"), blank=True)
    recipient = models.TextField(_("泄露给谁（加密）"), blank=True, default="")
    how = models.CharField(_("怎样发现"), max_length=9, choices=FoundHow)
    secrecy = models.CharField(_("密级"), max_length=8, choices=Secrecy, default=Secrecy.NORMAL)
    approved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批准人")
    )
    happened_at = models.DateTimeField(_("泄露时间"))
    reported_at = models.DateTimeField(_("报告时间"))
    reported_by = models.CharField(_("报告人"), max_length=101)
    remedy = models.TextField(_("补救措施（加密）"), blank=True, default="")
    remedied_at = models.DateTimeField(_("补救时间"), null=True, blank=True)
    remedied_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("补救登记人")
    )

    class Meta:
        verbose_name = _("信息泄露")
        verbose_name_plural = _("信息泄露")
        constraints = [
            models.CheckConstraint(
                condition=Q(remedied_at=None, remedied_by=None)
                | Q(remedied_at__isnull=False, remedied_by__isnull=False),
                name="privacy_remedied_pair",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def kinds_named(self) -> str:
        """What of the customer got out."""
        return named(self.kinds)
