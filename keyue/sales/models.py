"""The tables of the sales room. Only `actions/` writes here.

A lead's personal columns are sealed under the lead's own key, everything typed about a customer under the customer's.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers import rules as names
from keyue.customers.enums import Kind, LegalBasis, Source
from keyue.customers.models import Contact, Customer
from keyue.ledger.facts import Subject
from keyue.people.models import User
from keyue.sales import rules
from keyue.sales.enums import (
    Agreed,
    DropReason,
    LeadState,
    LossReason,
    NeedDrop,
    NeedState,
    PlanState,
    PoolEnd,
    PoolReason,
    Settlement,
)


class SalesRules(models.Model):
    """How the company develops customers: one row, made at the first change; without it the defaults hold."""

    plain: ClassVar[tuple[str, ...]] = ("stages",)

    id = models.SmallIntegerField(primary_key=True, default=1)
    protection_days = models.PositiveSmallIntegerField(_("报备保护天数"), default=30)
    protection_warn_days = models.PositiveSmallIntegerField(_("保护到期前几天提醒"), default=5)
    most_leads = models.PositiveSmallIntegerField(_("每人最多保护中的线索"), default=100)
    pick_per_day = models.PositiveSmallIntegerField(_("每人每天最多领取"), default=5)
    most_held = models.PositiveIntegerField(_("每人最多跟进的客户"), default=200)
    lock_days = models.PositiveSmallIntegerField(_("原客户经理几天内不能再领"), default=30)
    warn_days = models.PositiveSmallIntegerField(_("回收前几天提醒"), default=7)
    # days without contact after which a customer is recycled; null: never
    idle_a = models.PositiveSmallIntegerField(_("A 级几天未联系回收"), null=True, blank=True)
    idle_b = models.PositiveSmallIntegerField(_("B 级几天未联系回收"), null=True, blank=True, default=180)
    idle_c = models.PositiveSmallIntegerField(_("C 级几天未联系回收"), null=True, blank=True, default=120)
    idle_d = models.PositiveSmallIntegerField(_("D 级几天未联系回收"), null=True, blank=True, default=90)
    idle_none = models.PositiveSmallIntegerField(_("未评级几天未联系回收"), null=True, blank=True, default=60)
    keeps_signed = models.BooleanField(_("签约客户不回收，也不占名额"), default=True)
    # [{"code", "name", "probability", "end"}]; empty: the default ones
    stages = models.JSONField(_("商机阶段"), default=list, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=0)

    class Meta:
        verbose_name = _("客户开发规则")
        verbose_name_plural = _("客户开发规则")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="sales_rules_one_row")]

    def __str__(self) -> str:
        return f"rules {self.revision}"

    def idle_days(self, grade: str | None) -> int | None:
        """Days without contact after which a customer of this grade is recycled; None: never."""
        found: int | None = getattr(self, f"idle_{(grade or 'none').lower()}")
        return found


class Lead(models.Model):
    """Somebody whom a colleague means to win, registered before contacting them (报备)."""

    personal: ClassVar[tuple[str, ...]] = ("person", "phone", "email", "note")
    blind: ClassVar[tuple[str, ...]] = ("person_index", "phone_index", "email_index")
    plain: ClassVar[tuple[str, ...]] = (
        *("kind", "name", "name_key", "brand", "uscc", "region", "source", "legal_basis", "department"),
        *("state", "drop_reason", "settlement", "conflict_reasons"),
    )

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("种类"), max_length=12, choices=Kind)
    # an organisation's, which is public; empty for a person
    name = models.CharField(_("单位名称"), max_length=names.ORGANISATION_LONGEST, blank=True, default="")
    name_key = models.BinaryField(_("名称检索码"), null=True)
    # the brand of the organisation's name (字号), by which names are compared
    brand = models.CharField(_("字号"), max_length=names.ORGANISATION_LONGEST, blank=True, default="")
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, blank=True, default="")
    person = models.TextField(_("姓名（加密）"), blank=True, default="")
    phone = models.TextField(_("电话（加密）"), blank=True, default="")
    email = models.TextField(_("邮箱（加密）"), blank=True, default="")
    note = models.TextField(_("说明（加密）"), blank=True, default="")
    person_index = models.CharField(_("姓名索引"), max_length=64, null=True)  # noqa: DJ001
    phone_index = models.CharField(_("电话索引"), max_length=64, null=True)  # noqa: DJ001
    email_index = models.CharField(_("邮箱索引"), max_length=64, null=True)  # noqa: DJ001
    region = models.CharField(_("省级地区"), max_length=6, blank=True, default="")
    source = models.CharField(_("来源"), max_length=12, choices=Source)
    legal_basis = models.CharField(_("个人信息处理依据"), max_length=12, choices=LegalBasis)
    staff = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("报备人"))
    department = models.CharField(_("归属部门"), max_length=40, null=True, blank=True)  # noqa: DJ001
    state = models.CharField(_("状态"), max_length=9, choices=LeadState, default=LeadState.OPEN)
    registered_at = models.DateTimeField(_("报备时间"))
    protected_until = models.DateTimeField(_("保护到"), null=True, blank=True)
    warned_at = models.DateTimeField(_("提醒时间"), null=True, blank=True)
    contacted_at = models.DateTimeField(_("最近联系时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("了结时间"), null=True, blank=True)
    drop_reason = models.CharField(_("放弃原因"), max_length=11, choices=DropReason, blank=True, default="")
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("成为的客户")
    )
    # whose it seemed to be when it was registered
    first = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("先报备的线索")
    )
    first_customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("已有客户")
    )
    conflict_score = models.PositiveSmallIntegerField(_("相似度"), null=True, blank=True)
    # sentences as the kernel keeps them: what speaks for one customer, in no words of theirs
    conflict_reasons = models.JSONField(_("撞单依据"), default=list, blank=True)
    settlement = models.CharField(_("裁定"), max_length=8, choices=Settlement, blank=True, default="")
    erased_at = models.DateTimeField(_("删除个人信息时间"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)

    class Meta:
        verbose_name = _("线索")
        verbose_name_plural = _("线索")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=Kind.ORGANISATION, name_key__isnull=False) & ~Q(name="")
                | Q(kind=Kind.PERSON, name="", name_key=None),
                name="leads_person_has_no_clear_name",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[LeadState.OPEN, LeadState.CONFLICT], closed_at=None)
                | Q(
                    state__in=[LeadState.QUALIFIED, LeadState.DROPPED, LeadState.EXPIRED],
                    closed_at__isnull=False,
                ),
                name="leads_closed_pair",
            ),
            models.CheckConstraint(
                condition=~Q(state=LeadState.OPEN) | Q(protected_until__isnull=False),
                name="leads_open_is_protected",
            ),
        ]
        indexes = [
            models.Index(fields=["department", "-id"], name="leads_dept"),
            models.Index(fields=["staff", "-id"], name="leads_staff"),
            models.Index(fields=["registered_at"], name="leads_registered"),
            models.Index(
                fields=["protected_until"], condition=Q(state=LeadState.OPEN), name="leads_protected"
            ),
            models.Index(fields=["-id"], condition=Q(state=LeadState.CONFLICT), name="leads_conflicts"),
            models.Index(fields=["name_key"], condition=Q(name_key__isnull=False), name="leads_name"),
            models.Index(fields=["brand"], condition=~Q(brand=""), name="leads_brand"),
            models.Index(fields=["uscc"], condition=~Q(uscc=""), name="leads_uscc"),
            models.Index(fields=["phone_index"], condition=Q(phone_index__isnull=False), name="leads_phone"),
            models.Index(fields=["email_index"], condition=Q(email_index__isnull=False), name="leads_email"),
            models.Index(
                fields=["person_index"], condition=Q(person_index__isnull=False), name="leads_person"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """XS-00012."""
        return rules.number_of(rules.LEAD_PREFIX, self.pk)

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this lead, and whose key seals what is personal."""
        return lead_subject(self.pk)


