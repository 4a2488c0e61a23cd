"""Answers of a chat that go out as mails, to visitors who left an address and went away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from keyue.channels.chat import selectors
from keyue.channels.email.sending import message_id, send
from keyue.conversations.actions.becoming import files_of
from keyue.conversations.enums import Delivery
from keyue.conversations.selectors import line_by_id
from keyue.ledger.actions import Undeliverable


def send_answer(payload: Mapping[str, Any], key: str) -> None:
    """Mail an answer, unless it was read at the window meanwhile. Raises Undeliverable where it was erased or no address is
    left, Refused where no server is set, and whatever the server says."""
    line = line_by_id(payload["line"])
    if line is None or line.erased_at is not None:
        raise Undeliverable(_("这条内容已经擦除。"))
    if line.delivery == Delivery.READ:
        return
    address = selectors.left_with(line.conversation).get("email", "")
    if not address:
        raise Undeliverable(_("没有客户的邮箱了。"))
    asked = selectors.asked_before(line)
    quoted = "".join(f"\n> {row}" for row in asked.splitlines()[:20])
    mail = EmailMessage(
        subject=_("%(channel)s的答复 [%(number)s]")
        % {"channel": line.channel.name, "number": line.conversation.number},
        body=f"{line.body}\n\n{_('您在在线客服的留言：')}{quoted}\n",
        to=[address],
        headers={"Message-ID": message_id(key), "Auto-Submitted": "no"},
    )
    for file in files_of([line]):
        mail.attach(file.name, file.content)
    send(mail)


SENDERS = {"chat.answer": send_answer}
