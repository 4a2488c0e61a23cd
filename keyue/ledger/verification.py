"""Proving the ledger: every chain against itself, the chains against the checkpoints, the checkpoints against the copies.

What is not found here: a fact that was altered, with all its chain rebuilt, before any checkpoint sealed it. Such facts
are counted as not yet sealed (`selectors.unsealed_count`) and are no problem.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from random import SystemRandom
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection, transaction
from django.db.models import Exists, Max, Min, OuterRef

from . import checkpoints, keys
from .append_only import missing_triggers
from .checkpoints import Copy, digest_of, heads_of
from .enums import FAULT_SENTENCES, Fault
from .facts import Actor, Subject, chain_hash, stamp
from .models import Checkpoint, CheckpointHead, Fact, Stream

AT_A_TIME = 200
"""Chains a query reads."""
SAMPLED_CHECKPOINTS = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with the ledger; `str(problem)` is a sentence that names chain and fact."""

    fault: Fault
    subject: Subject | None = None
    rev: int | None = None
    checkpoint: int | None = None
    detail: str = ""

    def __str__(self) -> str:
        return str(FAULT_SENTENCES[self.fault]) % {
            "stream": self.subject,
            "rev": self.rev,
            "n": self.checkpoint,
            "detail": self.detail,
        }


class _Row(NamedTuple):
    """A fact's columns, read without making a model of it."""

    stream_id: int
    rev: int
    uid: Any
    kind: str
    at: Any
    recorded_at: Any
    actor_kind: str
    actor_id: str
    source: str
    data: Any
    sealed: Any
    evidence: Any
    voids: Any
    prev: bytes
    hash: bytes


class _Seal(NamedTuple):
    """A sealed head: its checkpoint's number, and the chain's place and hash there."""

    n: int
    rev: int
    hash: bytes


def verify_ledger(sample: int | None = None) -> Iterator[Problem]:
    """Every problem of the ledger, found as it goes and in flat memory; while others write, too.

    `sample`: only this many chains, by chance, and the heads and copies of a few checkpoints; all signatures and links
    all the same. Facts not yet sealed are no problem.
    """
    for table, _trigger in missing_triggers(connection):
        yield Problem(Fault.UNPROTECTED, detail=table)
    yield from _check_checkpoints(sample)
    if sample is None:
        yield from _check_orphans()
    for streams in _batches(sample):
        yield from _check_chains(streams)


def _batches(sample: int | None) -> Iterator[list[Stream]]:
    if sample is None:
        last = 0
        while streams := list(Stream.objects.filter(pk__gt=last).order_by("pk")[:AT_A_TIME]):
            last = streams[-1].pk
            yield streams
        return
    ends = Stream.objects.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    every = range(ends["first"], ends["last"] + 1)
    chosen = sorted(SystemRandom().sample(every, min(sample, len(every))))
    for start in range(0, len(chosen), AT_A_TIME):
        yield list(Stream.objects.filter(pk__in=chosen[start : start + AT_A_TIME]).order_by("pk"))


# --- chains ---


def _check_chains(streams: Sequence[Stream]) -> Iterator[Problem]:
    """Read the chains as they stand; what looks wrong is looked at again with its chain locked."""
    try:
        found = _faulty(streams)
    except Exception:
        # a value that the database driver cannot even read: find out which chain has it
        found = {stream.pk for stream in streams}
    for pk in sorted(found):
        with transaction.atomic():
            stream = Stream.objects.select_for_update().filter(pk=pk).first()
            if stream is not None:
                yield from _check_locked(stream)


def _faulty(streams: Sequence[Stream]) -> set[int]:
    ids = [stream.pk for stream in streams]
    seals = _seals(ids)
    there: set[int] = set()
    found = set()
    by_id = {stream.pk: stream for stream in streams}
    for pk, rows in groupby(_rows(ids), key=lambda row: row.stream_id):
        there.add(pk)
        if any(True for _problem in _follow(by_id[pk], rows, seals.get(pk, []))):
            found.add(pk)
    for pk in by_id.keys() - there:
        if any(True for _problem in _follow(by_id[pk], [], seals.get(pk, []))):
            found.add(pk)
    return found


def _check_locked(stream: Stream) -> list[Problem]:
    seals = _seals([stream.pk]).get(stream.pk, [])
    try:
        return list(_follow(stream, _rows([stream.pk]), seals))
    except Exception as error:
        return [Problem(Fault.UNREADABLE, stream.subject, _unreadable(stream), detail=type(error).__name__)]


def _unreadable(stream: Stream) -> int:
    """The first fact of the chain that cannot be read."""
    for rev in range(1, stream.rev + 1):
        try:
            list(_rows([stream.pk], rev=rev))
        except Exception:
            return rev
    return stream.rev


