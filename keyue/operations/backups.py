"""Online backup: database and attachments in one file, keys in a second one. `restoring` puts it back.

The database is copied while the product runs: SQLite by its own backup interface, PostgreSQL by `pg_dump`, both as of one
instant. The files are taken after it: a file stands on disk before the row that names it, so none is missing.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from hashlib import sha256
from hmac import digest as hmac_digest
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from keyue.company.selectors import is_demo
from keyue.kernel.errors import Refused
from keyue.ledger import checkpoints, keys

FORM = 1
MANIFEST = "keyue-backup.json"
DATA, KEYS = "data", "keys"
MASTER = "master.key"


def back_up(target: Path, *, at: datetime) -> tuple[Path, Path]:
    """Write `target` and, beside it, its keys; both paths. Raises Refused with a sentence, and leaves nothing behind then.

    Neither file is ever overwritten, and `target` stands only when it is whole and its keys stand too.
    """
    secrets = target.with_name(f"{target.name}.keys")
    for path in (target, secrets):
        if path.exists() or path.is_symlink():
            raise Refused(_("%(path)s 已经存在，不覆盖。") % {"path": path})
    if not target.parent.is_dir():
        # a slip of the pen, or a disk that is not there: the backup would lie where nobody looks for it
        raise Refused(_("没有文件夹 %(path)s，没有备份。") % {"path": target.parent})
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".keyue-backup-") as folder:
            place = Path(folder)
            dump_database(place / "database")
            said = {
                "form": FORM,
                "at": at.isoformat(),
                "vendor": connection.vendor,
                "keys": fingerprint(keys.folder()),
                "demo": is_demo(),
            }
            parts = {
                "database": place / "database",
                "files": Path(settings.MEDIA_ROOT),
                "checkpoints": checkpoints.folder(),
            }
            _pack(place / DATA, {**said, "what": DATA}, parts)
            _pack(place / KEYS, {**said, "what": KEYS}, {"keys": keys.folder()})
            # the keys first: where the backup stands, its keys stand
            (place / KEYS).rename(secrets)
            (place / DATA).rename(target)
    except OSError as error:
        raise Refused(_("写不了备份：%(why)s") % {"why": error}) from error
    return target, secrets


def dump_database(to: Path) -> None:
    """The whole database as of now in one file, while others write."""
    if connection.vendor == "sqlite":
        origin = f"file:{quote(str(settings.DATABASES['default']['NAME']))}?mode=ro"
        with (
            unreadable_database(),
            closing(sqlite3.connect(origin, uri=True)) as source,
            closing(sqlite3.connect(to)) as copy,
        ):
            # in one step: between two, a writer would have the copy begin again, for ever where the writing never stops
            source.backup(copy)
        return
    run(["pg_dump", "--format=custom", "--no-owner", f"--file={to}", *postgres_names()])


@contextmanager
def unreadable_database() -> Iterator[None]:
    """A sentence instead of what SQLite says."""
    try:
        yield
    except sqlite3.Error as error:
        file = settings.DATABASES["default"]["NAME"]
        raise Refused(_("读不了数据库 %(file)s：%(why)s") % {"file": file, "why": error}) from error


def postgres_names() -> list[str]:
    """Which database, as PostgreSQL's programs want to be told."""
    database = settings.DATABASES["default"]
    named = {
        "--host": database["HOST"],
        "--port": database["PORT"],
        "--username": database["USER"],
        "--dbname": database["NAME"],
    }
    return [f"{option}={value}" for option, value in named.items() if value]


def run(command: list[str]) -> None:
    """Run one of PostgreSQL's programs. Raises Refused with what it says."""
    program = shutil.which(command[0])
    if program is None:
        raise Refused(_("没有找到 %(program)s，请安装 PostgreSQL 客户端。") % {"program": command[0]})
    password = str(settings.DATABASES["default"].get("PASSWORD") or "")
    environment = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    done = subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(_("%(program)s：%(why)s") % {"program": command[0], "why": done.stderr.strip()[-500:]})


def fingerprint(folder: Path) -> str:
    """By which a backup knows its keys: says nothing about them, "" where there is no master key yet."""
    try:
        return hmac_digest((folder / MASTER).read_bytes().strip(), b"keyue backup", sha256).hex()[:32]
    except FileNotFoundError:
        return ""


def _pack(target: Path, manifest: Mapping[str, Any], parts: Mapping[str, Path]) -> None:
    with target.open("xb") as file:
        target.chmod(0o600)
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1, dereference=True) as archive:
            text = json.dumps(manifest).encode()
            info = tarfile.TarInfo(MANIFEST)
            info.size, info.mode = len(text), 0o600
            archive.addfile(info, io.BytesIO(text))
            for name, path in parts.items():
                _add(archive, name, path)
        file.flush()
        os.fsync(file.fileno())


def _add(archive: tarfile.TarFile, name: str, path: Path) -> None:
    """A file or a folder, and what links lead to. What is being written or deleted (`*.new`, `*.gone`) is not part of it."""
    if path.is_dir():
        info = archive.gettarinfo(str(path.resolve()), name)
        archive.addfile(info)
        for entry in sorted(path.iterdir()):
            if not (entry.name.endswith((".new", ".gone")) or entry.name.startswith(".")):
                _add(archive, f"{name}/{entry.name}", entry)
        return
    with suppress(FileNotFoundError), path.open("rb") as content:
        archive.addfile(archive.gettarinfo(arcname=name, fileobj=content), content)
