"""Gathering what a pack holds, a batch of subjects at a time, into files of a folder.

A folder under KEYUE_HOME/evidence holds what is gathered so far, and `state.json` how far each file is good: a process
may die at any moment, and any other cuts the files there and goes on. Reads the database, writes only in that folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from keyue.compliance.models import EvidencePack
from keyue.compliance.packs.form import CHECKPOINTS, FACTS, PROMISES, SHOWN, Period, Row
from keyue.compliance.packs.ground import CalendarText, EditionText, Ground
from keyue.kernel.errors import Refused
from keyue.ledger.checkpoints import heads_of
from keyue.ledger.facts import FORM, Subject, canonical, stamp
from keyue.ledger.keys import write_durably
from keyue.ledger.models import Checkpoint, CheckpointHead, Fact
from keyue.people import selectors as people
from keyue.promises import selectors as promises
from keyue.promises import subjects
from keyue.promises.models import Promise
from keyue.promises.scenario import subject_models
from keyue.regulations import selectors as regulations
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR

AT_A_TIME = 200
"""Subjects whose chains are read at once."""
MOST_PROMISES = 200_000
STATE, SUBJECTS = "state.json", "subjects.jsonl"


def folder() -> Path:
    """Where packs are made and kept: KEYUE_HOME/evidence."""
    return Path(settings.KEYUE_HOME) / "evidence"


def workshop(pack: EvidencePack) -> Path:
    """Where one pack is being made."""
    return folder() / str(pack.uid)


def file_of(pack: EvidencePack) -> Path:
    """The finished file."""
    return folder() / f"{pack.uid}.zip"


@dataclass(slots=True)
class State:
    """How far a pack has come. `facts_end` and `promises_end` are bytes; `last` the newest checkpoint it may name."""

    last: int
    total: int
    done: int = 0
    facts_end: int = 0
    promises_end: int = 0
    chains: int = 0
    facts: int = 0
    unsealed: int = 0
    promises: int = 0
    checkpoints: list[int] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)

    def save(self, place: Path) -> None:
        write_durably(place / STATE, json.dumps(asdict(self)).encode(), replace=True)

    @classmethod
    def load(cls, place: Path) -> State | None:
        """What was saved; None where nothing was, or on another machine."""
        with suppress(OSError, ValueError, TypeError):
            return cls(**json.loads((place / STATE).read_bytes()))
        return None


# ── what it is derived from ───────────────────────────────────────────────────────────────────────────────────


def ground_of(*, regulation: str, clause: str, first: date, last: date, as_of: datetime) -> Ground:
    """The published editions and the calendars that they name, as known at `as_of`."""
    editions = [
        EditionText(row.n, row.effective_from, row.source, row.answers)
        for row in published(regulation, as_of)
        if row.effective_from is not None
    ]
    period = Period(first, last, promises.company_calendar().tz)
    ground = Ground(regulation, clause, period, as_of, editions, [], subject_models())
    named = {COMPANY_CALENDAR} | {
        control.calendar for _edition, _document, controls in ground.documents for control in controls
    }
    calendars = [
        CalendarText(row.calendar.code, row.n, row.recorded_at, row.definition)
        for row in worktime.every_version()
        if row.calendar.code in named and row.recorded_at <= as_of
    ]
    return replace(ground, calendars=calendars)


def published(regulation: str, as_of: datetime) -> list[Any]:
    """The rows of the editions published by then, oldest first, with their texts."""
    known = [
        edition.n
        for edition, _state in regulations.editions_of(regulation, at=as_of)
        if edition.published_at is not None and edition.published_at <= as_of
    ]
    return [regulations.edition(regulation, n) for n in sorted(known)]


def rows_asked(ground: Ground) -> QuerySet[Promise]:
    """The stored promises that belong to a pack, and those whose moment to look has come and that may belong to it."""
    zone = promises.zone()
    begins = datetime.combine(ground.period.first, time(), zone)
    ends = datetime.combine(ground.period.last + timedelta(days=1), time(), zone)
    within = Q(due__gte=begins, due__lt=ends) | Q(due=None, closed_at__gte=begins, closed_at__lt=ends)
    unswept = Q(is_open=True, look_at__lte=ground.as_of)
    return Promise.objects.filter(
        within | unswept, regulation=ground.regulation, control__in=sorted(ground.scope)
    )


def begin(pack: EvidencePack, ground: Ground) -> State:
    """Make the folder: the subjects in their order, and the chains of the regulation and its calendars."""
    place = workshop(pack)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    last = Checkpoint.objects.order_by("-n").values_list("n", flat=True).first() or 0
    total = 0
    asked = rows_asked(ground).order_by("subject_kind", "subject_id")
    named = asked.values_list("subject_kind", "subject_id").distinct()
    with (place / SUBJECTS).open("w") as out:
        for kind, identity in named.iterator(chunk_size=2_000):
            out.write(json.dumps([kind, str(identity)]) + "\n")
            total += 1
    for name in (FACTS, PROMISES):
        (place / name).write_bytes(b"")
    state = State(last=last, total=total)
    codes = sorted({calendar.code for calendar in ground.calendars})
    about = [Subject("regulation", ground.regulation), *(Subject("calendar", code) for code in codes)]
    _gather(place, state, about, ground, are_subjects=False)
    state.save(place)
    return state


def go_on(pack: EvidencePack, state: State, ground: Ground) -> None:
    """Gather the next subjects. Raises Refused for a ledger that is not sound, or for more promises than a pack takes."""
    place = workshop(pack)
    with (place / SUBJECTS).open() as lines:
        batch = [
            Subject(*json.loads(line))
            for n, line in enumerate(lines)
            if state.done <= n < state.done + AT_A_TIME
        ]
    _gather(place, state, batch, ground)
    state.done += len(batch)
    if state.promises > MOST_PROMISES:
        raise too_many(state.promises)
    state.save(place)


def too_many(n: int) -> Refused:
    """More than a pack takes."""
    return Refused(
        _("一个证据包最多 %(most)d 条约定，这里有 %(n)d 条。请缩短期间，或按条款分开制作。")
        % {"most": MOST_PROMISES, "n": n},
        code="pack_too_large",
    )


def _gather(
    place: Path, state: State, batch: Sequence[Subject], ground: Ground, *, are_subjects: bool = True
) -> None:
    with (place / FACTS).open("r+b") as facts, (place / PROMISES).open("r+b") as rows:
        for file, end in ((facts, state.facts_end), (rows, state.promises_end)):
            # what a process that died has written beyond its last state
            file.truncate(end)
            file.seek(end)
        chains = _chains(batch)
        seals = _seals([chain[0].stream_id for chain in chains.values()], state.last)
        found: list[Row] = []
        for subject in batch:
            chain = chains.get(subject)
            if chain is None:
                continue
            facts.writelines(_chain_lines(subject, chain, seals.get(chain[0].stream_id), state))
            if are_subjects and subject.kind in ground.models:
                found += ground.rows(subject, [fact.as_record() for fact in chain])
        for row in labelled(found):
            rows.write(canonical(row) + b"\n")
        state.promises += len(found)
        state.failures = sorted({*state.failures, *ground.failures})
        state.facts_end, state.promises_end = facts.tell(), rows.tell()


def _chains(batch: Sequence[Subject]) -> dict[Subject, list[Fact]]:
    """Whole chains, one query a kind."""
    refs: dict[str, list[str]] = {}
    for subject in batch:
        refs.setdefault(subject.kind, []).append(subject.ref)
    found: dict[Subject, list[Fact]] = {}
    for kind, some in refs.items():
        facts = Fact.objects.filter(stream__kind=kind, stream__ref__in=some).select_related("stream")
        for fact in facts.order_by("stream_id", "rev"):
            found.setdefault(fact.stream.subject, []).append(fact)
    return found


def _seals(streams: Sequence[int], last: int) -> dict[int, tuple[int, int]]:
    """By chain the newest checkpoint up to `last` that seals it, and up to which fact."""
    heads = CheckpointHead.objects.filter(stream_id__in=streams, checkpoint__n__lte=last)
    rows = heads.order_by("checkpoint__n").values_list("stream_id", "checkpoint__n", "rev")
    return {stream: (n, rev) for stream, n, rev in rows}


def _chain_lines(
    subject: Subject, chain: Sequence[Fact], seal: tuple[int, int] | None, state: State
) -> Iterator[bytes]:
    """A chain as its lines. Raises Refused where a fact is not what its hash says: such a chain proves nothing."""
    state.chains += 1
    state.facts += len(chain)
    state.unsealed += len(chain) - (seal[1] if seal else 0)
    if seal and seal[0] not in state.checkpoints:
        state.checkpoints.append(seal[0])
    yield (
        canonical(
            {
                "chain": [subject.kind, subject.ref],
                "rev": len(chain),
                "hash": bytes(chain[-1].hash).hex(),
                "sealed": {"checkpoint": seal[0], "rev": seal[1]} if seal else None,
            }
        )
        + b"\n"
    )
    for fact in chain:
        form = form_of(fact, subject)
        if sha256(canonical(form)).digest() != bytes(fact.hash):
            raise Refused(
                _("台账里 %(subject)s 第 %(rev)d 条与它的散列不符，不能制作证据包。请运行 keyue verify。")
                % {"subject": subject, "rev": fact.rev},
                code="ledger_broken",
            )
        yield canonical({"fact": form, "hash": bytes(fact.hash).hex()}) + b"\n"


def form_of(fact: Fact, subject: Subject) -> dict[str, Any]:
    """A fact as it was hashed (see `ledger.facts`); sealed values as they are stored."""
    return {
        "actor": [fact.actor_kind, fact.actor_id],
        "at": stamp(fact.at),
        "data": fact.data,
        "evidence": fact.evidence,
        "kind": fact.kind,
        "prev": bytes(fact.prev).hex(),
        "recorded_at": stamp(fact.recorded_at),
        "rev": fact.rev,
        "sealed": fact.sealed,
        "source": fact.source,
        "stream": [subject.kind, subject.ref],
        "uid": str(fact.uid),
        "v": FORM,
        "voids": str(fact.voids) if fact.voids else None,
    }


def labelled(rows: Sequence[Row]) -> Iterator[Row]:
    """The rows with what people call their subjects, and those who owe and approve."""
    numbers = subjects.numbers_of((row["subject"][0], int(row["subject"][1])) for row in rows)
    owners = people.owner_names({row["breach_owner"] or row["owner"] for row in rows})
    ids = {row["breach_holder"] or row["holder"] for row in rows} | {
        decision["approved_by"] for row in rows for decision in row["decisions"]
    }
    names = people.names_of(int(one) for one in ids if one and str(one).isdecimal())

    def name(identity: object) -> str:
        return names.get(int(str(identity)), "") if str(identity or "").isdecimal() else ""

    for row in rows:
        kind, ref = row["subject"]
        owner = row["breach_owner"] or row["owner"]
        shown = {
            "number": numbers.get((kind, int(ref)), f"{kind}/{ref}"),
            "owner": owners.get(owner, owner),
            "holder": name(row["breach_holder"] or row["holder"]),
            "approved_by": [name(decision["approved_by"]) for decision in row["decisions"]],
        }
        yield {**row, SHOWN: shown}


def write_checkpoints(place: Path, numbers: Iterable[int]) -> None:
    """The checkpoints that seal the chains: each with all its heads, since its digest is over all of them."""
    with (place / CHECKPOINTS).open("wb") as out:
        for n in sorted(numbers):
            checkpoint = Checkpoint.objects.get(n=n)
            heads = [[kind, ref, rev, mark.hex()] for kind, ref, rev, mark in heads_of(checkpoint)]
            said = {
                "n": n,
                "at": stamp(checkpoint.at),
                "count": checkpoint.count,
                "previous": bytes(checkpoint.previous).hex(),
                "digest": bytes(checkpoint.digest).hex(),
                "signature": bytes(checkpoint.signature).hex(),
                "heads": heads,
            }
            out.write(canonical(said) + b"\n")
