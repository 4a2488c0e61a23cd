"""The worker: what is done in the background, each at its own pace. `keyue work`, or a thread of `keyue serve`.

Any number of workers may run: each job takes rows that no other has taken. A job that fails is logged and tried again
at its next turn; it does not stop the others.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import close_old_connections, connection

from keyue.kernel import clock
from keyue.ledger.checkpoints import seal_heads

logger = logging.getLogger(__name__)
IDLE = 1.0


@dataclass(slots=True)
class Job:
    """`run(now)` returns how much it did; as long as that is anything it runs again without waiting."""

    name: str
    every: float
    run: Callable[[datetime], int]
    next_at: float = 0.0


def jobs() -> list[Job]:
    """All background jobs, with seconds between their turns."""
    from keyue.ledger import actions as ledger
    from keyue.operations.rooms import room_jobs
    from keyue.promises import actions as promises

    return [
        Job("look", 1.0, lambda now: promises.look(now=now).subjects),
        Job("deliver", 1.0, lambda now: ledger.deliver(now=now).sent),
        Job("tally", 5.0, lambda now: promises.fold_tallies()),
        Job("checkpoint", 600.0, _seal),
        *(Job(name, every, run) for name, every, run in room_jobs()),
    ]


def _seal(now: datetime) -> int:
    """Seal the chain heads; nothing more to do until the next turn."""
    seal_heads(now)
    return 0


def turn(pending: list[Job]) -> bool:
    """Run each job whose time has come once; whether any has more to do."""
    busy = False
    for job in pending:
        started = time.monotonic()
        if started < job.next_at:
            continue
        try:
            done = job.run(clock.now())
        except Exception:
            logger.exception("job %s failed", job.name)
            close_old_connections()
            done = 0
        job.next_at = started if done else started + job.every
        busy = busy or done > 0
    return busy


def work(stop: threading.Event) -> None:
    """Work until `stop` is set. The transaction at hand is finished first."""
    pending = jobs()
    while not stop.is_set():
        if not turn(pending):
            stop.wait(IDLE)
    connection.close()


def run_until_signalled() -> None:
    """`keyue work`: end at SIGTERM or Ctrl-C after the transaction at hand."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    work(stop)
