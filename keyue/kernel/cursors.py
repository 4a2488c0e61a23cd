"""Marks of a place in a list, as addresses carry them: `2026-11-22T02:00:00Z~142`, or an id alone. Pure Python.

Whatever stands in an address, the answer is a place that a database can look for, or a ValueError.
"""

from __future__ import annotations

from datetime import UTC, datetime

LARGEST = 1 << 50
"""More rows than anybody will have, and small enough to be multiplied in a database."""


def mark(at: datetime, identity: int) -> str:
    """The cursor behind this row; nothing in it means something else in an address."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z~{identity}"


def place(cursor: str) -> tuple[datetime, int]:
    """The instant and id of a cursor. Raises ValueError."""
    at, _tilde, identity = cursor.partition("~")
    instant = datetime.fromisoformat(at)
    if instant.tzinfo is None:
        raise ValueError(cursor)
    try:
        return instant.astimezone(UTC), number(identity)
    except OverflowError as error:
        raise ValueError(cursor) from error


def number(text: str) -> int:
    """The id of a cursor. Raises ValueError."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 16):
        raise ValueError(text)
    return min(int(text), LARGEST)
