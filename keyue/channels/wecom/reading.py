"""What a message of WeChat customer service says, as the interface gives it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.wechat.reading import LONGEST_ID, Said, instant, link, place
from keyue.kernel.errors import Invalid

FROM_CUSTOMER, FROM_SYSTEM = 3, 4
MEDIA = {"image": "image.jpg", "voice": "voice.amr", "video": "video.mp4", "file": "file"}


def read(message: Mapping[str, Any], now: datetime) -> Said | None:
    """A message of a customer; None for events and for what our own people wrote at WeCom. Raises Invalid."""
    if message.get("origin") != FROM_CUSTOMER or message.get("msgtype") == "event":
        return None
    identity, user, kind = (str(message.get(name) or "") for name in ("msgid", "external_userid", "msgtype"))
    if not identity or not user:
        raise Invalid(_("消息里没有 msgid 或 external_userid。"))
    part = message.get(kind)
    content: Mapping[str, Any] = part if isinstance(part, dict) else {}
    media: tuple[dict[str, str], ...] = ()
    if kind in MEDIA and content.get("media_id"):
        media = ({"id": str(content["media_id"]), "type": kind, "name": MEDIA[kind]},)
    detail = {"type": kind, "account": str(message.get("open_kfid") or "")}
    at = instant(message.get("send_time"), now)
    return Said(identity[:LONGEST_ID], user, _words(kind, content), at, media, detail)


def _words(kind: str, content: Mapping[str, Any]) -> str:
    def text(name: str) -> str:
        return str(content.get(name) or "")

    if kind == "text":
        return text("content").strip() or _("[空消息]")
    if kind == "location":
        label = " ".join(part for part in (text("name"), text("address")) if part)
        return place(label, text("latitude"), text("longitude"))
    if kind == "link":
        return link(text("title"), text("desc"), text("url"))
    if kind == "miniprogram":
        return _("[小程序] %(title)s") % {"title": text("title")}
    if kind == "business_card":
        return _("[名片]")
    if kind in MEDIA:
        words = {"image": _("[图片]"), "voice": _("[语音]"), "video": _("[视频]"), "file": _("[文件]")}
        return words[kind]
    return _("[不支持的消息：%(kind)s]") % {"kind": kind[:40]}
