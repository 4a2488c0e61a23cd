"""Proving mails as they came: their bytes by the SHA-256 under which they are kept. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from keyue.cases.verification import Loss, lost_contents
from keyue.channels.email.actions import CONTENTS
from keyue.channels.email.models import RawMail


def verify_mails() -> Iterator[Loss]:
    """Every mail that is kept, read and compared; each content once."""
    rows = RawMail.objects.filter(erased_at=None).select_related("channel").order_by("sha256", "pk")
    named = ((row.sha256, row.channel.name, row.pk) for row in rows.iterator(chunk_size=500))
    return lost_contents(CONTENTS, named)
