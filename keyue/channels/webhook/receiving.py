"""From a callback to a line of a conversation, and files that are fetched after it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.fetching import MOST_REDIRECTS, Failed, Unsafe, fetch
from keyue.channels.webhook import actions
from keyue.channels.webhook.reading import Given, cut, read_message
from keyue.conversations import actions as conversations
from keyue.conversations import selectors
from keyue.conversations.actions import Incoming, Received
from keyue.conversations.enums import Known
from keyue.conversations.models import Channel
from keyue.customers.recognising import contact_with
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger import actions as ledger
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ui.uploads import MOST_BYTES, Upload

logger = logging.getLogger(__name__)
SOURCE = "webhook"
FILE = "hook.file"
FILE_SECONDS = 120.0


def actor_of(channel: Channel) -> Actor:
    """Who hands messages in by a channel."""
    return Actor("customer", f"channel:{channel.pk}")


def receive_body(channel: Channel, body: bytes, at: datetime) -> Received:
    """Take in a message of another system. Raises Invalid by field."""
    given = read_message(body, at)
    received = receive_given(channel, given, at=at)
    return received


def receive_given(channel: Channel, given: Given, *, at: datetime) -> Received:
    """A message as it was read, with its files to be fetched afterwards."""
    from django.db import transaction

    text = given.text.strip() or _("[文件]")
    body, uploads = cut(text, "message.txt")
    detail: dict[str, Any] = {}
    if given.files:
        detail["files"] = [{"name": name, "url": url} for name, url in given.files]
    incoming = Incoming(
        external_id=given.id,
        handle=given.sender,
        realm=str(channel.pk),
        name=given.name,
        body=body,
        uploads=uploads,
        detail=detail,
        answers=given.answers,
        is_automatic=given.is_automatic,
    )
    by = actor_of(channel)
    with transaction.atomic():
        received = conversations.receive(channel, incoming, by=by, at=given.sent_at or at, source=SOURCE)
        if received.is_new:
            later(received, len(given.files), kind=FILE, at=at)
            _recognise(received, given, at)
    return received


def later(received: Received, n: int, *, kind: str, at: datetime) -> None:
    """Let files of a line be fetched by the outbox, which tries again and never forgets."""
    for place in range(n):
        key = f"{kind}:{received.line.uid}:{place}"
        ledger.enqueue(kind=kind, key=key, payload={"line": received.line.pk, "n": place}, at=at)


def _recognise(received: Received, given: Given, at: datetime) -> None:
    """Match by the number or address that the other system knows of its user, unless somebody said that it is not they."""
    party = received.line.party
    if party is None or party.contact_id is not None or party.known != Known.NOBODY:
        return
    contact = contact_with(phone=given.phone) if given.phone else None
    contact = contact or (contact_with(email=given.email) if given.email else None)
    if contact is not None:
        conversations.know(
            conversation=received.conversation, contact=contact, how=Known.ADDRESS, by=SYSTEM, at=at, source=SOURCE
        )  # fmt: skip


def fetch_file(payload: Mapping[str, Any], key: str) -> None:
    """The outbox's sender that fetches a file named by a message. Raises Undeliverable where it never will come."""
    line = selectors.line_by_id(payload["line"])
    if line is None or line.erased_at is not None:
        raise Undeliverable(_("这条内容已经擦除。"))
    named = line.detail.get("files", [])[payload["n"]]
    try:
        answer = fetch("GET", named["url"], seconds=FILE_SECONDS, most=MOST_BYTES, redirects=MOST_REDIRECTS)
    except Unsafe as error:
        raise Undeliverable(str(error)) from None
    if answer.status in {401, 403, 404, 410}:
        raise Undeliverable(_("文件已经取不到（%(status)d）。") % {"status": answer.status})
    if not answer.is_ok:
        raise Failed(_("文件暂时取不到（%(status)d）。") % {"status": answer.status})
    try:
        upload = Upload(named["name"], answer.content)
        actions.attach(line=line, upload=upload, by=actor_of(line.channel), at=clock.now())
    except Invalid as error:
        raise Undeliverable(str(error)) from None
