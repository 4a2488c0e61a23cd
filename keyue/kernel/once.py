"""What the parts of one page ask for in common is read once. Pure Python.

A page is put together by rooms that know nothing of each other, and each of them asks whose page it is, for names, keys
and calendars. Inside `once()` such a question is answered from memory the second time; outside nothing is remembered.
It is for pages that only read: who wrote in between would be shown what was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_memory: ContextVar[dict[str, dict[Any, Any]] | None] = ContextVar("memory", default=None)


@contextmanager
def once() -> Iterator[None]:
    """Remember until the block ends what is read through `recalled`, in this thread or task alone."""
    token = _memory.set({})
    try:
        yield
    finally:
        _memory.reset(token)


def recalled(
    what: str, keys: Collection[Key], read: Callable[[Collection[Key]], Mapping[Key, Value]]
) -> dict[Key, Value]:
    """What `read` says of these keys, asked only for those that are not remembered under the name `what`.

    Of a key that `read` leaves out nothing is remembered: it is asked again.
    """
    memory = _memory.get()
    if memory is None:
        return dict(read(keys))
    known: dict[Key, Value] = memory.setdefault(what, {})
    missing = [key for key in keys if key not in known]
    if missing:
        known.update(read(missing))
    return {key: known[key] for key in keys if key in known}


def remember(what: str, values: Mapping[Any, Any]) -> None:
    """Let `recalled` know what was read in another way; without effect outside `once()`."""
    memory = _memory.get()
    if memory is not None:
        memory.setdefault(what, {}).update(values)
