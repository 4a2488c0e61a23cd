"""Time-based one-time passwords (RFC 6238, SHA-1, six digits, 30 seconds), as every authenticator app makes them.

Pure functions; why this is not left to allauth: docs/decisions/0201-second-factor.md.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote, urlencode

PERIOD = 30
DIGITS = 6
# one step either side: a phone's clock is often half a minute off
TOLERANCE = 1


def new_secret() -> str:
    """160 random bits, as Base32 without padding."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def step_of(instant: datetime) -> int:
    """The number of the 30-second step that `instant` lies in."""
    return int(instant.timestamp()) // PERIOD


def code_at(secret: str, step: int) -> str:
    """The six digits of one step."""
    key = base64.b32decode(secret.encode("ascii"), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def matching_step(secret: str, code: str, *, at: datetime, after: int | None = None) -> int | None:
    """The step whose code this is, or None. Steps up to `after` are spent: a code works once."""
    wanted = "".join(code.split())
    if len(wanted) != DIGITS or not (wanted.isascii() and wanted.isdigit()):
        return None
    found = None
    now = step_of(at)
    for step in range(now - TOLERANCE, now + TOLERANCE + 1):
        same = hmac.compare_digest(code_at(secret, step), wanted)
        if same and (after is None or step > after) and found is None:
            found = step
    return found


def otpauth_uri(secret: str, *, account: str, issuer: str) -> str:
    """What the QR code says to an authenticator app."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"
