"""The stand-in's server: one port for all platforms, and `/standin/…` to tell it what to do and to ask what it got."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from keyue.channels.standin.platforms import PATHS, Asked, handler_for
from keyue.channels.standin.state import Misbehaviour, State

__all__ = ["PATHS", "Server"]


class Server(ThreadingHTTPServer):
    """Listens on loopback alone."""

    daemon_threads = True

    def __init__(self, port: int, state: State) -> None:
        self.state = state
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """What came is in the log already."""

    def do_GET(self) -> None:
        """As any other."""
        self._answer()

    def do_POST(self) -> None:
        """As any other."""
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = dict(parse_qsl(raw.decode("utf-8", "replace")))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(self.command, parts.path, query, headers, raw, body)
        if parts.path.startswith("/standin/"):
            self._say(200, self._told(parts.path.removeprefix("/standin/"), body))
            return
        bad = self.server.state.misbehave(parts.path)
        if bad is not None and not bad.after:
            self._misbehave(asked, bad)
            return
        handler = handler_for(parts.path)
        status, answer = handler(asked, self.server.state) if handler else (404, {"errcode": 404})
        self._note(asked, status, answer)
        if bad is not None:
            # it was taken, and the answer never arrives
            self.close_connection = True
            return
        self._say(status, answer)

    def _misbehave(self, asked: Asked, bad: Misbehaviour) -> None:
        time.sleep(bad.seconds)
        self._note(asked, bad.status, bad.body)
        if bad.status:
            self._say(bad.status, bad.body if bad.body is not None else {"error": "as told"})
        else:
            self.close_connection = True

    def _note(self, asked: Asked, status: int, answer: Any) -> None:
        entry = {
            "method": asked.method,
            "path": asked.path,
            "query": asked.query,
            "headers": asked.headers,
            "raw": asked.raw.decode("utf-8", "replace"),
            "body": asked.body,
            "status": status,
            "answer": answer if isinstance(answer, dict) else None,
        }
        self.server.state.note(entry)

    def _told(self, what: str, body: Any) -> Any:
        state = self.server.state
        with state.lock:
            if what == "misbehave":
                state.bad.append(Misbehaviour(**body))
            elif what == "forget_token":
                state.token = ""
            elif what == "heard":
                state.heard(body["user"])
            elif what == "kf":
                state.waiting.extend(body["messages"])
            elif what == "file":
                state.files[body["id"]] = (body["name"], body["type"], bytes.fromhex(body["hex"]))
            elif what == "requests":
                return state.requests
        return {"ok": True}

    def _say(self, status: int, answer: Any) -> None:
        if isinstance(answer, tuple):
            name, content_type, content = answer
            head = {"Content-Type": content_type, "Content-disposition": f'attachment; filename="{name}"'}
        else:
            content = json.dumps(answer, ensure_ascii=False).encode()
            head = {"Content-Type": "application/json; charset=utf-8"}
        self.send_response(status)
        for key, value in head.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
