"""From a callback of a platform of the WeChat family to a line, its files, and the answer that is ready."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.channels.automatic import answer_by_itself, note_wish
from keyue.channels.chat.wishes import asks_for_person
from keyue.channels.fetching import Failed
from keyue.channels.webhook import actions as hooks
from keyue.channels.webhook.reading import cut
from keyue.channels.webhook.receiving import actor_of, later
from keyue.channels.wechat import actions, xml
from keyue.channels.wechat.actions import PASSIVE
from keyue.channels.wechat.interface import Platform
from keyue.channels.wechat.platform import WECHAT
from keyue.channels.wechat.reading import Said, read
from keyue.conversations import actions as conversations
from keyue.conversations import selectors
from keyue.conversations.actions import Incoming, Received
from keyue.conversations.enums import Delivery, LineKind
from keyue.conversations.models import Channel, Line
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM
from keyue.ui.uploads import Upload

MEDIA = "wechat.media"
MOST_PASSIVE = 2_000
"""Bytes of a text that answers a callback: 2048 may be sent."""
_FILENAME = re.compile(r'filename="?([^";]+)"?', re.IGNORECASE)
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "audio/amr": "amr",
    "audio/mp3": "mp3",
    "audio/mpeg": "mp3",
    "video/mp4": "mp4",
    "video/mpeg4": "mp4",
}


def receive_said(
    channel: Channel, said: Said, *, realm: str, media: str, source: str, at: datetime, name: str = ""
) -> Received:
    """A message as it was read, with its files to be fetched by messages of the outbox of the kind `media`."""
    body, uploads = cut(said.text, "message.txt")
    detail = {
        **said.detail,
        **({"media": list(said.media)} if said.media else {}),
        **({"person": True} if asks_for_person(body) else {}),
    }
    incoming = Incoming(
        external_id=said.id,
        handle=said.user,
        realm=realm,
        name=name,
        body=body,
        uploads=uploads,
        detail=detail,
        is_automatic=said.is_automatic,
    )
    with transaction.atomic():
        received = conversations.receive(channel, incoming, by=actor_of(channel), at=said.at, source=source)
        if received.is_new:
            later(received, len(said.media), kind=media, at=at)
            if not said.is_automatic:
                note_wish(received, by=actor_of(channel), at=at, source=source)
    if received.is_new and not said.is_automatic and channel.options.get("automatic"):
        answer_by_itself(received, by=actor_of(channel), at=at, in_words=True)
    return received


def receive_xml(channel: Channel, raw: bytes, at: datetime) -> Received | None:
    """Take in a callback in the clear. Raises Invalid."""
    said = read(xml.read(raw), at)
    if said is None:
        return None
    realm = str(channel.options.get("app_id") or channel.pk)
    return receive_said(channel, said, realm=realm, media=MEDIA, source="wechat", at=at)


def ready_answer(received: Received, at: datetime) -> Line | None:
    """An automatic answer to this message that is ready and fits into the answer to the callback; it is ours from now on."""
    lines = selectors.lines_of(received.conversation, most=5)
    waiting = [
        line
        for line in lines
        if line.kind == LineKind.AUTO
        and line.pk > received.line.pk
        and line.channel_id == received.line.channel_id
        and not line.files.all()
        and len(line.body.encode()) <= MOST_PASSIVE
        and (line.delivery == Delivery.WAITING or (line.external_id or "").startswith(PASSIVE))
    ]
    for line in waiting[:1]:
        if actions.claim_line(line=line, how=PASSIVE, by=SYSTEM, at=at):
            conversations.note_delivery(
                line=line,
                delivery=Delivery.SENT,
                by=SYSTEM,
                at=at,
                external_id=f"{PASSIVE}:{line.uid}",
            )
            return line
    return None


def fetch_wechat_file(payload: Mapping[str, Any], key: str) -> None:
    """The outbox's sender that fetches a customer's file from WeChat."""
    fetch_media(WECHAT, payload)


def fetch_media(platform: Platform, payload: Mapping[str, Any]) -> None:
    """Fetch a file and attach it to its line. Raises Undeliverable where it never will come."""
    line = selectors.line_by_id(payload["line"])
    if line is None or line.erased_at is not None:
        raise Undeliverable(_("这条内容已经擦除。"))
    if not line.channel.is_open:
        raise Undeliverable(_("渠道「%(name)s」已经停用。") % {"name": line.channel.name})
    named: Sequence[Mapping[str, str]] = line.detail.get("media") or []
    one = named[payload["n"]]
    answer = platform.download(line.channel, one["id"])
    if not answer.is_ok or not answer.content:
        raise Failed(_("平台返回 %(status)d。") % {"status": answer.status})
    name = _name(one, answer.headers)
    try:
        hooks.attach(
            line=line, upload=Upload(name, answer.content), by=actor_of(line.channel), at=clock.now()
        )
    except Invalid as error:
        raise Undeliverable(str(error)) from None


def _name(named: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The name that the platform's answer has for a file; for pictures and speech ours, with the extension of the content."""
    if named["type"] == "file":
        given = _FILENAME.search(headers.get("content-disposition", ""))
        # header lines are read as Latin-1, and hold UTF-8
        name = unquote(given[1]).encode("latin-1", "replace").decode("utf-8", "replace") if given else ""
        return name or named["name"]
    extension = EXTENSIONS.get(headers.get("content-type", "").partition(";")[0].strip().lower())
    stem, dot, _rest = named["name"].rpartition(".")
    return f"{stem if dot else named['name']}.{extension}" if extension else named["name"]
