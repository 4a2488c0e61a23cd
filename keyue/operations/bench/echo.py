"""The yardstick of live chat: a bare server that hands each message to the stream of whoever it is for, and does nothing else.

No database, no framework: what is left is the server, the loopback interface and the client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_streams: dict[str, asyncio.Queue[bytes]] = {}


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """`GET /live/<who>` listens, `POST /say/<who>` tells them what is sent."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    what, _slash, who = scope["path"].strip("/").partition("/")
    if what == "live":
        await _listen(who, send)
    else:
        await _say(who, receive, send)


async def _listen(who: str, send: Send) -> None:
    queue = _streams.setdefault(who, asyncio.Queue())
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}
    )
    await send({"type": "http.response.body", "body": b"event: ready\ndata: {}\n\n", "more_body": True})
    while True:
        body = await queue.get()
        await send({"type": "http.response.body", "body": b"data: " + body + b"\n\n", "more_body": True})


async def _say(who: str, receive: Receive, send: Send) -> None:
    content, is_more = b"", True
    while is_more:
        message = await receive()
        content += message.get("body", b"")
        is_more = bool(message.get("more_body"))
    if who in _streams:
        _streams[who].put_nowait(content)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"{}"})
