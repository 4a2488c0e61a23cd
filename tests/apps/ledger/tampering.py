"""What somebody does who has the database's password: take the protection off, and change what was recorded.

Only here. No code of the product can do this.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def unprotected(table: str = "ledger_fact", *, restore: bool = True) -> Iterator[None]:
    """Triggers of `table` off, and its foreign keys unchecked, as they are for whoever owns the database."""
    triggers = _triggers(table)
    _switch(table, triggers, off=True)
    try:
        yield
    finally:
        if restore:
            _switch(table, triggers, off=False)


def tamper(statement: str, values: list[Any] | None = None, *, table: str = "ledger_fact") -> int:
    """Run a statement past the protection of `table`; how many rows it changed."""
    with unprotected(table), connection.cursor() as cursor:
        cursor.execute(statement, values or [])
        return cursor.rowcount


def without_references(statement: str, values: list[Any], *, table: str) -> None:
    """Delete rows that others refer to. Call it outside any transaction."""
    with unprotected(table), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute(statement, values)
            cursor.execute("PRAGMA foreign_keys = ON")
        else:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement, values)
            cursor.execute("SET session_replication_role = origin")


def _triggers(table: str) -> dict[str, str]:
    """Name and statement of each append-only trigger of a table."""
    if connection.vendor == "sqlite":
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    else:
        query = "SELECT tgname, '' FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(query, [table])
        return dict(cursor.fetchall())


def _switch(table: str, triggers: dict[str, str], *, off: bool) -> None:
    with connection.cursor() as cursor:
        for name, statement in triggers.items():
            if connection.vendor == "sqlite":
                cursor.execute(f'DROP TRIGGER "{name}"' if off else statement)
            else:
                act = "DISABLE" if off else "ENABLE ALWAYS"
                cursor.execute(f'ALTER TABLE "{table}" {act} TRIGGER "{name}"')
