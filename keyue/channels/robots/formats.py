"""What each kind of robot wants to be sent, how it is signed, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from keyue.channels.webhook.enums import OutletKind

MOST_BYTES = {
    OutletKind.HOOK: 0,
    OutletKind.WECOM: 2_000,
    OutletKind.DINGTALK: 15_000,
    OutletKind.FEISHU: 15_000,
}
"""Bytes of a text: WeCom takes 2048, the other robots some 20 KB; another system gets no texts."""
PER_MINUTE = 20
"""Messages a robot may send in a minute: WeCom's and DingTalk's published limit, kept for Feishu too."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request to a robot."""

    url: str
    body: dict[str, Any]


def dingtalk_sign(secret: str, timestamp: str) -> str:
    """HMAC-SHA256 of instant (ms) and secret, under the secret, in base64; not yet fit for an address."""
    text = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()


def feishu_sign(secret: str, timestamp: str) -> str:
    """HMAC-SHA256 of nothing under instant (s) and secret, in base64."""
    key = f"{timestamp}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()


def outgoing(kind: OutletKind, address: str, secret: str, text: str, at: datetime) -> Outgoing:
    """A text as this robot takes it."""
    text = shortened(text, MOST_BYTES[kind])
    if kind == OutletKind.WECOM:
        return Outgoing(address, {"msgtype": "text", "text": {"content": text}})
    if kind == OutletKind.DINGTALK:
        url = address
        if secret:
            stamp = str(int(at.timestamp() * 1000))
            joint = "&" if "?" in address else "?"
            url = f"{address}{joint}timestamp={stamp}&sign={quote(dingtalk_sign(secret, stamp), safe='')}"
        return Outgoing(url, {"msgtype": "text", "text": {"content": text}})
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret:
        stamp = str(int(at.timestamp()))
        body |= {"timestamp": stamp, "sign": feishu_sign(secret, stamp)}
    return Outgoing(address, body)


def shortened(text: str, most: int) -> str:
    """A text of at most so many bytes, cut between lines where that goes."""
    if len(text.encode()) <= most:
        return text
    end = "\n…"
    kept = text.encode()[: most - len(end.encode())].decode("utf-8", errors="ignore")
    head, _newline, _tail = kept.rpartition("\n")
    return (head or kept) + end


def fault_of(kind: OutletKind, answer: Any) -> str:
    """Why a robot did not take it, in a sentence; empty where it did."""
    if not isinstance(answer, dict):
        return _("对方返回的不是预期的内容。")
    name = "code" if kind == OutletKind.FEISHU else "errcode"
    code = answer.get(name, answer.get("StatusCode"))
    if code == 0:
        return ""
    sentence = _sentence(kind, code)
    message = str(answer.get("errmsg") or answer.get("msg") or "")[:120]
    return sentence or _("对方返回 %(code)s：%(message)s") % {"code": code, "message": message}


def _sentence(kind: OutletKind, code: Any) -> str:
    if (kind, code) in {(OutletKind.WECOM, 45009), (OutletKind.DINGTALK, 130101), (OutletKind.FEISHU, 11232)}:
        return _("发得太密，机器人暂时不收（每分钟最多 %(most)d 条），稍后会再发。") % {"most": PER_MINUTE}
    if (kind, code) in {(OutletKind.WECOM, 93000), (OutletKind.DINGTALK, 300001), (OutletKind.FEISHU, 19001)}:
        return _("机器人的地址不对，或机器人已经移出群。请在群里重新添加，把新地址填进来。")
    if (kind, code) in {(OutletKind.DINGTALK, 310000), (OutletKind.FEISHU, 19021)}:
        return _("签名或安全设置不对：请核对加签密钥、关键词和本机时间。")
    if (kind, code) in {(OutletKind.FEISHU, 19024), (OutletKind.FEISHU, 19022)}:
        return _("安全设置不允许：请核对关键词和 IP 白名单。")
    return ""