class Holding(models.Model):
    """Since when somebody looks after a customer, and when to look whether the customer was contacted."""

    customer = models.OneToOneField(
        Customer, models.PROTECT, primary_key=True, related_name="+", verbose_name=_("客户")
    )
    manager = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("客户经理"))
    since = models.DateTimeField(_("开始跟进时间"))
    look_at = models.DateTimeField(_("下次检查时间"), db_index=True)
    warned_at = models.DateTimeField(_("提醒时间"), null=True, blank=True)
    # the last contact that the warning was about
    warned_since = models.DateTimeField(_("提醒所依据的最近联系"), null=True, blank=True)
    due_at = models.DateTimeField(_("预计回收时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("跟进期")
        verbose_name_plural = _("跟进期")
        constraints = [
            models.CheckConstraint(
                condition=Q(warned_at=None, warned_since=None, due_at=None)
                | Q(warned_at__isnull=False, warned_since__isnull=False, due_at__isnull=False),
                name="holdings_warned_whole",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PoolEntry(models.Model):
    """A time for which a customer lies in the public pool, for colleagues to pick."""

    plain: ClassVar[tuple[str, ...]] = ("reason", "how")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    reason = models.CharField(_("放入原因"), max_length=10, choices=PoolReason)
    entered_at = models.DateTimeField(_("放入时间"))
    previous = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("原客户经理")
    )
    locked_until = models.DateTimeField(_("原客户经理可再领时间"), null=True, blank=True)
    left_at = models.DateTimeField(_("离开时间"), null=True, blank=True)
    how = models.CharField(_("离开方式"), max_length=8, choices=PoolEnd, blank=True, default="")
    picked_at = models.DateTimeField(_("领取时间"), null=True, blank=True)
    picked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("领取人")
    )

    class Meta:
        verbose_name = _("公海客户")
        verbose_name_plural = _("公海客户")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(left_at=None), name="pool_once_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(left_at=None, how="") | Q(left_at__isnull=False) & ~Q(how=""),
                name="pool_left_pair",
            ),
            models.CheckConstraint(
                condition=Q(picked_at=None, picked_by=None)
                | Q(picked_at__isnull=False, picked_by__isnull=False),
                name="pool_picked_pair",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(left_at=None), name="pool_open"),
            models.Index(
                fields=["picked_by", "picked_at"], condition=Q(picked_by__isnull=False), name="pool_picks"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Target(models.Model):
    """How many new customers, and how much, somebody is to win in a month, quarter or year (S1-12.1)."""

    plain: ClassVar[tuple[str, ...]] = ("period",)

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("业务人员"))
    # 2026, 2026-Q1, 2026-03
    period = models.CharField(_("期间"), max_length=7)
    customers = models.PositiveIntegerField(_("新客户数"), default=0)
    amount = models.DecimalField(_("金额"), max_digits=16, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("开发目标")
        verbose_name_plural = _("开发目标")
        constraints = [
            models.UniqueConstraint(fields=["user", "period"], name="targets_one_a_period"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="targets_amount_not_negative"),
        ]
        indexes = [models.Index(fields=["period"], name="targets_period")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.period}"


class Need(models.Model):
    """What a customer said they need (S1-11.3, S2-4.3a)."""

    personal: ClassVar[tuple[str, ...]] = ("what",)
    plain: ClassVar[tuple[str, ...]] = ("said_in", "state", "drop_reason")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("由谁提出")
    )
    what = models.TextField(_("需求（加密）"))
    said_in = models.CharField(_("出自"), max_length=60, blank=True, default="")
    learned_at = models.DateTimeField(_("得知时间"))
    noted_at = models.DateTimeField(_("记录时间"))
    noted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("记录人"))
    state = models.CharField(_("状态"), max_length=7, choices=NeedState, default=NeedState.OPEN)
    drop_reason = models.CharField(
        _("不再跟进的原因"), max_length=10, choices=NeedDrop, blank=True, default=""
    )

    class Meta:
        verbose_name = _("客户需求")
        verbose_name_plural = _("客户需求")
        constraints = [
            models.CheckConstraint(
                condition=Q(state=NeedState.DROPPED) & ~Q(drop_reason="")
                | ~Q(state=NeedState.DROPPED) & Q(drop_reason=""),
                name="needs_dropped_for_a_reason",
            )
        ]
        indexes = [models.Index(fields=["customer", "-id"], name="needs_of_customer")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """XQ-00012."""
        return rules.number_of(rules.NEED_PREFIX, self.pk)


class ServicePlan(models.Model):
    """What the company offers for a need, for the customer to agree to through a link (S2-4.3b, S2-5.2a)."""

    personal: ClassVar[tuple[str, ...]] = ("text", "items", "wish")
    blind: ClassVar[tuple[str, ...]] = ("token_hash",)
    plain: ClassVar[tuple[str, ...]] = ("state", "agreed_how")

    id = models.BigAutoField(primary_key=True)
    need = models.ForeignKey(Need, models.PROTECT, related_name="plans", verbose_name=_("需求"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    version = models.PositiveSmallIntegerField(_("版次"), default=1)
    text = models.TextField(_("方案（加密）"))
    # a line for each, sealed as one text
    items = models.TextField(_("服务内容（加密）"), blank=True, default="")
    # what the customer wants otherwise
    wish = models.TextField(_("修改意见（加密）"), blank=True, default="")
    state = models.CharField(_("状态"), max_length=9, choices=PlanState, default=PlanState.SENT)
    token_hash = models.CharField(_("链接摘要"), max_length=64, unique=True)
    expires_at = models.DateTimeField(_("链接有效期"))
    sent_at = models.DateTimeField(_("发出时间"))
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发出人"))
    answered_at = models.DateTimeField(_("客户答复时间"), null=True, blank=True)
    agreed_how = models.CharField(_("确认方式"), max_length=5, choices=Agreed, blank=True, default="")

    class Meta:
        verbose_name = _("服务方案")
        verbose_name_plural = _("服务方案")
        constraints = [
            models.UniqueConstraint(fields=["need", "version"], name="plans_one_a_version"),
            models.UniqueConstraint(
                fields=["need"], condition=Q(state=PlanState.SENT), name="plans_one_before_the_customer"
            ),
            models.CheckConstraint(
                condition=Q(state=PlanState.CONFIRMED, answered_at__isnull=False) & ~Q(agreed_how="")
                | ~Q(state=PlanState.CONFIRMED) & Q(agreed_how=""),
                name="plans_confirmed_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """FA-00012."""
        return rules.number_of(rules.PLAN_PREFIX, self.pk)

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this plan."""
        return Subject("plan", str(self.pk))


class Opportunity(models.Model):
    """A sale that may come about with a customer (S1-11.3)."""

    personal: ClassVar[tuple[str, ...]] = ("title", "next_step")
    plain: ClassVar[tuple[str, ...]] = ("stage", "end", "loss_reason")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("客户"))
    need = models.ForeignKey(
        Need, models.PROTECT, null=True, blank=True, related_name="opportunities", verbose_name=_("需求")
    )
    title = models.TextField(_("名称（加密）"))
    # a code of the company's list; `end` is what that stage is: won, lost, or "" while open
    stage = models.CharField(_("阶段"), max_length=20)
    end = models.CharField(_("结果"), max_length=4, blank=True, default="")
    stage_since = models.DateTimeField(_("进入阶段时间"))
    amount = models.DecimalField(_("预计金额"), max_digits=16, decimal_places=2, null=True, blank=True)
    expected_on = models.DateField(_("预计成交日期"), null=True, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("负责人"))
    next_step = models.TextField(_("下一步（加密）"), blank=True, default="")
    next_on = models.DateField(_("下一步日期"), null=True, blank=True)
    loss_reason = models.CharField(_("输单原因"), max_length=10, choices=LossReason, blank=True, default="")
    opened_at = models.DateTimeField(_("建立时间"))
    ended_at = models.DateTimeField(_("了结时间"), null=True, blank=True)
    revision = models.PositiveIntegerField(_("修订号"), default=1)

    class Meta:
        verbose_name = _("商机")
        verbose_name_plural = _("商机")
        constraints = [
            models.CheckConstraint(
                condition=Q(end="", ended_at=None) | Q(end__in=["won", "lost"], ended_at__isnull=False),
                name="opportunities_ended_pair",
            ),
            models.CheckConstraint(
                condition=Q(end="lost") & ~Q(loss_reason="") | ~Q(end="lost") & Q(loss_reason=""),
                name="opportunities_lost_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(amount=None) | Q(amount__gte=0), name="opportunities_amount_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="opportunities_of_customer"),
            models.Index(fields=["stage", "-id"], name="opportunities_stage"),
            models.Index(fields=["owner", "ended_at"], name="opportunities_owner"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """SJ-00012."""
        return rules.number_of(rules.OPPORTUNITY_PREFIX, self.pk)

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this opportunity."""
        return Subject("opportunity", str(self.pk))


def lead_subject(lead_id: int) -> Subject:
    """The chain and the key of a lead."""
    return Subject("lead", str(lead_id))
