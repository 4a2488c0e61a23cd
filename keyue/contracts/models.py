"""Contracts with their service levels and payments, projects with their stages. Only `actions/` writes here.

What may name people (titles, terms, remarks) is sealed under the customer's key: erasing the customer makes it unreadable.
Numbers, days and amounts are the company's books and stay.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.contracts import rules
from keyue.contracts.enums import ContractKind, Status, Topic, Unit, Way, What
from keyue.customers.models import Customer
from keyue.ledger.facts import Subject


class Contract(models.Model):
    """What was agreed with a customer. `number_key` is what makes a number the same; `unpaid_from` the earliest day of a
    payment that has not all come in; `levels_from` the instant from which the service levels run, `levels_until` that
    from which they do no more, `levels_for` the ids of the customers for whom they were published: who signed, and whom
    that one was merged into."""

    personal: ClassVar[tuple[str, ...]] = ("title", "rights", "duties", "term", "limits", "place")
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = (
        *("number", "number_key", "kind", "status", "currency", "duty_post", "created_by", "changed_by"),
        *("reviewed_by", "levels_for"),
    )

    number = models.CharField(_("合同编号"), max_length=rules.NUMBER_LONGEST)
    number_key = models.CharField(_("合同编号检索码"), max_length=2 * rules.NUMBER_LONGEST, unique=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contracts", db_index=False, verbose_name=_("客户")
    )
    title = models.TextField(_("合同名称（加密）"))
    kind = models.CharField(_("合同种类"), max_length=12, choices=ContractKind)
    amount = models.DecimalField(_("金额"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("币种"), max_length=3, default="CNY")
    effective_on = models.DateField(_("生效日"), null=True, blank=True)
    ends_on = models.DateField(_("到期日"), null=True, blank=True)
    renew_on = models.DateField(_("续约沟通日"), null=True, blank=True)
    rights = models.TextField(_("权利（加密）"), blank=True, default="")
    duties = models.TextField(_("义务（加密）"), blank=True, default="")
    term = models.TextField(_("期限条款（加密）"), blank=True, default="")
    limits = models.TextField(_("时限条款（加密）"), blank=True, default="")
    credit_limit = models.DecimalField(_("信用额度"), max_digits=16, decimal_places=2, null=True, blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("合同负责人")
    )
    duty_post = models.CharField(_("责任岗位"), max_length=60, blank=True, default="")
    renews = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="renewals", verbose_name=_("续自")
    )
    status = models.CharField(_("状态"), max_length=10, choices=Status, default=Status.DRAFTED)
    reviewed_at = models.DateTimeField(_("评审时间"), null=True, blank=True)
    reviewed_by = models.CharField(_("评审人"), max_length=101, blank=True, default="")
    signed_on = models.DateField(_("签署日"), null=True, blank=True)
    archived_at = models.DateTimeField(_("归档时间"), null=True, blank=True)
    place = models.TextField(_("存放位置（加密）"), blank=True, default="")
    terminated_at = models.DateTimeField(_("终止时间"), null=True, blank=True)
    levels_from = models.DateTimeField(_("服务时限起"), null=True, blank=True)
    levels_until = models.DateTimeField(_("服务时限止"), null=True, blank=True)
    levels_for = models.JSONField(_("服务时限的客户"), default=list, blank=True)
    unpaid_from = models.DateField(_("最早未收款日"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.CharField(_("建立人"), max_length=101)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)

    class Meta:
        verbose_name = _("合同")
        verbose_name_plural = _("合同")
        constraints = [
            models.CheckConstraint(condition=~Q(number_key=""), name="contract_has_number"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gte=0), name="contract_amount"),
            models.CheckConstraint(
                condition=Q(effective_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("effective_on")),
                name="contract_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by="")
                | Q(reviewed_at__isnull=False) & ~Q(reviewed_by=""),
                name="contract_reviewed_pair",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["signed", "archived"])
                | Q(signed_on__isnull=False, effective_on__isnull=False),
                name="contract_signed_has_days",
            ),
            models.CheckConstraint(
                condition=Q(renews=None) | ~Q(renews=F("id")), name="contract_no_own_renewal"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="contract_of_customer"),
            models.Index(fields=["status", "ends_on"], name="contract_ending"),
            models.Index(
                fields=["unpaid_from"], condition=Q(unpaid_from__isnull=False), name="contract_unpaid"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this contract."""
        return Subject("contract", str(self.pk))

    @property
    def is_signed(self) -> bool:
        """Whether both sides have signed, whatever came after."""
        return self.signed_on is not None


