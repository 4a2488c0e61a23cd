"""Inserting and updating in SQL, where the ORM takes half the time of an intake or cannot say which rows it made.

The statements are made once from the model's own fields, and every value goes through its field: what is stored is what
the ORM would have stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

AT_A_TIME = 50
"""Rows a statement; SQLite takes 32,766 values."""

AS_IT_IS = frozenset(
    {
        *("CharField", "TextField", "BooleanField", "ForeignKey", "BinaryField"),
        *("BigIntegerField", "PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField"),
    }
)
"""Fields whose values both drivers take as they are."""

Row = TypeVar("Row", bound=models.Model)
Prepare = Callable[[Any, Any], Any]


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


def insert_rows(rows: Sequence[Row]) -> None:
    """Insert new instances of one model, whose id the database gives; each gets its own, as `bulk_create` does it."""
    if not rows:
        return
    model = type(rows[0])
    columns, values_of, key = _whole(model)
    made = insert(model, columns, [values_of(row) for row in rows], returning=(key,))
    for row, (pk,) in zip(rows, made, strict=True):
        row.pk = pk
        row._state.adding = False
        row._state.db = DEFAULT_DB_ALIAS


def update_row(model: type[models.Model], pk: int, raised: str = "", **columns: Any) -> None:
    """Set columns of one row; `raised` names a number that goes up by one. Columns are named as attributes."""
    connection = connections[DEFAULT_DB_ALIAS]
    names = tuple(columns)
    values = [
        prepare(value, connection) if prepare else value
        for prepare, value in zip(_prepare_attributes(model, names), columns.values(), strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_update(model, names, raised), [*values, pk])


def update_rows(rows: Sequence[Row], columns: tuple[str, ...]) -> None:
    """Write these columns, named as attributes, of instances of one model: one statement, prepared once."""
    if not rows:
        return
    model, connection = type(rows[0]), connections[DEFAULT_DB_ALIAS]
    prepare = _prepare_attributes(model, columns)
    values = [
        [
            *(
                step(getattr(row, column), connection) if step else getattr(row, column)
                for column, step in zip(columns, prepare, strict=True)
            ),
            row.pk,
        ]
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_update(model, columns, ""), values)


def _insert(
    model: type[models.Model],
    columns: tuple[str, ...],
    rows: Sequence[tuple[Any, ...]],
    returning: tuple[str, ...],
    collision: str,
) -> Iterator[tuple[Any, ...]]:
    prepare = _prepare(model, columns)
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


@lru_cache(maxsize=64)
def _update(model: type[models.Model], names: tuple[str, ...], raised: str) -> str:
    settings = [f'"{field.column}" = %s' for field in _attributes(model, names)]
    if raised:
        settings.append(f'"{raised}" = "{raised}" + 1')
    key = model._meta.pk
    assert key is not None  # noqa: S101  every table has one
    return f'UPDATE "{model._meta.db_table}" SET {", ".join(settings)} WHERE "{key.column}" = %s'  # noqa: S608


@lru_cache(maxsize=64)
def _prepare(model: type[models.Model], columns: tuple[str, ...]) -> list[Prepare | None]:
    return [_preparing(field) for field in _fields(model, columns)]


@lru_cache(maxsize=64)
def _prepare_attributes(model: type[models.Model], names: tuple[str, ...]) -> list[Prepare | None]:
    return [_preparing(field) for field in _attributes(model, names)]


def _preparing(field: models.Field[Any, Any]) -> Prepare | None:
    kind = field.get_internal_type()
    if kind == "DateTimeField":
        return _instant
    return None if kind in AS_IT_IS else field.get_db_prep_save


def _instant(value: Any, connection: Any) -> Any:
    """An aware instant; none of ours is naive, and the field would ask the settings for each."""
    return connection.ops.adapt_datetimefield_value(value)


@lru_cache(maxsize=64)
def _whole(model: type[models.Model]) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], str]:
    """All columns but the id, how to read them from an instance, and the id's own."""
    key = model._meta.pk
    fields = [field for field in model._meta.concrete_fields if field is not key]
    assert key is not None and key.column  # noqa: S101  every table has one
    return tuple(f.name for f in fields), attrgetter(*(f.attname for f in fields)), key.column


def _fields(model: type[models.Model], columns: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    by_name = {field.name: field for field in model._meta.fields}
    return [by_name[column] for column in columns]


def _attributes(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    by_name = {field.attname: field for field in model._meta.fields}
    return [by_name[name] for name in names]
