"""Waking live updates: in this process at once, in others by PostgreSQL's NOTIFY or by their own look.

The cursor of a stream is the newest fact's row id, so a wake says only "look"; nothing is lost if it is.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import Error, connection, transaction

CHANNEL = "keyue_live"
HERE = secrets.token_hex(8)
"""This process, among those that serve from one database."""
_listeners: list[Callable[[], None]] = []
_hearers: list[Callable[[Hint], None]] = []


@dataclass(frozen=True, slots=True)
class Hint:
    """Something changed that no fact tells of: a line of a conversation, how far it has come. `departments` may know."""

    name: str
    departments: frozenset[str] = frozenset()

    def as_text(self) -> str:
        """For PostgreSQL's NOTIFY: with the process that says it."""
        return json.dumps([self.name, sorted(self.departments), HERE])

    @classmethod
    def from_text(cls, text: str) -> Hint:
        """Raises ValueError for what is no hint, or one of this process: it was heard here when it was said."""
        name, departments, where = json.loads(text)
        if where == HERE:
            raise ValueError("heard already")
        return cls(str(name), frozenset(str(one) for one in departments))


def listen(wake: Callable[[], None]) -> None:
    """Have `wake` called after each commit of this process that recorded a fact. It must not block."""
    _listeners.append(wake)


def listen_for_hints(hear: Callable[[Hint], None]) -> None:
    """Have `hear` called with each hint of this process after its commit. It must not block."""
    _hearers.append(hear)


def hint_after_commit(hint: Hint) -> None:
    """Let the streams that are open say so once the transaction at hand has committed. Nobody is told later: a page that
    was not listening reads what there is when it comes back."""
    transaction.on_commit(lambda: _hint(hint), robust=True)


def _hint(hint: Hint) -> None:
    for hear in _hearers:
        hear(hint)
    if connection.vendor == "postgresql":
        with contextlib.suppress(Error), connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, hint.as_text()])


def announce_after_commit() -> None:
    """Wake the streams once the transaction at hand has committed."""
    transaction.on_commit(_announce, robust=True)


def _announce() -> None:
    for wake in _listeners:
        wake()
    if connection.vendor == "postgresql":
        # in a transaction of its own: a NOTIFY inside the one of the facts would make writers queue at commit
        with contextlib.suppress(Error), connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")


def hear_other_processes(hear: Callable[[Hint], None], wake: Callable[[], None] = lambda: None) -> None:
    """Where processes share a PostgreSQL: listen to what the others say, in a thread of its own, for as long as this one
    lives. A connection that is lost is made anew."""
    if connection.vendor != "postgresql":
        return
    given = connection.get_connection_params()
    parameters = {k: v for k, v in given.items() if k in {"dbname", "user", "password", "host", "port"}}
    threading.Thread(target=_hear, args=(parameters, hear, wake), name="hearing", daemon=True).start()


def _hear(parameters: dict[str, Any], hear: Callable[[Hint], None], wake: Callable[[], None]) -> None:
    import psycopg

    while True:
        with contextlib.suppress(psycopg.Error), psycopg.connect(**parameters, autocommit=True) as heard:
            heard.execute(f"LISTEN {CHANNEL}")
            for notice in heard.notifies():
                if notice.payload:
                    with contextlib.suppress(ValueError):
                        hear(Hint.from_text(notice.payload))
                else:
                    wake()
        time.sleep(2)
