"""What comes in, by whichever channel: the one way in for all of them.

A message that is delivered twice is one line. It joins the conversation that it belongs to, or begins one; the customer
waits for an answer from then on. Where the conversation is about a case, the case hears of it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from keyue.cases.actions import telling
from keyue.cases.models import Case
from keyue.conversations import kinds
from keyue.conversations.actions._ground import Words, change, held, note, text_of, write_line
from keyue.conversations.actions.knowing import open_one, opened, party_of
from keyue.conversations.enums import Known, LineKind
from keyue.conversations.events import (
    ConversationAsked,
    ConversationCaseLinked,
    ConversationCustomerKnown,
    ConversationMessageReceived,
)
from keyue.conversations.models import Channel, Conversation, Line, Party
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor
from keyue.ledger.reading import first_of
from keyue.ui.uploads import Upload


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as its channel read it.

    `external_id` is its identity there, `handle` the address of who wrote it, in the channel's own normal form. `answers`
    are identities of messages that it answers, `case` the one whose number it names. `is_automatic` is an automatic reply
    or a report of non-delivery: it is kept, and asks for nothing.

    `email` and `phone` are what the channel knows of the sender besides: vouched for by the company's own page, or left by
    the sender (`known`).
    """

    external_id: str
    handle: str
    body: str
    name: str = ""
    realm: str = ""
    uploads: Sequence[Upload] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    answers: Sequence[str] = ()
    case: Case | None = None
    is_automatic: bool = False
    email: str = ""
    phone: str = ""
    known: Known = Known.ADDRESS


@dataclass(frozen=True, slots=True)
class Received:
    """The line that a message became; `is_new` is false for one that had been delivered before."""

    line: Line
    conversation: Conversation
    is_new: bool = True


def receive(channel: Channel, incoming: Incoming, *, by: Actor, at: datetime, source: str) -> Received:
    """Take a message in that reached the channel at `at`. Raises Invalid for one without text and files."""
    try:
        return _receive(channel, incoming, by, at, source)
    except IntegrityError:
        # somebody else took in the same message, or another of the same person, in the same instant
        return _receive(channel, incoming, by, at, source)


_KNOWN = "SELECT id FROM conversations_line WHERE channel_id = %s AND external_id = %s"


@transaction.atomic
def _receive(channel: Channel, incoming: Incoming, by: Actor, at: datetime, source: str) -> Received:
    known = first_of(_KNOWN, [channel.pk, incoming.external_id])
    if known is not None:
        before = Line.objects.select_related("conversation").get(pk=known[0])
        return Received(before, before.conversation, is_new=False)
    kind = kinds.kind_of(channel.kind)
    party = party_of(
        scheme=kind.scheme,
        realm=incoming.realm,
        handle=incoming.handle,
        name=incoming.name,
        email=incoming.email,
        phone=incoming.phone,
        known=incoming.known,
        by=by,
        at=at,
    )
    row = held(_conversation(channel, party, incoming, by, at, source).pk)
    if row.contact_id is None and party.contact is not None and row.party_id == party.pk:
        _told_who(row, party, by, at, source)
    body = text_of(incoming.body, required=not incoming.uploads)
    line = write_line(
        row,
        LineKind.INBOUND,
        Words(body, incoming.uploads, incoming.detail),
        at=at,
        channel=channel,
        party=party,
        external_id=incoming.external_id,
    )
    columns: dict[str, Any] = {"channel": channel, "last_at": max(row.last_at, at)}
    begins_to_wait = not incoming.is_automatic and row.waiting_since is None
    if begins_to_wait:
        columns["waiting_since"] = at
    note(row, _said(line, incoming, begins_to_wait), by=by, at=at, source=source)
    change(row, **columns)
    if not incoming.is_automatic:
        _tell_case(row, line, incoming.uploads, by=by, at=at, source=source)
    return Received(line, row)


def _told_who(row: Conversation, party: Party, by: Actor, at: datetime, source: str) -> None:
    """Who is speaking became known in the middle of it."""
    change(row, contact=party.contact, customer=party.customer)
    event = ConversationCustomerKnown(
        customer=str(party.customer_id), contact=str(party.contact_id), how=party.known
    )
    note(row, event, by=by, at=at, source=source)


def _said(line: Line, incoming: Incoming, begins_to_wait: bool) -> Event:
    uid, kind = str(line.uid), line.channel.kind
    if begins_to_wait:
        return ConversationAsked(line=uid, type=kind)
    return ConversationMessageReceived(line=uid, type=kind, automatic=incoming.is_automatic or None)


def _conversation(
    channel: Channel, party: Party, incoming: Incoming, by: Actor, at: datetime, source: str
) -> Conversation:
    """The one that this message goes on with, or a new one."""
    going = open_one(party)
    answered = _answered(channel, party, incoming)
    case = incoming.case if incoming.case is not None and _is_theirs(incoming.case, party) else None
    if going is None:
        case = case or (answered.case if answered is not None else None)
        return opened(channel, party, follows=answered, case=case, by=by, at=at, source=source)
    if case is not None and going.case_id is None:
        change(going, case=case)
        note(going, ConversationCaseLinked(case=str(case.pk)), by=by, at=at, source=source)
    return going


def _answered(channel: Channel, party: Party, incoming: Incoming) -> Conversation | None:
    """The conversation of the message that this one answers, if it is this person's: anybody can name an identity."""
    if not incoming.answers:
        return None
    rows = Line.objects.filter(
        external_id__in=list(incoming.answers)[-50:], channel__kind=channel.kind
    ).select_related("conversation__case")
    for line in rows.order_by("-pk"):
        one = line.conversation
        same_contact = party.contact_id is not None and one.contact_id == party.contact_id
        if one.party_id == party.pk or same_contact:
            return one
    return None


def _is_theirs(case: Case, party: Party) -> bool:
    """Whether a case that somebody names is of the same customer: a number alone lets nobody in."""
    return party.customer_id is not None and case.customer_id == party.customer_id


def _tell_case(
    row: Conversation, line: Line, uploads: Sequence[Upload], *, by: Actor, at: datetime, source: str
) -> None:
    case = row.case
    if case is None or not case.is_open or not line.body:
        return
    via = kinds.kind_of(line.channel.kind).case_channel
    key = f"line:{line.uid}"
    telling.receive(case.pk, body=line.body, via=via, uploads=uploads, by=by, at=at, source=source, key=key)
    line.case = case
    line.save(update_fields=["case"])
