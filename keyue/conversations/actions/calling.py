"""Telephone calls: ringing, picked up, over, and written down (S3 3.1.2a, 3.2.2).

A call is a line of the conversation that it belongs to. One of a customer asks from its first ring, and picking up answers;
calling back answers what waited. Each step is taken once, however often and late an exchange tells of it.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.conversations.actions._ground import (
    Words,
    agent_code,
    change,
    check_opinion,
    held,
    note,
    show,
    text_of,
    write_line,
)
from keyue.conversations.actions.holding import SUMMARY_LONGEST, end, joined, record_summary
from keyue.conversations.actions.knowing import open_one, opened, party_of
from keyue.conversations.actions.receiving import Incoming, receive
from keyue.conversations.enums import Ending, LineKind, Opinion, Scheme, State
from keyue.conversations.events import (
    ConversationAnswered,
    ConversationCallEnded,
    ConversationCallRecorded,
)
from keyue.conversations.models import Call, Channel, Conversation, Line
from keyue.conversations.seeing import hint_of
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.promises import live

SOURCE = "phone"
WITHHELD = "withheld"
"""The realm of callers who show no number: each call is somebody of their own."""


@transaction.atomic
def rings(*, channel: Channel, call_id: str, number: str, name: str = "", by: Actor, at: datetime) -> Call:
    """Somebody calls. `number` is in E.164, empty where it is withheld; `call_id` is the call's identity in the exchange."""
    incoming = Incoming(
        external_id=call_id,
        handle=number or call_id,
        realm="" if number else WITHHELD,
        name=name,
        body=_("来电"),
    )
    received = receive(channel, incoming, by=by, at=at, source=SOURCE)
    call, _made = Call.objects.get_or_create(line=received.line, defaults={"rang_at": at})
    _show(received.conversation)
    return call


@transaction.atomic
def dials(*, channel: Channel, call_id: str, number: str, user: User, by: Actor, at: datetime) -> Call:
    """One of us calls a customer. Raises Invalid without a number."""
    known = Call.objects.filter(line__channel=channel, line__external_id=call_id).first()
    if known is not None:
        return known
    if not number:
        sentence = _("去电要填对方号码。")
        raise Invalid(sentence, fields={"number": sentence})
    party = party_of(scheme=Scheme.PHONE, realm="", handle=number, by=by, at=at)
    going = open_one(party)
    row = held(going.pk) if going else opened(channel, party, agent=user, by=by, at=at, source=SOURCE)
    line = write_line(
        row,
        LineKind.OUTBOUND,
        Words(_("去电")),
        at=at,
        channel=channel,
        party=party,
        author_id=user.pk,
        external_id=call_id,
    )
    change(row, last_at=max(row.last_at, at))
    return Call.objects.create(line=line, is_outgoing=True, agent=user, rang_at=at)


@transaction.atomic
def picks_up(*, call: Call, user: User, at: datetime) -> Call:
    """They speak. Whoever picks up has the conversation, if nobody had it."""
    row, found = _held(call)
    if found.answered_at is not None or found.ended_at is not None:
        return found
    by = Actor("staff", str(user.pk))
    found.agent, found.answered_at = user, at
    found.save(update_fields=["agent", "answered_at"])
    if row.state == State.QUEUED:
        joined(row, user, by=by, at=at, source=SOURCE)
    if not row.is_over:
        event = ConversationAnswered(
            line=str(found.line.uid), type=found.line.channel.kind, is_first=row.answered_at is None or None
        )
        note(row, event, by=by, at=at, source=SOURCE)
        change(row, waiting_since=None, answered_at=row.answered_at or at, last_at=max(row.last_at, at))
    _show(row)
    return found


@transaction.atomic
def hangs_up(*, call: Call, by: Actor, at: datetime) -> Call:
    """It is over. A customer's call that nobody answered goes on waiting: somebody calls back."""
    row, found = _held(call)
    if found.ended_at is not None:
        return found
    found.ended_at = max(at, found.answered_at or found.rang_at)
    found.save(update_fields=["ended_at"])
    spoke = found.answered_at
    event = ConversationCallEnded(
        call=str(found.line.uid),
        answered=spoke is not None,
        outgoing=found.is_outgoing,
        seconds=int((found.ended_at - spoke).total_seconds()) if spoke else None,
        agent=agent_code(found.agent_id) if found.agent_id else None,
    )
    note(row, event, by=by, at=found.ended_at, source=SOURCE)
    _show(row)
    return found


@transaction.atomic
def record_call(*, call: Call, summary: str, opinion: Opinion, user: User, at: datetime) -> Call:
    """Write down what a call was about, and whether the customer said what they think (S3 3.2.2). A conversation of calls
    alone is over with it. Raises Invalid, Refused for one that was not answered or goes on."""
    row, found = _held(call)
    if found.answered_at is None or found.ended_at is None:
        raise Refused(_("没有接通或还没有挂断的电话，不写小结。"), code="not_over")
    check_opinion(row, opinion)
    text = text_of(summary, "summary", SUMMARY_LONGEST)
    found.summary, found.opinion, found.recorded_at, found.recorded_by = text, opinion, at, user
    found.save(update_fields=["summary", "opinion", "recorded_at", "recorded_by"])
    by = Actor("staff", str(user.pk))
    event = ConversationCallRecorded(call=str(found.line.uid), opinion=Opinion(opinion).value)
    note(row, event, by=by, at=at, source=SOURCE, sealed={"summary": text})
    if not row.is_over and row.waiting_since is None and _is_calls_alone(row):
        end(conversation=row, ending=Ending.STAFF, by=by, at=at, source=SOURCE)
        record_summary(conversation=row, summary=text, opinion=opinion, user=user, at=at, source=SOURCE)
    show(row)
    return found


def _held(call: Call) -> tuple[Conversation, Call]:
    """The call and its conversation as they are now, held against other writers."""
    row = held(Line.objects.values_list("conversation", flat=True).get(pk=call.line_id))
    found = Call.objects.select_related("line__channel", "agent").get(pk=call.pk)
    return row, found


def _is_calls_alone(row: Conversation) -> bool:
    """Whether nothing was said here but on the telephone, and every call that was answered is written down."""
    others = Line.objects.filter(conversation=row, call=None).exclude(
        kind__in=[LineKind.WHISPER, LineKind.EVENT]
    )
    undone = Call.objects.filter(line__conversation=row, recorded_at=None).exclude(
        answered_at=None, ended_at__isnull=False
    )
    return not others.exists() and not undone.exists()


def _show(row: Conversation) -> None:
    """Let the pages that pop up calls ask who calls."""
    live.hint_after_commit(hint_of("call", row))
    show(row)
