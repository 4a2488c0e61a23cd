"""Working on a replay: up to two processes of our own derive, the worker hands out slices and keeps what they come to.

Deriving is pure computing, so that a thread of it would slow down every page that the same process serves. The
processes hold nothing: killed with or without the worker, the next one goes on behind the last slice that was kept.
Their input is a pipe that only the worker holds, and its end is theirs.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import uuid4

from django.db import connection
from django.utils.translation import gettext as _

from keyue.compliance import what_if as reading
from keyue.compliance.actions import what_if as actions
from keyue.compliance.models import WhatIf
from keyue.compliance.what_if import Slice
from keyue.kernel.errors import KeyueError
from keyue.promises.replay import Replayed

PROCESSES = 2
AHEAD = 2
"""Slices that a process has to do while the worker is busy elsewhere."""
PATIENCE = 0.1
"""Seconds that a turn waits for an answer: the worker's other jobs come between two turns."""
BREATH = 2.0
"""Seconds between two signs of life."""
TRIES = 3


class Lost(RuntimeError):
    """A process ended without an answer."""


class Failed(RuntimeError):
    """A process says why a slice cannot be replayed."""


class Child:
    """One process, and the slices that it has been given, in their order."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "keyue.compliance.replay_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        self.given: deque[Slice] = deque()
        self._heard = b""
        self._say({"database": str(connection.settings_dict["NAME"])})

    def give(self, what_if_id: int, piece: Slice) -> None:
        self.given.append(piece)
        self._say({"what_if": what_if_id, "kind": piece.kind, "after": piece.after, "up_to": piece.up_to})

    def _say(self, said: Mapping[str, Any]) -> None:
        try:
            cast(Any, self.process.stdin).write(json.dumps(said).encode() + b"\n")
        except OSError as error:
            raise Lost(str(error)) from error

    def fileno(self) -> int:
        return cast(Any, self.process.stdout).fileno()

    def answers(self) -> Iterator[tuple[Slice, int, Replayed]]:
        """What has come since the last time; to be asked when there is something to read. Raises Lost, Failed."""
        fresh = os.read(self.fileno(), 1 << 20)
        if not fresh:
            raise Lost(str(self.process.poll()))
        *lines, self._heard = (self._heard + fresh).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if "error" in said:
                raise Failed(said["error"])
            yield self.given.popleft(), said["chains"], Replayed.from_json(said["found"])

    def close(self) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self.process.wait()


class Crew:
    """The processes at work on one replay."""

    def __init__(self, what_if: WhatIf, processes: int) -> None:
        self.what_if = what_if
        self.rest = reading.slices(what_if, [plan.subject for plan in reading.plans(what_if)])
        self.all_given = False
        self.order: deque[Slice] = deque()
        self.done: dict[Slice, tuple[int, Replayed]] = {}
        self.held_at = time.monotonic()
        self.children: list[Child] = []
        try:
            for _n in range(processes):
                self.children.append(Child())
        except BaseException:
            self.close()
            raise

    def finished(self, patience: float) -> Iterator[tuple[Slice, int, Replayed]]:
        """Hand out slices, wait a moment for answers, and give those that come next. Raises Lost, Failed."""
        for child in self.children:
            while len(child.given) < AHEAD and not self.all_given:
                piece = next(self.rest, None)
                if piece is None:
                    self.all_given = True
                else:
                    self.order.append(piece)
                    child.give(self.what_if.pk, piece)
        with selectors.DefaultSelector() as waiting:
            for child in self.children:
                if child.given:
                    waiting.register(child, selectors.EVENT_READ)
            for key, _events in waiting.select(patience) if waiting.get_map() else ():
                for piece, n, found in cast(Child, key.fileobj).answers():
                    self.done[piece] = (n, found)
        while self.order and self.order[0] in self.done:
            piece = self.order.popleft()
            yield piece, *self.done.pop(piece)

    @property
    def is_through(self) -> bool:
        """Whether nothing is left to hand out, to come or to keep."""
        return self.all_given and not self.order

    def close(self) -> None:
        for child in self.children:
            child.close()


@dataclass(slots=True)
class Foreman:
    """What one worker does about replays, a turn at a time."""

    processes: int = field(default_factory=lambda: max(1, min(PROCESSES, os.cpu_count() or 1)))
    name: str = field(default_factory=lambda: f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid4().hex[:8]}")
    crew: Crew | None = None
    tries: int = 0

    def turn(self, now: datetime, patience: float = PATIENCE) -> int:
        """Go on with the replay at hand, or with the oldest that waits; 0 where there is none."""
        if self.crew is None:
            return self._begin(now)
        what_if_id = self.crew.what_if.pk
        try:
            self._go_on(self.crew, now, patience)
        except Lost as error:
            self._leave()
            self._try_again(what_if_id, error, now)
        except Failed as error:
            self._leave()
            self._give_up(what_if_id, _("推演出错：%(why)s") % {"why": error}, now)
        except BaseException:
            self._leave()
            raise
        return 1

    def _begin(self, now: datetime) -> int:
        if not reading.waiting(self.name, now).exists():
            return 0
        what_if = actions.take_what_if(worker=self.name, now=now)
        if what_if is None:
            return 0
        try:
            self.crew = Crew(what_if, self.processes)
        except KeyueError as error:
            # what was asked can be asked no more: a calendar or an edition is another by now
            self._give_up(what_if.pk, str(error), now)
        except (Lost, OSError) as error:
            self._try_again(what_if.pk, error, now)
        return 1

    def _go_on(self, crew: Crew, now: datetime, patience: float) -> None:
        pk = crew.what_if.pk
        for piece, n, found in crew.finished(patience):
            self.tries = 0
            crew.held_at = time.monotonic()
            if not actions.keep_slice(
                what_if_id=pk, worker=self.name, piece=piece, chains=n, found=found, now=now
            ):
                self._leave()
                return
        if time.monotonic() - crew.held_at > BREATH:
            crew.held_at = time.monotonic()
            if not actions.hold_what_if(what_if_id=pk, worker=self.name, now=now):
                self._leave()
                return
        if crew.is_through:
            actions.finish_what_if(what_if_id=pk, worker=self.name, now=now)
            self._leave()

    def _try_again(self, what_if_id: int, error: Exception, now: datetime) -> None:
        """Begin anew behind the last slice at the next turn, so many times."""
        self.tries += 1
        if self.tries >= TRIES:
            self._give_up(what_if_id, _("推演进程意外结束（%(why)s）。") % {"why": error}, now)

    def _give_up(self, what_if_id: int, why: str, now: datetime) -> None:
        self.tries = 0
        actions.finish_what_if(what_if_id=what_if_id, worker=self.name, now=now, problem=why)

    def _leave(self) -> None:
        if self.crew is not None:
            self.crew.close()
            self.crew = None
