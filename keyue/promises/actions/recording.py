"""React: facts and what they make of the promises, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import connection, transaction

from keyue.kernel import clock
from keyue.kernel.texts import Sentence, in_chinese
from keyue.ledger import actions as ledger
from keyue.ledger import selectors as ledger_reading
from keyue.ledger.facts import SYSTEM, Actor, Draft, Entry, FactRecord, Subject
from keyue.ledger.insertion import insert_rows, update_rows
from keyue.ledger.models import Fact, Stream
from keyue.promises import live, subjects
from keyue.promises.engine import Failure, derive
from keyue.promises.enums import NoticeKind
from keyue.promises.knowledge import fold_state, latest
from keyue.promises.models import Notice, Promise
from keyue.promises.projection import Changes, Law, law_for, laws_of, rows_of
from keyue.promises.proving import check_gates, check_proofs
from keyue.regulations import selectors as regulations

COLUMNS = (
    "edition_id", "clause", "name", "state", "is_open", "start", "due", "closed_at", "breached_at", "paused",
    "provisional", "owner", "breach_owner", "holder_id", "breach_holder_id", "triggered_by", "closed_by", "month",
    "look_at", "told_level", "told_breach", "as_of",
)  # fmt: skip


@transaction.atomic(savepoint=False)
def record(
    subject: Subject,
    drafts: Sequence[Draft],
    *,
    by: Actor,
    at: datetime,
    source: str,
    seal_for: Subject | None = None,
    recorded_at: datetime | None = None,
    announce: bool = True,
    held: Sequence[FactRecord] | None = None,
    begins: bool = False,
) -> list[Fact]:
    """Record facts about a subject and let its promises follow. Raises as `ledger.actions.record`.

    A draft whose key or id is already recorded changes nothing. With `announce` off nobody is told of what the facts
    make late at once (imports send one summary instead). `held` are the subject's facts as `hold` gave them in this
    transaction, which are then not read again; one that `begins` has just been made, in this transaction.
    """
    entry = Entry(subject, drafts, seal_for=seal_for, recorded_at=recorded_at, begins=begins)
    known = {} if held is None else {subject: held}
    return record_many([entry], by=by, at=at, source=source, announce=announce, held=known)[0]


@transaction.atomic(savepoint=False)
def record_many(
    entries: Sequence[Entry],
    *,
    by: Actor,
    at: datetime,
    source: str,
    announce: bool = True,
    held: Mapping[Subject, Sequence[FactRecord]] | None = None,
) -> list[list[Fact]]:
    """`record` for many subjects with as many queries as for one."""
    laws = {kind: law_for(kind) for kind in {e.subject.kind for e in entries} if kind in subjects.kinds()}
    _check_entries(entries, at, laws, held or {})
    recorded = ledger.record_many(entries, by=by, at=at, source=source)
    moments: dict[Subject, datetime] = {}
    known: dict[Subject, list[FactRecord]] = {subject: list(facts) for subject, facts in (held or {}).items()}
    begun: set[Subject] = set()
    for entry, facts in zip(entries, recorded, strict=True):
        fresh = [fact for fact in facts if fact.is_new]
        kind = subjects.kind_of(entry.subject)
        if not fresh or kind is None or not (kind.is_projected or laws[entry.subject.kind].editions):
            continue
        moments[entry.subject] = max(moments.get(entry.subject, fresh[0].recorded_at), fresh[-1].recorded_at)
        if fresh[0].rev == 1:
            # a chain that begins here has no other facts: nothing to read back
            begun.add(entry.subject)
            known.setdefault(entry.subject, [])
        if len(known.get(entry.subject, ())) != fresh[0].rev - 1:
            # something else was recorded about it since it was held: all is read again
            known.pop(entry.subject, None)
        if entry.subject in known:
            known[entry.subject].extend(fact.as_record() for fact in fresh)
    rederive(moments, known, begun, announce=announce, laws=laws)
    live.announce_after_commit()
    return recorded


def _check_entries(
    entries: Sequence[Entry],
    at: datetime,
    laws: Mapping[str, Law],
    held: Mapping[Subject, Sequence[FactRecord]],
) -> None:
    """Refuse what a clause does not let pass, before anything is written."""

    def facts_of(subject: Subject) -> Sequence[FactRecord]:
        return held[subject] if subject in held else ledger_reading.facts_of(subject)

    for entry in entries:
        kind = subjects.kind_of(entry.subject)
        if kind is not None and laws[entry.subject.kind].editions:
            law = laws[entry.subject.kind]
            now = clock.now()
            check_proofs(entry, at=at, now=now, law=law, kind=kind, facts_of=facts_of)
            check_gates(entry, at=at, now=now, law=law, kind=kind, facts_of=facts_of)


def hold(subject: Subject) -> Sequence[FactRecord]:
    """Keep other writers off a subject until the transaction ends, and return its facts: every act begins with it.

    SQLite's transactions are exclusive from their start; PostgreSQL locks the subject's chain.
    """
    if connection.features.has_select_for_update:
        list(Stream.objects.select_for_update().filter(kind=subject.kind, ref=subject.ref).values_list("pk"))
    return ledger_reading.facts_of(subject)


def state_of(subject: Subject, facts: Sequence[FactRecord] | None = None) -> Any:
    """The folded state of a subject as known now; None where it does not exist. `facts` are those of `hold`."""
    kind = subjects.kind_of(subject)
    if kind is None:
        return None
    stored = ledger_reading.facts_of(subject) if facts is None else facts
    return fold_state(stored, kind.model, latest(clock.now(), stored))


def rederive(
    moments: Mapping[Subject, datetime],
    known: Mapping[Subject, Sequence[FactRecord]] | None = None,
    begun: Collection[Subject] = (),
    *,
    announce: bool = True,
    sweep: bool = False,
    laws: Mapping[str, Law] | None = None,
) -> Changes:
    """Derive each subject at its moment and write what differs.

    `known` are subjects whose facts are all at hand; those in `begun` have no stored promises yet. A fact that somebody
    else recorded while this transaction waited for its turn is known too, so no subject goes back to before its last.
    `laws` are the company's by kind, where they were read already.
    """
    facts: dict[Subject, Sequence[FactRecord]] = dict(known or {})
    unread = [subject for subject in moments if subject not in facts]
    if unread:
        facts.update(ledger_reading.facts_of_many(unread))
    stored_for = [subject for subject in moments if subject not in begun]
    rows = rows_of(stored_for) if stored_for else {}
    known_kinds = {subject: facts[subject] for subject in moments if subjects.kind_of(subject) is not None}
    governing = laws_of(known_kinds, laws)
    changes = Changes()
    failures: set[Failure] = set()
    derivations: dict[str, dict[Subject, subjects.Derived]] = {}
    for subject, moment in moments.items():
        kind = subjects.kind_of(subject)
        if kind is None:
            continue
        now = latest(moment, facts[subject])
        law, stored = governing[subject], rows.get(subject, {})
        derivation = derive(facts[subject], law.editions, law.calendars, kind.model, now)
        changes.compare(subject, derivation.promises, stored, law, now, sweep=sweep, announce=announce)
        failures.update(derivation.failures)
        derivations.setdefault(subject.kind, {})[subject] = subjects.Derived(
            derivation, list(stored.values())
        )
    write(changes)
    for name, derived in derivations.items():
        subjects.kinds()[name].project(derived)
    report_failures(failures, max(moments.values(), default=None))
    return changes


def write(changes: Changes) -> None:
    """Write the rows of `changes`. Called inside the transaction that locked the subjects' chains."""
    if changes.deleted:
        Notice.objects.filter(promise__in=changes.deleted).update(promise=None)
        Promise.objects.filter(pk__in=[row.pk for row in changes.deleted]).delete()
    if changes.created:
        insert_rows(changes.created)
    update_rows(changes.updated, COLUMNS)
    deltas = changes.deltas()
    if deltas:
        insert_rows(deltas)
    if changes.notices:
        Notice.objects.bulk_create(changes.notices, ignore_conflicts=True)


