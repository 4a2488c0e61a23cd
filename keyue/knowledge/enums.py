"""Closed lists of the knowledge room, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Visibility(TextChoices):
    """Who may read an article."""

    PUBLIC = "public", _("公开：帮助中心")
    STAFF = "staff", _("仅员工")


class ArticleState(TextChoices):
    """What an article is: whether customers and colleagues are answered from it."""

    DRAFT = "draft", _("未发布")
    PUBLISHED = "published", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤下")


class EditionState(TextChoices):
    """How far an edition of an article has come."""

    DRAFT = "draft", _("起草中")
    SUBMITTED = "submitted", _("待批准")
    PUBLISHED = "published", _("现行")
    SUPERSEDED = "superseded", _("已被取代")
