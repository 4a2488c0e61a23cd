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


class Answered(TextChoices):
    """What became of a question that the product was asked."""

    ANSWERED = "answered", _("答了")
    UNANSWERED = "unanswered", _("没答上来")


class Useful(TextChoices):
    """What who asked says of an automatic answer."""

    UNSAID = "", _("没有评价")
    YES = "yes", _("有用")
    NO = "no", _("没用")


class GroupState(TextChoices):
    """What was done about questions that had no answer."""

    OPEN = "open", _("待处理")
    DRAFTED = "drafted", _("已写成文章")
    ATTACHED = "attached", _("已归入文章")
    NOT_OURS = "not_ours", _("不归我们答")


class ScriptKind(TextChoices):
    """What a script is for."""

    CANNED = "canned", _("话术")
    TREE = "tree", _("排查流程")


class Scope(TextChoices):
    """Who may use a script."""

    PERSON = "person", _("只有我自己")
    DEPARTMENT = "department", _("本部门")
    ALL = "all", _("所有人")


class ScriptState(TextChoices):
    """Whether a script may be used."""

    DRAFT = "draft", _("未批准")
    PUBLISHED = "published", _("可用")
    WITHDRAWN = "withdrawn", _("已停用")


class LineMode(TextChoices):
    """What happens to a message without a required line."""

    ADD = "add", _("自动补上")
    DEMAND = "demand", _("不让发出")
