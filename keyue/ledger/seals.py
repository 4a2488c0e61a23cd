"""What a checkpoint signs, for whoever checks one without a database. Pure Python; `checkpoints` says what it is."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from keyue.ledger.facts import canonical

VERSION = 1
SIGNED = b"keyue checkpoint 1\n"

Head = tuple[str, str, int, bytes]
"""kind, ref, rev, hash"""


def digest_of(*, n: int, at: str, previous: bytes, count: int, heads: Iterable[Head]) -> bytes:
    """The 32 bytes that a checkpoint signs; `at` as `facts.stamp` writes it."""
    form = {"at": at, "count": count, "n": n, "previous": previous.hex(), "v": VERSION}
    total = sha256(canonical(form) + b"\n")
    for kind, ref, rev, mark in heads:
        total.update(canonical([kind, ref, rev, mark.hex()]) + b"\n")
    return total.digest()
