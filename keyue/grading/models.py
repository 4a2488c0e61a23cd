"""Scoring standards, what they propose, and what people enter for them. Only `actions/` writes here.

What somebody typed about a customer is sealed under the customer's key; everything else are codes and numbers.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.customers.enums import Grade
from keyue.grading import rules
from keyue.grading.enums import MISSING_NAMES, Outcome, Reason, RunState, StandardState, Why
from keyue.grading.rules import Standard, Treatment
from keyue.ledger.facts import Subject

TITLE_LONGEST = 60
ACTOR_LONGEST = 101


def subject_of(standard_id: int) -> Subject:
    """The chain of a standard."""
    return Subject("grading", str(standard_id))


class GradingStandard(models.Model):
    """A version of the scoring standard: drafted, submitted, approved by somebody else, applied, retired (S1-6.2a)."""

    plain: ClassVar[tuple[str, ...]] = ("title", "refusal", "authors")

    id = models.BigAutoField(primary_key=True)
    n = models.PositiveIntegerField(_("版本"), unique=True)
    title = models.CharField(_("名称"), max_length=TITLE_LONGEST)
    state = models.CharField(_("状态"), max_length=9, choices=StandardState, default=StandardState.DRAFT)
    factors = models.JSONField(_("因素"), default=list)
    thresholds = models.JSONField(_("分数线"), default=dict)
    treatments = models.JSONField(_("各级待遇"), default=dict)
    missing = models.CharField(
        _("没有资料时"), max_length=9, choices=[(m.value, label) for m, label in MISSING_NAMES.items()]
    )
    review_months = models.PositiveSmallIntegerField(_("几个月评估一次"), default=12)
    # everybody who wrote any of it: none of them may approve it
    authors = models.JSONField(_("起草与修改人"), default=list)
    # why management gave it back the last time, sealed under the standard's key
    refusal = models.TextField(_("退回理由（加密）"), blank=True, default="")
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    drafted_at = models.DateTimeField(_("起草时间"))
    drafted_by = models.CharField(_("起草人"), max_length=ACTOR_LONGEST)
    submitted_at = models.DateTimeField(_("送审时间"), null=True, blank=True)
    submitted_by = models.CharField(_("送审人"), max_length=ACTOR_LONGEST, blank=True, default="")
    refused_at = models.DateTimeField(_("退回时间"), null=True, blank=True)
    refused_by = models.CharField(_("退回人"), max_length=ACTOR_LONGEST, blank=True, default="")
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    approved_by = models.CharField(_("批准人"), max_length=ACTOR_LONGEST, blank=True, default="")
    applied_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    applied_by = models.CharField(_("启用人"), max_length=ACTOR_LONGEST, blank=True, default="")
    retired_at = models.DateTimeField(_("停用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("分级标准")
        verbose_name_plural = _("分级标准")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=StandardState.APPLIED), name="grading_one_in_use"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{deed}_at": None, f"{deed}_by": ""})
                    | Q(**{f"{deed}_at__isnull": False}) & ~Q(**{f"{deed}_by": ""}),
                    name=f"grading_{deed}_pair",
                )
                for deed in ("submitted", "refused", "approved", "applied")
            ),
            models.CheckConstraint(
                condition=Q(state__in=[StandardState.DRAFT, StandardState.SUBMITTED])
                | Q(approved_at__isnull=False),
                name="grading_used_only_approved",
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(state=StandardState.RETIRED), name="grading_retired_is_over"
            ),
            models.CheckConstraint(condition=Q(review_months__gte=1), name="grading_reviewed_some_day"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.n}"

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this standard."""
        return subject_of(self.pk)

    @property
    def standard(self) -> Standard:
        """What it says, to be computed with."""
        return rules.read_standard(self.factors, self.thresholds, self.missing, self.treatments)

    def treatment(self, grade: str) -> Treatment:
        """What it gives a grade."""
        return rules.read_treatment(self.treatments.get(grade, {}))


