"""The folders of channels: what each brings is found by the names of its modules, so that a new one edits nothing else.

`kind.py` holds `KINDS`, `senders.py` `SENDERS` (kinds of the outbox to what sends them), `urls.py` `urlpatterns`, `jobs.py`
`JOBS`, `models.py` tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

import keyue.channels as room


def names() -> list[str]:
    """Names of the folders, in a fixed order."""
    return sorted(
        found.name for found in iter_modules(room.__path__) if found.ispkg and found.name != "migrations"
    )


def brought(module: str, name: str) -> Iterator[Any]:
    """What the folders' modules of this name call `name`, one after the other; a folder without it brings nothing."""
    for folder in names():
        path = f"{room.__name__}.{folder}.{module}"
        if find_spec(path) is not None:
            yield getattr(import_module(path), name)


def load(module: str) -> None:
    """Import the folders' modules of this name."""
    for folder in names():
        path = f"{room.__name__}.{folder}.{module}"
        if find_spec(path) is not None:
            import_module(path)
