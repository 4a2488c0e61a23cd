"""Reading rows by SQL of one's own, as instances: for the few questions that every request asks.

Composing a query with joins takes the ORM longer than the database takes to answer it. The values go through the same
converters as the ORM's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

Row = TypeVar("Row", bound=models.Model)
Convert = Callable[[Any], Any]


@lru_cache(maxsize=16)
def columns_of(model: type[models.Model], alias: str) -> str:
    """All columns of a model under a table's alias, to be selected."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def width_of(model: type[models.Model]) -> int:
    """How many columns that are."""
    return len(model._meta.concrete_fields)


def instance(model: type[Row], values: Sequence[Any]) -> Row:
    """The instance that these values are, in the order of `columns_of`."""
    names, converters = _converters(model, connections[DEFAULT_DB_ALIAS].vendor)
    converted = [
        convert(value) if convert else value for convert, value in zip(converters, values, strict=True)
    ]
    return model.from_db(DEFAULT_DB_ALIAS, names, converted)


@lru_cache(maxsize=16)
def _converters(model: type[models.Model], vendor: str) -> tuple[tuple[str, ...], tuple[Convert | None, ...]]:
    connection = connections[DEFAULT_DB_ALIAS]
    names, found = [], []
    for field in model._meta.concrete_fields:
        column = field.cached_col
        steps = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]
        names.append(field.attname)
        found.append(_chained(steps, column) if steps else None)
    return tuple(names), tuple(found)


def _chained(steps: Sequence[Any], column: Any) -> Convert:
    def convert(value: Any) -> Any:
        for step in steps:
            value = step(value, column, connections[DEFAULT_DB_ALIAS])
        return value

    return convert
