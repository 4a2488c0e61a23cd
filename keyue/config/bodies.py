"""What WSGI lacks about the content of a request: one without a stated length, and one that is refused unread.

HTTP/1.1 may send content in chunks and say its length nowhere; Django takes what has no length for empty. So it is read
first, to a temporary file where it is large, and handed on with its length.

Whoever is refused before all was read is still sending. A connection that is closed at that moment takes the answer with
it; so a bounded rest is read and dropped before the answer goes out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST = 64 << 20
"""Bytes of content without a stated length: as much as the largest form of the pages."""
IN_MEMORY = 1 << 20
PIECE = 1 << 16
DROPPED = 32 << 20
"""Bytes that are read from whoever has been refused, and for how many seconds."""
DROPPING = 10.0


class Content:
    """The content of a request as it comes in, and whether that was all."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_over = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self.is_over = True
        return message

    async def drop(self) -> None:
        """Read what still comes, within bounds."""
        left = DROPPED
        try:
            async with asyncio.timeout(DROPPING):
                while not self.is_over and left > 0:
                    left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return


def answering_whole(pages: Application, too_large: Application) -> Application:
    """`pages`, asked with a length always, and heard whatever was left unread; `too_large` answers beyond `LARGEST`."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        content = Content(receive)
        # who waits to be asked for the content has sent none
        waits = headers.get(b"expect", b"").lower() == b"100-continue"

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= 400 and not waits:
                await content.drop()
            await send(message)

        if b"transfer-encoding" not in headers:
            await pages(scope, content.receive, answer)
            return
        with SpooledTemporaryFile(max_size=IN_MEMORY) as kept:
            size = await _keep(content, kept)
            if size is None:
                return
            if size > LARGEST:
                await too_large(scope, content.receive, answer)
                return
            kept.seek(0)
            await pages({**scope, "headers": _stating(scope, size)}, _from(kept), answer)

    return application


async def _keep(content: Content, kept: IO[bytes]) -> int | None:
    """How much came, `LARGEST` and more where it is too much; None where the sender has gone."""
    size = 0
    while not content.is_over and size <= LARGEST:
        message = await content.receive()
        if message["type"] != "http.request":
            return None
        body = message.get("body", b"")
        size += len(body)
        kept.write(body)
    return size


def _stating(scope: Scope, size: int) -> list[tuple[bytes, bytes]]:
    """The headers with a length."""
    others = [pair for pair in scope["headers"] if pair[0] not in {b"transfer-encoding", b"content-length"}]
    return [*others, (b"content-length", b"%d" % size)]


def _from(kept: IO[bytes]) -> Receive:
    async def receive() -> Message:
        piece = kept.read(PIECE)
        return {"type": "http.request", "body": piece, "more_body": len(piece) == PIECE}

    return receive
