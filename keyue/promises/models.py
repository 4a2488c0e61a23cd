"""The projection of promises, their tallies, and the notices about them. Only the engine's actions write here."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.promises.enums import NoticeKind, PromiseState, RequestKind


class Promise(models.Model):
    """What a control makes somebody owe: the materialised result of `engine.derive` for one subject.

    `look_at` is the next moment to look (null: nothing will change by itself); `told_level` and `told_breach`
    are what has been announced; `as_of` is the `now` of the derivation that wrote the row.
    """

    subject_kind = models.CharField(_("对象"), max_length=16)
    subject_id = models.BigIntegerField(_("对象编号"))
    regulation = models.CharField(_("制度"), max_length=40)
    edition = models.ForeignKey(
        "regulations.Edition",
        verbose_name=_("版本"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    control = models.CharField(_("控制"), max_length=60)
    clause = models.CharField(_("条款"), max_length=40)
    name = models.CharField(_("名称"), max_length=60)
    cycle = models.PositiveIntegerField(_("轮次"))
    seq = models.PositiveIntegerField(_("序号"))
    state = models.CharField(_("状态"), max_length=10, choices=PromiseState.choices)
    is_open = models.BooleanField(_("未了结"))
    start = models.DateTimeField(_("起算"))
    due = models.DateTimeField(_("到期"), null=True)
    closed_at = models.DateTimeField(_("了结时刻"), null=True)
    breached_at = models.DateTimeField(_("逾期时刻"), null=True)
    paused = models.BooleanField(_("停表"), default=False)
    provisional = models.BooleanField(_("暂定"), default=False)
    owner = models.CharField(_("责任方"), max_length=60)
    breach_owner = models.CharField(_("逾期责任方"), max_length=60, null=True)  # noqa: DJ001
    # what is asked of a holder is asked of open promises, and they have an index of their own
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("责任人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="promises_held",
        db_index=False,
    )
    breach_holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("逾期责任人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    triggered_by = models.UUIDField(_("起因事实"))
    closed_by = models.UUIDField(_("了结事实"), null=True)
    month = models.CharField(_("归属月份"), max_length=7, default="", blank=True)
    look_at = models.DateTimeField(_("下次查看"), null=True)
    told_level = models.PositiveSmallIntegerField(_("已告知级别"), default=0)
    told_breach = models.BooleanField(_("已告知逾期"), default=False)
    as_of = models.DateTimeField(_("推算时刻"))

    plain: ClassVar[tuple[str, ...]] = ("name", "owner", "breach_owner")
    unpaired: ClassVar[dict[str, str]] = {
        "triggered_by": "the fact that asked for it, which has its own instant; the promise may start earlier",
        "closed_by": "the fact that closed it; an overdue promise that was cancelled has one and stays unclosed",
    }

    class Meta:
        verbose_name = _("约定")
        verbose_name_plural = _("约定")
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "regulation", "control", "cycle", "seq"],
                name="promise_once",
            ),
            models.CheckConstraint(
                condition=Q(breached_at__isnull=True) | Q(breached_at=F("due")),
                name="promise_breached_at_is_due",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["met_late", "breached"]) | Q(breached_at__isnull=False),
                name="promise_late_has_breach",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["met", "met_late", "waived", "cancelled"])
                | Q(closed_at__isnull=False),
                name="promise_closed_has_instant",
            ),
        ]
        indexes = [
            models.Index(fields=["look_at"], name="promise_look", condition=Q(look_at__isnull=False)),
            # what a post or department, a person, and everybody owes: see `owed`
            models.Index(
                fields=["owner", "due", "subject_id", "holder"],
                name="promise_owner_walk",
                condition=Q(is_open=True),
            ),
            models.Index(
                fields=["holder", "due", "subject_id"],
                name="promise_holder_walk",
                condition=Q(is_open=True, holder__isnull=False),
            ),
            models.Index(
                fields=["due", "subject_id"],
                name="promise_everybodys_walk",
                condition=Q(is_open=True, seq__gte=0),
            ),
            # whether a reader owes something about one of many subjects: a search asks it of each match
            models.Index(
                fields=["subject_kind", "subject_id", "owner", "holder"],
                name="promise_open_about",
                condition=Q(is_open=True),
            ),
            models.Index(
                fields=["regulation", "control", "month", "state", "due"], name="promise_clause_month"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.regulation}.{self.control}#{self.cycle}.{self.seq} {self.state}"


class Tally(models.Model):
    """How many promises of a control fall into each state, by month of their due and by owner."""

    regulation = models.CharField(_("制度"), max_length=40)
    control = models.CharField(_("控制"), max_length=60)
    month = models.CharField(_("归属月份"), max_length=7, default="", blank=True)
    owner = models.CharField(_("责任方"), max_length=60)
    state = models.CharField(_("状态"), max_length=10, choices=PromiseState.choices)
    n = models.BigIntegerField(_("条数"))

    plain: ClassVar[tuple[str, ...]] = ("owner",)

    class Meta:
        verbose_name = _("合计")
        verbose_name_plural = _("合计")
        constraints = [
            models.UniqueConstraint(
                fields=["regulation", "control", "month", "owner", "state"], name="tally_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.regulation}.{self.control} {self.month} {self.state}: {self.n}"


class TallyDelta(models.Model):
    """A change of a tally that is not yet folded in: writers only ever insert, so that none waits for another."""

    regulation = models.CharField(_("制度"), max_length=40)
    control = models.CharField(_("控制"), max_length=60)
    month = models.CharField(_("归属月份"), max_length=7, default="", blank=True)
    owner = models.CharField(_("责任方"), max_length=60)
    state = models.CharField(_("状态"), max_length=10, choices=PromiseState.choices)
    n = models.SmallIntegerField(_("条数"))

    plain: ClassVar[tuple[str, ...]] = ("owner",)

    class Meta:
        verbose_name = _("合计变动")
        verbose_name_plural = _("合计变动")

    def __str__(self) -> str:
        return f"{self.control} {self.state} {self.n:+d}"


class Notice(models.Model):
    """Somebody is told something once. Addressed to a person, or to a post or department (`to_code`).

    The text is worded when shown, from `kind`, `level` and the promise: no personal data stands here.
    """

    key = models.CharField(_("幂等键"), max_length=120, unique=True)
    kind = models.CharField(_("种类"), max_length=16, choices=NoticeKind.choices)
    at = models.DateTimeField(_("时刻"))
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("收件人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="notices",
    )
    to_code = models.CharField(_("收件岗位或部门"), max_length=60, default="", blank=True)
    promise = models.ForeignKey(
        Promise, verbose_name=_("约定"), null=True, on_delete=models.PROTECT, related_name="notices"
    )
    subject_kind = models.CharField(_("对象"), max_length=16, default="", blank=True)
    subject_id = models.BigIntegerField(_("对象编号"), null=True)
    level = models.PositiveSmallIntegerField(_("级别"), null=True)
    detail = models.JSONField(_("细节"), default=dict, blank=True)
    mailed_at = models.DateTimeField(_("寄出时刻"), null=True)

    plain: ClassVar[tuple[str, ...]] = ("to_code", "detail")

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        indexes = [
            models.Index(fields=["to_user", "-id"], name="notice_user", condition=Q(to_user__isnull=False)),
            models.Index(fields=["to_code", "-id"], name="notice_code", condition=~Q(to_code="")),
            models.Index(fields=["at"], name="notice_unmailed", condition=Q(mailed_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.key


class PromiseRequest(models.Model):
    """A waiver or an extension that somebody asked for, and what was decided. The reason is sealed in its fact."""

    promise = models.ForeignKey(
        Promise, verbose_name=_("约定"), on_delete=models.PROTECT, related_name="requests"
    )
    kind = models.CharField(_("种类"), max_length=10, choices=RequestKind.choices)
    due = models.DateTimeField(_("申请的新到期"), null=True)
    reason_fact = models.UUIDField(_("理由事实"))
    requested_at = models.DateTimeField(_("申请时间"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("申请人"), on_delete=models.PROTECT, related_name="+"
    )
    approved = models.BooleanField(_("同意"), null=True)
    decided_at = models.DateTimeField(_("审批时间"), null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("审批人"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("免除与延期申请")
        verbose_name_plural = _("免除与延期申请")
        constraints = [
            models.CheckConstraint(
                condition=Q(approved__isnull=True, decided_at__isnull=True, decided_by__isnull=True)
                | Q(approved__isnull=False, decided_at__isnull=False, decided_by__isnull=False),
                name="request_decided_whole",
            ),
            models.CheckConstraint(
                condition=Q(kind="extension", due__isnull=False) | Q(kind="waiver", due__isnull=True),
                name="request_extension_has_due",
            ),
            models.UniqueConstraint(
                fields=["promise", "kind"], condition=Q(approved__isnull=True), name="request_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.promise_id}"


class NoticesSeen(models.Model):
    """How far a person has read their notices."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("用户"), on_delete=models.CASCADE, related_name="+"
    )
    up_to = models.BigIntegerField(_("已读到"), default=0)

    class Meta:
        verbose_name = _("通知已读")
        verbose_name_plural = _("通知已读")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.up_to}"


class WindowTurn(models.Model):
    """How far the subjects of a kind were derived since the newest window of a fixed cadence began, or a calendar came
    that may open another one.

    `up_to` is the chain (its row) that was done last.
    """

    subject_kind = models.CharField(_("对象"), max_length=16, primary_key=True)
    window = models.DateTimeField(_("周期起点"))
    up_to = models.BigIntegerField(_("已推算到"), default=0)
    is_done = models.BooleanField(_("已推算完"), default=False)

    class Meta:
        verbose_name = _("周期推算")
        verbose_name_plural = _("周期推算")

    def __str__(self) -> str:
        return f"{self.subject_kind} {self.window:%Y-%m-%d}: {self.up_to}"
