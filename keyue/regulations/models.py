"""Regulations and their editions. Only `actions` writes here; a published edition the database itself keeps."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.ledger.facts import ReadableJSON


class Regulation(models.Model):
    """A written rule of the company. `id` is its code in facts and promises, such as `feedback`.

    Title, number and keeper are those of the newest published edition. One with a `scope` (`customer:317`) binds the
    company towards that one alone, by a contract: see `scoped.py`. Empty: it is the company's own, for everybody.
    """

    id = models.CharField(_("标识"), max_length=40, primary_key=True)
    title = models.CharField(_("名称"), max_length=200)
    code = models.CharField(_("文号"), max_length=60, blank=True, default="")
    keeper = models.CharField(_("归口岗位"), max_length=60, blank=True, default="")
    scope = models.CharField(_("适用对象"), max_length=60, blank=True, default="")

    plain: ClassVar[tuple[str, ...]] = ("id", "title", "code", "keeper", "scope")

    class Meta:
        verbose_name = _("制度")
        verbose_name_plural = _("制度")
        ordering = ("code", "id")
        # of a hundred thousand contracts the company's own few dozen, and those of one customer
        indexes = [models.Index(fields=["scope"], name="regulation_scope")]

    def __str__(self) -> str:
        return self.title


class Edition(models.Model):
    """An edition: the text as written, and the company's answers to what the text leaves open.

    In force from `effective_from` until the next published edition of the same regulation takes effect. Who drafted,
    submitted, approved, published and withdrew is written `kind:id`, as in the fact that says so. A draft is submitted
    from `submitted_at` until its reviews are all decided or one is refused, which makes it a draft again.

    `audience` are those who confirm that they have read it: `{"all": true}` or `{"departments": [codes]}`; empty:
    nobody is asked. `test`: `{"pass": n, "questions": [{"text", "options": [...], "answer": i}]}`, `pass` the number
    of right answers that is enough; empty: none.
    """

    regulation = models.ForeignKey(
        Regulation, verbose_name=_("制度"), on_delete=models.PROTECT, related_name="editions"
    )
    n = models.PositiveIntegerField(_("版次"))
    title = models.CharField(_("名称"), max_length=200)
    source = models.TextField(_("原文"))
    answers = models.JSONField(_("补充约定"), default=dict, blank=True, encoder=ReadableJSON)
    digest = models.CharField(_("摘要"), max_length=64)
    effective_from = models.DateTimeField(_("施行时间"), null=True, blank=True)
    drafted_at = models.DateTimeField(_("起草时间"))
    drafted_by = models.CharField(_("起草人"), max_length=101)
    based_on = models.ForeignKey(
        "self",
        verbose_name=_("所依据的版本"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.TextField(_("修订缘由"), blank=True, default="")
    submitted_at = models.DateTimeField(_("送审时间"), null=True, blank=True)
    submitted_by = models.CharField(_("送审人"), max_length=101, blank=True, default="")
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("撤回人"), max_length=101, blank=True, default="")
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    approved_by = models.CharField(_("批准人"), max_length=101, blank=True, default="")
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    published_by = models.CharField(_("发布人"), max_length=101, blank=True, default="")
    interpreter = models.CharField(_("解释岗位"), max_length=60, blank=True, default="")
    review_on = models.DateField(_("复审日期"), null=True, blank=True)
    audience = models.JSONField(_("告知范围"), default=dict, blank=True, encoder=ReadableJSON)
    test = models.JSONField(_("测验"), default=dict, blank=True, encoder=ReadableJSON)

    plain: ClassVar[tuple[str, ...]] = (
        "title", "source", "answers", "digest", "drafted_by", "submitted_by", "approved_by", "published_by",
        "withdrawn_by", "reason", "interpreter", "audience", "test",
    )  # fmt: skip

    class Meta:
        verbose_name = _("制度版本")
        verbose_name_plural = _("制度版本")
        ordering = ("regulation", "n")
        constraints = [
            models.UniqueConstraint(fields=["regulation", "n"], name="edition_number_once"),
            models.UniqueConstraint(
                fields=["regulation", "effective_from"],
                condition=Q(published_at__isnull=False),
                name="edition_one_an_instant",
            ),
            models.CheckConstraint(condition=Q(n__gte=1), name="edition_number_from_one"),
            models.CheckConstraint(condition=~Q(drafted_by=""), name="edition_drafted_pair"),
            models.CheckConstraint(
                condition=Q(approved_at__isnull=True, approved_by="")
                | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="edition_approved_pair",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, submitted_by="")
                | Q(submitted_at__isnull=False) & ~Q(submitted_by=""),
                name="edition_submitted_pair",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="")
                | Q(withdrawn_at__isnull=False, published_at__isnull=True) & ~Q(withdrawn_by=""),
                name="edition_withdrawn_pair",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by="", effective_from__isnull=True)
                | Q(published_at__isnull=False, approved_at__isnull=False, effective_from__isnull=False)
                & ~Q(published_by=""),
                name="edition_published_pair",
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(effective_from__gte=F("published_at")),
                name="edition_not_retroactive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.n}"


class ApprovalStep(models.Model):
    """A step of the company's ladder of approval: every draft passes them in the order of `n`.

    Without any step nothing is reviewed, and drafts cannot be submitted.
    """

    n = models.PositiveSmallIntegerField(_("顺序"), primary_key=True)
    name = models.CharField(_("步骤"), max_length=40)
    post = models.CharField(_("审批岗位"), max_length=60)

    plain: ClassVar[tuple[str, ...]] = ("name", "post")

    class Meta:
        verbose_name = _("审批步骤")
        verbose_name_plural = _("审批步骤")
        ordering = ("n",)
        constraints = [
            models.CheckConstraint(condition=Q(n__gte=1), name="approval_step_from_one"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(post=""), name="approval_step_whole"),
        ]

    def __str__(self) -> str:
        return f"{self.n} {self.name}"


class EditionReview(models.Model):
    """A step that a submitted draft passes, as the ladder stood then. `turn` counts the submissions of the draft.

    `asked_at` is when its turn came (null: not yet). Who decided is written `kind:id`. A decided one never changes.
    """

    edition = models.ForeignKey(
        Edition, verbose_name=_("版本"), on_delete=models.PROTECT, related_name="reviews"
    )
    turn = models.PositiveSmallIntegerField(_("第几次送审"))
    n = models.PositiveSmallIntegerField(_("顺序"))
    name = models.CharField(_("步骤"), max_length=40)
    post = models.CharField(_("审批岗位"), max_length=60)
    asked_at = models.DateTimeField(_("送达时间"), null=True, blank=True)
    approved = models.BooleanField(_("同意"), null=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    # null, not empty: a database keeps two rows apart by what is there
    decided_by = models.CharField(_("审批人"), max_length=101, null=True, blank=True)  # noqa: DJ001
    remark = models.TextField(_("审批意见"), blank=True, default="")

    plain: ClassVar[tuple[str, ...]] = ("name", "post", "decided_by", "remark")

    class Meta:
        verbose_name = _("制度审批")
        verbose_name_plural = _("制度审批")
        ordering = ("edition", "turn", "n")
        constraints = [
            models.UniqueConstraint(fields=["edition", "turn", "n"], name="edition_review_once"),
            models.UniqueConstraint(
                fields=["edition", "turn", "decided_by"], name="edition_review_two_people"
            ),
            models.CheckConstraint(
                condition=Q(approved__isnull=True, decided_at__isnull=True, decided_by__isnull=True)
                | Q(approved__isnull=False, asked_at__isnull=False, decided_at__isnull=False)
                & Q(decided_by__isnull=False)
                & ~Q(decided_by=""),
                name="edition_review_decided_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["post"],
                name="edition_review_waiting",
                condition=Q(asked_at__isnull=False, decided_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.turn}.{self.n} {self.name}"


class EditionReader(models.Model):
    """Somebody who was asked to read an edition, and whether they have.

    `read_at` is when they confirmed it, which of an edition with a test takes passing it: `passed_at`. `test_score`
    is that of the last of `tries`, in right answers.
    """

    edition = models.ForeignKey(
        Edition, verbose_name=_("版本"), on_delete=models.PROTECT, related_name="readers"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("员工"),
        on_delete=models.PROTECT,
        related_name="editions_to_read",
    )
    asked_at = models.DateTimeField(_("告知时间"))
    read_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("测验次数"), default=0)
    test_score = models.PositiveSmallIntegerField(_("测验得分"), null=True, blank=True)
    passed_at = models.DateTimeField(_("通过时间"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("催办时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("阅读确认")
        verbose_name_plural = _("阅读确认")
        ordering = ("edition", "user")
        constraints = [
            models.UniqueConstraint(fields=["edition", "user"], name="edition_reader_once"),
            models.CheckConstraint(
                condition=Q(passed_at__isnull=True) | Q(read_at__isnull=False, test_score__isnull=False),
                name="edition_reader_passed_has_read",
            ),
        ]
        indexes = [
            models.Index(fields=["user"], name="edition_reader_unread", condition=Q(read_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.user_id}"
