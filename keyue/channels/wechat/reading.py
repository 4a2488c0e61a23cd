"""What a message of WeChat says: its kind of text, and the file that is to be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid

OLDEST = timedelta(days=3)
"""The platforms keep what they could not deliver no longer; an instant before it is a mistake."""
LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it was read. `media` are files to be fetched: `{"id", "type", "name"}`; `is_automatic` asks for nothing."""

    id: str
    user: str
    text: str
    at: datetime
    media: tuple[dict[str, str], ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    is_automatic: bool = False


def read(values: Mapping[str, Any], now: datetime) -> Said | None:
    """A callback's values as a message; None for an event that says nothing. Raises Invalid."""
    user, kind = _text(values, "FromUserName"), _text(values, "MsgType").lower()
    if not user or not kind:
        raise Invalid(_("回调里没有 FromUserName 或 MsgType。"))
    at = instant(values.get("CreateTime"), now)
    if kind == "event":
        return _event(values, user, at)
    identity = _text(values, "MsgId") or f"{user}:{_text(values, 'CreateTime')}:{kind}"
    text, media = _message(kind, values)
    return Said(identity[:LONGEST_ID], user, text, at, media, {"type": kind})


def instant(value: Any, now: datetime) -> datetime:
    """When it was said, of seconds; now where they make no sense."""
    text = str(value or "")
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        return now
    found = datetime.fromtimestamp(int(text), UTC)
    return min(found, now) if found > now - OLDEST else now


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    return value.strip() if isinstance(value, str) else ""


def _media(values: Mapping[str, Any], kind: str, name: str) -> tuple[dict[str, str], ...]:
    identity = _text(values, "MediaId")
    return ({"id": identity, "type": kind, "name": name},) if identity else ()


def _message(kind: str, values: Mapping[str, Any]) -> tuple[str, tuple[dict[str, str], ...]]:
    if kind == "text":
        return _text(values, "Content") or _("[空消息]"), ()
    if kind == "image":
        return _("[图片]"), _media(values, "image", "image.jpg")
    if kind == "voice":
        heard = _text(values, "Recognition")
        said = _("[语音] %(text)s") % {"text": heard} if heard else _("[语音]")
        return said, _media(values, "voice", f"voice.{_text(values, 'Format').lower() or 'amr'}")
    if kind in {"video", "shortvideo"}:
        return _("[视频]"), _media(values, "video", "video.mp4")
    if kind == "file":
        name = _text(values, "Title") or _text(values, "FileName") or "file"
        return _("[文件] %(name)s") % {"name": name}, _media(values, "file", name)
    if kind == "location":
        return place(_text(values, "Label"), _text(values, "Location_X"), _text(values, "Location_Y")), ()
    if kind == "link":
        return link(*(_text(values, name) for name in ("Title", "Description", "Url"))), ()
    return _("[不支持的消息：%(kind)s]") % {"kind": kind[:40]}, ()


def place(label: str, latitude: str, longitude: str) -> str:
    """A place as a text."""
    return _("[位置] %(label)s（%(latitude)s，%(longitude)s）") % {
        "label": label,
        "latitude": latitude,
        "longitude": longitude,
    }


def link(title: str, description: str, url: str) -> str:
    """A link as a text; nothing of it is fetched."""
    parts = [_("[链接] %(title)s") % {"title": title}, description, url]
    return "\n".join(part for part in parts if part)


def _event(values: Mapping[str, Any], user: str, at: datetime) -> Said | None:
    """Following, leaving, menus and codes are kept and ask for nothing; other events say nothing to people."""
    event, key = _text(values, "Event").lower(), _text(values, "EventKey")
    said = {
        "subscribe": _("[关注了公众号]"),
        "unsubscribe": _("[取消关注了公众号]"),
        "click": _("[点击菜单] %(key)s") % {"key": key},
        "scan": _("[扫描二维码] %(key)s") % {"key": key},
    }.get(event)
    if said is None:
        return None
    identity = f"{user}:{_text(values, 'CreateTime')}:{event}:{key}"
    return Said(identity[:LONGEST_ID], user, said, at, (), {"event": event, "key": key}, is_automatic=True)
