"""Restore: a backup in place of what is here. Everything is checked before anything is touched.

What was erased stays erased: the journal of erasures stands outside the database (KEYUE_HOME/erasures.jsonl), and what
it says is done again. Where a backup goes to another machine, the journal goes there first.
"""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils.translation import gettext as _

from keyue.customers import actions as customers
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger import actions as ledger
from keyue.ledger import checkpoints, keys
from keyue.ledger.facts import SYSTEM
from keyue.operations import installation
from keyue.operations.backups import (
    DATA,
    FORM,
    KEYS,
    MANIFEST,
    MASTER,
    dump_database,
    fingerprint,
    postgres_names,
    run,
)

LEAVING = 5.0
"""Seconds that somebody who has just ended may still be connected."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `aside` is where what was here before is now; None where nothing was."""

    erased: int
    aside: Path | None
    has_keys: bool


def restore(
    source: Path, *, secrets: Path | None, replace: bool, at: datetime, without_keys: bool = False
) -> Restored:
    """Put a backup in place, and repeat the erasures recorded since it was made.

    Raises Invalid for a file that is no backup; Refused where it does not fit this installation, where something is here
    already and `replace` is not said, and where something is running. With `replace` what is here is kept beside it,
    under `before-restore-…`. Without `secrets` the keys here stay; where they are not the backup's, the key file beside it
    is taken, and without one personal data stays sealed, which has to be said by `without_keys`. Under the test clock
    only the backup of a demo.
    """
    home = Path(settings.KEYUE_HOME)
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _stated_faults(), tempfile.TemporaryDirectory(dir=home, prefix=".restore-") as folder:
        unpacked = Path(folder)
        manifest = _unpack(source, unpacked / DATA, DATA)
        if clock.is_movable() and not manifest.get("demo"):
            raise Refused(_("备份里可能是真实数据，不能在 KEYUE_TEST_CLOCK 下恢复。请去掉它再试。"))
        secrets = secrets or _keys_beside(source, manifest, without_keys=without_keys)
        if secrets is not None:
            _check_pair(manifest, _unpack(secrets, unpacked / KEYS, KEYS))
        if manifest["vendor"] != connection.vendor:
            raise Refused(
                _("这份备份来自 %(theirs)s，这里用的是 %(ours)s。")
                % {"theirs": manifest["vendor"], "ours": connection.vendor}
            )
        holds = installation.holds_anything()
        if holds and not replace:
            raise Refused(
                _(
                    "这里已有数据，没有恢复。要用备份换下它，请加 --replace；原有的会移到 before-restore-… 里。"
                ),
                code="not_empty",
            )
        connection.close()
        _refuse_while_running()
        aside = home / f"before-restore-{at:%Y%m%d-%H%M%S-%f}"
        aside.mkdir(mode=0o700)
        _load(unpacked / DATA / "database", aside, holds=holds)
        _swap(unpacked / DATA / "files", Path(settings.MEDIA_ROOT), aside / "files")
        # rows of sheets under the numbers of the other database; imports read them again from their files
        shutil.rmtree(home / "imports", ignore_errors=True)
        if secrets is not None:
            _swap(unpacked / KEYS / "keys", keys.folder(), aside / "keys")
        _add_copies(unpacked / DATA / "checkpoints")
        with suppress(OSError):
            aside.rmdir()
    call_command("migrate", interactive=False, verbosity=0)
    checkpoints.set_aside_copies(by=SYSTEM, at=at, reason="restore")
    return Restored(
        erased=_erase_again(at),
        aside=aside if aside.exists() else None,
        has_keys=_has_keys_of(manifest),
    )


def _keys_beside(source: Path, manifest: dict[str, Any], *, without_keys: bool) -> Path | None:
    """The key file beside a backup, where the keys here are not its own. Raises Refused where there is none either."""
    if without_keys or _has_keys_of(manifest):
        return None
    beside = source.with_name(f"{source.name}.keys")
    if not beside.is_file():
        raise Refused(
            _(
                "这里没有这份备份的密钥，恢复了个人信息也读不出来，所以没有恢复。请用 --keys 指定与备份一起写下的 "
                ".keys 文件；找不到它时加 --without-keys。"
            ),
            code="no_keys",
        )
    return beside


def _has_keys_of(manifest: dict[str, Any]) -> bool:
    """Whether the keys that stand here are those of the backup."""
    return manifest.get("keys", "") in {"", fingerprint(keys.folder())}


@contextmanager
def _stated_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(_("恢复没有完成：%(why)s") % {"why": error}) from error


