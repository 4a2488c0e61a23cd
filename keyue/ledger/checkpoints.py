"""Checkpoints: signed seals over how far every chain had come, with a copy outside the database.

A checkpoint holds the heads of the chains changed since the last one and the digest of the last one. Its digest is the
SHA-256 of lines, each the canonical JSON of `facts.canonical` and a line feed:

    {"at", "count", "n", "previous", "v": 1}         previous: 64 hexadecimal digits, "" for the first
    [kind, ref, rev, hash]                            one for each chain, in the checkpoint's order

and its signature is the installation's Ed25519 key's over `keyue checkpoint 1\\n` and those 32 bytes. The copy,
KEYUE_HOME/checkpoints/000001.json, has the same values and the signer's public key. Put that folder where the database's
administrator cannot write, or copy it there, and a database taken back to an earlier day shows as well.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from keyue.kernel.errors import Refused

from . import keys
from .actions.erasure import complete_journal
from .actions.recording import record
from .events import LEDGER, Event
from .facts import Actor, Draft, canonical, stamp
from .models import Checkpoint, CheckpointHead, Stream
from .seals import SIGNED as SIGNED
from .seals import VERSION, Head
from .seals import digest_of as digest_of

MOST_HEADS = 10_000
"""Chains in one checkpoint; more changed chains make more checkpoints, so that none holds up the others' writing."""
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Copy:
    """A checkpoint as its copy outside the database has it."""

    n: int
    at: str
    previous: bytes
    digest: bytes
    signature: bytes
    heads: list[Head]


def seal_heads(at: datetime, *, most: int = MOST_HEADS) -> list[Checkpoint]:
    """Seal what has changed since the last checkpoint; the checkpoints made, none where nothing has changed.

    A job, outside any transaction; of two at once one does the work. Raises Refused where the copies outside know later
    checkpoints than the database (it was taken back: see `keyue verify`), KeysMissing without the signing key.
    """
    complete_journal()
    made: list[Checkpoint] = []
    while True:
        last = _last()
        try:
            checkpoint = _seal_some(at, most)
        except IntegrityError:
            if last == _last():
                raise
            # another process has made the same number; the rest is its business
            break
        if checkpoint is None:
            break
        _write_copy(checkpoint)
        made.append(checkpoint)
        if checkpoint.count < most:
            break
    return made


def set_aside_copies(*, by: Actor, at: datetime, reason: str) -> list[Path]:
    """After an intended restore of an older database: move later copies out of the way, and record that as a fact.

    They go to `checkpoints/aside-<instant>/`; without this, `seal_heads` refuses to go on. `reason` without personal
    data. Returns where they are now.
    """
    last = _last()
    later = [file for n, file in copies().items() if n > last]
    if not later:
        return []
    aside = folder() / f"aside-{at:%Y%m%dT%H%M%S%f}"
    with transaction.atomic():
        numbers = [int(file.stem) for file in later]
        data = {"from": min(numbers), "to": max(numbers), "reason": reason}
        record(LEDGER, [Draft(Event.COPIES_SET_ASIDE, data)], by=by, at=at, source="restore")
        aside.mkdir(parents=True, exist_ok=True)
        return [file.rename(aside / file.name) for file in later]


def folder() -> Path:
    """Where the copies are: KEYUE_HOME/checkpoints."""
    return Path(settings.KEYUE_HOME) / "checkpoints"


def copy_of(n: int) -> Path:
    """The file of checkpoint `n`'s copy."""
    return folder() / f"{n:06d}.json"


def copies() -> dict[int, Path]:
    """Every copy outside the database, by its number."""
    found = {}
    for file in sorted(folder().glob("*.json")):
        with suppress(ValueError):
            found[int(file.stem)] = file
    return found


