"""Which posts and departments are named elsewhere (by regulations in force), so that none stands empty unseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

# at -> {code: where it is named, e.g. "S3 4.1.1"}
Source = Callable[[datetime], Mapping[str, Sequence[str]]]

_sources: list[Source] = []


def register(source: Source) -> None:
    """Let `source` tell which codes it names."""
    if source not in _sources:
        _sources.append(source)


def named_codes(at: datetime) -> dict[str, list[str]]:
    """Every code named anywhere, with the places that name it."""
    found: dict[str, list[str]] = {}
    for source in _sources:
        for code, places in source(at).items():
            found.setdefault(code, []).extend(places)
    return found
