"""What a visitor does at a window: saying, asking for a person, leaving an address, reading, ending."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.channels.actions import keep_consent_text, take
from keyue.channels.automatic import answer_by_itself, note_wish
from keyue.channels.chat import selectors
from keyue.channels.chat.hours import is_open
from keyue.channels.chat.limits import FILES_OF_VISITOR, MESSAGES_OF_ADDRESS, MESSAGES_OF_VISITOR
from keyue.channels.chat.setup import setup_of
from keyue.channels.chat.tokens import Identity, Visitor
from keyue.channels.chat.wishes import asks_for_person
from keyue.channels.webform.notice import Notice
from keyue.conversations import actions as conversations
from keyue.conversations.actions._ground import Words, going_on, show, write_line
from keyue.conversations.actions.receiving import Incoming, Received
from keyue.conversations.enums import Delivery, Ending, Known, LineKind
from keyue.conversations.models import Channel, Line
from keyue.customers.faults import Fault
from keyue.customers.rules import normalise_email, normalise_phone
from keyue.customers.wording import sentence as worded
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload

CUSTOMER = Actor("customer", "chat")
SOURCE = "chat"
LONGEST = 4_000
SCORES = range(1, 6)
_KEY = re.compile(r"[0-9A-Za-z-]{8,64}")


@dataclass(frozen=True, slots=True)
class Saying:
    """What a visitor sends. `key` is its identity, made by the window: sent again, it is the same line."""

    key: str
    body: str
    uploads: Sequence[Upload] = ()
    email: str = ""
    phone: str = ""
    person: bool = False
    notice: Notice | None = None
    identity: Identity | None = None
    address: str = ""


def say(channel: Channel, visitor: Visitor, saying: Saying, *, by: Actor, at: datetime) -> Received:
    """Take in what a visitor says, and answer it from the articles where nobody has the conversation. Raises Invalid,
    and TooMany beyond the limits."""
    if not _KEY.fullmatch(saying.key):
        raise Invalid(_("消息没有编号，请刷新页面再试。"))
    if len(saying.body) > LONGEST:
        sentence = _("一次最多 %(most)d 字，请分几次发。") % {"most": LONGEST}
        raise Invalid(sentence, fields={"body": sentence})
    received = _received(channel, visitor, saying, by, at)
    if setup_of(channel.options).automatic:
        answer_by_itself(received, by=by, at=at)
    return received


@transaction.atomic
def _received(channel: Channel, visitor: Visitor, saying: Saying, by: Actor, at: datetime) -> Received:
    index = visitor.index
    take(MESSAGES_OF_VISITOR, index, by=by, at=at)
    if saying.address:
        take(MESSAGES_OF_ADDRESS, saying.address, by=by, at=at)
    if saying.uploads:
        take(FILES_OF_VISITOR, index, by=by, at=at)
    wants = saying.person or asks_for_person(saying.body)
    left = _left(saying)
    identity = saying.identity
    detail = {
        **({"person": True} if wants else {}),
        **({"left": left} if left else {}),
        **({"notice": saying.notice.version} if saying.notice else {}),
    }
    received = conversations.receive(
        channel,
        Incoming(
            external_id=f"{index}:{saying.key}",
            handle=visitor.handle,
            realm=visitor.realm,
            name=identity.name if identity else "",
            body=saying.body,
            uploads=saying.uploads,
            detail=detail,
            email=identity.email if identity else left.get("email", ""),
            phone=identity.phone if identity else left.get("phone", ""),
            known=Known.ADDRESS if identity else Known.SAID,
        ),
        by=by,
        at=at,
        source=SOURCE,
    )
    if not received.is_new:
        return received
    if saying.notice is not None:
        keep_consent_text(saying.notice.version, saying.notice.text, saying.notice.consent, by=by, at=at)
    talk, line = received.conversation, received.line
    note_wish(received, by=by, at=at, source=SOURCE)
    if left and talk.agent_id is None and not is_open(setup_of(channel.options), at):
        conversations.agree_callback(conversation=talk, line=line, by=by, at=at, source=SOURCE)
    return received


def _left(saying: Saying) -> dict[str, str]:
    """The address and number that were left, in their normal form. Raises Invalid."""
    found, faults = {}, {}
    for name, text, normal in (
        ("email", saying.email, normalise_email),
        ("phone", saying.phone, normalise_phone),
    ):
        if text.strip():
            try:
                found[name] = normal(text)
            except Fault as fault:
                faults[name] = worded(fault)
    if faults:
        raise Invalid("\n".join(faults.values()), fields=faults)
    return found


@transaction.atomic
def note_read(*, channel: Channel, visitor: Visitor, upto: int, by: Actor, at: datetime) -> int:
    """The visitor has seen what was answered up to a line; gives how many of them were new to them."""
    party = selectors.party_of(visitor)
    if party is None:
        return 0
    rows = Line.objects.filter(
        party=party,
        channel=channel,
        kind__in=(LineKind.OUTBOUND, LineKind.AUTO),
        pk__lte=upto,
        delivery=Delivery.SENT,
    )
    newest = rows.select_related("conversation").order_by("-pk").first()
    changed = rows.update(delivery=Delivery.READ, read_at=at)
    if newest is not None:
        show(newest.conversation)
    return changed


@transaction.atomic
def end(*, channel: Channel, visitor: Visitor, score: int | None = None, by: Actor, at: datetime) -> None:
    """The visitor ends it, with a score from 1 to 5 where they give one. Raises Refused where there is nothing to end."""
    party = selectors.party_of(visitor)
    talk = selectors.talk_of(party, channel.pk) if party is not None else None
    if talk is None:
        raise Refused(_("还没有开始会话。"))
    row = going_on(talk.pk)
    if score is not None:
        if score not in SCORES:
            raise Invalid(_("评分是 1 至 5 分。"))
        body = _("客户评分：%(score)d 分") % {"score": score}
        write_line(
            row, LineKind.EVENT, Words(body, (), {"score": score}), at=at, channel=channel, party=party
        )
    conversations.end(conversation=row, ending=Ending.CUSTOMER, by=by, at=at, source=SOURCE)


@transaction.atomic
def mail_answer(*, line: Line, by: Actor, at: datetime) -> None:
    """Have an answer mailed to the address that the visitor left; once, however often it is asked for."""
    ledger.enqueue(kind="chat.answer", key=f"chat.answer:{line.uid}", payload={"line": line.pk}, at=at)
    line.detail = {**line.detail, "mailed": at.isoformat()}
    line.save(update_fields=["detail"])
