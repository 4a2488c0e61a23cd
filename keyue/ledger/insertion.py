"""Inserting in SQL, where Django's `bulk_create` takes half the time of an intake or cannot say which rows it made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models

AT_A_TIME = 50
"""Rows a statement; SQLite takes 32,766 values."""

AS_IT_IS = frozenset({"CharField", "BigIntegerField", "ForeignKey", "BinaryField"})
"""Fields whose values both drivers take as they are."""


def insert(
    model: type[models.Model],
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    returning: tuple[str, ...],
) -> Iterator[tuple[Any, ...]]:
    """Insert all rows; `returning` of each, in any order."""
    return _insert(model, columns, rows, returning, "")


def insert_new(
    model: type[models.Model],
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    returning: tuple[str, ...],
) -> Iterator[tuple[Any, ...]]:
    """Insert the rows that collide with nothing; `returning` of each row inserted. Call it in a transaction.

    A row that another transaction is inserting is waited for, and then left out of the answer. On SQLite, where a
    transaction is the only writer, a collision is an IntegrityError.
    """
    return _insert(model, columns, rows, returning, " ON CONFLICT DO NOTHING")


def _insert(
    model: type[models.Model],
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    returning: tuple[str, ...],
    collision: str,
) -> Iterator[tuple[Any, ...]]:
    fields = _fields(model, columns)
    prepare = [None if field.get_internal_type() in AS_IT_IS else field.get_db_prep_save for field in fields]
    made: list[list[tuple[Any, ...]]] = []
    connection = connections[DEFAULT_DB_ALIAS]
    with connection.cursor() as cursor:
        for n in range(0, len(rows), AT_A_TIME):
            some = rows[n : n + AT_A_TIME]
            values = [
                save(value, connection) if save else value
                for row in some
                for save, value in zip(prepare, row, strict=True)
            ]
            cursor.execute(_statement(model, columns, len(some), returning, collision), values)
            made.append(cursor.fetchall())
    return chain.from_iterable(made)


@lru_cache(maxsize=64)
def _statement(
    model: type[models.Model], columns: tuple[str, ...], n: int, returning: tuple[str, ...], collision: str
) -> str:
    names = ", ".join(f'"{field.column}"' for field in _fields(model, columns))
    place = f"({', '.join(['%s'] * len(columns))})"
    return (
        f'INSERT INTO "{model._meta.db_table}" ({names}) VALUES {", ".join([place] * n)}{collision}'  # noqa: S608
        f" RETURNING {', '.join(returning)}"
    )


def _fields(model: type[models.Model], columns: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    by_name = {field.name: field for field in model._meta.fields}
    return [by_name[column] for column in columns]
