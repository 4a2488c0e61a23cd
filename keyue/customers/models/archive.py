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
from keyue.customers.enums import (
    Channel,
    Credit,
    Grade,
    Kind,
    LegalBasis,
    Part,
    Secrecy,
    Source,
    Stage,
    Stance,
)
from keyue.customers.regions import CITY_LONGEST, REGIONS
from keyue.ledger.facts import Subject


class Customer(models.Model):
    """An organisation or a person that the company serves. Nothing is deleted: people are erased, doubles merged."""

    # what may name people: sealed under the customer's key
    personal: ClassVar[tuple[str, ...]] = ("needs", "history", "strategy", "extra_sealed")
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = (
        *("kind", "name", "name_key", "sound_key", "region", "city", "grade", "department"),
        *("source", "legal_basis", "created_by", "erased_by", "withdrawn_by"),
        *("stage", "category", "industry", "scale", "address", "credit", "secrecy", "extra"),
    )

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    # an organisation's, which is public; empty for a person
    name = models.CharField(_("单位名称"), max_length=rules.ORGANISATION_LONGEST, blank=True, default="")
    # bytes, so that both databases order and range over it alike, whatever their collation
    name_key = models.BinaryField(_("名称检索码"), null=True)
    # how brand and trade of an organisation's name sound, for finding its doubles (matching/sounds.py)
    sound_key = models.BinaryField(_("名称读音"), null=True)
    region = models.CharField(_("省级地区"), max_length=6, blank=True, default="")
    city = models.CharField(_("城市"), max_length=CITY_LONGEST, blank=True, default="")
    grade = models.CharField(_("分级"), max_length=1, choices=Grade, null=True, blank=True)  # noqa: DJ001
    stage = models.CharField(_("阶段"), max_length=8, choices=Stage, default=Stage.PROSPECT)
    stage_since = models.DateTimeField(_("进入阶段时间"), null=True, blank=True)
    # a code of the company's own list
    category = models.CharField(_("分类"), max_length=40, blank=True, default="")
    industry = models.CharField(_("行业"), max_length=40, blank=True, default="")
    scale = models.CharField(_("规模"), max_length=40, blank=True, default="")
    # an organisation's; a person's stands sealed in their own contact
    address = models.CharField(_("地址"), max_length=rules.ADDRESS_LONGEST, blank=True, default="")
    needs = models.TextField(_("业务需求（加密）"), blank=True, default="")
    history = models.TextField(_("合作历史（加密）"), blank=True, default="")
    strategy = models.TextField(_("维护策略（加密）"), blank=True, default="")
    credit = models.CharField(_("信用状况"), max_length=9, choices=Credit, blank=True, default="")
    credit_limit = models.DecimalField(_("信用额度"), max_digits=16, decimal_places=2, null=True, blank=True)
    secrecy = models.CharField(_("密级"), max_length=8, choices=Secrecy, default=Secrecy.NORMAL)
    # what the company added to the archive itself: values by the key of the field
    extra = models.JSONField(_("自定义字段"), default=dict, blank=True)
    extra_sealed = models.TextField(_("自定义字段（加密）"), blank=True, default="")
    completeness = models.PositiveSmallIntegerField(_("完整度"), default=0)
    verified_at = models.DateTimeField(_("最近核实时间"), null=True, blank=True)
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
    # an import that was undone took the file back: it exists for nobody any more
    withdrawn_at = models.DateTimeField(_("撤回建档时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("撤回人"), max_length=101, blank=True, default="")
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
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=""),
                name="customers_withdrawn_pair",
            ),
            models.CheckConstraint(condition=Q(region__in=["", *REGIONS]), name="customers_region_known"),
            models.CheckConstraint(
                condition=Q(completeness__lte=100), name="customers_completeness_of_a_hundred"
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.ORGANISATION) | Q(address=""),
                name="customers_person_has_no_clear_address",
            ),
            models.CheckConstraint(
                condition=Q(credit_limit=None) | Q(credit_limit__gte=0), name="customers_credit_not_negative"
            ),
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
            # what lists are narrowed to, in the order of the list
            models.Index(fields=["grade", "-id"], condition=Q(grade__isnull=False), name="customers_grade"),
            models.Index(fields=["stage", "-id"], name="customers_stage"),
            models.Index(fields=["category", "-id"], name="customers_category"),
            models.Index(fields=["region", "-id"], name="customers_region"),
            models.Index(fields=["completeness"], name="customers_complete"),
            models.Index(
                fields=["-id"], condition=Q(account_manager__isnull=True), name="customers_unmanaged"
            ),
            models.Index(fields=["secrecy", "-id"], condition=~Q(secrecy="normal"), name="customers_secrecy"),
            # who was verified longest ago
            models.Index(fields=["verified_at", "id"], name="customers_verified"),
            models.Index(
                fields=["department", "verified_at", "id"],
                condition=Q(department__isnull=False),
                name="customers_dept_verified",
            ),
            models.Index(
                fields=["account_manager", "verified_at", "id"],
                condition=Q(account_manager__isnull=False),
                name="customers_manager_verified",
            ),
            models.Index(
                fields=["merged_into"], condition=Q(merged_into__isnull=False), name="customers_aliases"
            ),
            models.Index(
                fields=["sound_key", "id"], condition=Q(sound_key__isnull=False), name="customers_sound"
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

    personal: ClassVar[tuple[str, ...]] = ("name", "phone", "email", "role", "address")
    blind: ClassVar[tuple[str, ...]] = ("name_index", "phone_index", "email_index")
    plain: ClassVar[tuple[str, ...]] = (
        *("preferred_channel", "created_by", "part", "stance", "source", "legal_basis"),
    )

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts", verbose_name=_("客户"))
    is_self = models.BooleanField(_("本人"), default=False)
    name = models.TextField(_("姓名（加密）"), blank=True, default="")
    phone = models.TextField(_("电话（加密）"), blank=True, default="")
    email = models.TextField(_("邮箱（加密）"), blank=True, default="")
    role = models.TextField(_("职务（加密）"), blank=True, default="")
    address = models.TextField(_("地址（加密）"), blank=True, default="")
    part = models.CharField(_("决策角色"), max_length=10, choices=Part, blank=True, default="")
    stance = models.CharField(_("态度"), max_length=8, choices=Stance, blank=True, default="")
    reports_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reports", verbose_name=_("上级")
    )
    # why their data may be kept; empty: as the customer's
    source = models.CharField(_("来源"), max_length=12, choices=Source, blank=True, default="")
    legal_basis = models.CharField(
        _("个人信息处理依据"), max_length=12, choices=LegalBasis, blank=True, default=""
    )
    left_at = models.DateTimeField(_("离开时间"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=Q(reports_to=None) | ~Q(reports_to=F("id")), name="contacts_no_own_superior"
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
