"""The addresses that Weibo and Douyin call, and the page on which a file of reviews comes in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyue.channels.reviews.forms import SheetForm
from keyue.channels.reviews.importing import MOST_FAULTS, import_reviews
from keyue.channels.reviews.reading import content_of, douyin, seconds, weibo
from keyue.channels.reviews.signing import douyin_signature, same, weibo_signature
from keyue.channels.webhook.doors import KnockRequest, channel_at, door, never_lost, plain, said
from keyue.channels.webhook.reading import parsed
from keyue.channels.webhook.receiving import actor_of
from keyue.channels.webhook.signing import WINDOW
from keyue.channels.wechat.receiving import receive_said
from keyue.conversations import selectors
from keyue.conversations.models import Channel
from keyue.conversations.sealed import secrets_of
from keyue.kernel.errors import Invalid, NotFound
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.views._page import settings_page

MISTAKEN = 422


def _secret(channel: Channel) -> str:
    return str(secrets_of(channel).get("secret", ""))


@door("GET", "POST")
def weibo_callback(request: KnockRequest, pk: int) -> HttpResponseBase:
    """Weibo waits five seconds and asks three times; an empty answer means that nothing is answered at once."""
    channel = channel_at("weibo", pk)
    secret, timestamp = _secret(channel), request.GET.get("timestamp", "")
    expected = weibo_signature(secret, timestamp, request.GET.get("nonce", ""))
    if not secret or not same(request.GET.get("signature", ""), expected):
        return said(403, "bad_signature", "signature")
    signed_at = seconds(timestamp)
    if signed_at is None or abs(request.at - signed_at) > WINDOW:
        return said(403, "too_old", "timestamp")
    if request.method == "GET":
        return plain(request.GET.get("echostr", "")[:200])
    raw = request.raw
    never_lost(channel, raw, request.at, lambda: take_weibo(channel, raw, request.at))
    return plain("")


def take_weibo(channel: Channel, raw: bytes, at: datetime) -> None:
    """A message of Weibo. Raises Invalid."""
    found = weibo(parsed(raw), at)
    if found is not None:
        receive_said(channel, found, realm=str(channel.pk), media="", source="weibo", at=at)


@door("POST")
def douyin_callback(request: KnockRequest, pk: int) -> HttpResponseBase:
    """Douyin waits five seconds and asks three times, with the same Msg-Id."""
    channel = channel_at("douyin", pk)
    secret = _secret(channel)
    given = request.headers.get("X-Douyin-Signature", "")
    if not secret or not same(given, douyin_signature(secret, request.raw)):
        return said(403, "bad_signature", "X-Douyin-Signature")
    values = parsed(request.raw)
    if values.get("event") == "verify_webhook":
        return JsonResponse({"challenge": content_of(values).get("challenge")})
    if values.get("client_key") not in {None, "", channel.options.get("client_key")}:
        return said(403, "other_client", "client_key")
    raw = json.dumps({**values, "msg_id": request.headers.get("Msg-Id", "")}, ensure_ascii=False).encode()
    never_lost(channel, raw, request.at, lambda: take_douyin(channel, raw, request.at))
    return plain("success")


def take_douyin(channel: Channel, raw: bytes, at: datetime) -> None:
    """An event of Douyin, with its identity. Raises Invalid."""
    values: Mapping[str, Any] = parsed(raw)
    found = douyin(values, str(values.get("msg_id") or ""), at)
    if found is not None:
        receive_said(channel, found, realm=str(channel.pk), media="", source="douyin", at=at)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_page(Permission.CHANNELS_MANAGE, Permission.CONVERSATION_MANAGE)
def reviews(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a file of reviews in, and say what became of each row."""
    channel = selectors.channel_by_id(pk)
    if channel.kind != "review" or not channel.is_open:
        raise NotFound(_("没有这个渠道。"))
    posted, done = request.method == "POST", None
    form = SheetForm(request.POST, request.FILES) if posted else SheetForm()
    if posted and form.is_valid():
        try:
            content = form.cleaned_data["file"].read()
            # the platform says when each was written; who hands its file on has seen none of that
            done = import_reviews(channel, content, by=actor_of(channel), at=request.at)
        except Invalid as error:
            form.add_error("file", str(error))
    context = {
        "channel": channel,
        "form": form,
        "done": done,
        "faults": done.faults[:MOST_FAULTS] if done else [],
    }
    status = MISTAKEN if posted and done is None else 200
    part = "conversations:channels"
    return settings_page(request, "channels/reviews.html", part, context, here=channel.name, status=status)
