"""Requests of little content, answered from a thread of the pages in one go.

The general bridge between the event loop and the threads goes to and fro for each piece of a request and of its answer.
Almost all requests are small and almost all answers stand ready as wholes: those cost one way there and one back.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from a2wsgi import WSGIMiddleware
from a2wsgi.wsgi import build_environ

from keyue.config.bodies import Application, Message, Receive, Scope, Send

MOST = 64 << 10
"""Bytes of content; what is more, or does not state its length, goes through the bridge."""
Head = tuple[str, list[tuple[str, str]]]


def answering_at_once(pages: WSGIMiddleware, others: Application) -> Application:
    """`pages` for requests of little content, on the threads that they have anyway; `others` for all else."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_little(scope):
            await others(scope, receive, send)
            return
        content = await _content(receive)
        if content is None:
            return
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()

        def hand_over(message: Message) -> None:
            asyncio.run_coroutine_threadsafe(send(message), loop).result()  # type: ignore[arg-type]

        environ = build_environ(scope, BytesIO(content))  # type: ignore[arg-type]
        for message in await loop.run_in_executor(
            pages.executor, context.run, _answered, pages.app, environ, hand_over
        ):
            await send(message)

    return application


def _is_little(scope: Scope) -> bool:
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"0")
    return (
        length.isdigit()
        and int(length) <= MOST
        and b"transfer-encoding" not in headers
        and b"expect" not in headers
    )


async def _content(receive: Receive) -> bytes | None:
    """What was sent; None where the sender has gone."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def _answered(application: Any, environ: Any, hand_over: Callable[[Message], None]) -> list[Message]:
    """What is to be sent of the answer; of one that comes in pieces nothing is left, each was handed over as it came."""
    heads: list[Head] = []

    def start(status: str, headers: list[tuple[str, str]], _fault: Any = None) -> None:
        heads.append((status, headers))

    answer: Iterable[bytes] = application(environ, start)
    try:
        if not getattr(answer, "streaming", True):
            return [_head(heads[-1]), {"type": "http.response.body", "body": b"".join(answer)}]
        is_begun = False
        for piece in answer:
            if not is_begun:
                hand_over(_head(heads[-1]))
                is_begun = True
            hand_over({"type": "http.response.body", "body": piece, "more_body": True})
        end: Message = {"type": "http.response.body", "body": b""}
        return [end] if is_begun else [_head(heads[-1]), end]
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()


def _head(head: Head) -> Message:
    status, headers = head
    return {
        "type": "http.response.start",
        "status": int(status.split(" ", 1)[0]),
        # Django writes a cookie down with a blank before it
        "headers": [
            (name.lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers
        ],
    }
