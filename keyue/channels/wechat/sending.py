"""An answer to a customer by a platform of the WeChat family: part by part, each noted once it was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.wechat import actions
from keyue.channels.wechat.actions import ACTIVE
from keyue.channels.wechat.interface import Platform
from keyue.channels.wechat.platform import WECHAT
from keyue.conversations.actions.becoming import files_of
from keyue.conversations.enums import LineKind
from keyue.conversations.kinds import Closed
from keyue.conversations.models import Conversation, Line
from keyue.conversations.sealed import handles_of
from keyue.kernel import clock
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import SYSTEM
from keyue.ui.uploads import Upload

WINDOW = timedelta(hours=48)
MOST_REPLIES = 5
MOST_BYTES = 1_800
"""Bytes of a text message: the platforms take 2048."""
MEGABYTE = 1024 * 1024
IMAGES = ("jpg", "jpeg", "png", "gif")


@dataclass(frozen=True, slots=True)
class Part:
    """A message of the platform: its kind, and a text or a file."""

    kind: str
    text: str = ""
    file: Upload | None = None


# sends the n-th part of a line to somebody
SendPart = Callable[[Line, str, Part, int], None]


def pieces(text: str, most: int = MOST_BYTES) -> list[str]:
    """A text in pieces of at most so many bytes, cut after a line or a sentence where there is one."""
    found = []
    while len(text.encode()) > most:
        head = text.encode()[:most].decode("utf-8", errors="ignore")
        places = [head.rfind(mark) for mark in ("\n", "。", "！", "？", "；")]
        end = max(places) + 1 if max(places) > len(head) // 2 else len(head)
        found.append(text[:end].rstrip("\n"))
        text = text[end:].lstrip("\n")
    return [*found, text] if text else found


def parts_of(line: Line, kind_of: Callable[[Upload], str]) -> list[Part]:
    """A line as messages of the platform. Raises Undeliverable for a file that it does not take."""
    parts = [Part("text", text=piece) for piece in pieces(line.body)]
    for file in files_of([line]):
        kind = kind_of(file)
        if not kind:
            raise Undeliverable(
                _("这个渠道不能发送文件「%(name)s」（类型或大小不允许），请换一种方式。")
                % {"name": file.name}
            )
        parts.append(Part(kind, file=file))
    return parts


def send_parts(line: Line, kind_of: Callable[[Upload], str], send: SendPart) -> str:
    """Send what has not been taken yet; gives the line's identity. An answer that went out by itself is left alone."""
    handle, _name = handles_of([line.party])[0] if line.party else ("", "")
    if not handle:
        raise Undeliverable(_("客户的信息已经擦除。"))
    identity = f"{ACTIVE}:{line.uid}"
    if not actions.claim_line(line=line, how=ACTIVE, by=SYSTEM, at=clock.now()):
        return line.external_id or identity
    parts, done = parts_of(line, kind_of), _done(line)
    for n, part in enumerate(parts[done:], start=done):
        send(line, handle, part, n)
        if n + 1 < len(parts):
            actions.note_part(line=line, n=n + 1, by=SYSTEM, at=clock.now())
    return identity


def _done(line: Line) -> int:
    """How many parts an attempt before has sent."""
    fresh = Line.objects.filter(pk=line.pk).values_list("external_id", flat=True).first() or ""
    last = fresh.rpartition(":")[2]
    return int(last) if fresh.count(":") == 2 and last.isdecimal() else 0


def closed_after(kind: str) -> Closed:
    """Why a platform lets nobody write now: 48 hours after the customer's last word, or after five answers to it."""

    def closed(conversation: Conversation, at: datetime) -> str:
        lines = Line.objects.filter(conversation=conversation, channel__kind=kind)
        said = lines.filter(kind=LineKind.INBOUND).order_by("-at", "-pk").first()
        if said is None or at - said.at > WINDOW:
            return _("客户超过 48 小时没有发来消息，微信不让主动发。请换一种方式告知。")
        answered = lines.filter(kind__in=[LineKind.OUTBOUND, LineKind.AUTO], pk__gt=said.pk)
        if answered.count() >= MOST_REPLIES:
            return _("客户没有再发来消息，微信最多让发 5 条。请等客户来消息，或换一种方式告知。")
        return ""

    return closed


def media_kind(file: Upload) -> str:
    """As what an official account takes a file; empty where not at all."""
    extension, size = file.name.rpartition(".")[2].lower(), len(file.content)
    if extension in IMAGES and size <= 10 * MEGABYTE:
        return "image"
    if extension in {"amr", "mp3"} and size <= 2 * MEGABYTE:
        return "voice"
    return "video" if extension == "mp4" and size <= 10 * MEGABYTE else ""


def send_line(line: Line) -> str:
    """Send an answer by the customer-service interface. WeChat knows no identity of a message: where its answer is lost on
    the way, the part that was under way is sent a second time."""
    return send_parts(line, media_kind, _send_part)


def _send_part(line: Line, handle: str, part: Part, n: int) -> None:
    body: dict[str, Any] = {"touser": handle, "msgtype": part.kind, **content_of(WECHAT, line, part)}
    WECHAT.call(line.channel, "/cgi-bin/message/custom/send", body)


def content_of(platform: Platform, line: Line, part: Part) -> dict[str, Any]:
    """The part of a message that says what is said."""
    if part.file is None:
        return {"text": {"content": part.text}}
    media_id = platform.upload(line.channel, part.kind, part.file)
    content = {"media_id": media_id}
    if part.kind == "video":
        content["title"] = part.file.name.rpartition(".")[0][:60] or part.file.name
    return {part.kind: content}
