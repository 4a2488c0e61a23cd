"""What goes out: a person's answer, an automatic one, and words among colleagues that the customer never sees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from keyue.cases.actions import telling
from keyue.conversations import kinds, ready_words
from keyue.conversations.actions._ground import Words, change, going_on, note, show, text_of, write_line
from keyue.conversations.actions.holding import joined
from keyue.conversations.enums import Delivery, LineKind
from keyue.conversations.events import ConversationAnswered, ConversationAutoAnswered
from keyue.conversations.models import Channel, Conversation, Line, Party
from keyue.customers.actions.notes import NextStep
from keyue.customers.actions.promising import promise_in_words
from keyue.kernel.errors import Invalid, Refused
from keyue.knowledge import speech
from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.reading import first_of, rows_where
from keyue.people.models import User

OUTBOX = "talk.line"


@transaction.atomic
def answer(
    *,
    conversation: Conversation,
    words: Words,
    user: User,
    at: datetime,
    channel: Channel | None = None,
    once: str = "",
    promised: Sequence[NextStep] = (),
    source: str = "web",
) -> Line:
    """A person answers, by the channel on which the customer spoke last or another on which they are known. Whoever
    answers one that waits in the queue has it from then on.

    `once` is the identity of the form: sent twice, it is one line. `promised` is what the answer promises the customer (S1
    3.2): it is kept with the answer, or neither is. Raises Invalid, and Refused where somebody else has
    the conversation, it is over, or the channel does not let us write now.
    """
    row = going_on(conversation.pk)
    if once:
        before = _sent_before(row, user, once)
        if before is not None:
            return before
    if row.agent_id is not None and row.agent_id != user.pk:
        raise Refused(
            _("%(name)s 正在接待。要由您回复，请先转接；要提醒同事，请写悄悄话。") % {"name": row.agent},
            code="held",
        )
    target, party = _target(row, channel)
    _refuse_closed(row, target, at)
    by = Actor("staff", str(user.pk))
    if row.agent_id is None:
        joined(row, user, by=by, at=at, source=source)
    detail = {**(words.detail or {}), **({"once": once} if once else {})}
    body = text_of(words.body, required=not words.uploads)
    body = ready_words.said(row, target, body, user, script=str(detail.get("script", "")))
    said = Words(body, words.uploads, detail)
    line = _sent(row, LineKind.OUTBOUND, said, target, party, at=at, author_id=user.pk)
    first = row.answered_at is None
    event = ConversationAnswered(line=str(line.uid), type=target.kind, is_first=first or None)
    note(row, event, by=by, at=at, source=source)
    change(
        row,
        waiting_since=None,
        answered_at=row.answered_at or at,
        last_at=max(row.last_at, at),
        channel=target,
    )
    _tell_case(row, line, words, by=by, at=at, source=source)
    if promised:
        _promise(row, promised, by=by, at=at, source=source)
    return line


def _sent_before(row: Conversation, user: User, once: str) -> Line | None:
    """The line that this form became when it was sent before."""
    mark = "json_extract(it.detail, '$.once')" if connection.vendor == "sqlite" else "it.detail ->> 'once'"
    there = rows_where(
        Line,
        f"it.conversation_id = %s AND it.author_id = %s AND {mark} = %s LIMIT 1",
        [row.pk, user.pk, once],
    )
    return there[0] if there else None


def _promise(row: Conversation, steps: Sequence[NextStep], *, by: Actor, at: datetime, source: str) -> None:
    if row.customer is None:
        sentence = _("还不知道是哪位客户，不能记为约定。请先认出客户，或者去掉「记为约定」。")
        raise Invalid(sentence, fields={"body": sentence})
    promise_in_words(customer=row.customer, steps=steps, said_in=row.subject, by=by, at=at, via=source)


@transaction.atomic
def auto_answer(
    *,
    conversation: Conversation,
    body: str,
    at: datetime,
    article: str = "",
    edition: str = "",
    confidence: int | None = None,
    detail: dict[str, Any] | None = None,
    source: str = "auto",
) -> Line:
    """The product answers by itself, and says so. It is no answer of a person: the customer goes on waiting for one
    where a clause says a person (S4 3.1b)."""
    row = going_on(conversation.pk)
    target, party = _target(row, None)
    _refuse_closed(row, target, at)
    body = speech.with_lines(text_of(body), target.kind)
    line = _sent(row, LineKind.AUTO, Words(body, (), detail), target, party, at=at)
    event = ConversationAutoAnswered(
        line=str(line.uid), article=article or None, edition=edition or None, confidence=confidence
    )
    note(row, event, by=SYSTEM, at=at, source=source)
    change(row, last_at=max(row.last_at, at))
    return line


@transaction.atomic
def whisper(*, conversation: Conversation, words: Words, user: User, at: datetime) -> Line:
    """A word among colleagues; it fulfils nothing and is never sent."""
    row = going_on(conversation.pk)
    said = Words(text_of(words.body, required=not words.uploads), words.uploads, words.detail)
    return write_line(row, LineKind.WHISPER, said, at=at, author_id=user.pk)


def _target(row: Conversation, channel: Channel | None) -> tuple[Channel, Party]:
    """Where an answer goes, and to whom there. Raises Invalid for a channel on which they never spoke."""
    target = channel or row.channel
    spoke = first_of(_SPOKE, [row.pk, target.pk])
    newest = spoke[0] if spoke else None
    if newest is not None and newest != row.party_id:
        return target, Party.objects.get(pk=newest)
    if target == row.channel or newest is not None:
        return target, row.party
    sentence = _("客户没有用「%(name)s」联系过，不能从这里回复。") % {"name": target.name}
    raise Invalid(sentence, fields={"channel": sentence})


_SPOKE = (
    "SELECT party_id FROM conversations_line "
    "WHERE conversation_id = %s AND channel_id = %s AND party_id IS NOT NULL ORDER BY id DESC LIMIT 1"
)


def _refuse_closed(row: Conversation, target: Channel, at: datetime) -> None:
    kind = kinds.kind_of(target.kind)
    why = "" if target.is_open else _("渠道「%(name)s」已经停用。") % {"name": target.name}
    why = why or kind.closed(row, at)
    if not why and kind.send is None and not kind.is_live:
        why = _("「%(name)s」不能发出回复，请换一种方式告知客户。") % {"name": target.name}
    if why:
        raise Refused(why, code="channel_closed")


def _sent(
    row: Conversation,
    kind: LineKind,
    words: Words,
    target: Channel,
    party: Party,
    *,
    at: datetime,
    author_id: int | None = None,
) -> Line:
    """A line to the customer; unless they see it where it stands, it goes into the outbox."""
    is_live = kinds.kind_of(target.kind).is_live
    delivery = Delivery.SENT if is_live else Delivery.WAITING
    line = write_line(
        row, kind, words, at=at, channel=target, party=party, author_id=author_id, delivery=delivery
    )
    if not is_live:
        ledger.enqueue(kind=OUTBOX, key=f"line:{line.uid}", payload={"line": line.pk}, at=at)
    return line


def _tell_case(row: Conversation, line: Line, words: Words, *, by: Actor, at: datetime, source: str) -> None:
    case = row.case
    if case is None or not case.is_open or not line.body:
        return
    kind = kinds.kind_of(line.channel.kind)
    telling.told_by_channel(
        case.pk,
        body=line.body,
        via=kind.case_channel,
        evidence=kind.evidence,
        uploads=words.uploads,
        by=by,
        at=at,
        source=source,
        key=f"line:{line.uid}",
    )
    line.case = case
    line.save(update_fields=["case"])


@transaction.atomic
def note_delivery(*, line: Line, delivery: Delivery, by: Actor, at: datetime, external_id: str = "") -> None:
    """How far a line to the customer has come; it never goes back."""
    row = Line.objects.select_for_update(of=("self",)).select_related("conversation").get(pk=line.pk)
    steps = [Delivery.WAITING, Delivery.FAILED, Delivery.SENT, Delivery.READ]
    if row.delivery not in steps or steps.index(delivery) <= steps.index(Delivery(row.delivery)):
        return
    row.delivery = delivery
    if external_id:
        row.external_id = external_id[:250]
    if delivery == Delivery.READ:
        row.read_at = at
    row.save(update_fields=["delivery", "external_id", "read_at"])
    show(row.conversation)
