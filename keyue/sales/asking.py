"""How often the public may ask: the channels' limits, which stand above this room, register here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

# raises kernel.errors.TooMany beyond the limit
Limit = Callable[[HttpRequest], None]

_limits: dict[str, Limit] = {}


def register(name: str, limit: Limit) -> None:
    """Let `limit` be asked before a public page of this room answers; once for each name."""
    _limits[name] = limit


def count_one(request: HttpRequest) -> None:
    """Count a request of the public. Raises TooMany."""
    for limit in _limits.values():
        limit(request)
