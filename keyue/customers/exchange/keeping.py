"""Files of the exchange on disk: sheets that came in, their rows while an import runs, sealed files of customers.

All of it lies below MEDIA_ROOT, which the backup takes whole, or below KEYUE_HOME where it can be made again.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from keyue.customers.models import CustomerImport
from keyue.kernel.contents import Contents
from keyue.kernel.errors import Invalid
from keyue.ledger.sealing import OwnerKey
from keyue.ui.sheets import MOST_BYTES

CHUNK = 48 * 1024
"""Bytes that are sealed together: what is held in memory of a file, however long it is."""
AT_A_TIME = 500


def _needed(digests: Collection[str]) -> set[str]:
    """Those of them that an import still has."""
    some = list(digests)
    found: set[str] = set()
    for start in range(0, len(some), AT_A_TIME):
        rows = CustomerImport.objects.filter(sha256__in=some[start : start + AT_A_TIME], cleared="")
        found.update(rows.values_list("sha256", flat=True))
    return found


SHEETS = Contents(lambda: Path(settings.MEDIA_ROOT) / "customer-sheets", _needed)


def spools() -> Path:
    """The folder with the rows of imports that are not finished."""
    return Path(settings.KEYUE_HOME) / "customer-imports"


def spool_path(run_id: int) -> Path:
    """Where the rows of an import stand on disk while it is not finished."""
    return spools() / f"{run_id}.rows"


def keep_sheet(chunks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a sheet under its SHA-256, whole, without holding it in memory: digest and size. Raises Invalid."""
    folder = Path(settings.MEDIA_ROOT) / "customer-sheets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = folder / f"{uuid4().hex}.new"
    fresh.touch(mode=0o600)
    digest, size = sha256(), 0
    try:
        with fresh.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_BYTES:
                    most = MOST_BYTES // 1024**2
                    raise Invalid(_("文件超过 %(most)d MB，请拆成几个文件。") % {"most": most})
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        kept = SHEETS.path_of(digest.hexdigest())
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh.replace(kept)
    finally:
        fresh.unlink(missing_ok=True)
    return digest.hexdigest(), size


# --- sealed files ---


def vault(kind: str, uid: UUID | str) -> Path:
    """Where a sealed file lies: `kind` is "files" for attachments, "exports" for what was exported."""
    name = str(uid)
    return Path(settings.MEDIA_ROOT) / f"customer-{kind}" / name[:2] / name


def seal_file(source: Iterable[bytes], target: Path, key: OwnerKey, context: str) -> None:
    """Write what `source` gives, sealed piece by piece in its order, whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f"{target.name}.{uuid4().hex}.new")
    fresh.touch(mode=0o600)
    try:
        with fresh.open("w", encoding="ascii") as file:
            for n, chunk in enumerate(source):
                file.write(key.seal(base64.b64encode(chunk).decode(), f"{context}.{n}") + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def open_file(path: Path, key: OwnerKey, context: str) -> Iterator[bytes]:
    """What was sealed, piece by piece; nothing where the key is gone. Raises OSError where the file is not there."""
    with path.open(encoding="ascii") as file:
        for n, line in enumerate(file):
            text = key.unseal(line.rstrip("\n"), f"{context}.{n}")
            if text is None:
                return
            yield base64.b64decode(text)


def pieces(content: bytes) -> Iterator[bytes]:
    """Content in the pieces that are sealed together."""
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]


def pieces_of(path: Path) -> Iterator[bytes]:
    """A file in the pieces that are sealed together."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk
