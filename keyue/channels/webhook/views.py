"""The address at which other systems hand messages in."""

from __future__ import annotations

from django.http import HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _

from keyue.channels.webhook import selectors
from keyue.channels.webhook.doors import KnockRequest, channel_at, door, said
from keyue.channels.webhook.receiving import receive_body
from keyue.channels.webhook.signing import SIGNATURE, TIMESTAMP, is_fresh, is_signed


@door("POST")
def incoming(request: KnockRequest, pk: int) -> HttpResponseBase:
    """A message: 200 with the line it became, also when it was there already; 401 where it is not rightly signed."""
    channel = channel_at("webhook", pk)
    keys = selectors.channel_keys(channel).working(request.at)
    timestamp = request.headers.get(TIMESTAMP, "")
    if not is_signed(keys, timestamp, request.headers.get(SIGNATURE, ""), request.raw):
        return said(401, "bad_signature", _("签名不对。请核对密钥，以及签名的内容是否为「时间戳.正文」。"))
    if not is_fresh(timestamp, request.at):
        return said(401, "too_old", _("时间戳与现在相差超过 5 分钟。请核对本机时间，并重新签名。"))
    received = receive_body(channel, request.raw, request.at)
    body = {
        "line": str(received.line.uid),
        "conversation": received.conversation.number,
        "new": received.is_new,
    }
    return JsonResponse(body)
