"""Writing what the API remembers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection

from keyue.api.models import IdempotentAnswer

KEPT = timedelta(days=2)
_CLAIM = """
INSERT INTO api_idempotentanswer (key, fingerprint, status, body, content_type, at)
VALUES (%s, %s, 0, %s, '', %s) ON CONFLICT DO NOTHING RETURNING id
"""


def claim(*, key: str, fingerprint: str, at: datetime) -> int | None:
    """Take a key for the transaction at hand; None where it is taken already. Waits for whoever is just taking it."""
    moment = connection.ops.adapt_datetimefield_value(at)
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [key, fingerprint, b"", moment])
        row = cursor.fetchone()
    return row[0] if row else None


def keep(claimed: int, *, status: int, body: bytes, content_type: str) -> None:
    """Keep the sealed answer under the key that was claimed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE api_idempotentanswer SET status = %s, body = %s, content_type = %s WHERE id = %s",
            [status, body, content_type, claimed],
        )


def release(claimed: int) -> None:
    """Give a key back: what it was for was refused."""
    IdempotentAnswer.objects.filter(pk=claimed).delete()


def forget_old_answers(now: datetime) -> int:
    """Drop answers older than two days; a background job."""
    return IdempotentAnswer.objects.filter(at__lt=now - KEPT).delete()[0]
