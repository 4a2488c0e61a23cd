"""Online backup and restore: database and attachments in one file, keys in a second one.

The database is copied while the product runs: SQLite by its own backup interface, PostgreSQL by `pg_dump`. A restore
repeats the erasures recorded since the backup, so that what was erased stays erased.
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
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import checkpoints, keys
from keyue.ledger.facts import SYSTEM

FORM = 1
MANIFEST = "keyue-backup.json"


def back_up(target: Path, *, at: datetime) -> tuple[Path, Path]:
    """Write `target` and, beside it, its keys; both paths. Raises Refused where either is there already."""
    secrets = target.with_name(f"{target.name}.keys")
    for path in (target, secrets):
        if path.exists():
            raise Refused(_("%(path)s 已经存在，不覆盖。") % {"path": path})
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        database = Path(folder) / "database"
        _dump(database)
        manifest = {"form": FORM, "at": at.isoformat(), "vendor": connection.vendor}
        _pack(
            target,
            manifest,
            {"database": database, "files": Path(settings.MEDIA_ROOT), "checkpoints": checkpoints.folder()},
        )
    _pack(secrets, manifest, {"keys": keys.folder()})
    return target, secrets


def _dump(to: Path) -> None:
    if connection.vendor == "sqlite":
        origin = f"file:{settings.DATABASES['default']['NAME']}?mode=ro"
        with closing(sqlite3.connect(origin, uri=True)) as source, closing(sqlite3.connect(to)) as copy:
            source.backup(copy, pages=2_000)
        return
    _run(["pg_dump", "--format=custom", "--no-owner", f"--file={to}", *_postgres_names()])


def _postgres_names() -> list[str]:
    database = settings.DATABASES["default"]
    named = {
        "--host": database["HOST"],
        "--port": database["PORT"],
        "--username": database["USER"],
        "--dbname": database["NAME"],
    }
    return [f"{option}={value}" for option, value in named.items() if value]


def _run(command: list[str]) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise Refused(_("没有找到 %(program)s，请安装 PostgreSQL 客户端。") % {"program": command[0]})
    password = str(settings.DATABASES["default"].get("PASSWORD") or "")
    environment = {**os.environ, "PGPASSWORD": password} if password else dict(os.environ)
    done = subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = {"program": command[0], "why": done.stderr.strip()[-500:]}
        raise Refused(_("%(program)s：%(why)s") % said)


def _pack(target: Path, manifest: dict[str, Any], parts: dict[str, Path]) -> None:
    fresh = target.with_name(f".{target.name}.new")
    fresh.touch(mode=0o600)
    with tarfile.open(fresh, "w:gz", compresslevel=1) as archive:
        text = json.dumps(manifest).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(text), 0o600
        archive.addfile(info, io.BytesIO(text))
        for name, path in parts.items():
            if path.exists():
                archive.add(path, arcname=name)
    fresh.replace(target)


def restore(source: Path, *, secrets: Path | None, at: datetime) -> int:
    """Put a backup in place of what is here, and repeat the erasures recorded since; how many there were.

    Nothing may be running. What was here before stays beside it under `before-restore-…`. Raises Invalid for a file that
    is no backup, Refused where it does not fit this installation.
    """
    home = Path(settings.KEYUE_HOME)
    with tempfile.TemporaryDirectory(dir=home.parent) as folder:
        unpacked = Path(folder)
        manifest = _unpack(source, unpacked)
        if manifest["vendor"] != connection.vendor:
            raise Refused(
                _("这份备份来自 %(theirs)s，这里用的是 %(ours)s。")
                % {"theirs": manifest["vendor"], "ours": connection.vendor}
            )
        if secrets is not None:
            _unpack(secrets, unpacked)
        aside = home / f"before-restore-{at:%Y%m%d-%H%M%S}"
        aside.mkdir(mode=0o700)
        connection.close()
        _load(unpacked / "database", aside)
        for name, place in (
            ("files", Path(settings.MEDIA_ROOT)),
            ("keys", keys.folder() if secrets else None),
        ):
            if place is not None:
                _swap(unpacked / name, place, aside / name)
    checkpoints.set_aside_copies(by=SYSTEM, at=at, reason="restore")
    erased = {int(owner.ref) for owner, _at in ledger.journal_entries() if owner.kind == "customer"}
    # each of the two repeats what the other has left
    return customers.reapply_erasures(sorted(erased), at=at) + ledger.repeat_erasures(by=SYSTEM, at=at)


def _unpack(file: Path, into: Path) -> dict[str, Any]:
    try:
        with tarfile.open(file, "r:gz") as archive:
            archive.extractall(into, filter="data")
        manifest: dict[str, Any] = json.loads((into / MANIFEST).read_text())
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        raise Invalid(_("%(file)s 不是客约的备份：%(why)s") % {"file": file, "why": error}) from error
    if manifest.get("form") != FORM:
        raise Invalid(
            _("%(file)s 是另一种格式的备份（%(form)s）。") % {"file": file, "form": manifest.get("form")}
        )
    return manifest


def _load(database: Path, aside: Path) -> None:
    if connection.vendor == "sqlite":
        place = Path(str(settings.DATABASES["default"]["NAME"]))
        for suffix in ("", "-wal", "-shm"):
            old = place.with_name(place.name + suffix)
            if old.exists():
                old.rename(aside / old.name)
        shutil.move(database, place)
        return
    _run(["pg_dump", "--format=custom", "--no-owner", f"--file={aside / 'database'}", *_postgres_names()])
    _run(
        [
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            *_postgres_names(),
            str(database),
        ]
    )


def _swap(fresh: Path, place: Path, aside: Path) -> None:
    if place.exists():
        place.rename(aside)
    if fresh.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(fresh, place)
