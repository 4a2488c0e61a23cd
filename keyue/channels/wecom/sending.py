"""Answers to colleagues at WeCom, and to customers of WeChat customer service."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from keyue.channels.wechat.interface import Fault
from keyue.channels.wechat.sending import IMAGES, MEGABYTE, Part, content_of, send_parts
from keyue.channels.wecom.platform import WECOM
from keyue.conversations.models import Line
from keyue.ledger.actions import Undeliverable
from keyue.ui.uploads import Upload

ID_LENGTH = 22


def media_kind(file: Upload) -> str:
    """As what WeCom takes a file; empty where not at all."""
    extension, size = file.name.rpartition(".")[2].lower(), len(file.content)
    if extension in IMAGES and 5 < size <= 10 * MEGABYTE:
        return "image"
    if extension == "amr" and size <= 2 * MEGABYTE:
        return "voice"
    if extension == "mp4" and size <= 10 * MEGABYTE:
        return "video"
    return "file" if 5 < size <= 20 * MEGABYTE else ""


def send_app_line(line: Line) -> str:
    """Send an answer by the company's own application. WeCom knows no identity of such a message: where its answer is lost
    on the way, the part that was under way is sent a second time."""
    return send_parts(line, media_kind, _send_app_part)


def _send_app_part(line: Line, handle: str, part: Part, n: int) -> None:
    body: dict[str, Any] = {
        "touser": handle,
        "agentid": int(line.channel.options.get("agent_id") or 0),
        "msgtype": part.kind,
        **content_of(WECOM, line, part),
    }
    said = WECOM.call(line.channel, "/cgi-bin/message/send", body)
    if handle in str(said.get("invaliduser") or "").split("|"):
        raise Undeliverable(_("成员不在应用的可见范围里，发不到。"))


def send_kf_line(line: Line) -> str:
    """Send an answer by WeChat customer service. Each part has an identity: sent again, it is taken once."""
    return send_parts(line, media_kind, _send_kf_part)


def message_id(line: Line, n: int) -> str:
    """The identity of a part: at most 32 letters, digits, dashes and underscores."""
    return f"{base64.urlsafe_b64encode(line.uid.bytes).decode().rstrip('=')}-{n}"


def line_of(identity: str) -> Line | None:
    """The line that a part belongs to."""
    try:
        uid = UUID(bytes=base64.urlsafe_b64decode(identity[:ID_LENGTH] + "=="))
    except (ValueError, binascii.Error):
        return None
    return Line.objects.select_related("conversation").filter(uid=uid).first()


def _send_kf_part(line: Line, handle: str, part: Part, n: int) -> None:
    account = str(line.channel.options.get("open_kfid") or "") or _account_of(line)
    body: dict[str, Any] = {
        "touser": handle,
        "open_kfid": account,
        "msgid": message_id(line, n),
        "msgtype": part.kind,
        **content_of(WECOM, line, part),
    }
    try:
        WECOM.call(line.channel, "/cgi-bin/kf/send_msg", body)
    except Fault as error:
        # it was taken the last time, and the answer was lost; no code is published for that
        if not _is_repeated(str(error)):
            raise


def _is_repeated(said: str) -> bool:
    low = said.lower()
    return "msgid" in low and any(word in low for word in ("repeat", "exist", "duplicat", "conflict"))


def _account_of(line: Line) -> str:
    """The account on which the customer spoke last."""
    rows = Line.objects.filter(
        conversation=line.conversation_id, channel=line.channel_id, party=line.party_id
    )
    for detail in rows.order_by("-pk").values_list("detail", flat=True)[:50]:
        if detail.get("account"):
            return str(detail["account"])
    raise Undeliverable(_("不知道客户是在哪个客服账号上说的，发不出去。"))