def _erase_again(at: datetime) -> int:
    erased = {int(owner.ref) for owner, _at in ledger.journal_entries() if owner.kind == "customer"}
    # each of the two repeats what the other has left
    return customers.reapply_erasures(sorted(erased), at=at) + ledger.repeat_erasures(by=SYSTEM, at=at)


def _unpack(file: Path, into: Path, what: str) -> dict[str, Any]:
    """What the file says about itself, its content in `into`. Raises Invalid."""
    into.mkdir()
    try:
        with gzip.open(file) as stream:
            with tarfile.open(fileobj=stream) as archive:
                archive.extractall(into, filter="data")
            # the checksum stands at the end, which the archive's reader does not reach
            while stream.read(1 << 20):
                pass
        manifest: dict[str, Any] = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
        form, vendor = manifest["form"], manifest["vendor"]
    except (OSError, EOFError, zlib.error, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise Invalid(
            _("%(file)s 不是客约的备份：%(why)s") % {"file": file, "why": _reason(error)}
        ) from error
    if form != FORM or not isinstance(vendor, str):
        raise Invalid(_("%(file)s 是另一种格式的备份（%(form)s）。") % {"file": file, "form": form})
    if what == DATA and not (into / "database").is_file():
        raise Invalid(_("%(file)s 里没有数据库：它是密钥文件，请用 --keys 指定。") % {"file": file})
    if what == KEYS and not (into / "keys").is_dir():
        raise Invalid(_("%(file)s 里没有密钥：请指定与备份一起写下的 .keys 文件。") % {"file": file})
    return manifest


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _check_pair(data: dict[str, Any], secrets: dict[str, Any]) -> None:
    """Keys of another backup of the same installation are as good."""
    if data.get("keys") and secrets.get("keys") != data["keys"]:
        raise Refused(_("密钥文件不是这份备份的，没有恢复：用它读不出个人信息。"), code="other_keys")


def _refuse_while_running() -> None:
    """Raises Refused where another process has the database open: it would go on writing to what is put aside."""
    if connection.vendor == "sqlite":
        place = Path(str(settings.DATABASES["default"]["NAME"]))
        if not place.exists():
            return
        try:
            with closing(sqlite3.connect(place, timeout=2)) as alone:
                # only who is alone may leave WAL mode; it also brings everything into the one file
                alone.execute("PRAGMA journal_mode = DELETE").fetchone()
        except sqlite3.OperationalError as error:
            raise _in_use() from error
        except sqlite3.DatabaseError:
            # damaged, which may be why it is being replaced
            return
        return
    # PostgreSQL notices a moment later that somebody has gone
    end = time.monotonic() + LEAVING
    while others := _others():
        if time.monotonic() > end:
            break
        time.sleep(0.1)
    connection.close()
    if others:
        raise _in_use()


def _others() -> int:
    """How many other connections PostgreSQL has to this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _in_use() -> Refused:
    return Refused(
        _("数据库正在使用，没有恢复。请先停掉 keyue serve、web、work 和其他连接，再恢复。"), code="in_use"
    )


def _load(database: Path, aside: Path, *, holds: bool) -> None:
    if connection.vendor == "sqlite":
        place = Path(str(settings.DATABASES["default"]["NAME"]))
        place.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm"):
            old = place.with_name(place.name + suffix)
            if old.exists():
                shutil.move(old, aside / old.name)
        shutil.move(database, place)
        return
    if holds:
        dump_database(aside / "database")
    # all or nothing
    run(
        [
            "pg_restore",
            "--clean",
            "--if-exists",
            "--no-owner",
            "--single-transaction",
            *postgres_names(),
            str(database),
        ]
    )


def _swap(fresh: Path, place: Path, aside: Path) -> None:
    """`fresh` in place of what is there; a link stays a link, and what it leads to changes."""
    # a home just made has nothing in it but the key of its sessions
    if place.exists() and (place != keys.folder() or (place / MASTER).exists()):
        aside.mkdir(mode=0o700)
        for entry in list(place.iterdir()):
            shutil.move(entry, aside / entry.name)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    if fresh.is_dir():
        for entry in list(fresh.iterdir()):
            shutil.move(entry, place / entry.name)


def _add_copies(fresh: Path) -> None:
    """Copies of checkpoints that are not here: on another machine all of them. Those here are not touched."""
    if not fresh.is_dir():
        return
    checkpoints.folder().mkdir(parents=True, exist_ok=True)
    for copy in sorted(fresh.glob("*.json")):
        if not (checkpoints.folder() / copy.name).exists():
            shutil.move(copy, checkpoints.folder() / copy.name)
