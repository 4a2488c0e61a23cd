"""The short way in for what windows send all the time: a line of text, that somebody writes, that something was read.

The same views answer as on the long way, without the layers that serve pages: no session, no cookie and no template is
involved, and those layers cost as much as taking the message in. Files and everything else go the long way.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.http import HttpResponse, HttpResponseBase, JsonResponse
from django.utils import translation
from django.utils.translation import get_language_from_request
from django.utils.translation import gettext as _

from keyue.channels.chat import views
from keyue.channels.chat.limits import MOST_TEXT
from keyue.channels.chat.live import Message, Receive, Send
from keyue.kernel import clock

THREADS = 6
"""Who writes takes turns anyway: these wait for theirs beside the threads of the pages, and are not to be fewer by far."""
_PATH = re.compile(r"/chat/(\d{1,9})/(say|typing|read|begin)/")
_VIEWS: dict[str, Callable[..., HttpResponseBase]] = {
    "say": views.say,
    "typing": views.typing,
    "read": views.read,
    "begin": views.begin,
}
_TYPES = (b"application/x-www-form-urlencoded", b"application/json")
HEADERS = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
_pool = ThreadPoolExecutor(THREADS, "chat door")
logger = logging.getLogger(__name__)


def takes(scope: Message) -> bool:
    """Whether this request goes the short way: a POST of a window, of bounded length that it states, without files."""
    if scope["method"] != "POST" or _PATH.fullmatch(scope["path"]) is None:
        return False
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    return (
        kind in _TYPES
        and length.isdigit()
        and int(length) <= MOST_TEXT
        and b"transfer-encoding" not in headers
    )


async def answer(scope: Message, receive: Receive, send: Send) -> None:
    """Read the little that was sent and answer it on a thread."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    loop = asyncio.get_running_loop()
    response = await loop.run_in_executor(_pool, _answered, scope, body)
    headers = [*HEADERS, (b"content-length", str(len(response.content)).encode())]
    if "Retry-After" in response:
        headers.append((b"retry-after", str(response["Retry-After"]).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


def _answered(scope: Message, body: bytes) -> HttpResponse:
    close_old_connections()
    found = _PATH.fullmatch(scope["path"])
    assert found is not None  # noqa: S101  takes() said so
    try:
        request: Any = ASGIRequest(scope, BytesIO(body))
        request.at = clock.now()
        with translation.override(get_language_from_request(request)):
            answered = _VIEWS[found[2]](request, int(found[1]))
        assert isinstance(answered, HttpResponse)  # noqa: S101  they answer with JSON
        return answered
    except (DisallowedHost, SuspiciousOperation, RequestDataTooBig):
        return JsonResponse(
            {"said": _("看不懂这个请求。请刷新页面再试。"), "code": "bad_request"}, status=400
        )
    except Exception:
        logger.exception("chat: %s failed", found[2])
        return JsonResponse({"said": _("服务器出错了，请稍后再试。"), "code": "server_error"}, status=500)
    finally:
        close_old_connections()