def report_failures(failures: Iterable[Failure], at: datetime | None) -> None:
    """Record each control that failed once, and tell the keeper of its regulation. The customer's work goes on."""
    for failure in sorted(failures, key=lambda f: (f.regulation, f.control, in_chinese(f.why))):
        if at is None:
            return
        # whoever's request brought it to light: one failure is one record, in one language
        why = in_chinese(failure.why)
        digest = sha256(f"{failure.regulation}.{failure.control}:{why}".encode()).hexdigest()[:32]
        fact = ledger.record(
            Subject("regulation", failure.regulation),
            [
                Draft(
                    kind="control.failed",
                    data={"control": failure.control, "why": why[:500]},
                    key=f"control.failed:{digest}",
                )
            ],
            by=SYSTEM,
            at=at,
            source="engine",
        )[0]
        if fact.is_new:
            notice = Notice(
                key=f"control.failed:{digest}",
                kind=NoticeKind.CONTROL_FAILED,
                at=at,
                to_code=regulations.keeper_of(failure.regulation),
                detail={
                    "regulation": failure.regulation,
                    "control": failure.control,
                    "why": why[:500],
                    # what the record says in Chinese, each reader gets in their own language
                    "said": failure.why.to_dict() if isinstance(failure.why, Sentence) else None,
                },
            )
            Notice.objects.bulk_create([notice], ignore_conflicts=True)
