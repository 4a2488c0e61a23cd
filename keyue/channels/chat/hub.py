"""What open windows are told: each change of a conversation is read once for all windows of this process that show it.

A hint names a conversation that has changed. Hints that come while the database is being read are gathered, so that a
hundred messages a second cost some dozens of small readings. A window whose hint was lost reads what it missed when it
connects again, and at most `EVERY` seconds later in any case.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from django.db import close_old_connections

from keyue.channels.chat import selectors
from keyue.channels.chat.selectors import Standing
from keyue.channels.chat.shown import shown
from keyue.conversations.models import Line
from keyue.promises import live
from keyue.promises.live import Hint

EVERY = 2.0
"""Seconds between two looks for lines that no hint told of, and between two tellings of places in the queue."""
GATHER = 0.03
"""Seconds within which further changes join one reading."""
AT_ONCE = 500
SLACK = 1_000
"""Lines before the newest at the last look that may have come to stand since: their transactions ended later."""
KEPT = 100
"""Events that a window may be behind; one that is further behind is closed, connects again and reads what there is."""

logger = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class Window:
    """A stream: whose it is, the newest line it was told, and what it has still to send."""

    index: str
    channel: int
    cursor: int
    event: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: list[bytes] = field(default_factory=list)
    conversation: int = 0
    standing: Standing | None = None
    is_closed: bool = False

    def tell(self, name: str, value: Any) -> None:
        """Have an event sent."""
        if len(self.waiting) >= KEPT:
            self.is_closed = True
        else:
            self.waiting.append(event(name, value))
        self.event.set()


def event(name: str, value: Any) -> bytes:
    """A server-sent event."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


@dataclass(slots=True)
class Read:
    """What one reading found: lines by (index, channel), how conversations stand, and whose they are."""

    lines: dict[tuple[str, int], list[tuple[int, dict[str, Any]]]]
    standings: dict[int, Standing]
    talks: dict[tuple[str, int], int]


