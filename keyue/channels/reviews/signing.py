"""How Weibo and Douyin sign what they post."""

from __future__ import annotations

import hashlib
import hmac


def weibo_signature(secret: str, timestamp: str, nonce: str) -> str:
    """SHA-1 over secret, timestamp and nonce, sorted and joined. It says nothing of the body."""
    text = "".join(sorted([secret, timestamp, nonce]))
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def douyin_signature(secret: str, body: bytes) -> str:
    """SHA-1 over secret and body."""
    return hashlib.sha1(secret.encode() + body, usedforsecurity=False).hexdigest()


def same(given: str, expected: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())
