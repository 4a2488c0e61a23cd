"""The stream of a window: `/live/chat/<channel>/`, server-sent events, with the visitor's token in `Authorization`.

A bare ASGI application: a window stays open for hours and there are thousands, so that what a page costs beside its
content would be most of their cost. It asks no table before it listens; the token is signed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from keyue.channels.chat.hub import Window, hub
from keyue.channels.chat.tokens import visitor_of
from keyue.kernel import clock

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PREFIX = "/live/chat/"
HEARTBEAT = 20.0
MOST_WINDOWS = 20_000
MOST_OF_VISITOR = 6
"""Windows of one visitor at a time: a browser has six connections to a host."""
_PATH = re.compile(r"/live/chat/(\d{1,9})/")
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


async def stream(scope: Message, receive: Receive, send: Send) -> None:
    """Tell a window what happens until it goes away."""
    path = _PATH.fullmatch(scope["path"])
    if path is None:
        return await _refuse(send, 404)
    if scope["method"] != "GET":
        return await _refuse(send, 405)
    channel, now = int(path[1]), clock.now()
    headers = dict(scope["headers"])
    scheme, _space, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    visitor = visitor_of(token.strip(), channel, now) if scheme.lower() == "bearer" else None
    if visitor is None:
        return await _refuse(send, 401)
    index = visitor.index
    if len(hub.windows.get((index, channel), ())) >= MOST_OF_VISITOR or len(hub.windows) >= MOST_WINDOWS:
        return await _refuse(send, 429)
    after = parse_qs(scope["query_string"].decode("latin-1")).get("after", ["0"])[0]
    cursor = int(after) if after.isdecimal() and len(after) < 16 else 0
    window = Window(index, channel, cursor)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    gone = asyncio.ensure_future(_gone(receive))
    hub.enter(window)
    try:
        await _write(window, gone, send)
    finally:
        hub.leave(window)
        gone.cancel()


async def _write(window: Window, gone: asyncio.Future[None], send: Send) -> None:
    gone.add_done_callback(lambda _done: window.event.set())
    while not gone.done():
        try:
            await asyncio.wait_for(window.event.wait(), HEARTBEAT)
        except TimeoutError:
            await send(_body(b": still here\n\n"))
            continue
        window.event.clear()
        told, window.waiting = window.waiting, []
        if told:
            await send(_body(b"".join(told)))
        if window.is_closed:
            break
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(content: bytes) -> Message:
    return {"type": "http.response.body", "body": content, "more_body": True}


async def _refuse(send: Send, status: int) -> None:
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"cache-control", b"no-store")]}
    )
    await send({"type": "http.response.body", "body": b""})
