"""Django's PostgreSQL backend without just-in-time compilation and without helpers in a statement.

The statements here are many small walks of indexes. PostgreSQL adds up what they might cost at worst, compiles for half
a second what then takes a few milliseconds, and starts processes, in ten, for what takes one.
"""

from __future__ import annotations

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Says so on each new connection: an option of the connection itself would be refused by PgBouncer."""

    def init_connection_state(self) -> None:
        super().init_connection_state()
        with self.connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
