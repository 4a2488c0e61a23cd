"""The address that WeChat calls: proving that it is ours, and each message, answered at once."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.http import HttpResponse, HttpResponseBase

from keyue.channels.webhook.doors import KnockRequest, channel_at, door, never_lost, plain, said
from keyue.channels.webhook.signing import is_fresh
from keyue.channels.wechat import xml
from keyue.channels.wechat.crypto import Box, is_signed
from keyue.channels.wechat.receiving import ready_answer, receive_xml
from keyue.conversations.actions import Received
from keyue.conversations.models import Channel, Line
from keyue.conversations.sealed import secrets_of
from keyue.kernel.errors import Denied

SUCCESS = "success"


def box_of(channel: Channel, receiver: str) -> Box:
    """Token and key of a channel's callbacks."""
    kept = secrets_of(channel)
    return Box(str(kept.get("token", "")), str(kept.get("aes_key", "")), receiver)


@door("GET", "POST")
def callback(request: KnockRequest, pk: int) -> HttpResponseBase:
    """WeChat waits five seconds, and asks three times: files are fetched later, answers of people go by the interface."""
    channel = channel_at("wechat", pk)
    box = box_of(channel, str(channel.options.get("app_id", "")))
    given = {name: request.GET.get(name, "") for name in ("signature", "timestamp", "nonce", "msg_signature")}
    if not box.token or not is_signed(given["signature"], box.token, given["timestamp"], given["nonce"]):
        return said(403, "bad_signature", "signature")
    if not is_fresh(given["timestamp"], request.at):
        return said(403, "too_old", "timestamp")
    if request.method == "GET":
        return plain(request.GET.get("echostr", "")[:200])
    raw = _opened(request.raw, box, given)
    received: list[Received | None] = []
    never_lost(channel, raw, request.at, lambda: received.append(receive_xml(channel, raw, request.at)))
    for one in received:
        line = ready_answer(one, request.at) if one is not None else None
        if line is not None:
            return _passive(line, raw, box, request.at)
    return plain(SUCCESS)


def _opened(raw: bytes, box: Box, given: dict[str, str]) -> bytes:
    """The message in the clear. An account that has a key takes nothing else: the other signature says nothing of the body.
    Raises Denied, Invalid."""
    values = xml.read(raw)
    encrypted = values.get("Encrypt", "")
    if not box.aes_key:
        if encrypted and "MsgType" not in values:
            raise Denied("EncodingAESKey")
        return raw
    if not isinstance(encrypted, str) or not encrypted:
        raise Denied("Encrypt")
    box.check(given["msg_signature"], given["timestamp"], given["nonce"], encrypted)
    return box.decrypt(encrypted)


def _passive(line: Line, raw: bytes, box: Box, at: datetime) -> HttpResponse:
    """An answer to the callback itself: it goes to the customer without the interface."""
    asked = xml.read(raw)
    timestamp = int(at.timestamp())
    body = xml.write(
        {
            "ToUserName": str(asked["FromUserName"]),
            "FromUserName": str(asked["ToUserName"]),
            "CreateTime": timestamp,
            "MsgType": "text",
            "Content": line.body,
        }
    )
    if box.aes_key:
        encrypted, nonce = box.encrypt(body), secrets.token_hex(8)
        body = xml.write(
            {
                "Encrypt": encrypted,
                "MsgSignature": box.sign(str(timestamp), nonce, encrypted),
                "TimeStamp": timestamp,
                "Nonce": nonce,
            }
        )
    return HttpResponse(body, content_type="application/xml; charset=utf-8")