class GradingRun(models.Model):
    """A review of the grades of all customers, or of those that came since the last one: S1-6.3. Resumable."""

    id = models.BigAutoField(primary_key=True)
    standard = models.ForeignKey(
        GradingStandard, models.PROTECT, related_name="runs", verbose_name=_("分级标准")
    )
    why = models.CharField(_("缘由"), max_length=8, choices=Why)
    # whether it began at the first customer: only such a run is a review of the company's grades
    is_whole = models.BooleanField(_("全部客户"), default=True)
    state = models.CharField(_("状态"), max_length=7, choices=RunState, default=RunState.RUNNING)
    total = models.PositiveIntegerField(_("客户数"), default=0)
    position = models.BigIntegerField(_("已到客户"), default=0)
    top = models.BigIntegerField(_("最后的客户"), default=0)
    seen = models.PositiveIntegerField(_("已评估"), default=0)
    proposed = models.PositiveIntegerField(_("已建议"), default=0)
    unknown = models.PositiveIntegerField(_("资料不足"), default=0)
    started_at = models.DateTimeField(_("开始时间"))
    started_by = models.CharField(_("发起人"), max_length=ACTOR_LONGEST)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("等级评估")
        verbose_name_plural = _("等级评估")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=RunState.RUNNING), name="grading_one_run_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(state=RunState.DONE), name="grading_finished_is_done"
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class GradeProposal(models.Model):
    """What a customer's grade should be, with its reasons, until somebody with the right decides: S1-6.3."""

    # what was typed beside a decision, and what the customer said when they asked for a review
    personal: ClassVar[tuple[str, ...]] = ("remark", "request")
    plain: ClassVar[tuple[str, ...]] = ("reasons",)

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="grade_proposals", verbose_name=_("客户")
    )
    standard = models.ForeignKey(
        GradingStandard, models.PROTECT, related_name="proposals", verbose_name=_("分级标准")
    )
    run = models.ForeignKey(
        GradingRun,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="proposals",
        verbose_name=_("等级评估"),
    )
    why = models.CharField(_("缘由"), max_length=8, choices=Why)
    old = models.CharField(_("原等级"), max_length=1, choices=Grade, blank=True, default="")
    # empty where nothing is known that could be scored: only for a review, which a person decides all the same
    new = models.CharField(_("建议等级"), max_length=1, choices=Grade, blank=True, default="")
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True, blank=True)
    reasons = models.JSONField(_("依据"), default=list)
    request = models.TextField(_("客户的说法（加密）"), blank=True, default="")
    raised_at = models.DateTimeField(_("提出时间"))
    raised_by = models.CharField(_("提出人"), max_length=ACTOR_LONGEST)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.CharField(_("决定人"), max_length=ACTOR_LONGEST, blank=True, default="")
    outcome = models.CharField(_("结果"), max_length=8, choices=Outcome, blank=True, default="")
    # the grade before and after the decision
    before = models.CharField(_("决定前等级"), max_length=1, choices=Grade, blank=True, default="")
    grade = models.CharField(_("所定等级"), max_length=1, choices=Grade, blank=True, default="")
    reason = models.CharField(_("调级理由"), max_length=9, choices=Reason, blank=True, default="")
    remark = models.TextField(_("决定说明（加密）"), blank=True, default="")
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.CharField(_("撤销人"), max_length=ACTOR_LONGEST, blank=True, default="")

    class Meta:
        verbose_name = _("等级建议")
        verbose_name_plural = _("等级建议")
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(decided_at=None), name="grading_one_open_proposal"
            ),
            *(
                models.CheckConstraint(
                    condition=Q(**{f"{deed}_at": None, f"{deed}_by": ""})
                    | Q(**{f"{deed}_at__isnull": False}) & ~Q(**{f"{deed}_by": ""}),
                    name=f"grading_{deed}_proposal_pair",
                )
                for deed in ("decided", "undone")
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="") | Q(decided_at__isnull=False) & ~Q(outcome=""),
                name="grading_decided_has_outcome",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None) | Q(decided_at__isnull=False), name="grading_undone_was_decided"
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(decided_at=None), name="grading_open"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_open(self) -> bool:
        """Whether nobody has decided yet."""
        return self.decided_at is None


class FactorValue(models.Model):
    """What people entered for one of the company's own factors: a number, a choice of its table, yes or no, a day."""

    plain: ClassVar[tuple[str, ...]] = ("factor", "value")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "customers.Customer", models.PROTECT, related_name="factor_values", verbose_name=_("客户")
    )
    factor = models.CharField(_("因素"), max_length=20)
    value = models.CharField(_("取值"), max_length=rules.CHOICE_LONGEST)
    set_at = models.DateTimeField(_("填写时间"))
    set_by = models.CharField(_("填写人"), max_length=ACTOR_LONGEST)

    class Meta:
        verbose_name = _("因素取值")
        verbose_name_plural = _("因素取值")
        constraints = [
            models.UniqueConstraint(fields=["customer", "factor"], name="grading_one_value_a_factor")
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}.{self.factor}"


class GradingTouch(models.Model):
    """A customer changed in a way that may change the grade: the worker looks again and takes the row away."""

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(
        "customers.Customer", models.CASCADE, related_name="+", verbose_name=_("客户")
    )
    at = models.DateTimeField(_("变化时间"))

    class Meta:
        verbose_name = _("待重评客户")
        verbose_name_plural = _("待重评客户")

    def __str__(self) -> str:
        return str(self.customer_id)
