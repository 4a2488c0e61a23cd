"""Regulations and their editions. Only `actions` writes here; a published edition the database itself keeps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from keyue.ledger.facts import ReadableJSON


class Regulation(models.Model):
    """A written rule of the company. `id` is its code in facts and promises, such as `feedback`.

    Title, number and keeper are those of the newest published edition.
    """

    id = models.CharField(_("标识"), max_length=40, primary_key=True)
    title = models.CharField(_("名称"), max_length=200)
    code = models.CharField(_("文号"), max_length=60, blank=True, default="")
    keeper = models.CharField(_("归口岗位"), max_length=60, blank=True, default="")

    plain: ClassVar[tuple[str, ...]] = ("id", "title", "code", "keeper")

    class Meta:
        verbose_name = _("制度")
        verbose_name_plural = _("制度")
        ordering = ("code", "id")

    def __str__(self) -> str:
        return self.title


class Edition(models.Model):
    """An edition: the text as written, and the company's answers to what the text leaves open.

    In force from `effective_from` until the next published edition of the same regulation takes effect. Who drafted,
    approved and published is written `kind:id`, as in the fact that says so.
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
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    approved_by = models.CharField(_("批准人"), max_length=101, blank=True, default="")
    published_at = models.DateTimeField(_("发布时间"), null=True, blank=True)
    published_by = models.CharField(_("发布人"), max_length=101, blank=True, default="")

    plain: ClassVar[tuple[str, ...]] = (
        "title", "source", "answers", "digest", "drafted_by", "approved_by", "published_by",
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