def _rows(ids: Sequence[int], **more: Any) -> Iterator[_Row]:
    facts = Fact.objects.filter(stream_id__in=ids, **more).order_by("stream_id", "rev")
    for values in facts.values_list(*_Row._fields).iterator(chunk_size=500):
        yield _Row(*values)


def _seals(ids: Sequence[int]) -> dict[int, list[_Seal]]:
    found: dict[int, list[_Seal]] = {}
    heads = CheckpointHead.objects.filter(stream_id__in=ids).order_by("id")
    for stream_id, n, rev, mark in heads.values_list("stream_id", "checkpoint__n", "rev", "hash"):
        found.setdefault(stream_id, []).append(_Seal(n, rev, bytes(mark)))
    return found


def _follow(stream: Stream, rows: Iterable[_Row], seals: Sequence[_Seal]) -> Iterator[Problem]:
    """Walk along one chain; after a fault go on from what is stored, so that each fault is told once."""
    subject = stream.subject
    sealed_at = {seal.rev: seal for seal in seals}
    rev, head = 0, b""
    for row in rows:
        if row.rev <= rev:
            yield Problem(Fault.EXTRA, subject, row.rev)
            continue
        linked = row.rev == rev + 1
        if not linked:
            yield Problem(Fault.MISSING, subject, rev + 1, detail=str(row.rev - 1))
        rev, before, head = row.rev, head, bytes(row.hash)
        if _hash(subject, row) != head:
            yield Problem(Fault.ALTERED, subject, rev)
        elif linked and bytes(row.prev) != before:
            yield Problem(Fault.RELINKED, subject, rev)
        elif rev in sealed_at and sealed_at[rev].hash != head:
            yield Problem(Fault.SEALED_DIFFERS, subject, rev, sealed_at[rev].n)
    yield from _check_end(stream, rev, head, seals)


def _check_end(stream: Stream, rev: int, head: bytes, seals: Sequence[_Seal]) -> Iterator[Problem]:
    subject = stream.subject
    beyond = [seal for seal in seals if seal.rev > rev]
    if rev < stream.rev:
        yield Problem(Fault.MISSING, subject, rev + 1, detail=str(stream.rev))
    elif rev > stream.rev:
        yield Problem(Fault.EXTRA, subject, rev)
    elif bytes(stream.head) != head:
        yield Problem(Fault.HEAD, subject, rev)
    if beyond:
        yield Problem(Fault.TAKEN_BACK, subject, beyond[-1].rev, beyond[-1].n, detail=str(rev))
    sealed_rev = seals[-1].rev if seals else 0
    if stream.sealed_rev != sealed_rev:
        yield Problem(Fault.SEALED_MARK, subject, stream.sealed_rev, detail=str(sealed_rev))


def _hash(subject: Subject, row: _Row) -> bytes | None:
    try:
        return chain_hash(
            subject=subject,
            rev=row.rev,
            uid=row.uid,
            kind=row.kind,
            at=row.at,
            recorded_at=row.recorded_at,
            actor=Actor(row.actor_kind, row.actor_id),
            source=row.source,
            data=row.data,
            sealed=row.sealed,
            evidence=row.evidence,
            voids=row.voids,
            prev=bytes(row.prev),
        )
    except (ValueError, TypeError, AttributeError):
        return None


def _check_orphans() -> Iterator[Problem]:
    """Facts and sealed heads whose chain's row is gone."""
    gone = ~Exists(Stream.objects.filter(pk=OuterRef("stream_id")))
    heads = CheckpointHead.objects.filter(gone).order_by("id")
    told = set()
    for pk, stream_id, n, rev in heads.values_list("pk", "stream_id", "checkpoint__n", "rev"):
        told.add(stream_id)
        yield Problem(Fault.CHAIN_DELETED, _named(pk, stream_id, n), rev, n)
    facts = Fact.objects.filter(gone).values_list("stream_id").annotate(rev=Max("rev")).order_by("stream_id")
    for stream_id, rev in facts:
        if stream_id not in told:
            yield Problem(Fault.EXTRA, Subject("#", str(stream_id)), rev)


def _named(head_id: int, stream_id: int, n: int) -> Subject:
    """The name of a chain that is gone, from the same place in the checkpoint's copy."""
    place = CheckpointHead.objects.filter(checkpoint__n=n, pk__lt=head_id).count()
    try:
        kind, ref, *_rest = checkpoints.read_copy(checkpoints.copy_of(n)).heads[place]
    except (OSError, ValueError, IndexError):
        return Subject("#", str(stream_id))
    return Subject(kind, ref)


