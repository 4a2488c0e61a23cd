"""By what a customer is known beside name and number, which files were found to be of one customer, and which became one.

Only `actions/` writes here. A merge writes `Customer.merged_into` and a row of `Merge`; nothing moves, so it can be undone.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.customers import rules
from keyue.customers.enums import IdentifierKind, PairState, SearchState
from keyue.customers.models.archive import Customer

SYSTEM_LONGEST = 40
VALUE_LONGEST = rules.ORGANISATION_LONGEST
# kinds of which a value belongs to one customer at a time
UNIQUE_KINDS = (IdentifierKind.USCC, IdentifierKind.EXTERNAL)


class Identifier(models.Model):
    """A code or a name by which a customer is known, from when until when.

    An organisation's stand in `value`; a person's names and identity number are sealed. `key` is what it is found by: the
    code itself, how an organisation's name sounds, or a blind index.
    """

    personal: ClassVar[tuple[str, ...]] = ("sealed",)
    blind: ClassVar[tuple[str, ...]] = ("key",)
    plain: ClassVar[tuple[str, ...]] = ("kind", "system", "value", "created_by", "ended_by")

    id = models.BigAutoField(primary_key=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="identifiers", verbose_name=_("客户"))
    kind = models.CharField(_("种类"), max_length=11, choices=IdentifierKind)
    # of an external one: the system that gave it
    system = models.CharField(_("来源系统"), max_length=SYSTEM_LONGEST, blank=True, default="")
    value = models.CharField(_("内容"), max_length=VALUE_LONGEST, blank=True, default="")
    sealed = models.TextField(_("内容（加密）"), blank=True, default="")
    key = models.BinaryField(_("检索码"), null=True)
    valid_from = models.DateField(_("有效自"), null=True, blank=True)
    valid_until = models.DateField(_("有效至"), null=True, blank=True)
    created_at = models.DateTimeField(_("登记时间"))
    created_by = models.CharField(_("登记人"), max_length=101)
    ended_at = models.DateTimeField(_("停用时间"), null=True, blank=True)
    ended_by = models.CharField(_("停用人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("客户标识")
        verbose_name_plural = _("客户标识")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "system", "key"],
                condition=Q(kind__in=UNIQUE_KINDS, ended_at=None),
                name="identifiers_one_customer",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by="") | Q(ended_at__isnull=False) & ~Q(ended_by=""),
                name="identifiers_ended_pair",
            ),
            models.CheckConstraint(condition=Q(value="") | Q(sealed=""), name="identifiers_clear_or_sealed"),
            models.CheckConstraint(
                condition=~Q(kind=IdentifierKind.ID_NUMBER) | Q(value=""), name="identifiers_id_number_sealed"
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="identifiers_valid_in_order",
            ),
        ]
        indexes = [
            models.Index(
                fields=["key"], condition=Q(key__isnull=False, ended_at=None), name="identifiers_key"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class Merge(models.Model):
    """Two files of one customer became one: the loser is an alias of `into`, until the merge is undone.

    `into` is who stood for the winner's family then. Active merges are a forest; `Customer.merged_into` names its roots.
    """

    plain: ClassVar[tuple[str, ...]] = ("reasons", "merged_by", "undone_by")

    id = models.BigAutoField(primary_key=True)
    loser = models.ForeignKey(Customer, models.PROTECT, related_name="merges", verbose_name=_("被并入的档案"))
    into = models.ForeignKey(Customer, models.PROTECT, related_name="absorbed", verbose_name=_("并入"))
    score = models.FloatField(_("相似度"), null=True, blank=True)
    # sentences of the matcher, in Chinese: no values of anybody's in them
    reasons = models.JSONField(_("依据"), default=list, blank=True)
    is_automatic = models.BooleanField(_("自动合并"), default=False)
    merged_at = models.DateTimeField(_("合并时间"))
    merged_by = models.CharField(_("合并人"), max_length=101)
    undone_at = models.DateTimeField(_("拆开时间"), null=True, blank=True)
    undone_by = models.CharField(_("拆开人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("档案合并")
        verbose_name_plural = _("档案合并")
        constraints = [
            models.UniqueConstraint(
                fields=["loser"], condition=Q(undone_at=None), name="merges_one_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(loser=F("into")), name="merges_not_into_itself"),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by="") | Q(undone_at__isnull=False) & ~Q(undone_by=""),
                name="merges_undone_pair",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DuplicatePair(models.Model):
    """Two files that may be of one customer: `a` is the older one. Open until somebody merges them or finds them distinct."""

    plain: ClassVar[tuple[str, ...]] = ("reasons", "state", "decided_by")

    id = models.BigAutoField(primary_key=True)
    a = models.ForeignKey(
        Customer, models.PROTECT, related_name="+", db_index=False, verbose_name=_("较早的档案")
    )
    b = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name=_("较晚的档案"))
    score = models.FloatField(_("相似度"))
    reasons = models.JSONField(_("依据"), default=list, blank=True)
    found_at = models.DateTimeField(_("发现时间"))
    state = models.CharField(_("状态"), max_length=8, choices=PairState, default=PairState.OPEN)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.CharField(_("决定人"), max_length=101, blank=True, default="")

    class Meta:
        verbose_name = _("疑似重复")
        verbose_name_plural = _("疑似重复")
        constraints = [
            models.UniqueConstraint(fields=["a", "b"], name="pairs_once"),
            models.CheckConstraint(condition=Q(a__lt=F("b")), name="pairs_older_first"),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by="", state=PairState.OPEN)
                | Q(decided_at__isnull=False) & ~Q(decided_by="") & ~Q(state=PairState.OPEN),
                name="pairs_decided_pair",
            ),
        ]
        indexes = [
            models.Index(fields=["-score", "-id"], condition=Q(state=PairState.OPEN), name="pairs_open")
        ]

    def __str__(self) -> str:
        return f"{self.a_id}-{self.b_id}"


class DuplicateSearch(models.Model):
    """A search for duplicates over the whole archive, batch by batch in the background."""

    plain: ClassVar[tuple[str, ...]] = ("state", "problem", "started_by", "worker")

    id = models.BigAutoField(primary_key=True)
    state = models.CharField(_("状态"), max_length=8, choices=SearchState, default=SearchState.RUNNING)
    started_at = models.DateTimeField(_("开始时间"))
    started_by = models.CharField(_("发起人"), max_length=101)
    # the process that holds the index in memory, and when it was last seen at work
    worker = models.CharField(_("执行进程"), max_length=40, blank=True, default="")
    seen_at = models.DateTimeField(_("最近进展"), null=True, blank=True)
    finished_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    total = models.PositiveIntegerField(_("档案数"), default=0)
    read = models.PositiveIntegerField(_("已读"), default=0)
    # the newest customer up to which the search goes, and up to which all pairs have been compared
    last = models.BigIntegerField(_("截止编号"), default=0)
    position = models.BigIntegerField(_("已比对到"), default=0)
    candidates = models.PositiveIntegerField(_("待比对"), default=0)
    compared = models.PositiveIntegerField(_("已比对"), default=0)
    found = models.PositiveIntegerField(_("疑似重复"), default=0)
    merged = models.PositiveIntegerField(_("自动合并"), default=0)
    problem = models.TextField(_("问题"), blank=True, default="")

    class Meta:
        verbose_name = _("全库查重")
        verbose_name_plural = _("全库查重")
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state=SearchState.RUNNING), name="searches_one_running"
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class DuplicateSettings(models.Model):
    """What the company lets the search do by itself; one row at most, none: nothing."""

    plain: ClassVar[tuple[str, ...]] = ("changed_by",)

    merges_by_itself = models.BooleanField(_("标识完全一致时自动合并"), default=False)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)

    class Meta:
        verbose_name = _("查重设置")
        verbose_name_plural = _("查重设置")

    def __str__(self) -> str:
        return str(self.merges_by_itself)
