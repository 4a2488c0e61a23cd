"""Live updates: one stream a tab names what has changed, with the newest fact's row id as its cursor.

All streams of a process share one look at the ledger. It looks when a commit of this process wakes it, when
PostgreSQL notifies, and at most once a second otherwise, so that other processes' writes appear too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import connection

from keyue.cases import selectors as cases
from keyue.ledger import selectors as ledger
from keyue.promises import live

EVERY = 1.0
HEARTBEAT = 15.0
KEPT = 2_000
AT_ONCE = 500


@dataclass(slots=True)
class Change:
    """A fact as a stream tells it: its row id, what it is about, and which departments may know that."""

    id: int
    subject: str
    departments: frozenset[str]

    def names(self, visible: frozenset[str] | None) -> tuple[str, ...]:
        """What to refresh: the subject by name for who may see it, lists for everybody."""
        if visible is None or self.departments & visible:
            return (self.subject, "promise:any")
        return ("promise:any",)


@dataclass(slots=True)
class Bus:
    """The newest changes of the ledger, read once for all streams of this process."""

    changes: deque[Change] = field(default_factory=lambda: deque(maxlen=KEPT))
    cursor: int = 0
    waiting: set[asyncio.Event] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop | None = None
    _woken: asyncio.Event | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin looking, on the running event loop; again is harmless."""
        if self._task is not None and not self._task.done():
            return
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._task = asyncio.create_task(self._run())
        live.listen(self.wake)
        if connection.vendor == "postgresql":
            threading.Thread(target=_hear_postgres, args=(self.wake,), name="live", daemon=True).start()

    def wake(self) -> None:
        """Look at once; called from any thread."""
        if self._loop is not None and self._woken is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._woken.set)

    async def _run(self) -> None:
        assert self._woken is not None  # noqa: S101  set by start
        self.cursor = self.cursor or await sync_to_async(ledger.newest_fact_id)()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), EVERY)
            self._woken.clear()
            with contextlib.suppress(Exception):
                await self._look()

    async def _look(self) -> None:
        if not self.waiting:
            # nobody listens: a stream that comes names the id from which it has to be told
            return
        while facts := await sync_to_async(_facts_after)(self.cursor):
            self.changes.extend(facts)
            self.cursor = facts[-1].id
            for event in list(self.waiting):
                event.set()

    def since(self, cursor: int) -> list[Change]:
        return [change for change in self.changes if change.id > cursor]


def _facts_after(cursor: int) -> list[Change]:
    facts = ledger.facts_after(cursor, AT_ONCE)
    about = {int(fact.stream.ref) for fact in facts if fact.stream.kind == "case"}
    scopes = cases.departments_of(about)
    return [
        Change(
            fact.pk,
            f"{fact.stream.kind}:{fact.stream.ref}",
            scopes.get(int(fact.stream.ref), frozenset()) if fact.stream.kind == "case" else frozenset(),
        )
        for fact in facts
    ]


def _let_go() -> None:
    # a thread knows its own connection only: this runs where the request's reading ran
    connection.close()


def _hear_postgres(wake: Callable[[], None]) -> None:
    import psycopg

    parameters = {
        k: v
        for k, v in connection.get_connection_params().items()
        if k in {"dbname", "user", "password", "host", "port"}
    }
    while True:
        with contextlib.suppress(psycopg.Error), psycopg.connect(**parameters, autocommit=True) as heard:
            heard.execute(f"LISTEN {live.CHANNEL}")
            for _notice in heard.notifies():
                wake()
        time.sleep(2)


bus = Bus()


async def stream(
    since: int, visible: frozenset[str] | None, *, rendered: datetime | None = None
) -> AsyncIterator[bytes]:
    """Server-sent events after `since`: ids of facts, and the names that pages refresh by.

    `visible` are the departments whose cases the reader may see; None = all. A page that asks for the first time
    says when it was `rendered`, so that nothing is lost between its reading and its listening.
    """
    if not since and rendered is not None:
        since = await sync_to_async(ledger.fact_id_before)(rendered)
    bus.start()
    if not bus.waiting:
        # nobody has listened for a while: begin at what is newest now
        bus.changes.clear()
        bus.cursor = await sync_to_async(ledger.newest_fact_id)()
    event = asyncio.Event()
    bus.waiting.add(event)
    cursor = since
    try:
        yield b"retry: 3000\n\n"
        if cursor and cursor < bus.cursor and (not bus.changes or bus.changes[0].id > cursor + 1):
            # further back than is remembered: read what was missed
            for change in await sync_to_async(_facts_after)(cursor):
                cursor = change.id
                yield _event(change, visible)
        cursor = cursor or bus.cursor
        # a stream lasts for hours, and asks the database nothing more: the connection of its request is not for it to keep
        await sync_to_async(_let_go)()
        while True:
            for change in bus.since(cursor):
                cursor = change.id
                yield _event(change, visible)
            try:
                await asyncio.wait_for(event.wait(), HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"
            event.clear()
    finally:
        bus.waiting.discard(event)


def _event(change: Change, visible: frozenset[str] | None) -> bytes:
    return f"id: {change.id}\ndata: {json.dumps(change.names(visible))}\n\n".encode()