# --- checkpoints ---


def _check_checkpoints(sample: int | None) -> Iterator[Problem]:
    # files first: each was written after its checkpoint was committed
    outside = checkpoints.copies()
    numbers = list(Checkpoint.objects.order_by("n").values_list("n", flat=True))
    last = max([*numbers, *outside], default=0)
    key = keys.verifying_key()
    if last and key is None:
        yield Problem(Fault.NO_PUBLIC_KEY)
    counted = set(numbers) if sample is None else _some(numbers)
    previous: bytes | None = b""
    for n in range(1, last + 1):
        checkpoint = Checkpoint.objects.filter(n=n).first()
        copy: Copy | None = None
        faults: list[Problem] = []
        if checkpoint is None or n in counted:
            copy, faults = _copy(n, key, needed=n != max(numbers, default=0))
        yield from faults
        if checkpoint is None:
            yield Problem(Fault.CHECKPOINT_MISSING, checkpoint=n)
            yield from _against_copy(copy)
            previous = copy.digest if copy else None
            continue
        broken = list(_check_one(checkpoint, copy, previous, key, counted=n in counted))
        yield from broken
        if broken:
            yield from _against_copy(copy)
        previous = bytes(checkpoint.digest)


def _some(numbers: Sequence[int]) -> set[int]:
    return {*numbers[-1:], *SystemRandom().sample(numbers, min(SAMPLED_CHECKPOINTS, len(numbers)))}


def _check_one(
    checkpoint: Checkpoint,
    copy: Copy | None,
    previous: bytes | None,
    key: Ed25519PublicKey | None,
    *,
    counted: bool,
) -> Iterator[Problem]:
    n, digest = checkpoint.n, bytes(checkpoint.digest)
    signature = bytes(checkpoint.signature)
    if previous is not None and bytes(checkpoint.previous) != previous:
        yield Problem(Fault.CHECKPOINT_UNLINKED, checkpoint=n)
    if counted and not _is_whole(checkpoint):
        yield Problem(Fault.CHECKPOINT_ALTERED, checkpoint=n)
    if key is not None and not keys.is_signed(key, signature, checkpoints.SIGNED + digest):
        yield Problem(Fault.CHECKPOINT_UNSIGNED, checkpoint=n)
    if copy is not None and (copy.digest, copy.signature) != (digest, signature):
        yield Problem(Fault.COPY_DIFFERS, checkpoint=n)


def _is_whole(checkpoint: Checkpoint) -> bool:
    heads = heads_of(checkpoint)
    expected = digest_of(
        n=checkpoint.n,
        at=stamp(checkpoint.at),
        previous=bytes(checkpoint.previous),
        count=checkpoint.count,
        heads=heads,
    )
    return len(heads) == checkpoint.count and expected == bytes(checkpoint.digest)


def _copy(n: int, key: Ed25519PublicKey | None, *, needed: bool) -> tuple[Copy | None, list[Problem]]:
    """A copy that holds together and is signed, or what is wrong with it.

    The last checkpoint's copy may be missing: it is written after the transaction, and by the next one after a crash.
    """
    file = checkpoints.copy_of(n)
    if not file.exists():
        return None, [Problem(Fault.COPY_MISSING, checkpoint=n)] if needed else []
    try:
        copy = checkpoints.read_copy(file)
    except (OSError, ValueError):
        return None, [Problem(Fault.COPY_DAMAGED, checkpoint=n)]
    digest = digest_of(n=n, at=copy.at, previous=copy.previous, count=len(copy.heads), heads=copy.heads)
    signed = key is None or keys.is_signed(key, copy.signature, checkpoints.SIGNED + copy.digest)
    if digest != copy.digest or not signed:
        return None, [Problem(Fault.COPY_DAMAGED, checkpoint=n)]
    return copy, []


def _against_copy(copy: Copy | None) -> Iterator[Problem]:
    """What the chains have lost since a checkpoint that only its copy still tells of."""
    if copy is None:
        return
    for kind, ref, rev, mark in copy.heads:
        subject = Subject(kind, ref)
        stream = Stream.objects.filter(kind=kind, ref=ref).first()
        if stream is None:
            yield Problem(Fault.CHAIN_DELETED, subject, rev, copy.n)
        elif stream.rev < rev:
            yield Problem(Fault.TAKEN_BACK, subject, rev, copy.n, detail=str(stream.rev))
        else:
            fact = Fact.objects.filter(stream=stream, rev=rev).values_list("hash", flat=True).first()
            if fact is None or bytes(fact) != mark:
                yield Problem(Fault.SEALED_DIFFERS, subject, rev, copy.n)
