"""The signature of what goes to other systems and comes from them: HMAC-SHA256 over instant and body."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

TIMESTAMP = "Keyue-Timestamp"
SIGNATURE = "Keyue-Signature"
SCHEME = "v1"
WINDOW = timedelta(minutes=5)
"""How far the instant of a request may be from now: longer ago, it may be somebody's copy."""
OVERLAP = timedelta(days=1)
"""How long the secret before still works, so that both sides need not change in the same instant."""


def new_secret() -> str:
    """A secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature as hexadecimal digits."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def headers_for(keys: Iterable[str], body: bytes, at: datetime) -> dict[str, str]:
    """The headers that prove who sends this; one signature for each secret that still works."""
    timestamp = str(int(at.timestamp()))
    signatures = ",".join(f"{SCHEME}={sign(key, timestamp, body)}" for key in keys)
    return {TIMESTAMP: timestamp, SIGNATURE: signatures}


def is_signed(keys: Iterable[str], timestamp: str, signatures: str, body: bytes) -> bool:
    """Whether one of the signatures was made with one of the secrets."""
    given = [part.strip().partition("=") for part in signatures.split(",")[:5]]
    found = False
    for key in keys:
        expected = sign(key, timestamp, body)
        for scheme, _equals, value in given:
            # all are compared, so that the time taken says nothing
            same = hmac.compare_digest(expected.encode(), value.encode("utf-8", "replace"))
            found = found or (same and scheme == SCHEME)
    return found


def is_fresh(timestamp: str, at: datetime) -> bool:
    """Whether a request was made within WINDOW of now."""
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) < 12):
        return False
    return abs(at - datetime.fromtimestamp(int(timestamp), UTC)) <= WINDOW


@dataclass(frozen=True, slots=True)
class Keys:
    """The secret of one side, and the one before it for as long as that works."""

    secret: str = ""
    former: str = ""
    former_until: str = ""

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Keys:
        """Out of what is sealed."""
        return cls(*(str(kept.get(name) or "") for name in ("secret", "former", "former_until")))

    def working(self, at: datetime) -> list[str]:
        """The secrets that work now, the newest first."""
        old = bool(self.former and self.former_until) and datetime.fromisoformat(self.former_until) > at
        return [key for key in (self.secret, self.former if old else "") if key]

    def renewed(self, at: datetime) -> dict[str, str]:
        """What is sealed when a new secret is made."""
        kept = {"secret": new_secret()}
        if self.secret:
            kept |= {"former": self.secret, "former_until": (at + OVERLAP).isoformat()}
        return kept