class Hub:
    """The windows of this process, on its event loop."""

    def __init__(self) -> None:
        self.windows: dict[tuple[str, int], set[Window]] = {}
        self.talks: dict[int, set[tuple[str, int]]] = {}
        self.fresh: set[Window] = set()
        self.changed: set[int] = set()
        self.floor: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None
        self._is_heard = False
        self._is_looked_for = 0.0
        self._places_at = 0.0
        self._reader = ThreadPoolExecutor(1, "chat")

    # --- windows come and go ------------------------------------------------------------------------------

    def enter(self, window: Window) -> None:
        """A window listens from now on; it is told first what it has missed."""
        self._start()
        self.windows.setdefault((window.index, window.channel), set()).add(window)
        self.fresh.add(window)
        self._wake()

    def leave(self, window: Window) -> None:
        """A window is gone."""
        key = (window.index, window.channel)
        self.fresh.discard(window)
        beside = self.windows.get(key, set())
        beside.discard(window)
        if not beside:
            self.windows.pop(key, None)
            shared = self.talks.get(window.conversation)
            if shared is not None:
                shared.discard(key)
                if not shared:
                    self.talks.pop(window.conversation, None)

    def _start(self) -> None:
        if self._task is not None and not self._task.done():
            return
        self._loop, self._woken = asyncio.get_running_loop(), asyncio.Event()
        self._task = asyncio.create_task(self._run())
        if not self._is_heard:
            self._is_heard = True
            live.listen_for_hints(self.hear)
            live.hear_other_processes(self.hear)

    # --- what is heard ------------------------------------------------------------------------------------

    def hear(self, hint: Hint) -> None:
        """Something changed; called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._take, hint.name)

    def _take(self, name: str) -> None:
        what, _colon, rest = name.partition(":")
        number, _colon, upto = rest.partition("-")
        if not number.isdecimal():
            return
        if what == "conversation":
            self.changed.add(int(number))
            self._wake()
        elif what == "answering":
            self._pass_on(int(number), "typing", {})
        elif what == "seen" and upto.isdecimal():
            self._pass_on(int(number), "seen", {"upto": int(upto)})

    def _pass_on(self, talk: int, name: str, value: Any) -> None:
        for key in self.talks.get(talk, ()):
            for window in self.windows.get(key, ()):
                window.tell(name, value)

    def _wake(self) -> None:
        if self._woken is not None:
            self._woken.set()

    # --- reading and telling ------------------------------------------------------------------------------

    async def _run(self) -> None:
        assert self._woken is not None  # noqa: S101  set by _start
        loop = asyncio.get_running_loop()
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), EVERY)
            self._woken.clear()
            if not self.windows:
                self.changed.clear()
                continue
            await asyncio.sleep(GATHER)
            try:
                await self._turn(loop)
            except Exception:
                # the database may be away for a moment: the windows stay, and are told when it is back
                logger.exception("chat: what changed could not be read")
                await asyncio.sleep(1)

    async def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        now = time.monotonic()
        if now - self._is_looked_for >= EVERY:
            self._is_looked_for = now
            missed = await loop.run_in_executor(self._reader, _changed_since, self.floor)
            self.floor = missed[0]
            self.changed.update(missed[1])
        fresh, changed = list(self.fresh)[:AT_ONCE], list(self.changed)[:AT_ONCE]
        self.fresh.difference_update(fresh)
        self.changed.difference_update(changed)
        if self.fresh or self.changed:
            self._wake()
        if not fresh and not changed:
            return
        try:
            asked, marks = [(one.index, one.cursor) for one in fresh], self._marks(changed)
            read = await loop.run_in_executor(self._reader, _read, asked, marks, set(self.talks))
        except Exception:
            self.fresh.update(fresh)
            self.changed.update(changed)
            self._wake()
            raise
        self._tell(read, fresh)
        await self._tell_places(loop, now)

    def _marks(self, changed: Iterable[int]) -> dict[int, int]:
        """The line after which each of these conversations is read: what its windows were told. Of one that no window shows
        yet, the newest at the last look, and `SLACK` before it."""
        marks = {}
        for talk in changed:
            told = [window.cursor for key in self.talks.get(talk, ()) for window in self.windows.get(key, ())]
            # in a conversation lines come to stand in their order: whoever writes holds it
            marks[talk] = max(min(told, default=0), (self.floor or 0) - SLACK)
        return marks

    def _tell(self, read: Read, fresh: Iterable[Window]) -> None:
        for key, talk in read.talks.items():
            self.talks.setdefault(talk, set()).add(key)
            for window in self.windows.get(key, ()):
                window.conversation = talk
        for key, lines in read.lines.items():
            for window in self.windows.get(key, ()):
                for pk, line in lines:
                    if pk > window.cursor:
                        window.cursor = pk
                        window.tell("line", line)
        for talk, standing in read.standings.items():
            for key in self.talks.get(talk, ()):
                for window in self.windows.get(key, ()):
                    if window.conversation == talk and window.standing != standing:
                        window.standing = standing
                        window.tell("standing", standing.as_dict())
        for window in fresh:
            window.tell("ready", {})

    async def _tell_places(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        """Who still waits moves up when somebody before them is taken or leaves."""
        if now - self._places_at < EVERY:
            return
        self._places_at = now
        waiting = {
            window.conversation: window.standing
            for windows in self.windows.values()
            for window in windows
            if window.standing is not None and window.standing.ahead is not None
        }
        if not waiting:
            return
        places = await loop.run_in_executor(self._reader, _places, list(waiting)[:AT_ONCE])
        moved = [pk for pk, standing in waiting.items() if standing.ahead != places.get(pk, standing.ahead)]
        self.changed.update(moved)
        if moved:
            self._wake()


def _changed_since(floor: int | None) -> tuple[int, list[int]]:
    """The newest line, and the conversations with lines after `floor`; from the newest on where there is none."""
    close_old_connections()
    if floor is None:
        newest = Line.objects.order_by("-pk").values_list("pk", flat=True).first()
        return newest or 0, []
    rows = list(Line.objects.filter(pk__gt=floor).order_by("pk").values_list("pk", "conversation")[:AT_ONCE])
    return (rows[-1][0] if rows else floor), [talk for _pk, talk in rows]


def _read(fresh: list[tuple[str, int]], changed: Mapping[int, int], known: set[int]) -> Read:
    """Lines and standings of conversations that changed, after a line of each, and of windows that have just come. `known`
    are the conversations that a window shows."""
    close_old_connections()
    lines: dict[tuple[str, int], list[tuple[int, dict[str, Any]]]] = {}
    talks: dict[tuple[str, int], int] = {}
    owners: dict[int, int] = {}
    rows: dict[int, tuple[Line, bool]] = {}
    rows.update((line.pk, (line, has_files)) for line, has_files in selectors.lines_since(changed))
    if fresh:
        parties = selectors.parties_with([index for index, _cursor in fresh])
        missed = selectors.visible_lines().filter(
            party__in=parties, pk__gt=min(cursor for _i, cursor in fresh)
        )
        rows.update((line.pk, (line, True)) for line in missed.order_by("-pk")[: 20 * AT_ONCE])
        for party, index, channel, talk in selectors.newest_talks(parties):
            talks[index, channel], owners[talk] = talk, party
    for pk in sorted(rows):
        line, has_files = rows[pk]
        assert line.party is not None  # noqa: S101  those of the windows have one
        key = (line.party.index, line.channel_id)
        lines.setdefault(key, []).append((pk, shown(line, has_files=has_files)))
        talks[key], owners[line.conversation_id] = line.conversation_id, line.party.pk
    for talk, party in selectors.parties_in(known.intersection(changed) - set(owners)):
        owners[talk] = party
    wanted = {*known.intersection(changed), *talks.values()}
    return Read(lines, selectors.standings(wanted, owners, {}), talks)


def _places(talks: list[int]) -> dict[int, int]:
    close_old_connections()
    return selectors.places_of(talks)


hub = Hub()
