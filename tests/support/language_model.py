"""A stand-in for a language model: an HTTP server that keeps every request and says what a test wants."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class LanguageModelServer:
    """`answer` makes the model's words of a request; `raw` what is sent instead of a well-formed answer."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    raw_bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    answer: Callable[[dict[str, Any]], str] = lambda request: "{}"
    status: int = 200
    raw: bytes | None = None
    location: str = ""
    delay: float = 0.0
    drip: float = 0.0

    def says(self, text: str, *citations: tuple[int, str]) -> None:
        """Let the model answer so, with citations of (article, quote)."""
        said = {"answer": text, "citations": [{"source": n, "quote": quote} for n, quote in citations]}
        self.answer = lambda request: json.dumps(said, ensure_ascii=False)


@contextmanager
def language_model() -> Iterator[LanguageModelServer]:
    """A server on loopback for as long as the block lasts."""
    model = LanguageModelServer("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            model.raw_bodies.append(body)
            model.headers.append(dict(self.headers.items()))
            model.paths.append(self.path)
            model.asked.append(json.loads(body))
            time.sleep(model.delay)
            content = model.raw
            if content is None:
                message = {"role": "assistant", "content": model.answer(model.asked[-1])}
                content = json.dumps({"choices": [{"message": message}]}).encode()
            self.send_response(model.status)
            if model.location:
                self.send_header("Location", model.location)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            try:
                for start in range(0, len(content), 1 if model.drip else len(content) or 1):
                    self.wfile.write(content[start : start + (1 if model.drip else len(content))])
                    self.wfile.flush()
                    time.sleep(model.drip)
            except OSError:
                pass

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()
