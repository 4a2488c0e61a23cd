"""The kind of channel that a mailbox is: how an answer in a conversation goes out as a mail."""

from __future__ import annotations

import re
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.email.sending import is_configured, message_id, send
from keyue.conversations.actions.becoming import files_of
from keyue.conversations.enums import LineKind, Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel, Line
from keyue.conversations.sealed import handles_of, secrets_of
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import EvidenceKind

SUBJECT_LONGEST = 200
MOST_REFERENCES = 20
# "Re:", and what Chinese clients write instead
REPLY = re.compile(r"(?:re|\u56de\u590d|\u7b54\u590d)\s*[:\uff1a]", re.IGNORECASE)


def send_line(line: Line) -> str:
    """Send an answer to whoever wrote; gives the mail's Message-ID, the same for every attempt.

    Raises Undeliverable where there is no address any more, Refused where no server is set, and whatever the server says.
    """
    address, _name = handles_of([line.party])[0] if line.party else ("", "")
    if not address:
        raise Undeliverable(_("没有客户的邮箱了。"))
    identity = message_id(f"line:{line.uid}")
    threads = thread_of(line)
    headers = {"Message-ID": identity}
    if threads:
        headers |= {"In-Reply-To": threads[-1], "References": " ".join(threads)}
    mail = EmailMessage(subject_of(line), line.body, _sender(line.channel), [address], headers=headers)
    for file in files_of([line]):
        mail.attach(file.name, file.content)
    connection = _connection(line.channel)
    if connection is None:
        send(mail)
    else:
        with connection as opened:
            mail.connection = opened
            mail.send(fail_silently=False)
    return identity


def thread_of(line: Line) -> list[str]:
    """Message-IDs of the mails before this one in the conversation, the last one last."""
    before = Line.objects.filter(
        conversation=line.conversation_id, channel=line.channel_id, external_id__isnull=False, pk__lt=line.pk
    )
    newest = list(before.order_by("-pk").values_list("external_id", flat=True)[:MOST_REFERENCES])
    return [identity for identity in reversed(newest) if identity]


def subject_of(line: Line) -> str:
    """The subject of an answer: the customer's own, with the number by which a reply finds its way back."""
    before = Line.objects.filter(
        conversation=line.conversation_id, channel=line.channel_id, kind=LineKind.INBOUND, pk__lt=line.pk
    )
    newest = before.order_by("-pk").first()
    asked = str(newest.detail.get("subject", "")) if newest else ""
    asked = " ".join(asked.split())
    number = line.conversation.number
    if number in asked:
        return asked[:SUBJECT_LONGEST]
    text = asked[: SUBJECT_LONGEST - len(number) - 12]
    said = text if REPLY.match(text) else f"Re: {text}" if text else _("答复")
    return f"{said} [{number}]"


def _sender(channel: Channel) -> str | None:
    return str(channel.options.get("from") or channel.options.get("address") or "") or None


def _connection(channel: Channel) -> Any:
    """The mailbox's own SMTP server; None where it sends by the installation's."""
    options = channel.options
    if not options.get("smtp_host"):
        return None
    return get_connection(
        host=options["smtp_host"],
        port=int(options.get("smtp_port") or 465),
        username=options.get("smtp_user") or options.get("user"),
        password=secrets_of(channel).get("password", ""),
        use_ssl=options.get("smtp_security", "ssl") == "ssl",
        use_tls=options.get("smtp_security") == "starttls",
        timeout=30,
    )


def can_send(channel: Channel) -> bool:
    """Whether an answer by this mailbox can go out at all."""
    return bool(channel.options.get("smtp_host")) or is_configured()


MAILBOX = ChannelKind(
    code="email",
    name=_t("邮件"),
    icon="mail",
    case_channel=CaseChannel.EMAIL.value,
    scheme=Scheme.MAIL,
    evidence=EvidenceKind.MAIL,
    send=send_line,
)
