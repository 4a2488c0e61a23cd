"""A mailbox's own SMTP server: the connection by which its answers go out."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _

from keyue.channels.email.accounts import Account, MailFault, fault_of, tidy
from keyue.channels.email.enums import Security, Way
from keyue.channels.email.oauth import access_token, forget, sasl
from keyue.conversations.enums import Failure
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of
from keyue.kernel import clock

SECONDS = 30


class TokenBackend(EmailBackend):
    """Signs in by an access token instead of a password."""

    def __init__(self, *, user: str, token: str, **options: Any) -> None:
        super().__init__(**options)
        self.user, self.token = user, token

    def open(self) -> bool | None:
        opened = super().open()
        if opened and self.connection is not None:
            first = sasl(self.user, self.token)
            try:
                # a refusal comes as a challenge with the reason, which wants an empty answer
                self.connection.auth("XOAUTH2", lambda said=None: "" if said else first)
            except smtplib.SMTPException:
                self.close()
                raise
        return opened


def connection_of(channel: Channel, account: Account, seconds: int = SECONDS) -> EmailBackend:
    """A connection to the mailbox's server, not yet open. Raises MailFault where no token is to be had."""
    server = account.smtp
    if server is None:
        raise MailFault(Failure.REFUSED, _("没有填发信服务器。"))
    options: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "use_ssl": server.security == Security.SSL,
        "use_tls": server.security == Security.STARTTLS,
        "timeout": seconds,
        "username": "",
        "password": "",
    }
    if account.way == Way.OAUTH2:
        token = access_token(channel, account, clock.now())
        return TokenBackend(user=account.user, token=token, **options)
    password = str(secrets_of(channel).get("password") or "")
    return EmailBackend(**{**options, "username": account.user if password else "", "password": password})


def fault_in(error: Exception, channel: Channel, account: Account) -> MailFault:
    """What an SMTP server said, in words for whoever keeps the mailbox."""
    if account.smtp is None:
        raise ValueError("a mailbox without a server of its own")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        forget(channel)
        why = tidy(_text(error.smtp_error), channel)
        return MailFault(Failure.REFUSED, _("发信服务器不让登录：%(why)s") % {"why": why})
    if isinstance(error, smtplib.SMTPResponseException):
        why = tidy(_text(error.smtp_error), channel)
        return MailFault(
            Failure.BROKEN, _("发信服务器返回错误：%(why)s") % {"why": f"{error.smtp_code} {why}"}
        )
    if isinstance(error, smtplib.SMTPException):
        return MailFault(
            Failure.BROKEN, _("发信服务器返回错误：%(why)s") % {"why": tidy(str(error), channel)}
        )
    return fault_of(error, account.smtp, channel)


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
