"""The address that WeCom calls: proving that it is ours, messages of colleagues, and word that customers have written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _

from keyue.channels.webhook.doors import KnockRequest, door, never_lost, plain, said
from keyue.channels.webhook.signing import is_fresh
from keyue.channels.wechat import xml
from keyue.channels.wechat.views import SUCCESS, box_of
from keyue.channels.wecom import actions
from keyue.channels.wecom.receiving import receive_app
from keyue.channels.wecom.syncing import KIND
from keyue.conversations import selectors
from keyue.conversations.models import Channel
from keyue.kernel.errors import Invalid, NotFound
from keyue.kernel.jsons import load_json
from keyue.ledger.facts import SYSTEM

KINDS = ("wecom", KIND)


@door("GET", "POST")
def callback(request: KnockRequest, pk: int) -> HttpResponseBase:
    """WeCom waits five seconds and asks three times; everything is encrypted."""
    channel = selectors.channel_by_id(pk)
    if channel.kind not in KINDS or not channel.is_open:
        raise NotFound(_("没有这个渠道。"))
    box = box_of(channel, str(channel.options.get("corp_id", "")))
    timestamp, nonce = request.GET.get("timestamp", ""), request.GET.get("nonce", "")
    encrypted = request.GET.get("echostr", "") if request.method == "GET" else _encrypted(request.raw)
    if not box.token or not box.aes_key:
        return said(403, "not_ready", _("渠道还没有填 Token 和 EncodingAESKey。"))
    box.check(request.GET.get("msg_signature", ""), timestamp, nonce, encrypted)
    if not is_fresh(timestamp, request.at):
        return said(403, "too_old", _("时间戳与现在相差超过 5 分钟。请核对本机时间，并重新签名。"))
    raw = box.decrypt(encrypted)
    if request.method == "GET":
        return plain(raw.decode("utf-8", "replace"))
    never_lost(channel, raw, request.at, lambda: take(channel, raw, request.at))
    return plain(SUCCESS)


def _encrypted(raw: bytes) -> str:
    """The encrypted part of a body in XML or JSON. Raises Invalid."""
    values: Mapping[str, Any] = _json(raw) if raw.lstrip()[:1] == b"{" else xml.read(raw)
    found = values.get("Encrypt") or values.get("encrypt")
    if not isinstance(found, str) or not found:
        raise Invalid(_("正文里没有密文。"))
    return found


def _json(raw: bytes) -> dict[str, Any]:
    try:
        found = load_json(raw)
    except (ValueError, RecursionError):
        raise Invalid(_("正文不是 JSON。"), code="not_json") from None
    if not isinstance(found, dict):
        raise Invalid(_("正文要是一个 JSON 对象。"), code="not_json")
    return found


def take(channel: Channel, raw: bytes, at: Any) -> None:
    """A callback in the clear. Raises Invalid."""
    if channel.kind != KIND:
        receive_app(channel, raw, at)
        return
    values = xml.read(raw)
    if values.get("Event") != "kf_msg_or_event":
        return
    account = values.get("OpenKfId")
    if account and channel.options.get("open_kfid") not in {None, "", account}:
        return
    key = hashlib.sha256(f"{values.get('Token')}:{values.get('CreateTime')}".encode()).hexdigest()[:32]
    actions.ask_sync(channel=channel, token=str(values.get("Token") or ""), key=key, by=SYSTEM, at=at)
