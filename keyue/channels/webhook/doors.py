"""What all addresses share at which programs of others knock: no session, bounded bodies, short answers in plain text."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from keyue.channels.webhook import actions
from keyue.channels.webhook.reading import MOST_BODY
from keyue.conversations import selectors
from keyue.conversations.models import Channel
from keyue.kernel.errors import Denied, KeyueError, NotFound
from keyue.ledger.facts import SYSTEM
from keyue.people.guards import public_page

logger = logging.getLogger(__name__)
Door = Callable[..., HttpResponseBase]


class KnockRequest(HttpRequest):
    """A request of a program; `raw` is its whole body, `at` the one instant of the request."""

    raw: bytes
    at: datetime


def door(*methods: str) -> Callable[[Door], Door]:
    """A view for programs of others. Errors are answered as JSON `{"error", "message"}`, too large bodies with 413 unread."""

    def decorate(view: Door) -> Door:
        @wraps(view)
        def guarded(request: KnockRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            length = request.META.get("CONTENT_LENGTH") or "0"
            if not length.isdecimal() or int(length) > MOST_BODY:
                return said(413, "too_large", _("正文超过 %(most)d KB。") % {"most": MOST_BODY // 1024})
            request.raw = request.read(MOST_BODY + 1) if request.method == "POST" else b""
            if len(request.raw) > MOST_BODY:
                return said(413, "too_large", _("正文超过 %(most)d KB。") % {"most": MOST_BODY // 1024})
            try:
                return view(request, *args, **kwargs)
            except KeyueError as error:
                return said(error.status, error.code, str(error), getattr(error, "fields", None))

        # a program has no cookies: each of these addresses proves by a signature who knocks
        made = csrf_exempt(require_http_methods(list(methods))(guarded))
        return public_page(never_cache(made))

    return decorate


def said(status: int, code: str, message: str, fields: Any = None) -> HttpResponse:
    """An answer that says what is wrong."""
    body: dict[str, Any] = {"error": code, "message": message}
    if fields:
        body["fields"] = {name: str(text) for name, text in fields.items()}
    return JsonResponse(body, status=status, json_dumps_params={"ensure_ascii": False})


def plain(text: str, status: int = 200) -> HttpResponse:
    """An answer of plain text, as most platforms expect it."""
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def channel_at(kind: str, pk: int) -> Channel:
    """The open channel of this kind. Raises NotFound."""
    channel = selectors.channel_by_id(pk)
    if channel.kind != kind or not channel.is_open:
        raise NotFound(_("没有这个渠道。"))
    return channel


def place_key(channel: Channel) -> str:
    """A part of an address that nobody can guess, for platforms that sign nothing. It is made of the installation's secret
    and stays the same for a channel."""
    text = f"door:{channel.kind}:{channel.pk}:{channel.opened_at.isoformat()}"
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def check_place(channel: Channel, key: str) -> None:
    """Raises Denied for another key."""
    if not hmac.compare_digest(place_key(channel).encode(), key.encode("utf-8", "replace")):
        raise Denied(_("地址不对。"))


def never_lost(channel: Channel, raw: bytes, at: datetime, read: Callable[[], Any]) -> bool:
    """Run what reads a callback that is rightly signed. What it cannot read is kept whole, and taken for received: sent
    again it would be no better. A database that is out of reach is not our fault nor theirs: it raises, so that they send
    again. True where it was read."""
    try:
        read()
        return True
    except DatabaseError:
        raise
    except Exception as error:
        logger.warning("callback of channel %s not read: %s", channel.pk, type(error).__name__)
        fault = str(error) if isinstance(error, KeyueError) else type(error).__name__
        actions.keep_unread(channel=channel, raw=raw, fault=fault, by=SYSTEM, at=at)
        return False
