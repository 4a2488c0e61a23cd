"""Trying a mailbox: both servers are really signed in to."""

from __future__ import annotations

import smtplib

from django.utils.translation import gettext as _

from keyue.channels.email.accounts import MailFault, account_of
from keyue.channels.email.imap import Box
from keyue.channels.email.smtp import connection_of, fault_in
from keyue.channels.fetching import refuse_pretended
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.kernel.errors import Refused

SECONDS = 10


def check(channel: Channel) -> str:
    """What was found. Raises Refused with what is wrong."""
    account = account_of(channel)
    for server in (account.imap, account.smtp):
        if server is not None:
            refuse_pretended(server.host)
    said = []
    try:
        if account.imap is None:
            said.append(_("没有填收信服务器，不收信。"))
        else:
            box = Box(channel, account, clock.now(), SECONDS)
            box.close()
            said.append(
                _("收信：已登录 %(host)s，文件夹「%(folder)s」里有 %(n)d 封邮件。")
                % {"host": account.imap.host, "folder": account.folder, "n": box.count}
            )
        if account.smtp is None:
            said.append(_("发信：用系统的发信服务器。"))
        else:
            _sign_in_to_send(channel)
            said.append(_("发信：已登录 %(host)s。") % {"host": account.smtp.host})
    except MailFault as fault:
        raise Refused(str(fault), code="mail_server") from None
    return " ".join(said)


def _sign_in_to_send(channel: Channel) -> None:
    account = account_of(channel)
    opened = connection_of(channel, account, SECONDS)
    try:
        opened.open()
        if opened.connection is not None:
            opened.connection.noop()
    except (smtplib.SMTPException, OSError) as error:
        raise fault_in(error, channel, account) from None
    finally:
        opened.close()
