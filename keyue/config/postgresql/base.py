"""Django's PostgreSQL backend without just-in-time compilation.

The statements here are many small walks of indexes, joined by UNION. PostgreSQL adds up what they might cost at worst,
and compiles for half a second what then takes a few milliseconds.
"""

from __future__ import annotations

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Says so on each new connection: an option of the connection itself would be refused by PgBouncer."""

    def init_connection_state(self) -> None:
        super().init_connection_state()
        with self.connection.cursor() as cursor:
            cursor.execute("SET jit = off")
