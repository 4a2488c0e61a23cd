"""What the stand-in remembers: requests, tokens, files, messages that wait to be fetched, and how it is to misbehave."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keyue.kernel import clock


@dataclass
class Misbehaviour:
    """For so many requests of a path: answer otherwise, say nothing, or take long."""

    path: str
    times: int
    status: int = 500
    body: Any = None
    seconds: float = 0.0
    after: bool = False


@dataclass
class State:
    """One stand-in. `log` is a file, so that what came in outlives a kill of anybody."""

    log: Path | None = None
    secret: str = "standin-secret"  # noqa: S105  of a stand-in that stands on this machine
    lock: threading.RLock = field(default_factory=threading.RLock)
    requests: list[dict[str, Any]] = field(default_factory=list)
    token: str = ""
    turn: int = 0
    last_inbound: dict[str, float] = field(default_factory=dict)
    sent_since: dict[str, int] = field(default_factory=dict)
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    waiting: list[dict[str, Any]] = field(default_factory=list)
    seen_ids: set[str] = field(default_factory=set)
    bad: list[Misbehaviour] = field(default_factory=list)
    recent: dict[str, list[float]] = field(default_factory=dict)

    def note(self, entry: dict[str, Any]) -> None:
        """Remember a request, and write it to the log."""
        with self.lock:
            self.requests.append(entry)
            if self.log is not None:
                with self.log.open("a", encoding="utf-8") as out:
                    out.write(json.dumps(entry, ensure_ascii=False) + "\n")

    def new_token(self) -> str:
        """Another access token; the one before is worth nothing from now on."""
        with self.lock:
            self.turn += 1
            self.token = f"token-{self.turn}"
            return self.token

    def misbehave(self, path: str) -> Misbehaviour | None:
        """How to misbehave at this request, counting down."""
        with self.lock:
            for one in self.bad:
                if path.startswith(one.path) and one.times > 0:
                    one.times -= 1
                    return one
            return None

    def heard(self, user: str) -> None:
        """A customer wrote: the window in which they may be answered begins anew."""
        with self.lock:
            self.last_inbound[user] = clock.now().timestamp()
            self.sent_since[user] = 0

    def count(self, robot: str, most: int) -> bool:
        """Whether a robot may say one more within this minute."""
        with self.lock:
            now = time.monotonic()
            kept = [at for at in self.recent.get(robot, []) if now - at < 60]
            self.recent[robot] = [*kept, now]
            return len(kept) < most
