"""Writing what the API remembers."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyue.api.models import IdempotentAnswer

KEPT = timedelta(days=2)


def remember(
    *, key: str, fingerprint: str, status: int, body: bytes, content_type: str, at: datetime
) -> None:
    """Keep an answer under its key; raises IntegrityError where another request was quicker."""
    IdempotentAnswer.objects.create(
        key=key, fingerprint=fingerprint, status=status, body=body, content_type=content_type, at=at
    )


def forget_old_answers(now: datetime) -> int:
    """Drop answers older than two days; a background job."""
    return IdempotentAnswer.objects.filter(at__lt=now - KEPT).delete()[0]
