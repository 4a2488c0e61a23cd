"""The kind of channel that a mailbox is: how an answer in a conversation goes out as a mail."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.message import BadHeaderError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.email import selectors
from keyue.channels.email.accounts import Account, MailFault, account_of
from keyue.channels.email.checking import check
from keyue.channels.email.forms import MailboxForm
from keyue.channels.email.sending import is_configured, message_id, send
from keyue.channels.email.smtp import connection_of, fault_in
from keyue.channels.email.taking import STAND_IN, plain_ids
from keyue.channels.fetching import refuse_pretended
from keyue.conversations.actions.becoming import files_of
from keyue.conversations.enums import LineKind, Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel, Line
from keyue.conversations.sealed import handles_of
from keyue.kernel.errors import Refused
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import EvidenceKind

SUBJECT_LONGEST = 200
MOST_REFERENCES = 20
MOST_AUTOMATIC = 5
AUTOMATIC_WITHIN = timedelta(hours=1)
"""No more than so many automatic answers go to one address within this time, whatever answers them."""
# "Re:", and what Chinese clients write instead
REPLY = re.compile(r"(?:re|\u56de\u590d|\u7b54\u590d)\s*[:\uff1a]", re.IGNORECASE)


def send_line(line: Line) -> str:
    """Send an answer to whoever wrote; gives the mail's Message-ID, the same for every attempt.

    Raises Undeliverable where it never will arrive: there is no address, the server does not know it, an automatic answer
    would answer a machine. Raises Refused where no server is set, and for what a server says otherwise.
    """
    address, _name = handles_of([line.party])[0] if line.party else ("", "")
    if not address or address.startswith(STAND_IN):
        raise Undeliverable(_("没有客户的邮箱。"))
    if line.kind == LineKind.AUTO:
        _refuse_loop(line, address)
    account = account_of(line.channel)
    if account.smtp is not None:
        refuse_pretended(account.smtp.host)
    identity = message_id(f"line:{line.uid}")
    mail = _mail(line, account, address, identity)
    if account.smtp is None:
        send(mail)
    else:
        _send_by_own_server(line.channel, account, mail)
    return identity


def _refuse_loop(line: Line, address: str) -> None:
    """Machines that answer each other never end. Raises Undeliverable."""
    asked = selectors.asked_before(line)
    if asked is not None and asked.detail.get("automatic"):
        raise Undeliverable(_("对方的邮件是自动发出的，不自动回复。"))
    if address in selectors.own_addresses():
        raise Undeliverable(_("这是自己的邮箱，不自动回复。"))
    if selectors.automatic_since(line, line.at, AUTOMATIC_WITHIN) >= MOST_AUTOMATIC:
        raise Undeliverable(_("一小时里已经自动回复过 %(n)d 次，不再自动回复。") % {"n": MOST_AUTOMATIC})


def _mail(line: Line, account: Account, address: str, identity: str) -> EmailMessage:
    """The answer as a mail, threaded with those before it. Raises Undeliverable for a header that nobody may write."""
    headers: dict[str, str] = {"Message-ID": identity, **_marks(line)}
    threads = plain_ids(thread_of(line))
    if threads:
        headers |= {"In-Reply-To": threads[-1], "References": " ".join(threads)}
    mail = EmailMessage(subject_of(line), line.body, account.sent_from or None, [address], headers=headers)
    for file in files_of([line]):
        mail.attach(file.name, file.content)
    try:
        mail.message()
    except BadHeaderError:
        raise Undeliverable(_("邮件的主题或地址里有换行，没有发出。")) from None
    return mail


def _marks(line: Line) -> Mapping[str, str]:
    """What tells other machines not to answer."""
    if line.kind != LineKind.AUTO:
        return {}
    return {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


def _send_by_own_server(channel: Channel, account: Account, mail: EmailMessage) -> None:
    try:
        with connection_of(channel, account) as connection:
            mail.connection = connection
            mail.send(fail_silently=False)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        refusal = smtplib.SMTPResponseException(code, said)
        sentence = str(fault_in(refusal, channel, account))
        if code >= 500:
            raise Undeliverable(sentence) from None
        raise Refused(sentence, code="mail_server") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Refused(str(fault_in(error, channel, account)), code="mail_server") from None
    except MailFault as fault:
        raise Refused(str(fault), code="mail_server") from None


def thread_of(line: Line) -> list[str]:
    """Message-IDs of the mails before this one in the conversation, the last one last. Nobody answers an automatic reply
    where there is anything else."""
    before = Line.objects.filter(
        conversation=line.conversation_id, channel=line.channel_id, external_id__isnull=False, pk__lt=line.pk
    ).exclude(kind=LineKind.EVENT)
    said = before.filter(detail__automatic__isnull=True)
    newest: list[str | None] = []
    for rows in (said, before):
        newest = newest or list(rows.order_by("-pk").values_list("external_id", flat=True)[:MOST_REFERENCES])
    return [identity for identity in reversed(newest) if identity]


def subject_of(line: Line) -> str:
    """The subject of an answer: the customer's own, with the number by which a reply finds its way back."""
    before = Line.objects.filter(
        conversation=line.conversation_id, channel=line.channel_id, kind=LineKind.INBOUND, pk__lt=line.pk
    )
    newest = (
        before.filter(detail__automatic__isnull=True).order_by("-pk").first()
        or before.order_by("-pk").first()
    )
    asked = str(newest.detail.get("subject", "")) if newest else ""
    asked = " ".join(asked.split())
    number = line.conversation.number
    if number in asked:
        return asked[:SUBJECT_LONGEST]
    text = asked[: SUBJECT_LONGEST - len(number) - 12]
    said = text if REPLY.match(text) else f"Re: {text}" if text else _("答复")
    return f"{said} [{number}]"


def can_send(channel: Channel) -> bool:
    """Whether an answer by this mailbox can go out at all."""
    return bool(channel.options.get("smtp_host")) or is_configured()


def told(channel: Channel) -> dict[str, Any]:
    """What the page of a mailbox shows beside its settings."""
    return {
        "mail_state": selectors.state_of(channel),
        "odd_mails": selectors.odd_mails(channel),
        "receives": account_of(channel).imap is not None,
    }


MAILBOX = ChannelKind(
    code="email",
    name=_t("邮件"),
    icon="mail",
    case_channel=CaseChannel.EMAIL.value,
    scheme=Scheme.MAIL,
    evidence=EvidenceKind.MAIL,
    send=send_line,
    form=MailboxForm,
    guide="channels/mailbox_guide.html",
    told=told,
    check=check,
)
