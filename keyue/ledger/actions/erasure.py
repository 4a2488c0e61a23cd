"""Destroying an owner's key, and destroying it again where a restored backup has brought it back."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from keyue.ledger import sealing
from keyue.ledger.events import Event
from keyue.ledger.facts import Actor, Draft, Subject, stamp
from keyue.ledger.models import SealKey

from .recording import record


def journal() -> Path:
    """One line of JSON for each erasure, outside the database, so that it outlives a restore: `{"at", "owner"}`."""
    return Path(settings.KEYUE_HOME) / "erasures.jsonl"


def destroy_key(subject: Subject, *, by: Actor, at: datetime, source: str = "erasure") -> bool:
    """Make everything sealed for `subject` unreadable for good, and refuse further sealing. False if it already was.

    The fact `key.destroyed` goes on `subject`'s chain; every hash stays valid. On SQLite the key's bytes are overwritten
    in the file, in the write-ahead log by the log's turn; PostgreSQL keeps the old row's bytes until its next vacuum.
    Backups made before still hold the key: `journal` is what `restore` applies again.
    """
    with transaction.atomic():
        row = _locked(subject)
        if row.destroyed_at is not None:
            return False
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA secure_delete = ON")
        row.wrapped, row.destroyed_at = None, at
        row.save(update_fields=["wrapped", "destroyed_at"])
        record(subject, [Draft(Event.KEY_DESTROYED)], by=by, at=at, source=source)
        # the erasure stands even where this fails: the next checkpoint completes the journal
        transaction.on_commit(complete_journal, robust=True)
    sealing.forget_unwrapped()
    return True


def _locked(subject: Subject) -> SealKey:
    """The owner's row, which can be destroyed without being opened: a restore may have no master key."""
    rows = SealKey.objects.select_for_update().filter(owner_kind=subject.kind, owner_ref=subject.ref)
    found = rows.first()
    if found is None:
        # made where there was none, so that the owner gets none later
        sealing.keys_of([subject])
        found = rows.get()
    return found


def complete_journal() -> int:
    """Add the erasures that the journal lacks; how many. Run after each one, and at checkpoints for what a crash cut."""
    known = {owner for owner, _at in journal_entries()}
    missing = [
        (Subject(kind, ref), at)
        for kind, ref, at in SealKey.objects.filter(destroyed_at__isnull=False)
        .order_by("destroyed_at", "id")
        .values_list("owner_kind", "owner_ref", "destroyed_at")
        if at and Subject(kind, ref) not in known
    ]
    if missing:
        # a blank line first: the last line may have been cut by a power failure
        lines = "\n" + "".join(
            json.dumps({"at": stamp(at), "owner": [owner.kind, owner.ref]}, ensure_ascii=False) + "\n"
            for owner, at in missing
        )
        file = os.open(journal(), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        try:
            os.write(file, lines.encode())
            os.fsync(file)
        finally:
            os.close(file)
    return len(missing)


def journal_entries() -> Iterator[tuple[Subject, datetime]]:
    """The journal's erasures; blank lines, and one that a power cut left half-written, are passed over."""
    try:
        text = journal().read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        try:
            entry = json.loads(line)
            yield Subject(*entry["owner"]), datetime.fromisoformat(entry["at"])
        except (ValueError, KeyError, TypeError):
            continue


def repeat_erasures(*, by: Actor, at: datetime) -> int:
    """Destroy again, after a restore, every key that the journal says was destroyed; how many there were."""
    return sum(
        destroy_key(owner, by=by, at=at, source="restore")
        for owner, _destroyed_at in list(journal_entries())
        if SealKey.objects.filter(
            owner_kind=owner.kind, owner_ref=owner.ref, destroyed_at__isnull=True
        ).exists()
    )
