"""Django's SQLite backend with one write lock a process.

SQLite has one writer. Threads that meet in its busy handler sleep in growing steps and are served in no order; here
they queue at a lock and go on the moment the writer before them has committed. Other processes still meet at SQLite.
"""

from __future__ import annotations

import threading
from typing import Any

from django.db.backends.sqlite3 import base

_writing = threading.Lock()
LONGEST_WAIT = 60.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Holds the process's write lock from BEGIN IMMEDIATE to COMMIT or ROLLBACK."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._holds_writing = False

    def _start_transaction_under_autocommit(self) -> None:
        # a wait this long means that a transaction was never ended: better an error of SQLite's own than a dead process
        self._holds_writing = _writing.acquire(timeout=LONGEST_WAIT)
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._release()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]
        finally:
            if not self._still_in_transaction():
                self._release()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._release()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._release()

    def _still_in_transaction(self) -> bool:
        return self.connection is not None and self.connection.in_transaction

    def _release(self) -> None:
        if self._holds_writing:
            self._holds_writing = False
            _writing.release()
