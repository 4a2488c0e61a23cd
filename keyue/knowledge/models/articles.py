"""Articles of the knowledge base in editions, and the company's own words that mean the same. Only `actions/` writes here."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.knowledge import rules
from keyue.knowledge.enums import ArticleState, EditionState, Visibility
from keyue.ledger.facts import Subject


class Article(models.Model):
    """An article: whose it is, who may read it, and by when it is looked through again. What it says, its editions say.

    `owner` answers for it, `editor` keeps it; `source_changed_at` is when what it rests on changed, until it is revised.
    """

    plain: ClassVar[tuple[str, ...]] = (
        *("number", "department", "topic", "visibility", "state", "created_by", "withdrawn_by", "reason"),
        "source_changed_by",
    )

    number = models.CharField(_("文章编号"), max_length=20, unique=True)
    topic = models.CharField(_("主题"), max_length=rules.TOPIC_LONGEST)
    visibility = models.CharField(_("可见范围"), max_length=8, choices=Visibility, default=Visibility.STAFF)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("文章负责人")
    )
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("维护人")
    )
    department = models.CharField(_("负责部门"), max_length=60, blank=True, default="")
    state = models.CharField(_("状态"), max_length=10, choices=ArticleState, default=ArticleState.DRAFT)
    review_months = models.PositiveSmallIntegerField(_("复核间隔（月）"), default=rules.REVIEW_MONTHS)
    review_on = models.DateField(_("下次复核"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("最近复核时间"), null=True, blank=True)
    source_changed_at = models.DateTimeField(_("依据变化时间"), null=True, blank=True)
    source_changed_by = models.CharField(_("登记依据变化的人"), max_length=101, blank=True, default="")
    withdrawn_at = models.DateTimeField(_("撤下时间"), null=True, blank=True)
    withdrawn_by = models.CharField(_("撤下人"), max_length=101, blank=True, default="")
    reason = models.TextField(_("撤下原因"), blank=True, default="")
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    created_at = models.DateTimeField(_("建立时间"))
    created_by = models.CharField(_("建立人"), max_length=101)

    class Meta:
        verbose_name = _("文章")
        verbose_name_plural = _("文章")
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by=""),
                name="article_withdrawn_pair",
            ),
            models.CheckConstraint(
                condition=Q(source_changed_at=None, source_changed_by="")
                | Q(source_changed_at__isnull=False) & ~Q(source_changed_by=""),
                name="article_source_changed_pair",
            ),
            models.CheckConstraint(
                condition=Q(review_months__gte=1, review_months__lte=rules.MOST_MONTHS), name="article_months"
            ),
        ]
        indexes = [models.Index(fields=["state", "review_on"], name="article_to_review")]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> Subject:
        """Whose chain tells about this article."""
        return Subject("article", str(self.pk))


class ArticleEdition(models.Model):
    """What an article says. Once published it never changes; the next one follows it. `asked` are the ways in which customers
    ask for it, `search_text` the texts by which lists find it; who may read it is approved with the text. None of `authors`,
    as signatures, approves it."""

    plain: ClassVar[tuple[str, ...]] = (
        *(
            "title",
            "topic",
            "visibility",
            "body",
            "asked",
            "search_text",
            "note",
            "remark",
            "state",
            "authors",
        ),
        *("changed_by", "approved_by"),
    )

    article = models.ForeignKey(Article, models.PROTECT, related_name="editions", verbose_name=_("文章"))
    n = models.PositiveIntegerField(_("版次"))
    title = models.CharField(_("标题"), max_length=rules.TITLE_LONGEST)
    topic = models.CharField(_("主题"), max_length=rules.TOPIC_LONGEST)
    visibility = models.CharField(_("可见范围"), max_length=8, choices=Visibility, default=Visibility.STAFF)
    body = models.TextField(_("正文"))
    asked = models.JSONField(_("客户的问法"), default=list, blank=True)
    note = models.CharField(_("改了什么"), max_length=200, blank=True, default="")
    remark = models.TextField(_("退回意见"), blank=True, default="")
    search_text = models.TextField(_("检索文字"))
    state = models.CharField(_("状态"), max_length=10, choices=EditionState, default=EditionState.DRAFT)
    authors = models.JSONField(_("执笔人"), default=list, blank=True)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    approved_by = models.CharField(_("批准人"), max_length=101, blank=True, default="")
    superseded_at = models.DateTimeField(_("取代时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("文章版本")
        verbose_name_plural = _("文章版本")
        ordering = ("article", "n")
        constraints = [
            models.UniqueConstraint(fields=["article", "n"], name="article_edition_once"),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state="published"), name="article_one_published"
            ),
            models.UniqueConstraint(
                fields=["article"], condition=Q(state__in=["draft", "submitted"]), name="article_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(approved_at=None, approved_by="")
                | Q(approved_at__isnull=False) & ~Q(approved_by=""),
                name="article_edition_approved_pair",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "superseded"]) | Q(approved_at__isnull=False),
                name="article_edition_published_approved",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id}.{self.n}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being written or decided on."""
        return self.state in (EditionState.DRAFT, EditionState.SUBMITTED)


class ArticleWording(models.Model):
    """Another way in which customers ask for an article, taken from a question that had no answer. It helps to find the
    edition in use at once, and stays with the article through its editions."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="wordings", verbose_name=_("文章"))
    text = models.CharField(_("问法"), max_length=rules.PHRASE_LONGEST)
    added_at = models.DateTimeField(_("添加时间"))
    added_by = models.CharField(_("添加人"), max_length=101)

    personal: ClassVar[tuple[str, ...]] = ("text",)
    plain: ClassVar[tuple[str, ...]] = ("added_by",)

    class Meta:
        verbose_name = _("补充问法")
        verbose_name_plural = _("补充问法")
        ordering = ("article", "pk")
        constraints = [models.UniqueConstraint(fields=["article", "text"], name="article_wording_once")]

    def __str__(self) -> str:
        return self.text


class ArticleFile(models.Model):
    """A picture or attachment of an article, checked by content, without what cameras write into pictures, and kept under its
    SHA-256. Texts name it as `file:<id>`."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="files", verbose_name=_("文章"))
    name = models.CharField(_("文件名"), max_length=200)
    content_type = models.CharField(_("类型"), max_length=100)
    size = models.PositiveBigIntegerField(_("大小"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    added_at = models.DateTimeField(_("添加时间"))
    added_by = models.CharField(_("添加人"), max_length=101)

    plain: ClassVar[tuple[str, ...]] = ("name", "content_type", "sha256", "added_by")

    class Meta:
        verbose_name = _("文章附件")
        verbose_name_plural = _("文章附件")
        indexes = [models.Index(fields=["sha256"], name="article_file_content")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_picture(self) -> bool:
        """Whether it is shown within the text."""
        return self.content_type in rules.PICTURES


class KnowledgeWords(models.Model):
    """One row: the company's own words that mean the same, a line a meaning. `stamp` is another after
    every publication, so that each process sees with one small query whether what it keeps in memory still holds."""

    plain: ClassVar[tuple[str, ...]] = ("synonyms", "stamp", "changed_by")

    synonyms = models.TextField(_("近义词"), blank=True, default="")
    stamp = models.CharField(_("内容标记"), max_length=32)
    changed_at = models.DateTimeField(_("修改时间"))
    changed_by = models.CharField(_("修改人"), max_length=101)

    class Meta:
        verbose_name = _("知识库词表")
        verbose_name_plural = _("知识库词表")

    def __str__(self) -> str:
        return self.stamp
