"""What the actions of this room share: holding a conversation, writing its lines, recording facts."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from keyue.conversations.enums import LineKind, Opinion, State
from keyue.conversations.models import Channel, Conversation, Line, LineFile, Party
from keyue.conversations.seeing import hint_of
from keyue.kernel import clock
from keyue.kernel.contents import Contents
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.ledger.insertion import insert_rows, update_row
from keyue.ledger.reading import columns_of, instance, width_of
from keyue.people.models import User
from keyue.people.rules import PERSON
from keyue.promises import actions as promises
from keyue.promises import live
from keyue.ui.uploads import Upload, checked

LONGEST = 20_000
"""Characters of a line; what is longer is cut by the channel, which keeps the whole as a file."""


@dataclass(frozen=True, slots=True)
class Words:
    """What is said: text, files, and codes that say how (`detail`)."""

    body: str
    uploads: Sequence[Upload] = ()
    detail: Mapping[str, Any] | None = None


def _needed(digests: Sequence[str] | set[str] | Any) -> set[str]:
    rows = LineFile.objects.filter(sha256__in=list(digests), erased_at=None)
    return set(rows.values_list("sha256", flat=True))


CONTENTS = Contents(lambda: Path(settings.MEDIA_ROOT) / "conversations", _needed)


def held(conversation_id: int) -> Conversation:
    """The conversation as it is now, held against other writers until the transaction ends. Raises NotFound."""
    facts = promises.hold(Subject("conversation", str(conversation_id)))
    with connection.cursor() as cursor:
        cursor.execute(_held(), [conversation_id])
        values = cursor.fetchone()
    if values is None:
        raise NotFound(_("没有这个会话，或者您无权查看。"))
    own, beside = width_of(Conversation), width_of(Conversation) + width_of(Channel)
    row = instance(Conversation, values[:own])
    row.channel, row.party = instance(Channel, values[own:beside]), instance(Party, values[beside:])
    row.held = facts
    return row


@cache
def _held() -> str:
    return (
        f"SELECT {columns_of(Conversation, 'it')}, {columns_of(Channel, 'channel')}, {columns_of(Party, 'party')} "  # noqa: S608
        "FROM conversations_conversation it JOIN conversations_channel channel ON channel.id = it.channel_id "
        "JOIN conversations_party party ON party.id = it.party_id WHERE it.id = %s"
    )


def going_on(conversation_id: int) -> Conversation:
    """`held`, of one that is not over. Raises Refused."""
    row = held(conversation_id)
    if row.is_over:
        raise Refused(_("这个会话已经结束。客户再来消息时会开始新的会话。"), code="over")
    return row


def agent_code(user: User | int) -> str:
    """A member of staff as an owner of promises."""
    return f"{PERSON}{user if isinstance(user, int) else user.pk}"


def text_of(value: str, field: str = "body", most: int = LONGEST, required: bool = True) -> str:
    """Trimmed text of bounded length. Raises Invalid with a sentence for the field."""
    value = value.strip().replace("\0", "")
    fault = ""
    if required and not value:
        fault = _("请填写内容。")
    elif len(value) > most:
        fault = _("最多 %(most)d 字，现在是 %(n)d 字。") % {"most": most, "n": len(value)}
    if fault:
        raise Invalid(fault, fields={field: fault})
    return value


def check_opinion(row: Conversation, opinion: Opinion) -> None:
    """Whether the customer said what they think is always answered, and what they said is a case (S3 3.2.2). Raises Invalid."""
    sentence = ""
    if opinion not in {Opinion.NONE, Opinion.SAID}:
        sentence = _("请写明客户有没有意见：没有也要选「没有意见」。")
    elif opinion == Opinion.SAID and row.case_id is None:
        sentence = _("有意见的，请先把客户的话登记为事项。")
    if sentence:
        raise Invalid(sentence, fields={"opinion": sentence})


def write_line(
    conversation: Conversation,
    kind: LineKind,
    words: Words,
    *,
    at: datetime,
    channel: Channel | None = None,
    party: Party | None = None,
    author_id: int | None = None,
    **columns: Any,
) -> Line:
    """Add a line with its files. Raises Invalid for files that will not do."""
    files = checked(words.uploads)
    salt = secrets.token_hex(16)
    line = Line(
        conversation=conversation,
        channel=channel or conversation.channel,
        party=party,
        kind=kind,
        body=words.body,
        detail=dict(words.detail or {}),
        author_id=author_id,
        at=at,
        recorded_at=clock.now(),
        salt=salt,
        digest=sha256(f"{salt}{words.body}".encode()).hexdigest(),
        **columns,
    )
    insert_rows([line])
    _keep_files(line, files)
    show(conversation)
    return line


def show(conversation: Conversation) -> None:
    """Let pages that show a conversation fetch it anew: not everything that changes in it is a fact."""
    live.hint_after_commit(hint_of("conversation", conversation))


def _keep_files(line: Line, files: Sequence[tuple[str, Upload]]) -> None:
    """Content stands on disk before the row that names it, and after it too, as with the files of cases."""
    rows, contents = [], {}
    for content_type, upload in files:
        digest = sha256(upload.content).hexdigest()
        CONTENTS.keep(digest, upload.content)
        contents[digest] = upload.content
        rows.append(
            LineFile(
                line=line,
                name=upload.name[:200],
                content_type=content_type,
                size=len(upload.content),
                sha256=digest,
            )
        )
    if rows:
        LineFile.objects.bulk_create(rows)
        transaction.on_commit(lambda: CONTENTS.keep_all(contents))


def note(
    of: Channel | Conversation,
    *events: Event,
    by: Actor,
    at: datetime,
    source: str,
    sealed: Mapping[str, str] | None = None,
    begins: bool = False,
    key: str | None = None,
) -> None:
    """Record facts about a channel or a conversation and let its promises follow."""
    texts = {name: text for name, text in (sealed or {}).items() if text}
    drafts = [
        Draft(
            event.kind,
            event.data(),
            sealed=texts if position == 0 else {},
            key=f"{key}:{event.kind}" if key else None,
        )
        for position, event in enumerate(events)
    ]
    owner = seal_owner(of) if texts and isinstance(of, Conversation) else None
    known = of.held if isinstance(of, Conversation) else None
    recorded = promises.record(
        of.subject, drafts, by=by, at=at, source=source, seal_for=owner, begins=begins, held=known
    )
    fresh = [fact for fact in recorded if fact.is_new]
    if known is not None and fresh and isinstance(of, Conversation):
        # something else was recorded meanwhile where the numbers do not follow: the next fact asks for all
        follows = fresh[0].rev == len(known) + 1
        of.held = [*known, *(fact.as_record() for fact in fresh)] if follows else None


def seal_owner(conversation: Conversation) -> Subject:
    """Whose key seals texts about a conversation: the customer's, or the party's while nobody knows who it is."""
    customer = conversation.customer
    return conversation.party.subject if customer is None or customer.is_erased else customer.subject


def change(conversation: Conversation, **columns: Any) -> None:
    """Set columns, and that the row changed."""
    for name, value in columns.items():
        setattr(conversation, name, value)
    names = [Conversation._meta.get_field(name).attname for name in columns]  # type: ignore[union-attr]
    update_row(Conversation, conversation.pk, "rev", **{name: getattr(conversation, name) for name in names})
    conversation.rev += 1


def is_queued(conversation: Conversation) -> bool:
    """Whether nobody has it yet."""
    return conversation.state == State.QUEUED
