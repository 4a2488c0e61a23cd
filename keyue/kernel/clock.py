"""The one clock. Web, API, live updates and worker all ask `now()`.

In test mode (KEYUE_TEST_CLOCK=1) a file under KEYUE_HOME holds an offset, so that one command moves the
time of every process; outside test mode the file is never read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from pathlib import Path

_told: ContextVar[datetime | None] = ContextVar("told", default=None)
_offset: tuple[tuple[int, int], timedelta] | None = None


def is_movable() -> bool:
    """Whether the clock may be moved: only with KEYUE_TEST_CLOCK=1."""
    return os.environ.get("KEYUE_TEST_CLOCK") == "1"


def is_real() -> bool:
    """Whether no process of this KEYUE_HOME can believe anything but the real time."""
    return not is_movable() and not _file().exists()


def _file() -> Path:
    return Path(os.environ.get("KEYUE_HOME", "data")).absolute() / "clock.json"


def offset() -> timedelta:
    """How far the clock has been moved from real time; zero outside test mode."""
    global _offset
    if not is_movable():
        return timedelta(0)
    file = _file()
    try:
        stat = file.stat()
    except FileNotFoundError:
        return timedelta(0)
    stamp = (stat.st_mtime_ns, stat.st_ino)
    if _offset is None or _offset[0] != stamp:
        seconds = json.loads(file.read_text())["offset_seconds"]
        _offset = (stamp, timedelta(seconds=seconds))
    return _offset[1]


def now() -> datetime:
    """The current instant, aware, in UTC."""
    told = _told.get()
    return told if told is not None else datetime.now(UTC) + offset()  # noqa: TID251


@contextmanager
def telling(instant: datetime) -> Iterator[None]:
    """Let `now()` be `instant` for this thread, while history is made up.

    Only the demo and the bench use it, on an installation that holds nothing real: a test says so.
    """
    token = _told.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _told.reset(token)


def move_to(instant: datetime) -> None:
    """Let all processes of this KEYUE_HOME believe it is `instant`. Raises RuntimeError outside test mode."""
    if not is_movable():
        raise RuntimeError("the clock moves only with KEYUE_TEST_CLOCK=1")
    seconds = (instant - datetime.now(UTC)).total_seconds()  # noqa: TID251
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps({"offset_seconds": seconds}))
    fresh.replace(file)
