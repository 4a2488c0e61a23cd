"""Reading rows by SQL of one's own: for the few questions that every request and every act asks.

Composing a query with joins takes the ORM longer than the database takes to answer it. The values go through the same
converters as the ORM's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState
from django.db.models.signals import post_init, pre_init

Row = TypeVar("Row", bound=models.Model)
Convert = Callable[[Any, Any], Any]
"""Takes a value, which is not None, and the connection that it came by."""


@lru_cache(maxsize=64)
def columns_of(model: type[models.Model], alias: str) -> str:
    """All columns of a model under a table's alias, to be selected."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def width_of(model: type[models.Model]) -> int:
    """How many columns that are."""
    return len(model._meta.concrete_fields)


def instance(model: type[Row], values: Sequence[Any]) -> Row:
    """The instance that these values are, in the order of `columns_of`."""
    # a lookup of the connection costs more than most conversions: one for all columns
    connection = connections[DEFAULT_DB_ALIAS]
    names, converters = _converters(model, connection.vendor)
    converted = [
        value if convert is None or value is None else convert(value, connection)
        for convert, value in zip(converters, values, strict=True)
    ]
    if _is_watched(model):
        return model.from_db(DEFAULT_DB_ALIAS, names, converted)
    # what `from_db` does when all columns are there and nobody listens, in a fifth of its time
    row = model.__new__(model)
    row.__dict__.update(zip(names, converted, strict=True))
    row._state = ModelState()
    row._state.adding = False
    row._state.db = DEFAULT_DB_ALIAS
    return row


def _is_watched(model: type[models.Model]) -> bool:
    """Whether somebody wants to know of each instance, or a model makes its own in another way."""
    return (
        pre_init.has_listeners(model)
        or post_init.has_listeners(model)
        or model.__init__ is not models.Model.__init__
        or "from_db" in model.__dict__
    )


def rows_where(model: type[Row], condition: str, values: Sequence[Any]) -> list[Row]:
    """The rows of one table, called `it`, for which a condition holds."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(f"{_select(model)} WHERE {condition}", values)
        return [instance(model, row) for row in cursor.fetchall()]


def held_where(model: type[Row], condition: str, values: Sequence[Any]) -> list[Row]:
    """`rows_where`, held against other writers until the transaction ends; SQLite's transactions are exclusive as wholes."""
    locks = connections[DEFAULT_DB_ALIAS].features.has_select_for_update
    return rows_where(model, f"{condition} FOR UPDATE" if locks else condition, values)


def first_of(question: str, values: Sequence[Any]) -> tuple[Any, ...] | None:
    """The first row that a query of one's own gives, as the driver reads it; None where there is none."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(question, values)
        found: tuple[Any, ...] | None = cursor.fetchone()
        return found


@lru_cache(maxsize=64)
def _select(model: type[models.Model]) -> str:
    return f'SELECT {columns_of(model, "it")} FROM "{model._meta.db_table}" it'  # noqa: S608


def converters_of(model: type[models.Model], fields: tuple[str, ...]) -> tuple[Convert | None, ...]:
    """What turns the values of some columns into Python's, by the fields' names; None where they are so already.

    A null needs no conversion.
    """
    return _some_converters(model, fields, connections[DEFAULT_DB_ALIAS].vendor)


@lru_cache(maxsize=16)
def _some_converters(
    model: type[models.Model], fields: tuple[str, ...], vendor: str
) -> tuple[Convert | None, ...]:
    return tuple(_converter(model._meta.get_field(name)) for name in fields)


@lru_cache(maxsize=64)
def _converters(model: type[models.Model], vendor: str) -> tuple[tuple[str, ...], tuple[Convert | None, ...]]:
    fields = model._meta.concrete_fields
    return tuple(field.attname for field in fields), tuple(_converter(field) for field in fields)


def _converter(field: Any) -> Convert | None:
    connection, column = connections[DEFAULT_DB_ALIAS], field.cached_col
    if connection.vendor == "sqlite" and field.get_internal_type() == "DateTimeField":
        return _instant
    steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
    return _chained(steps, column) if steps else None


def _instant(value: datetime, connection: Any) -> datetime:
    """What the ORM makes of an instant in SQLite, without asking the settings for each value."""
    return value.replace(tzinfo=UTC)


def _chained(steps: Sequence[Any], column: Any) -> Convert:
    def convert(value: Any, connection: Any) -> Any:
        for step in steps:
            value = step(value, column, connection)
        return value

    return convert
