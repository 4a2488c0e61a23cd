"""Customers and their contacts. Only `actions/` writes here.

Every text column is declared: `personal` ones hold text sealed under the customer's own key (see `sealed.py`), `blind`
ones keyed digests by which equal values find each other, `plain` ones nothing that tells who somebody is. A customer is
erased by destroying the key and emptying what is personal or blind.

Whatever is personal stands in `Contact`: a person's own name too, in their own contact. `Customer` has none of it.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.customers import rules
from keyue.customers.enums import Channel, Grade, Kind, LegalBasis, Source
from keyue.customers.regions import CITY_LONGEST, REGIONS
from keyue.ledger.facts import Subject


class Customer(models.Model):
    """An organisation or a person that the company serves. Nothing is deleted: people are erased, doubles merged."""

    personal: ClassVar[tuple[str, ...]] = ()
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = (
        *("kind", "name", "name_key", "region", "city", "grade", "department"),
        *("source", "legal_basis", "created_by", "erased_by"),
    )

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    # an organisation's, which is public; empty for a person
    name = models.CharField(_("单位名称"), max_length=rules.ORGANISATION_LONGEST, blank=True, default="")
    # bytes, so that both databases order and range over it alike, whatever their collation
    name_key = models.BinaryField(_("名称检索码"), null=True)
    region = models.CharField(_("省级地区"), max_length=6, blank=True, default="")
    city = models.CharField(_("城市"), max_length=CITY_LONGEST, blank=True, default="")
    grade = models.CharField(_("分级"), max_length=1, choices=Grade, null=True, blank=True)  # noqa: DJ001
    # two of the partial indexes below serve it
    account_manager = models.ForeignKey(
        "people.User",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name=_("客户经理"),
    )
    department = models.CharField(_("归属部门"), max_length=40, null=True, blank=True)  # noqa: DJ001
    source = models.CharField(_("来源"), max_length=12, choices=Source)
    legal_basis = models.CharField(_("个人信息处理依据"), max_length=12, choices=LegalBasis)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("建档时间"))
    created_by = models.CharField(_("建档人"), max_length=101)
    erased_at = models.DateTimeField(_("删除个人信息时间"), null=True, blank=True)
    erased_by = models.CharField(_("删除人"), max_length=101, blank=True, default="")
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="aliases",
        db_index=False,
        verbose_name=_("并入"),
    )

    class Meta:
        verbose_name = _("客户")
        verbose_name_plural = _("客户")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.ORGANISATION, name_key__isnull=False) & ~Q(name="")
                | Q(kind=Kind.PERSON, name="", name_key=None),
                name="customers_person_has_no_clear_name",
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None, erased_by="") | Q(erased_at__isnull=False) & ~Q(erased_by=""),
                name="customers_erased_pair",
            ),
            models.CheckConstraint(condition=Q(region__in=["", *REGIONS]), name="customers_region_known"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="customers_not_into_itself"
            ),
        ]
        # each only over the rows that can be asked for through it, so that an intake pays for few of them
        indexes = [
            models.Index(
                fields=["department", "-id"], condition=Q(department__isnull=False), name="customers_dept"
            ),
            models.Index(
                fields=["account_manager", "-id"],
                condition=Q(account_manager__isnull=False),
                name="customers_manager",
            ),
            models.Index(
                fields=["name_key", "id"], condition=Q(name_key__isnull=False), name="customers_name"
            ),
            models.Index(
                fields=["department", "name_key", "id"],
                condition=Q(department__isnull=False, name_key__isnull=False),
                name="customers_dept_name",
            ),
            models.Index(
                fields=["account_manager", "name_key", "id"],
                condition=Q(account_manager__isnull=False, name_key__isnull=False),
                name="customers_manager_name",
            ),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customers_aliases"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The readable number. It is the id in writing: unique without a counter that all intakes would wait for."""
        return rules.number_of(self.pk)

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this customer, and whose key seals what is personal."""
        return subject_of(self.pk)

    @property
    def is_person(self) -> bool:
        """Whether this is a natural person, whose name is personal data."""
        return self.kind == Kind.PERSON

    @property
    def is_erased(self) -> bool:
        """Whether the personal data is gone for good."""
        return self.erased_at is not None


class Contact(models.Model):
    """A person, number or address by which a customer is reached.

    A customer who is a person has exactly one contact of their own, `is_self`; its name is the customer's name.
    """

    personal: ClassVar[tuple[str, ...]] = ("name", "phone", "email", "role")
    blind: ClassVar[tuple[str, ...]] = ("name_index", "phone_index", "email_index")
    plain: ClassVar[tuple[str, ...]] = ("preferred_channel", "created_by")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts", verbose_name=_("客户"))
    is_self = models.BooleanField(_("本人"), default=False)
    name = models.TextField(_("姓名（加密）"), blank=True, default="")
    phone = models.TextField(_("电话（加密）"), blank=True, default="")
    email = models.TextField(_("邮箱（加密）"), blank=True, default="")
    role = models.TextField(_("职务（加密）"), blank=True, default="")
    preferred_channel = models.CharField(
        _("首选联系方式"), max_length=8, choices=Channel, blank=True, default=""
    )
    name_index = models.CharField(_("姓名索引"), max_length=64, null=True)  # noqa: DJ001
    phone_index = models.CharField(_("电话索引"), max_length=64, null=True)  # noqa: DJ001
    email_index = models.CharField(_("邮箱索引"), max_length=64, null=True)  # noqa: DJ001
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("登记时间"))
    created_by = models.CharField(_("登记人"), max_length=101)

    class Meta:
        verbose_name = _("联系人")
        verbose_name_plural = _("联系人")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(is_self=True), name="customers_one_own_contact"
            ),
        ]
        indexes = [
            models.Index(fields=[field], condition=Q(**{f"{field}__isnull": False}), name=f"contacts_{field}")
            for field in ("phone_index", "email_index", "name_index")
        ]

    def __str__(self) -> str:
        return str(self.pk)


def subject_of(customer_id: int) -> Subject:
    """The chain and the key of a customer."""
    return Subject("customer", str(customer_id))
