"""Messages of colleagues to an application of WeCom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from keyue.channels.wechat import xml
from keyue.channels.wechat.reading import read
from keyue.channels.wechat.receiving import fetch_media, receive_said
from keyue.channels.wecom.platform import WECOM
from keyue.conversations.actions import Received
from keyue.conversations.models import Channel
from keyue.kernel.errors import Invalid
from keyue.kernel.jsons import load_json

MEDIA = "wecom.media"
EVENTS = frozenset({"click"})


def receive_app(channel: Channel, raw: bytes, at: datetime) -> Received | None:
    """Take in a message in the clear, in XML or JSON. Raises Invalid."""
    values = _from_json(raw) if raw.lstrip()[:1] == b"{" else xml.read(raw)
    if (
        str(values.get("MsgType", "")).lower() == "event"
        and str(values.get("Event", "")).lower() not in EVENTS
    ):
        return None
    said = read(values, at)
    if said is None:
        return None
    realm = str(channel.options.get("corp_id") or channel.pk)
    return receive_said(channel, said, realm=realm, media=MEDIA, source="wecom", at=at)


def _from_json(raw: bytes) -> dict[str, Any]:
    """The values of a callback in JSON by the names that they have in XML."""
    try:
        given = load_json(raw)
    except (ValueError, RecursionError):
        raise Invalid(_("正文不是 JSON。"), code="not_json") from None
    if not isinstance(given, dict):
        raise Invalid(_("正文要是一个 JSON 对象。"), code="not_json")
    if "MsgType" in given:
        return given
    sender, kind = given.get("from"), str(given.get("msgtype") or "")
    part = given.get(kind)
    content: Mapping[str, Any] = part if isinstance(part, dict) else {}
    return {
        "FromUserName": str(sender.get("userid") or "") if isinstance(sender, dict) else "",
        "MsgType": kind,
        "MsgId": str(given.get("msgid") or ""),
        "CreateTime": str(given.get("create_time") or ""),
        "Content": str(content.get("content") or ""),
        "MediaId": str(content.get("media_id") or ""),
    }


def fetch_wecom_file(payload: Mapping[str, Any], key: str) -> None:
    """The outbox's sender that fetches a file from WeCom."""
    fetch_media(WECOM, payload)
