"""Who is speaking: matching a party to a contact, and taking a match back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.models import Case
from keyue.conversations.actions._ground import agent_code, change, held, note
from keyue.conversations.enums import Known, Scheme, State
from keyue.conversations.events import (
    ConversationCaseLinked,
    ConversationCustomerKnown,
    ConversationCustomerUnknown,
    ConversationOpened,
    ConversationPersonJoined,
)
from keyue.conversations.models import Channel, Conversation, Line, Party
from keyue.conversations.sealed import index_of, seal_party
from keyue.customers.models import Contact
from keyue.customers.recognising import contact_with
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.reading import held_where, rows_where
from keyue.people.models import User

UNVERIFIED = "unverified"
"""The realm of addresses that somebody uses whom nobody vouches for: another party than the address's owner, matched to a
contact by people alone."""


def party_of(
    *,
    scheme: Scheme,
    realm: str,
    handle: str,
    name: str = "",
    email: str = "",
    phone: str = "",
    known: Known = Known.ADDRESS,
    by: Actor,
    at: datetime,
) -> Party:
    """The party with this address, held until the transaction ends; entered where it is new, and matched to the archive
    by address or number where exactly one contact has it. A match that was taken back is not made again.

    `email` and `phone` are what else is known of them where the address itself is neither, `known` how that is known."""
    index = index_of(scheme, realm, handle)
    there = held_where(Party, 'it.scheme = %s AND it.realm = %s AND it."index" = %s', [scheme, realm, index])
    row = there[0] if there else None
    if row is None:
        fresh = Party(scheme=scheme, realm=realm, index=index, handle="", first_at=at)
        Party.objects.bulk_create([fresh], ignore_conflicts=True)
        row = Party.objects.select_for_update().get(scheme=scheme, realm=realm, index=index)
    if not row.handle or (name and not row.name):
        seal_party(row, handle, name)
        row.save(update_fields=["handle", "name"])
    if row.contact_id is None and row.known == Known.NOBODY and realm != UNVERIFIED:
        contact = _recognised(scheme, handle)
        if contact is not None:
            _match(row, contact, Known.ADDRESS, SYSTEM, at)
        elif email or phone:
            contact = contact_with(email=email, phone=phone)
            if contact is not None:
                _match(row, contact, known, SYSTEM, at)
    return row


def _recognised(scheme: Scheme, handle: str) -> Contact | None:
    if scheme == Scheme.MAIL:
        return contact_with(email=handle)
    return contact_with(phone=handle) if scheme == Scheme.PHONE else None


def _match(party: Party, contact: Contact, how: Known, by: Actor, at: datetime) -> None:
    party.contact, party.customer, party.known = contact, contact.customer, how
    party.known_at, party.known_by = at, f"{by.kind}:{by.id}"
    party.save(update_fields=["contact", "customer", "known", "known_at", "known_by"])


@transaction.atomic
def know(
    *,
    conversation: Conversation,
    contact: Contact,
    how: Known = Known.STAFF,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Conversation:
    """Say who is speaking. What this party says from now on, on this channel, is that contact's."""
    row = held(conversation.pk)
    if contact.customer.is_erased:
        raise Refused(_("这位客户的个人信息已按要求删除，不能再登记。"), code="erased")
    if row.contact_id == contact.pk:
        return row
    _match(row.party, contact, how, by, at)
    change(row, contact=contact, customer=contact.customer)
    event = ConversationCustomerKnown(
        customer=str(contact.customer_id), contact=str(contact.pk), how=how.value
    )
    note(row, event, by=by, at=at, source=source)
    return row


@transaction.atomic
def unknow(
    *,
    conversation: Conversation,
    party: Party | None = None,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Conversation:
    """Take a match back: what `party` (else the conversation's own) said is nobody's again, and does not become that
    contact's by itself any more. Where somebody else spoke in the same conversation, its lines move to one of their own.
    Gives the conversation in which that party's words stand now. The link to a case stays; a case has its own sender."""
    row = held(conversation.pk)
    wrong = Party.objects.select_for_update().get(pk=party.pk if party else row.party_id)
    if wrong.contact_id is None:
        raise Refused(_("还没有认出是哪位联系人。"))
    matched = wrong.contact_id
    wrong.contact, wrong.customer, wrong.known = None, None, Known.REFUSED
    wrong.known_at, wrong.known_by = at, f"{by.kind}:{by.id}"
    wrong.save(update_fields=["contact", "customer", "known", "known_at", "known_by"])
    own = Conversation.objects.filter(party=wrong, contact_id=matched).exclude(pk=row.pk)
    for pk in [*own.order_by("pk").values_list("pk", flat=True)]:
        _part(held(pk), wrong, by=by, at=at, source=source)
    return _part(row, wrong, by=by, at=at, source=source)


def _part(row: Conversation, party: Party, *, by: Actor, at: datetime, source: str) -> Conversation:
    """The party's words without the customer: in this conversation where nobody else spoke, else in one of their own."""
    others = (
        Party.objects.filter(pk__in=Line.objects.filter(conversation=row).values("party"))
        .exclude(pk=party.pk)
        .order_by("pk")
    )
    other = others.first()
    if other is None:
        if row.customer_id is not None:
            event = ConversationCustomerUnknown(customer=str(row.customer_id))
            change(row, contact=None, customer=None)
            note(row, event, by=by, at=at, source=source)
        return row
    if row.party_id == party.pk:
        change(row, party=other)
    lines = Line.objects.filter(conversation=row, party=party).order_by("pk")
    fresh = opened(
        lines[0].channel if lines else row.channel,
        party,
        department=row.department,
        agent=row.agent if not row.is_over else None,
        by=by,
        at=at,
        source=source,
    )
    lines.update(conversation=fresh)
    newest = Line.objects.filter(conversation=row).order_by("-pk").first()
    if newest is not None:
        change(row, channel=newest.channel)
    return fresh


def opened(
    channel: Channel,
    party: Party,
    *,
    department: str = "",
    agent: User | None = None,
    follows: Conversation | None = None,
    case: Case | None = None,
    by: Actor,
    at: datetime,
    source: str,
) -> Conversation:
    """A conversation that begins now, with whoever the party is known to be."""
    row = Conversation(
        channel=channel,
        began_on=channel,
        party=party,
        customer=party.customer,
        contact=party.contact,
        case=case,
        follows=follows,
        department=department or channel.department,
        agent=agent,
        state=State.OPEN if agent else State.QUEUED,
        opened_at=at,
        last_at=at,
    )
    row.save(force_insert=True)
    event = ConversationOpened(
        channel=str(channel.pk),
        type=channel.kind,
        customer=str(party.customer_id) if party.customer_id else None,
        contact=str(party.contact_id) if party.contact_id else None,
        department=row.department or None,
    )
    note(row, event, by=by, at=at, source=source, begins=True)
    if agent is not None:
        note(row, ConversationPersonJoined(agent=agent_code(agent)), by=by, at=at, source=source)
    if case is not None:
        note(row, ConversationCaseLinked(case=str(case.pk)), by=by, at=at, source=source)
    return row


def open_one(party: Party) -> Conversation | None:
    """The conversation in which this party speaks: their own, or the one that the same contact has on another channel."""
    own = rows_where(Conversation, _GOING.format("party_id"), [party.pk, State.ENDED])
    if not own and party.contact_id is not None:
        own = rows_where(Conversation, _GOING.format("contact_id"), [party.contact_id, State.ENDED])
    return own[0] if own else None


_GOING = "it.{} = %s AND it.state <> %s ORDER BY it.last_at DESC LIMIT 1"
