"""The stream of changes: nothing that is recorded while a page begins to listen is lost."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Coroutine
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from keyue.kernel import clock
from keyue.ledger import actions
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import SYSTEM, Draft, Subject
from keyue.workbench import live


def record(ref: str = "1") -> int:
    """A fact about something, as any process records it; its row id."""
    with transaction.atomic():
        drafts = [Draft(kind="outbox.retried", data={"message": ref})]
        [fact] = actions.record(Subject("installation", ref), drafts, by=SYSTEM, at=clock.now(), source="cli")
    return fact.pk


@pytest.fixture
def bus(fresh_database, monkeypatch) -> live.Bus:
    """A process in which nobody has listened yet."""
    fresh = live.Bus()
    monkeypatch.setattr(live, "bus", fresh)
    return fresh


async def heard(since: int, ids: set[int], *, seconds: float = 8.0) -> list[int]:
    """What a stream tells after `since`, until all of `ids` came or the time is over; of 0 there is never a fact."""
    told: list[int] = []

    async def listen() -> None:
        async for event in live.stream(since, None):
            told.extend(int(found) for found in re.findall(rb"id: (\d+)", event))
            if ids <= set(told):
                return

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(listen(), seconds)
    return told


def forget_connection() -> None:
    connections["default"].close()
    del connections["default"]


def run(story: Coroutine[Any, Any, list[list[int]]]) -> list[list[int]]:
    """Run it, and let go of what its threads have open: the next test has another database."""

    async def whole() -> list[list[int]]:
        try:
            return await story
        finally:
            assert live.bus._task is not None
            live.bus._task.cancel()
            await sync_to_async(forget_connection)()

    return asyncio.run(whole())


def test_what_is_recorded_while_a_stream_begins_is_told(bus, monkeypatch):
    since = record()
    newest, asked, made = ledger.newest_fact_id, [], []

    def while_others_write() -> int:
        asked.append(None)
        if len(asked) == 2:
            made.append(record("2"))
        return newest()

    monkeypatch.setattr(ledger, "newest_fact_id", while_others_write)

    async def story() -> list[list[int]]:
        streams = [asyncio.create_task(heard(since, {0}, seconds=3)) for _stream in range(2)]
        await asyncio.sleep(1)
        made.append(await asyncio.to_thread(record, "3"))
        return await asyncio.gather(*streams)

    for told in run(story()):
        assert told == made, "each once, in their order"


def test_who_is_further_back_than_is_remembered_misses_nothing(bus, monkeypatch):
    monkeypatch.setattr(live, "KEPT", 3)
    first = record()

    async def story() -> list[list[int]]:
        wanted = {first + n for n in range(1, 13)}
        quick = asyncio.create_task(heard(first, wanted))
        for n in range(12):
            await asyncio.to_thread(record, str(n))
            if n == 8:
                late = asyncio.create_task(heard(first, wanted))
        return [await quick, await late]

    for told in run(story()):
        assert told == [first + n for n in range(1, 13)], "each once, in their order"
    assert len(bus.changes) <= 3
