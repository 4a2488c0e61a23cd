"""Files that prove statements, kept under their SHA-256 beside the attachments, in a folder of their own."""

from __future__ import annotations

import os
from pathlib import Path
from uuid import uuid4

from django.conf import settings

FOLDER = "statements"


def path_of(digest: str) -> Path:
    """Where a file's content is kept; the backup takes the whole of MEDIA_ROOT."""
    return Path(settings.MEDIA_ROOT) / FOLDER / digest[:2] / digest


def keep(digest: str, content: bytes) -> None:
    """Write content under its digest, once, whole: under a name of its own first, since others may be keeping the same."""
    path = path_of(digest)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f"{path.name}.{uuid4().hex}.new")
    fresh.touch(mode=0o600)
    try:
        with fresh.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
