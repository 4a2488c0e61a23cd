"""Reading what mailboxes hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from keyue.cases.models import Case, Message
from keyue.cases.numbers import identity_of
from keyue.channels.email.enums import Result
from keyue.channels.email.models import MailState, RawMail
from keyue.conversations import selectors as conversations
from keyue.conversations.enums import LineKind
from keyue.conversations.models import PREFIX, Channel, Conversation, Line
from keyue.kernel.errors import NotFound
from keyue.ledger import sealing
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

KIND = "email"
SEALED_AS = "channels.MailState.token"
# Chinese stands right beside it, without a blank
_NUMBER = re.compile(r"(?<![A-Z0-9])([A-Z]{2}-\d{4}-\d{6,18})(?!\d)")
_OURS = re.compile(r"<?(line|case-mail)\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@", re.I)
MOST_NUMBERS = 5


def mailboxes() -> list[Channel]:
    """Open mailboxes, those that only send among them."""
    return conversations.open_channels_of(KIND)


def own_addresses() -> frozenset[str]:
    """The addresses of all mailboxes, closed ones too, in small letters."""
    rows = Channel.objects.filter(kind=KIND).values_list("options", flat=True)
    return frozenset(str(one.get("address") or "").strip().lower() for one in rows) - {""}


def state_of(channel: Channel) -> MailState | None:
    """How far a mailbox has been read; None before it was first looked into."""
    return MailState.objects.filter(channel=channel).first()


def due(channels: Sequence[Channel], at: datetime) -> list[Channel]:
    """Those of these mailboxes that nobody reads just now and whose time has come."""
    states = {row.channel_id: row for row in MailState.objects.filter(channel__in=channels)}

    def is_due(channel: Channel) -> bool:
        row = states.get(channel.pk)
        if row is None:
            return True
        is_free = row.claimed_until is None or row.claimed_until <= at
        return is_free and (row.next_at <= at or row.channel_rev != channel.rev)

    return [one for one in channels if is_due(one)]


def newer_token(channel: Channel, of: str) -> str:
    """The refresh token by which the provider has replaced the one that was typed in; empty where it has not."""
    row = MailState.objects.filter(channel=channel, token_of=of).exclude(token="").first()
    return (sealing.unseal(channel.subject, row.token, SEALED_AS) or "") if row is not None else ""


def known(identity: str) -> RawMail | None:
    """The mail of this identity that is no copy."""
    return RawMail.objects.filter(identity=identity, is_copy=False).select_related("line").first()


def line_named(message_ids: Collection[str]) -> Line | None:
    """The newest line of ours that went out under one of these Message-IDs."""
    uids = [
        UUID(found[2]) for one in message_ids if (found := _OURS.search(one)) and found[1].lower() == "line"
    ]
    rows = Line.objects.filter(uid__in=uids, kind__in=[LineKind.OUTBOUND, LineKind.AUTO])
    return rows.select_related("conversation", "channel").order_by("-pk").first()


def message_named(message_ids: Collection[str]) -> Message | None:
    """The newest message of a case that went out by mail under one of these Message-IDs."""
    keys = [f"case-mail:{found[2].lower()}" for one in message_ids if (found := _OURS.search(one))]
    return Message.objects.filter(outbox_key__in=keys).select_related("case").order_by("-pk").first()


def is_ours(message_id: str) -> bool:
    """Whether a mail with this Message-ID went out from here."""
    return line_named([message_id]) is not None or message_named([message_id]) is not None


def ids_in(text: str) -> list[str]:
    """Message-IDs of our own form in a text: of what comes back in a report of non-delivery."""
    return list(dict.fromkeys(found[0] for found in _OURS.finditer(text)))


def case_in(subject: str) -> Case | None:
    """The case whose number stands in a subject."""
    for number in _NUMBER.findall(subject.upper())[:MOST_NUMBERS]:
        identity = identity_of(number)
        case = Case.objects.filter(pk=identity).first() if identity is not None else None
        if case is not None and case.number == number:
            return case
    return None


def newest_id_in(subject: str) -> str:
    """The identity of the newest mail in the conversation whose number stands in a subject; empty for none."""
    for number in _NUMBER.findall(subject.upper())[:MOST_NUMBERS]:
        identity = identity_of(number) if number.startswith(f"{PREFIX}-") else None
        row = Conversation.objects.filter(pk=identity).first() if identity is not None else None
        if row is not None and row.number == number:
            lines = Line.objects.filter(conversation=row, channel__kind=KIND, external_id__isnull=False)
            return lines.order_by("-pk").values_list("external_id", flat=True).first() or ""
    return ""


def has_line(channel: Channel, external_id: str) -> bool:
    """Whether a mailbox has a line of this identity already."""
    return Line.objects.filter(channel=channel, external_id=external_id).exists()


def automatic_since(line: Line, at: datetime, within: timedelta) -> int:
    """How many automatic answers went to the same person by mail within a time, this one not counted."""
    rows = Line.objects.filter(
        party=line.party_id, kind=LineKind.AUTO, channel__kind=KIND, at__gt=at - within
    )
    return rows.exclude(pk=line.pk).count()


def asked_before(line: Line) -> Line | None:
    """What the customer said last before a line."""
    rows = Line.objects.filter(conversation=line.conversation_id, kind=LineKind.INBOUND, pk__lt=line.pk)
    return rows.order_by("-pk").first()


def may_keep(user: User, channel: Channel) -> bool:
    """Whether somebody looks after what a mailbox could not take in: its keeper, and who manages conversations."""
    return channel.keeper_id == user.pk or allows(user, Permission.CONVERSATION_MANAGE)


def odd_mails(channel: Channel) -> list[RawMail]:
    """Mails that nobody could read and that wait for a person, the oldest first."""
    rows = RawMail.objects.filter(channel=channel, result=Result.UNREADABLE, looked_at=None, erased_at=None)
    return list(rows.select_related("line").order_by("pk")[:100])


def mails_of(channel: Channel, most: int) -> list[RawMail]:
    """The newest mails of a mailbox."""
    rows = RawMail.objects.filter(channel=channel).select_related("line__conversation", "looked_by")
    return list(rows.order_by("-pk")[:most])


def mail_for(user: User, pk: int) -> RawMail:
    """A mail whose conversation this person may see; one without a conversation is for who looks after its mailbox. Raises
    Denied, NotFound."""
    row = RawMail.objects.filter(pk=pk).select_related("channel", "line__conversation").first()
    if row is None:
        raise NotFound(_("没有这封邮件，或者您无权查看。"))
    if row.line is not None:
        conversations.conversation_for(user, row.line.conversation_id)
    elif not may_keep(user, row.channel):
        raise NotFound(_("没有这封邮件，或者您无权查看。"))
    return row


def named_mails(digests: Collection[str]) -> set[str]:
    """Which of some contents a mail still names."""
    rows = RawMail.objects.filter(Q(sha256__in=list(digests)), erased_at=None)
    return set(rows.values_list("sha256", flat=True))


def mails_of_customer(customer_id: int) -> list[RawMail]:
    """The raw mails of conversations with a customer that are still kept."""
    rows = RawMail.objects.filter(line__conversation__customer=customer_id, erased_at=None)
    return list(rows.order_by("pk"))
