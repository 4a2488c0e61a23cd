"""What each room brings to the whole: background jobs. One place, read by the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps


def room_jobs() -> Iterator[tuple[str, float, Callable[[datetime], int]]]:
    """The `JOBS` of every room's `jobs.py`: (name, seconds between turns, function of now)."""
    for app in apps.get_app_configs():
        if app.name.startswith("keyue.") and find_spec(f"{app.name}.jobs"):
            yield from import_module(f"{app.name}.jobs").JOBS
