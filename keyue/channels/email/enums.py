"""Closed lists of mailboxes, each member with its Chinese label."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Security(TextChoices):
    """How a connection to a mail server is protected."""

    SSL = "ssl", _("SSL/TLS（从一开始加密）")
    STARTTLS = "starttls", _("STARTTLS（先连接再加密）")
    NONE = "none", _("不加密（只限本机）")


class Way(TextChoices):
    """How the product signs in to a mail server."""

    PASSWORD = "password", _("密码或授权码")
    OAUTH2 = "oauth2", _("OAuth2 授权")


class OldMail(TextChoices):
    """What becomes of the mails that lay in the folder before it was first looked into."""

    NEW = "new", _("只收以后新到的")
    ALL = "all", _("已有的也全部收进来")


class Result(TextChoices):
    """What became of a mail."""

    LINE = "line", _("已收进会话")
    COPY = "copy", _("同一封邮件的另一份")
    OWN = "own", _("自己发出的邮件")
    BOUNCE = "bounce", _("退信")
    UNREADABLE = "odd", _("读不了，等人查看")
