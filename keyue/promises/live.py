"""Waking live updates: in this process at once, in others by PostgreSQL's NOTIFY or by their own look.

The cursor of a stream is the newest fact's row id, so a wake says only "look"; nothing is lost if it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from django.db import Error, connection, transaction

CHANNEL = "keyue_live"
_listeners: list[Callable[[], None]] = []


def listen(wake: Callable[[], None]) -> None:
    """Have `wake` called after each commit of this process that recorded a fact. It must not block."""
    _listeners.append(wake)


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
