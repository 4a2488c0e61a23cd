"""The short way between the event loop and the threads of the pages: the same answers as by the general bridge."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from a2wsgi import WSGIMiddleware

from keyue.config.brief import MOST, answering_at_once

Start = Callable[[str, list[tuple[str, str]]], Any]


class Answer:
    """What Django gives its server: content that stands ready, or that comes in pieces."""

    def __init__(self, pieces: list[bytes], *, streaming: bool) -> None:
        self.pieces, self.streaming, self.closed_by = pieces, streaming, ""

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.pieces)

    def close(self) -> None:
        self.closed_by = threading.current_thread().name


def asked(
    pages: Any, *messages: dict[str, Any], headers: Iterable[tuple[bytes, bytes]] = ()
) -> list[dict[str, Any]]:
    """What a request is answered with; "others" where it goes by the bridge."""
    sent: list[dict[str, Any]] = []
    coming = iter(messages or [{"type": "http.request", "body": b""}])
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "http_version": "1.1",
        "headers": list(headers),
    }

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: Any) -> None:
        sent.append(message)

    async def others(scope: Any, receive: Any, send: Any) -> None:
        sent.append({"type": "others"})

    middleware = WSGIMiddleware(pages, workers=1)
    try:
        asyncio.run(answering_at_once(middleware, others)(scope, receive, send))
    finally:
        middleware.executor.shutdown()
    return sent


def test_content_is_heard_whole_and_an_answer_goes_out_whole():
    heard = []
    answer = Answer([b"a", b"b"], streaming=False)

    def pages(environ: dict[str, Any], start: Start) -> Answer:
        heard.append((environ["CONTENT_LENGTH"], environ["wsgi.input"].read()))
        start("201 Created", [("Set-Cookie", " a=1; Path=/"), ("X-Said", "b")])
        return answer

    head, body = asked(
        pages,
        {"type": "http.request", "body": b"on", "more_body": True},
        {"type": "http.request", "body": b"ce"},
        headers=[(b"content-length", b"4")],
    )
    assert heard == [("4", b"once")]
    assert (head["status"], head["headers"]) == (201, [(b"set-cookie", b"a=1; Path=/"), (b"x-said", b"b")])
    assert body == {"type": "http.response.body", "body": b"ab"}
    assert answer.closed_by.startswith("WSGI"), "on the thread that asked: it holds the connection"


@pytest.mark.parametrize("pieces", [[], [b"one", b"two"]])
def test_an_answer_in_pieces_goes_out_in_pieces(pieces: list[bytes]):
    answer = Answer(pieces, streaming=True)

    def pages(environ: dict[str, Any], start: Start) -> Answer:
        start("200 OK", [])
        return answer

    head, *bodies = asked(pages)
    assert head["type"] == "http.response.start"
    assert [body["body"] for body in bodies] == [*pieces, b""]
    assert not bodies[-1].get("more_body")
    assert answer.closed_by


def test_a_fault_is_the_server_s_and_leaves_nothing_open():
    def pages(environ: dict[str, Any], start: Start) -> Answer:
        raise ValueError("a fault of the pages")

    with pytest.raises(ValueError, match="a fault of the pages"):
        asked(pages)


def test_who_goes_away_while_sending_is_not_answered():
    def pages(environ: dict[str, Any], start: Start) -> Answer:
        raise AssertionError("half a form is no form")

    assert asked(pages, {"type": "http.disconnect"}, headers=[(b"content-length", b"4")]) == []


@pytest.mark.parametrize(
    "header",
    [
        (b"content-length", str(MOST + 1).encode()),
        (b"content-length", b"many"),
        (b"transfer-encoding", b"chunked"),
        (b"expect", b"100-continue"),
    ],
)
def test_all_else_goes_by_the_bridge(header: tuple[bytes, bytes]):
    assert asked(None, headers=[header]) == [{"type": "others"}]
