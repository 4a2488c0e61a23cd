"""Who has a conversation: taking, handing over, asking for a person, ending it and writing down what it was about."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.conversations.actions._ground import (
    agent_code,
    change,
    check_opinion,
    going_on,
    held,
    note,
    show,
    text_of,
)
from keyue.conversations.enums import Ending, Opinion, State
from keyue.conversations.events import (
    ConversationCallbackAgreed,
    ConversationEnded,
    ConversationHandedOver,
    ConversationPersonAsked,
    ConversationPersonJoined,
    ConversationRecorded,
)
from keyue.conversations.models import Conversation, Line
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User

SUMMARY_LONGEST = 2_000


def joined(row: Conversation, user: User, *, by: Actor, at: datetime, source: str) -> None:
    """Somebody has it from now on. Raises Refused where they have as many as the channel allows one person."""
    refuse_full(row, user)
    change(row, agent=user, state=State.OPEN)
    note(row, ConversationPersonJoined(agent=agent_code(user)), by=by, at=at, source=source)
    show(row)


def refuse_full(row: Conversation, user: User) -> None:
    """Raises Refused where somebody answers as many conversations of this channel as it allows one person at a time
    (`most_each` of its options; 0 or none is no limit)."""
    most = row.channel.options.get("most_each") or 0
    if not most:
        return
    # two of one person's clicks at once must not both find room
    User.objects.select_for_update().filter(pk=user.pk).values_list("pk", flat=True).first()
    going = Conversation.objects.filter(agent=user, state=State.OPEN, channel=row.channel_id).exclude(
        pk=row.pk
    )
    if going.count() >= most:
        raise Refused(
            _("%(name)s 在「%(channel)s」已经接待 %(most)d 个会话，到了上限。请先结束或转接一个。")
            % {"name": user.name, "channel": row.channel.name, "most": most},
            code="full",
        )


@transaction.atomic
def take(*, conversation: Conversation, user: User, at: datetime, source: str = "web") -> Conversation:
    """Take one that waits in the queue. Raises Refused where somebody was quicker."""
    row = going_on(conversation.pk)
    if row.agent_id == user.pk:
        return row
    if row.agent_id is not None:
        raise Refused(_("%(name)s 已经接入。") % {"name": row.agent}, code="held")
    joined(row, user, by=Actor("staff", str(user.pk)), at=at, source=source)
    return row


@transaction.atomic
def hand_over(
    *,
    conversation: Conversation,
    to: User | None = None,
    department: str = "",
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Conversation:
    """Give it to a colleague, or back into the queue of a department. Raises Invalid where neither is named."""
    row = going_on(conversation.pk)
    if to is None and not department:
        sentence = _("请选择转给谁。")
        raise Invalid(sentence, fields={"to": sentence})
    if to is not None and not to.is_active:
        sentence = _("%(name)s 的账号已停用。") % {"name": to}
        raise Invalid(sentence, fields={"to": sentence})
    if to is not None and to.pk != row.agent_id:
        refuse_full(row, to)
    event = ConversationHandedOver(
        previous=agent_code(row.agent_id) if row.agent_id else None,
        agent=agent_code(to) if to else None,
        department=department or None,
    )
    change(
        row,
        agent=to,
        state=State.OPEN if to else State.QUEUED,
        department=department or row.department,
    )
    note(row, event, by=by, at=at, source=source)
    show(row)
    return row


@transaction.atomic
def ask_for_person(
    *, conversation: Conversation, line: Line | None, by: Actor, at: datetime, source: str
) -> Conversation:
    """The customer wants a person (S4 3.1b)."""
    row = going_on(conversation.pk)
    event = ConversationPersonAsked(line=str(line.uid) if line else None)
    note(row, event, by=by, at=at, source=source)
    return row


@transaction.atomic
def agree_callback(
    *, conversation: Conversation, line: Line | None, by: Actor, at: datetime, source: str
) -> Conversation:
    """Nobody is free, and the customer leaves a number or a message instead of waiting."""
    row = going_on(conversation.pk)
    event = ConversationCallbackAgreed(line=str(line.uid) if line else None)
    note(row, event, by=by, at=at, source=source)
    return row


@transaction.atomic
def end(
    *,
    conversation: Conversation,
    ending: Ending,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Conversation:
    """It is over. The fact holds a digest of all that was said, so that no line can be lost or changed unnoticed."""
    row = going_on(conversation.pk)
    count, digest = transcript(row)
    change(row, state=State.ENDED, ended_at=at, ending=ending, waiting_since=None)
    event = ConversationEnded(reason=Ending(ending).value, lines=count, digest=digest)
    note(row, event, by=by, at=at, source=source)
    show(row)
    return row


def transcript(conversation: Conversation) -> tuple[int, str]:
    """How many lines there are, and SHA-256 over `uid:digest` of each, in the order in which they were recorded."""
    rows = Line.objects.filter(conversation=conversation).order_by("pk").values_list("uid", "digest")
    total, count = sha256(), 0
    for uid, digest in rows.iterator():
        total.update(f"{uid}:{digest}\n".encode())
        count += 1
    return count, total.hexdigest()


@transaction.atomic
def record_summary(
    *,
    conversation: Conversation,
    summary: str,
    opinion: Opinion,
    user: User,
    at: datetime,
    source: str = "web",
) -> Conversation:
    """Write down what it was about, and whether the customer said what they think (S3 3.2.2). Raises Invalid."""
    row = held(conversation.pk)
    check_opinion(row, opinion)
    text = text_of(summary, "summary", SUMMARY_LONGEST)
    change(row, summary=text, opinion=opinion, recorded_at=at, recorded_by=user)
    by = Actor("staff", str(user.pk))
    event = ConversationRecorded(opinion=opinion.value)
    note(row, event, by=by, at=at, source=source, sealed={"summary": text})
    return row


def refuse_over(conversation: Conversation) -> None:
    """Raises Refused where it is over."""
    if conversation.is_over:
        raise Refused(_("这个会话已经结束。"), code="over")