def read_copy(file: Path) -> Copy:
    """Raises ValueError where the file cannot be read as a copy."""
    try:
        form = json.loads(file.read_text(encoding="utf-8"))
        return Copy(
            n=int(form["n"]),
            at=str(form["at"]),
            previous=bytes.fromhex(form["previous"]),
            digest=bytes.fromhex(form["digest"]),
            signature=bytes.fromhex(form["signature"]),
            heads=[
                (str(kind), str(ref), int(rev), bytes.fromhex(mark)) for kind, ref, rev, mark in form["heads"]
            ],
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def heads_of(checkpoint: Checkpoint) -> list[Head]:
    """The checkpoint's heads in its order; chains whose row is gone are left out."""
    rows = CheckpointHead.objects.filter(checkpoint=checkpoint).order_by("id")
    return [
        (kind, ref, rev, bytes(mark))
        for kind, ref, rev, mark in rows.values_list("stream__kind", "stream__ref", "rev", "hash")
    ]


def _seal_some(at: datetime, most: int) -> Checkpoint | None:
    key = keys.signing_key()
    with transaction.atomic(durable=True):
        last = Checkpoint.objects.order_by("-n").first()
        n = 1
        if last is not None:
            n = last.n + 1
            # where a crash came between its transaction and its copy: so only the last one's can ever be missing
            _write_copy(last)
        if copy_of(n).exists():
            if _last() >= n:
                # another process has made this number since; the rest is its business
                return None
            raise Refused(
                _(
                    "数据库外已有第 %(n)s 号及以后的检查点，数据库里却没有：数据库可能被退回到旧的状态。请运行 keyue verify。"
                )
                % {"n": n},
                code="taken_back",
            )
        streams = _changed(most)
        if not streams:
            return None
        heads = [(s.kind, s.ref, s.rev, bytes(s.head)) for s in streams]
        previous = bytes(last.digest) if last else b""
        digest = digest_of(n=n, at=stamp(at), previous=previous, count=len(heads), heads=heads)
        checkpoint = Checkpoint.objects.create(
            n=n,
            at=at,
            previous=previous,
            digest=digest,
            signature=key.sign(SIGNED + digest),
            count=len(heads),
        )
        CheckpointHead.objects.bulk_create(
            CheckpointHead(checkpoint=checkpoint, stream=s, rev=s.rev, hash=s.head) for s in streams
        )
        for start in range(0, len(streams), AT_A_TIME):
            ids = [stream.pk for stream in streams[start : start + AT_A_TIME]]
            Stream.objects.filter(pk__in=ids).update(sealed_rev=F("rev"))
    return checkpoint


def _changed(most: int) -> Sequence[Stream]:
    """Chains with unsealed facts, ours until the transaction ends; one that is being written to waits for the next."""
    changed = Stream.objects.filter(rev__gt=F("sealed_rev")).order_by("id")
    return list(changed.select_for_update(skip_locked=True)[:most])


def _last() -> int:
    """The last checkpoint's number, 0 before the first."""
    return Checkpoint.objects.order_by("-n").values_list("n", flat=True).first() or 0


def _write_copy(checkpoint: Checkpoint) -> None:
    if not copy_of(checkpoint.n).exists():
        with suppress(FileExistsError):
            keys.write_durably(copy_of(checkpoint.n), _form(checkpoint), mode=0o644)


def _form(checkpoint: Checkpoint) -> bytes:
    public = keys.signing_key().public_key()
    form: dict[str, Any] = {
        "v": VERSION,
        "n": checkpoint.n,
        "at": stamp(checkpoint.at),
        "count": checkpoint.count,
        "previous": bytes(checkpoint.previous).hex(),
        "digest": bytes(checkpoint.digest).hex(),
        "signature": bytes(checkpoint.signature).hex(),
        "public_key": public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex(),
        "heads": [],
    }
    heads = ",\n".join(
        canonical([kind, ref, rev, mark.hex()]).decode() for kind, ref, rev, mark in heads_of(checkpoint)
    )
    return json.dumps(form, indent=1).replace('"heads": []', f'"heads": [\n{heads}\n]').encode() + b"\n"
