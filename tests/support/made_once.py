"""What many tests begin with, made by the product's own actions once a process and laid into the database of each test.

Founding a company takes a tenth of a second, and thousands of tests begin with one. What it writes is the same whenever
its arguments and the time are: its rows are kept, and written again in the transaction of the next test.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from django.db import connection, transaction

from keyue.kernel import clock

T = TypeVar("T")

FROM_THE_START = frozenset({"django_migrations", "django_content_type", "auth_permission"})
"""Tables with rows in an empty installation."""
LOOKED_AT = frozenset({"company_installation", "ledger_fact", "people_user"})
"""Tables without which nothing is made: one of them with a row, and the database is not empty."""
real_now = clock.now


@dataclass(frozen=True)
class _Table:
    """What was written to one table, in the database's own words."""

    name: str
    columns: tuple[str, ...]
    rows: list[Any]


@dataclass(frozen=True)
class _Made:
    tables: list[_Table]
    returned: bytes


class _Database(Protocol):
    """How rows are read and written without anything lost on the way."""

    def tables(self) -> list[str]: ...
    def read(self, name: str) -> _Table: ...
    def write(self, tables: list[_Table]) -> None: ...


_made: dict[Hashable, _Made] = {}


def made_once(name: str, make: Callable[[], T], *about: Hashable) -> T:
    """What `make` returns and writes; `name` and `about` say all that it depends on.

    In a database that holds something already `make` just runs.
    """
    key = (connection.vendor, name, *about)
    known = _made.get(key)
    if known is None:
        return _make(key, make)
    if _filled({table.name for table in known.tables} | LOOKED_AT):
        return make()
    with transaction.atomic():
        _database().write(known.tables)
    returned: T = pickle.loads(known.returned)
    return returned


def this_hour() -> datetime:
    """When something is made that all tests of this hour share; the very instant where a test holds the clock."""
    now = clock.now()
    return now.replace(minute=0, second=0, microsecond=0) if clock.now is real_now else now


def _make(key: Hashable, make: Callable[[], T]) -> T:
    database = _database()
    before = _filled(database.tables())
    made = make()
    if not before:
        tables = [database.read(name) for name in sorted(_filled(database.tables()))]
        _made[key] = _Made(tables, pickle.dumps(made))
    return made


def _filled(names: Iterable[str]) -> set[str]:
    """Which of these tables hold anything that the migrations did not put there."""
    asked = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in set(names) - FROM_THE_START
    )
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return {name for (name,) in cursor.fetchall()}


def _database() -> _Database:
    return _Sqlite() if connection.vendor == "sqlite" else _Postgres()


def _rows(statement: str, parameters: Iterable[object] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return cursor.fetchall()


class _Sqlite:
    def tables(self) -> list[str]:
        # triggers fill the virtual tables, and SQLite the shadows behind them
        return [
            name
            for name, kind in _rows("SELECT name, type FROM pragma_table_list WHERE schema = 'main'")
            if kind == "table" and not name.startswith("sqlite_")
        ]

    def read(self, name: str) -> _Table:
        columns = tuple(column for (column,) in _rows("SELECT name FROM pragma_table_info(%s)", [name]))
        # a sign before the column takes its type away, by which values would be converted
        taken = ", ".join(f'+"{column}"' for column in columns)
        return _Table(name, columns, _rows(f'SELECT {taken} FROM "{name}" ORDER BY rowid'))

    def write(self, tables: list[_Table]) -> None:
        with connection.cursor() as cursor:
            for table in tables:
                named = ", ".join(f'"{column}"' for column in table.columns)
                places = ", ".join(["%s"] * len(table.columns))
                cursor.executemany(f'INSERT INTO "{table.name}" ({named}) VALUES ({places})', table.rows)


class _Postgres:
    def tables(self) -> list[str]:
        return [
            name
            for (name,) in _rows(
                "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace"
            )
        ]

    def read(self, name: str) -> _Table:
        # the column whose sequence has to go beyond what is written
        counted = _rows(
            "SELECT attname, pg_get_serial_sequence(quote_ident(%s), attname) FROM pg_attribute "
            "WHERE attrelid = quote_ident(%s)::regclass AND attnum > 0 AND NOT attisdropped "
            "AND pg_get_serial_sequence(quote_ident(%s), attname) IS NOT NULL",
            [name, name, name],
        )
        rows = [row for (row,) in _rows(f'SELECT t::text FROM "{name}" t')]
        return _Table(name, tuple(part for pair in counted for part in pair), rows)

    def write(self, tables: list[_Table]) -> None:
        written = ", ".join(
            f'w{n} AS (INSERT INTO "{t.name}" OVERRIDING SYSTEM VALUE '
            f'SELECT * FROM unnest(%s::text[]::"{t.name}"[]))'
            for n, t in enumerate(tables)
        )
        moved = [
            f"setval('{t.columns[1]}', GREATEST((SELECT last_value FROM {t.columns[1]}), "
            f'(SELECT max("{t.columns[0]}") FROM "{t.name}")))'
            for t in tables
            if t.columns
        ]
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {written} SELECT 1", [t.rows for t in tables])
            cursor.execute(f"SELECT {', '.join(moved)}")
