"""Live updates: one stream a tab names what has changed, with the newest fact's row id as its cursor.

All streams of a process share one look at the ledger. It looks when a commit of this process wakes it, when
PostgreSQL notifies, and at most once a second otherwise, so that other processes' writes appear too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import takewhile

from asgiref.sync import sync_to_async
from django.db import connection

from keyue.cases import selectors as cases
from keyue.conversations import selectors as conversations
from keyue.customers import selectors as customers
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import Subject
from keyue.promises import live
from keyue.promises.live import Hint

EVERY = 1.0
GATHER = 0.03
"""Seconds within which what else changes joins what a stream is about to say."""
PACE = 0.1
"""Seconds between two things that a stream says: who is told that something has changed asks what it is."""
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


@dataclass(eq=False, slots=True)
class Waiting:
    """A stream between two looks: the event that wakes it, and hints that came meanwhile."""

    event: asyncio.Event = field(default_factory=asyncio.Event)
    hints: dict[str, Hint] = field(default_factory=dict)

    def taken(self) -> list[Hint]:
        """The hints so far; they are told once."""
        found = list(self.hints.values())
        self.hints.clear()
        return found


@dataclass(slots=True)
class Bus:
    """The newest changes of the ledger, read once for all streams of this process.

    It remembers every change after `floor`, and only its own task moves it: a stream that is further back, because it
    has just come or was slow, reads what it missed from the ledger.
    """

    changes: deque[Change] = field(default_factory=deque)
    floor: int = 0
    cursor: int = 0
    waiting: set[Waiting] = field(default_factory=set)
    _is_idle: bool = True
    _is_heard: bool = False
    _loop: asyncio.AbstractEventLoop | None = None
    _woken: asyncio.Event | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin looking, on the running event loop; again is harmless."""
        if self._task is not None and not self._task.done():
            return
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._task = asyncio.create_task(self._run())
        if not self._is_heard:
            self._is_heard = True
            live.listen(self.wake)
            live.listen_for_hints(self.hear)
            live.hear_other_processes(self.hear, self.wake)

    def wake(self) -> None:
        """Look at once; called from any thread."""
        # where it is to look already, it has not looked yet
        if self._loop is None or self._woken is None or self._woken.is_set() or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._woken.set)

    def hear(self, hint: Hint) -> None:
        """Pass a hint on to every stream that is open; called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._pass_on, hint)

    def _pass_on(self, hint: Hint) -> None:
        for one in self.waiting:
            one.hints[hint.name] = hint
            one.event.set()

    async def _run(self) -> None:
        assert self._woken is not None  # noqa: S101  set by start
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), EVERY)
                await asyncio.sleep(GATHER)
            self._woken.clear()
            with contextlib.suppress(Exception):
                await self._look()

    async def _look(self) -> None:
        if not self.waiting:
            # nobody listens: a stream that comes names the id from which it has to be told
            self._is_idle = True
            return
        if self._is_idle:
            self.floor = self.cursor = await sync_to_async(ledger.newest_fact_id)()
            self.changes.clear()
            self._is_idle = False
            self._tell()
        is_more = True
        while is_more:
            facts = await sync_to_async(_facts_after)(self.cursor)
            if facts:
                self.changes.extend(facts)
                self.cursor = facts[-1].id
                while len(self.changes) > KEPT:
                    self.floor = self.changes.popleft().id
                self._tell()
            is_more = len(facts) == AT_ONCE

    def _tell(self) -> None:
        for one in list(self.waiting):
            one.event.set()

    async def after(self, cursor: int) -> list[Change]:
        """Changes after a stream's cursor, the oldest first; not always all of them, and none only if there are none."""
        if cursor >= self.floor:
            # the newest are at the end, and a stream is seldom far behind
            return list(takewhile(lambda change: change.id > cursor, reversed(self.changes)))[::-1]
        missed = await sync_to_async(_facts_after)(cursor)
        await sync_to_async(_let_go)()
        return missed


def _facts_after(cursor: int) -> list[Change]:
    facts = ledger.subjects_after(cursor, AT_ONCE)
    scopes = {
        kind: read(ids)
        for kind, read in (
            ("case", cases.departments_of),
            ("conversation", conversations.audiences_of),
            ("customer", customers.departments_of),
        )
        if (ids := {int(subject.ref) for _pk, subject in facts if subject.kind == kind})
    }

    def may_know(subject: Subject) -> frozenset[str]:
        known = scopes.get(subject.kind, {})
        return known.get(int(subject.ref), frozenset()) if known else frozenset()

    return [Change(pk, f"{subject.kind}:{subject.ref}", may_know(subject)) for pk, subject in facts]


def _let_go() -> None:
    """A stream lasts for hours: the connection that read for it is not for it to keep."""
    # a thread knows its own connection only: this runs where the reading ran
    connection.close()


bus = Bus()


async def stream(
    since: int, visible: frozenset[str] | None, *, rendered: datetime | None = None
) -> AsyncIterator[bytes]:
    """Server-sent events after `since`: ids of facts, and the names that pages refresh by.

    `visible` are the departments whose cases the reader may see, and the reader; None = all. A page that asks for the first time
    says when it was `rendered`, so that nothing is lost between its reading and its listening.
    """
    cursor = since
    if not cursor:
        cursor = await sync_to_async(_cursor_at)(rendered)
    await sync_to_async(_let_go)()
    waiting = Waiting()
    bus.waiting.add(waiting)
    bus.start()
    bus.wake()
    try:
        yield b"retry: 3000\n\n"
        while True:
            while changes := await bus.after(cursor):
                cursor = changes[-1].id
                yield b"".join(_told(change.id, change.names(visible)) for change in changes)
            if said := b"".join(_said(hint) for hint in waiting.taken() if _may_hear(hint, visible)):
                yield said
            rested = time.monotonic() + PACE
            try:
                await asyncio.wait_for(waiting.event.wait(), HEARTBEAT)
                await asyncio.sleep(max(GATHER, rested - time.monotonic()))
            except TimeoutError:
                yield b": still here\n\n"
            waiting.event.clear()
    finally:
        bus.waiting.discard(waiting)


@lru_cache(maxsize=2 * KEPT)
def _told(pk: int, names: tuple[str, ...]) -> bytes:
    """A change as an event of a stream: the same bytes for all who may know the same of it."""
    return f"id: {pk}\ndata: {json.dumps(names)}\n\n".encode()


def _cursor_at(rendered: datetime | None) -> int:
    return ledger.newest_fact_id() if rendered is None else ledger.fact_id_before(rendered)


def _may_hear(hint: Hint, visible: frozenset[str] | None) -> bool:
    """Whether a reader may know; what belongs to no department is for everybody, as the conversation itself is."""
    return visible is None or not hint.departments or bool(hint.departments & visible)


def _said(hint: Hint) -> bytes:
    return f"data: {json.dumps([hint.name])}\n\n".encode()