class ServiceLevel(models.Model):
    """A service level of a contract: what is promised of which cases within how long. See `levels.Level`."""

    plain: ClassVar[tuple[str, ...]] = ("what", "unit", "types", "calendar", "clause")

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="levels", verbose_name=_("合同"))
    n = models.PositiveSmallIntegerField(_("顺序"))
    what = models.CharField(_("事项"), max_length=16, choices=What)
    types = models.JSONField(_("适用类型"), default=list, blank=True)
    amount = models.PositiveIntegerField(_("时限"))
    unit = models.CharField(_("单位"), max_length=14, choices=Unit)
    urgent = models.PositiveIntegerField(_("紧急时限"), null=True, blank=True)
    calendar = models.CharField(_("日历"), max_length=64, blank=True, default="")
    clause = models.CharField(_("合同条款号"), max_length=40)
    pauses = models.BooleanField(_("等客户时停表"), default=False)

    class Meta:
        verbose_name = _("服务时限")
        verbose_name_plural = _("服务时限")
        ordering = ("contract", "n")
        constraints = [
            models.UniqueConstraint(fields=["contract", "n"], name="service_level_once"),
            models.CheckConstraint(
                condition=Q(amount__gte=1) & (Q(urgent=None) | Q(urgent__gte=1)), name="service_level_amount"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}.{self.n} {self.what}"


class Payment(models.Model):
    """A payment of a contract's schedule: when how much is due, and what came in of it."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="payments", verbose_name=_("合同"))
    n = models.PositiveSmallIntegerField(_("期次"))
    due_on = models.DateField(_("应收日"))
    amount = models.DecimalField(_("应收金额"), max_digits=16, decimal_places=2)
    received = models.DecimalField(_("已收金额"), max_digits=16, decimal_places=2, default=Decimal("0.00"))
    received_on = models.DateField(_("最近到账日"), null=True, blank=True)
    missed_at = models.DateTimeField(_("逾期时间"), null=True, blank=True)
    chased_at = models.DateTimeField(_("最近催收时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("收款计划")
        verbose_name_plural = _("收款计划")
        ordering = ("contract", "n")
        constraints = [
            models.UniqueConstraint(fields=["contract", "n"], name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0, received__gte=0), name="payment_not_negative"),
        ]
        indexes = [
            # what the worker looks at each day: due, not all there, and not said yet
            models.Index(
                fields=["due_on"],
                condition=Q(missed_at=None, received__lt=F("amount")),
                name="payment_to_miss",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract_id}.{self.n}"

    @property
    def open(self) -> Decimal:
        """What is still to come."""
        return rules.open_amount(self.amount, self.received)


class Project(models.Model):
    """Work for a customer in stages. `untold` counts the finished stages of which the customer has not been told."""

    personal: ClassVar[tuple[str, ...]] = ("title",)
    blind: ClassVar[tuple[str, ...]] = ()
    plain: ClassVar[tuple[str, ...]] = ("contract_number", "contract_number_key", "created_by")

    title = models.TextField(_("项目名称（加密）"))
    contract_number = models.CharField(_("项目合同编号"), max_length=rules.NUMBER_LONGEST)
    contract_number_key = models.CharField(
        _("项目合同编号检索码"), max_length=2 * rules.NUMBER_LONGEST, unique=True
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="projects", db_index=False, verbose_name=_("客户")
    )
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="projects", verbose_name=_("合同")
    )
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("客户经理")
    )
    planned_from = models.DateField(_("计划开始"), null=True, blank=True)
    planned_to = models.DateField(_("计划完成"), null=True, blank=True)
    progress = models.PositiveSmallIntegerField(_("项目进度"), default=0)
    untold = models.PositiveSmallIntegerField(_("未沟通的阶段"), default=0)
    plan_confirmed_at = models.DateTimeField(_("方案确认时间"), null=True, blank=True)
    started_at = models.DateTimeField(_("开工时间"), null=True, blank=True)
    completed_at = models.DateTimeField(_("项目完成时间"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.CharField(_("建立人"), max_length=101)

    class Meta:
        verbose_name = _("项目")
        verbose_name_plural = _("项目")
        constraints = [
            models.CheckConstraint(condition=~Q(contract_number_key=""), name="project_has_number"),
            models.CheckConstraint(condition=Q(progress__lte=100), name="project_progress_of_a_hundred"),
            models.CheckConstraint(
                condition=Q(planned_from=None) | Q(planned_to=None) | Q(planned_to__gte=F("planned_from")),
                name="project_planned_in_order",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="project_of_customer"),
            models.Index(fields=["-id"], condition=Q(untold__gt=0), name="project_untold"),
        ]

    def __str__(self) -> str:
        return self.contract_number

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this project."""
        return Subject("project", str(self.pk))


class ProjectStage(models.Model):
    """A stage of a project. `told_at` is when the customer was first told that it is finished."""

    plain: ClassVar[tuple[str, ...]] = ("name",)

    project = models.ForeignKey(Project, models.CASCADE, related_name="stages", verbose_name=_("项目"))
    n = models.PositiveSmallIntegerField(_("顺序"))
    name = models.CharField(_("阶段名称"), max_length=rules.NAME_LONGEST)
    weight = models.PositiveSmallIntegerField(_("权重"), default=1)
    percent = models.PositiveSmallIntegerField(_("阶段进度"), default=0)
    planned_on = models.DateField(_("计划完成日"), null=True, blank=True)
    finished_at = models.DateTimeField(_("阶段完成时间"), null=True, blank=True)
    told_at = models.DateTimeField(_("告知客户时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("项目阶段")
        verbose_name_plural = _("项目阶段")
        ordering = ("project", "n")
        constraints = [
            models.UniqueConstraint(fields=["project", "n"], name="project_stage_once"),
            models.CheckConstraint(
                condition=Q(percent__lte=100, weight__gte=1, weight__lte=100), name="project_stage_numbers"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None, percent__lt=100) | Q(finished_at__isnull=False, percent=100),
                name="project_stage_finished_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id}.{self.n}"


class ProjectTalk(models.Model):
    """A talk with the customer about a project: what was told, how, and when."""

    personal: ClassVar[tuple[str, ...]] = ("text",)
    plain: ClassVar[tuple[str, ...]] = ("topic", "way")

    project = models.ForeignKey(Project, models.CASCADE, related_name="talks", verbose_name=_("项目"))
    stage = models.ForeignKey(
        ProjectStage, models.CASCADE, null=True, blank=True, related_name="talks", verbose_name=_("项目阶段")
    )
    topic = models.CharField(_("沟通主题"), max_length=8, choices=Topic)
    way = models.CharField(_("沟通方式"), max_length=8, choices=Way)
    text = models.TextField(_("沟通内容（加密）"))
    happened_at = models.DateTimeField(_("沟通时间"))
    recorded_at = models.DateTimeField(_("记录时间"))
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("记录人")
    )

    class Meta:
        verbose_name = _("项目沟通")
        verbose_name_plural = _("项目沟通")
        ordering = ("project", "-happened_at", "-id")

    def __str__(self) -> str:
        return f"{self.project_id} {self.topic}"


class ProjectOpinion(models.Model):
    """What the customer said about a project. It becomes a case; `case_number` is empty until it has."""

    personal: ClassVar[tuple[str, ...]] = ("text",)
    plain: ClassVar[tuple[str, ...]] = ("type", "case_number")

    project = models.ForeignKey(Project, models.CASCADE, related_name="opinions", verbose_name=_("项目"))
    type = models.CharField(_("意见类型"), max_length=12)
    text = models.TextField(_("意见内容（加密）"))
    heard_at = models.DateTimeField(_("听到时间"))
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("记录人")
    )
    case_number = models.CharField(_("事项编号"), max_length=40, blank=True, default="")

    class Meta:
        verbose_name = _("项目意见")
        verbose_name_plural = _("项目意见")
        ordering = ("project", "-heard_at", "-id")

    def __str__(self) -> str:
        return f"{self.project_id} {self.type}"
