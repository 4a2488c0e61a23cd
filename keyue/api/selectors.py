"""Reading what the API remembers."""

from __future__ import annotations

from keyue.api.models import IdempotentAnswer


def answer(key: str) -> IdempotentAnswer | None:
    """The kept answer for a key's digest."""
    return IdempotentAnswer.objects.filter(key=key).first()
