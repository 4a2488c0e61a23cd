"""Identifiers that sort by time, and codes that people can type."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

# no 0/O, 1/I/L, U/V: read out over the telephone without a mistake
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ"


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | (0x7 << 76) | (secrets.randbits(12) << 64) | (0b10 << 62)
    return UUID(int=value | secrets.randbits(62))


def new_code(length: int = 8) -> str:
    """A random code for a customer who has no login; `length` characters of 4.8 bits each."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))
