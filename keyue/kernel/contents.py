"""Contents of files, each kept once under its SHA-256, for as long as something names it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import Path
from uuid import uuid4

ABANDONED = timedelta(days=1)
TURN = timedelta(minutes=5)
"""How often a store is tidied: one of its 256 folders at a time."""
DIGEST = 64


@dataclass(frozen=True, slots=True)
class Contents:
    """A folder of contents. `root` is asked each time; `needed` says which of some digests something still names."""

    root: Callable[[], Path]
    needed: Callable[[Collection[str]], set[str]]

    def path_of(self, digest: str) -> Path:
        """Where the content of a file is kept."""
        return self.root() / digest[:2] / digest

    def keep(self, digest: str, content: bytes) -> None:
        """Write content under its digest, once, whole."""
        path = self.path_of(digest)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # a name of its own: another thread may be keeping the same content
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

    def keep_all(self, contents: Mapping[str, bytes]) -> None:
        """`keep` for several contents by their digests."""
        for digest, content in contents.items():
            self.keep(digest, content)

    def is_whole(self, digest: str) -> bool:
        """Whether content is still that of its digest. Raises OSError where it cannot be read, or is not there."""
        with self.path_of(digest).open("rb") as file:
            return file_digest(file, "sha256").hexdigest() == digest

    def drop(self, digest: str) -> None:
        """Delete content that nothing names any more; outside a transaction, so that it sees what others committed.

        It is put aside before it is looked who needs it: whoever comes later writes it anew.
        """
        path = self.path_of(digest)
        aside = path.with_name(f"{digest}.gone")
        with suppress(FileNotFoundError):
            path.replace(aside)
        if self.needed([digest]):
            with suppress(FileNotFoundError):
                aside.replace(path)
        else:
            aside.unlink(missing_ok=True)

    def tidy(self, now: datetime) -> int:
        """Delete what processes left that were killed, or whose transaction failed, between a file and the row that
        names it; how many files.

        One of the 256 folders at a turn, the next one at the next turn; nothing younger than a day.
        """
        root, before = self.root(), (now - ABANDONED).timestamp()
        folder = root / f"{int(now.timestamp() // TURN.total_seconds()) % 256:02x}"
        old = [path for path in (*root.glob("*"), *folder.glob("*")) if _is_abandoned(path, before)]
        halves = [path for path in old if path.suffix in {".new", ".gone"}]
        whole = {path.name for path in old if len(path.name) == DIGEST}
        unneeded = whole - self.needed(whole)
        for path in halves:
            path.unlink(missing_ok=True)
        for digest in unneeded:
            self.drop(digest)
        return len(halves) + len(unneeded)


def _is_abandoned(path: Path, before: float) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < before
    except FileNotFoundError:
        return False
