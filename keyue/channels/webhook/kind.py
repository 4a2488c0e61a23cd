"""The kind of channel by which another system hands messages in, and gets the answers."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t

from keyue.cases.enums import Channel as CaseChannel
from keyue.channels.fetching import Failed, fetch
from keyue.channels.webhook import selectors
from keyue.channels.webhook.forms import HookForm
from keyue.channels.webhook.signing import headers_for
from keyue.conversations.actions.becoming import files_of
from keyue.conversations.enums import LineKind, Scheme
from keyue.conversations.kinds import ChannelKind
from keyue.conversations.models import Channel, Conversation, Line
from keyue.conversations.sealed import handles_of
from keyue.kernel import clock
from keyue.kernel.errors import Refused
from keyue.ledger.actions import Undeliverable
from keyue.ledger.facts import EvidenceKind

MOST_FILES = 5 * 1024 * 1024
SECONDS = 20.0


def send_line(line: Line) -> str:
    """Hand an answer to the other system; its identity there is ours. Raises Undeliverable, Failed."""
    address = str(line.channel.options.get("answer_url") or "")
    handle, _name = handles_of([line.party])[0] if line.party else ("", "")
    if not address or not handle:
        raise Undeliverable(_("没有填写回复推送到哪里，或客户的信息已经擦除。"))
    body = {
        "id": str(line.uid),
        "conversation": line.conversation.number,
        "to": {"id": handle},
        "text": line.body,
        "automatic": line.kind == LineKind.AUTO,
        "at": line.at.isoformat(),
        "files": _files(line),
    }
    answer = _post(line.channel, address, "answer", body)
    if answer.status == 410:
        raise Undeliverable(_("对方说不再接收（410）。"))
    if not answer.is_ok:
        raise Failed(_("对方返回 %(status)d。") % {"status": answer.status})
    return f"answer:{line.uid}"


def _files(line: Line) -> list[dict[str, Any]]:
    found, size = [], 0
    for file in files_of([line]):
        size += len(file.content)
        whole = size <= MOST_FILES
        content = base64.b64encode(file.content).decode() if whole else ""
        found.append({"name": file.name, "size": len(file.content), "content": content})
    return found


def _post(channel: Channel, address: str, event: str, body: dict[str, Any]) -> Any:
    content, at = json.dumps(body, ensure_ascii=False).encode(), clock.now()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Keyue-Event": event,
        **headers_for(selectors.channel_keys(channel).working(at), content, at),
    }
    return fetch("POST", address, headers=headers, content=content, seconds=SECONDS, most=64 * 1024)


def closed(conversation: Conversation, at: datetime) -> str:
    """Without an address for answers there is no way back."""
    if conversation.channel.options.get("answer_url"):
        return ""
    return _("这个渠道只收不回：没有填写回复推送到哪里。")


def check(channel: Channel) -> str:
    """Post a ping to where answers go. Raises Refused."""
    if not selectors.channel_keys(channel).secret:
        raise Refused(_("还没有生成密钥，对方的消息进不来。"))
    address = str(channel.options.get("answer_url") or "")
    if not address:
        return _("密钥已生成，可以收消息。没有填写回复推送到哪里，所以只收不回。")
    answer = _post(channel, address, "ping", {"at": clock.now().isoformat()})
    if not answer.is_ok:
        raise Refused(_("对方返回 %(status)d。") % {"status": answer.status})
    return _("试发了一条，对方已收下。")


HOOK = ChannelKind(
    code="webhook",
    name=_t("其他系统接口"),
    icon="link",
    case_channel=CaseChannel.API.value,
    scheme=Scheme.HOOK,
    evidence=EvidenceKind.CHAT,
    send=send_line,
    closed=closed,
    form=HookForm,
    guide="channels/webhook_guide.html",
    told=selectors.told,
    check=check,
)

KINDS = (HOOK,)
