"""The address that providers of short messages call. They sign nothing, so it holds a part that nobody can guess."""

from __future__ import annotations

import json
from datetime import datetime

from django.http import HttpResponseBase, JsonResponse

from keyue.channels.sms import actions
from keyue.channels.sms.reading import came, entries, report
from keyue.channels.webhook.doors import KnockRequest, channel_at, check_place, door, never_lost
from keyue.channels.webhook.receiving import actor_of
from keyue.conversations import actions as conversations
from keyue.conversations.actions import Incoming
from keyue.conversations.models import Channel
from keyue.ledger.facts import SYSTEM

# what Aliyun, Tencent Cloud and most gateways take for "received"
TAKEN = {"code": 0, "msg": "OK", "result": 0, "errmsg": "OK"}


@door("POST")
def callback(request: KnockRequest, pk: int, key: str) -> HttpResponseBase:
    """Messages of customers and reports, one or many at once."""
    channel = channel_at("sms", pk)
    check_place(channel, key)
    rows = entries(request.raw, request.headers.get("Content-Type", ""))
    for row in rows:
        raw = json.dumps(row, ensure_ascii=False).encode()
        never_lost(channel, raw, request.at, lambda raw=raw: take(channel, raw, request.at))  # type: ignore[misc]
    return JsonResponse(TAKEN)


def take(channel: Channel, raw: bytes, at: datetime) -> None:
    """One entry. Raises Invalid."""
    row = json.loads(raw)
    found = report(row)
    if found is not None:
        actions.note_report(channel=channel, report=found, by=SYSTEM, at=at)
        return
    said = came(row, at)
    incoming = Incoming(said.id, said.phone, said.text)
    conversations.receive(channel, incoming, by=actor_of(channel), at=said.at, source="sms")
