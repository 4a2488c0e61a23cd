"""Recording facts: the only way into the chains."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from threading import Lock
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.kernel import clock
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.ids import new_id
from keyue.ledger import sealing
from keyue.ledger.events import Event
from keyue.ledger.facts import SKEW, Actor, Draft, Entry, NotPlain, Subject, chain_hash, plain
from keyue.ledger.insertion import insert, insert_new
from keyue.ledger.models import Fact, Stream

AT_A_TIME = 500
"""Keys that a query asks for at most."""

HISTORY_SOURCES = frozenset({"demo", "bench"})
"""The only sources that may say when a fact was recorded: data made up to look as if it had a past."""


def record(
    subject: Subject,
    drafts: Sequence[Draft],
    *,
    by: Actor,
    at: datetime,
    source: str,
    seal_for: Subject | None = None,
    recorded_at: datetime | None = None,
    begins: bool = False,
) -> list[Fact]:
    """Add facts to `subject`'s chain, in the caller's transaction; one fact for each draft, in their order.

    `at`: when it happened, where a draft does not say. Up to 5 minutes ahead of our clock counts as now. `source`: where
    it came from ("web", "api", "import:投诉.xlsx"). `seal_for`: whose key seals the drafts' `sealed` texts. A draft whose
    key or id is already recorded adds nothing: the fact found is returned, with `is_new` False.
    `recorded_at` is the clock's; only history made up by the demo or the bench says it (see HISTORY_SOURCES).
    `begins`: the subject has just been made, in this transaction.

    Raises Invalid (later than now, content that a fact cannot hold), Refused (key or id belongs to another subject, fact
    already taken back), NotFound (`voids` names no fact of this subject), RuntimeError outside a transaction, ValueError
    for what only a programmer can have got wrong.
    """
    entry = Entry(subject, drafts, seal_for=seal_for, recorded_at=recorded_at, begins=begins)
    return record_many([entry], by=by, at=at, source=source)[0]


def record_many(entries: Sequence[Entry], *, by: Actor, at: datetime, source: str) -> list[list[Fact]]:
    """`record` for many subjects, with as many queries as for one; a list of facts for each entry.

    For imports and bulk data. `by` and `at` are those of entries without their own; several entries may be for one
    subject and follow each other in its chain.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("facts are recorded in the transaction of the change they describe")
    now = clock.now()
    rows = [[_prepare(entry, draft, by, at, source, now) for draft in entry.drafts] for entry in entries]
    _seal(entries, rows)
    pending: dict[Subject, list[_Row]] = {}
    for entry, drafted in zip(entries, rows, strict=True):
        if drafted:
            pending.setdefault(entry.subject, []).extend(drafted)
    beginning = {entry.subject for entry in entries if entry.begins}
    while pending:
        # whoever was not the first to begin a chain finds it the next time
        pending, beginning = _append(pending, beginning), set()
    return [[row.fact for row in drafted] for drafted in rows]


def void(subject: Subject, uid: str, *, by: Actor, at: datetime, source: str, reason: str) -> Fact:
    """Take back a fact of `subject`: it stays in the chain, and the new fact says that it does not hold.

    `reason` is a code or a sentence without personal data. Raises as `record`. A subject of promises is corrected by
    `promises.actions.record` with the same draft, so that its promises follow.
    """
    return record(subject, [correction(uid, reason)], by=by, at=at, source=source)[0]


def correction(uid: str, reason: str) -> Draft:
    """The draft that takes back the fact `uid`."""
    return Draft(kind=Event.FACT_VOIDED, data={"reason": reason}, voids=uid)


@dataclass(slots=True)
class _Row:
    """A draft on its way into the table."""

    draft: Draft
    fact: Fact
    named: bool  # by its sender, with a key or an id


def _prepare(entry: Entry, draft: Draft, by: Actor, at: datetime, source: str, now: datetime) -> _Row:
    actor = entry.by or by
    recorded_at = now
    if entry.recorded_at is not None:
        if source not in HISTORY_SOURCES:
            raise ValueError(f"when a fact was recorded is not for {source!r} to say")
        recorded_at = entry.recorded_at
    for instant in (draft.at, entry.at, at, recorded_at):
        if instant is not None and instant.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {instant!r}")
    _check_lengths(draft, entry.subject, actor, source)
    try:
        data, evidence = plain(draft.data), plain(draft.evidence, "evidence")
    except NotPlain as fault:
        raise Invalid(
            _("内容 %(path)s 不能保存：%(value)s。请去掉其中不可见的字符；数值写成整数或文本。")
            % {"path": fault.path, "value": repr(fault.value)[:40]},
            code=fault.code,
        ) from fault
    fact = Fact(
        uid=_uuid(draft.id) if draft.id else _next_uid(),
        kind=str(draft.kind),
        at=_happened(draft.at or entry.at or at, recorded_at),
        recorded_at=recorded_at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        source=source,
        data=data,
        evidence=evidence,
        voids=_uuid(draft.voids) if draft.voids else None,
        key=draft.key or None,
    )
    return _Row(draft, fact, named=bool(draft.key or draft.id))


def _happened(at: datetime, recorded_at: datetime) -> datetime:
    """When it happened, by our clock (ENGINE.md, decision 37)."""
    if at <= recorded_at:
        return at
    if at - recorded_at <= SKEW:
        return recorded_at
    raise Invalid(
        _("发生时间 %(at)s 晚于现在（%(now)s）。请核对时间和时区。")
        % {"at": at.isoformat(timespec="seconds"), "now": recorded_at.isoformat(timespec="seconds")},
        fields={"at": _("发生时间不能晚于现在")},
        code="in_the_future",
    )


def _check_lengths(draft: Draft, subject: Subject, actor: Actor, source: str) -> None:
    """SQLite keeps texts of any length; PostgreSQL would refuse them, with a sentence for nobody."""
    for text, most in (
        (draft.kind, 80),
        (subject.kind, 80),
        (subject.ref, 80),
        (actor.kind, 20),
        (actor.id, 80),
        (source, 200),
        (draft.key or "-", 200),
    ):
        if not 0 < len(text) <= most or "\0" in text:
            raise ValueError(f"{text!r} needs 1 to {most} characters")


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        raise Invalid(
            _("事实的标识 %(id)s 不是 UUID。") % {"id": text},
            fields={"id": _("应为 UUID")},
            code="not_a_uuid",
        ) from None


def _seal(entries: Sequence[Entry], rows: Sequence[Sequence[_Row]]) -> None:
    """Put the drafts' sealed texts into their facts."""
    sealing_rows = [
        (entry.seal_for, row)
        for entry, drafted in zip(entries, rows, strict=True)
        for row in drafted
        if row.draft.sealed
    ]
    if not sealing_rows:
        return
    owners = [owner for owner, _row in sealing_rows if owner]
    if len(owners) < len(sealing_rows):
        raise ValueError("a draft with sealed texts needs seal_for, the owner of the key")
    keys = sealing.keys_of(owners)
    for owner, row in sealing_rows:
        assert owner is not None  # noqa: S101  just counted
        key = keys[owner]
        values = {
            str(field): key.seal(text, sealing.fact_context(row.fact.kind, field))
            for field, text in row.draft.sealed.items()
        }
        row.fact.sealed = {"owner": [owner.kind, owner.ref], "values": values}


def _append(
    pending: Mapping[Subject, list[_Row]], beginning: Collection[Subject]
) -> dict[Subject, list[_Row]]:
    """Chain and insert. What is left is for subjects whose chain somebody else has begun at this very moment."""
    streams = _lock(subject for subject in pending if subject not in beginning)
    known = _already_recorded(pending)
    fresh: dict[Subject, list[Fact]] = {}
    for subject, rows in pending.items():
        new = _unrecorded(subject, rows, known)
        if new:
            fresh[subject] = new
            stream = streams.setdefault(subject, Stream(kind=subject.kind, ref=subject.ref, rev=0, head=b""))
            _check_voids(stream, new)
            _chain(stream, new)
    # in one order everywhere: two callers that begin the same chains wait for each other, not both ways round
    begun = [streams[s] for s in sorted(fresh, key=lambda s: (s.kind, s.ref)) if streams[s].pk is None]
    _advance([streams[subject] for subject in fresh if streams[subject].pk is not None])
    _begin(begun)
    left = {stream.subject: pending[stream.subject] for stream in begun if stream.pk is None}
    _insert([(streams[subject], new) for subject, new in fresh.items() if subject not in left])
    return left


def _lock(subjects: Iterable[Subject]) -> dict[Subject, Stream]:
    """The subjects' chains where they have one, ours alone until the transaction ends."""
    refs: dict[str, list[str]] = {}
    for subject in subjects:
        refs.setdefault(subject.kind, []).append(subject.ref)
    found: dict[Subject, Stream] = {}
    for kind, wanted in sorted(refs.items()):
        for start in range(0, len(wanted), AT_A_TIME):
            some = wanted[start : start + AT_A_TIME]
            with connection.cursor() as cursor:
                cursor.execute(_LOCK.format(", ".join(["%s"] * len(some)), _for_update()), [kind, *some])
                for pk, ref, rev, head in cursor.fetchall():
                    found[Subject(kind, ref)] = Stream(pk, kind, ref, rev, bytes(head))
    return found


# in SQL: half of what the ORM takes; in the order of ids, so that two callers cannot wait for each other
_LOCK = "SELECT id, ref, rev, head FROM ledger_stream WHERE kind = %s AND ref IN ({}) ORDER BY id {}"


def _for_update() -> str:
    return "FOR UPDATE" if connection.features.has_select_for_update else ""


def _already_recorded(pending: Mapping[Subject, list[_Row]]) -> dict[UUID | str, tuple[Subject, Fact]]:
    """Facts that have a draft's key or id. To be asked once the chains are locked."""
    named = [row.fact for rows in pending.values() for row in rows if row.named]
    known: dict[UUID | str, tuple[Subject, Fact]] = {}
    for start in range(0, len(named), AT_A_TIME):
        some = named[start : start + AT_A_TIME]
        keys = [fact.key for fact in some if fact.key]
        condition = Q(uid__in=[fact.uid for fact in some])
        for fact in Fact.objects.filter(condition | Q(key__in=keys) if keys else condition).select_related(
            "stream"
        ):
            known[fact.uid] = fact.stream.subject, fact
            if fact.key:
                known[fact.key] = fact.stream.subject, fact
    return known


def _unrecorded(
    subject: Subject, rows: Iterable[_Row], known: dict[UUID | str, tuple[Subject, Fact]]
) -> list[Fact]:
    """Facts that are new; the other rows get the fact that is already there, or in this same call."""
    new: list[Fact] = []
    for row in rows:
        if row.named:
            owner, found = known.get(row.fact.uid) or known.get(row.fact.key or "") or (subject, None)
            if owner != subject:
                raise Refused(
                    _("标识或防重键 %(key)s 已用于另一对象。") % {"key": row.fact.key or row.fact.uid},
                    code="recorded_elsewhere",
                )
            if found is not None:
                row.fact = found
                continue
            known[row.fact.uid] = subject, row.fact
            if row.fact.key:
                known[row.fact.key] = subject, row.fact
        new.append(row.fact)
    return new


def _check_voids(stream: Stream, new: Sequence[Fact]) -> None:
    """A fact takes back one other of its own chain, and each is taken back once."""
    targets = {fact.voids for fact in new if fact.voids}
    if not targets:
        return
    there = {fact.uid: fact.voids for fact in new}
    gone: list[UUID | None] = [fact.voids for fact in new]
    if stream.pk is not None:
        related = Q(uid__in=targets) | Q(voids__in=targets)
        for uid, voids in Fact.objects.filter(related, stream=stream).values_list("uid", "voids"):
            there[uid] = voids
            gone.append(voids)
    for target in targets:
        if target not in there:
            raise NotFound(_("要撤销的事实 %(id)s 不在该对象的台账里。") % {"id": target})
        if there[target] is not None:
            raise Refused(_("撤销不能再被撤销：请重新登记该事实。"), code="voids_a_void")
        if gone.count(target) > 1:
            raise Refused(_("该事实已被撤销。"), code="already_voided")


def _chain(stream: Stream, new: Sequence[Fact]) -> None:
    """Number and hash the facts behind the chain's head, and move the head."""
    subject, rev, head = stream.subject, stream.rev, bytes(stream.head)
    for fact in new:
        rev += 1
        fact.rev = rev
        fact.prev = head
        fact.hash = head = chain_hash(
            subject=subject,
            rev=rev,
            uid=fact.uid,
            kind=fact.kind,
            at=fact.at,
            recorded_at=fact.recorded_at,
            actor=fact.by,
            source=fact.source,
            data=fact.data,
            sealed=fact.sealed,
            evidence=fact.evidence,
            voids=fact.voids,
            prev=head,
        )
    stream.rev, stream.head = rev, head


def _begin(streams: Sequence[Stream]) -> None:
    """Insert chains whose facts follow; one that somebody else has begun meanwhile stays without `pk`."""
    if not streams:
        return
    made = insert_new(
        Stream,
        ("kind", "ref", "rev", "head", "sealed_rev"),
        [(stream.kind, stream.ref, stream.rev, stream.head, 0) for stream in streams],
        returning=("id", "kind", "ref"),
    )
    ids = {Subject(kind, ref): pk for pk, kind, ref in made}
    for stream in streams:
        stream.pk = ids.get(stream.subject)


def _advance(streams: Sequence[Stream]) -> None:
    if streams:
        with connection.cursor() as cursor:
            cursor.executemany(
                "UPDATE ledger_stream SET rev = %s, head = %s WHERE id = %s",
                [(stream.rev, bytes(stream.head), stream.pk) for stream in streams],
            )


_COLUMNS = (
    *("uid", "stream", "rev", "kind", "at", "recorded_at", "actor_kind", "actor_id", "source"),
    *("data", "sealed", "evidence", "voids", "key", "prev", "hash"),
)
_values = attrgetter(*(column if column != "stream" else "stream_id" for column in _COLUMNS))


def _insert(chains: Sequence[tuple[Stream, list[Fact]]]) -> None:
    facts = {}
    for stream, new in chains:
        for fact in new:
            fact.stream = stream
            facts[stream.pk, fact.rev] = fact
    made = insert(
        Fact, _COLUMNS, [_values(fact) for fact in facts.values()], returning=("id", "stream_id", "rev")
    )
    for pk, stream_id, rev in made:
        fact = facts[stream_id, rev]
        fact.pk = pk
        fact.is_new = True
        fact._state.adding = False
        fact._state.db = connection.alias


_last_uid = 0
_uid_lock = Lock()


def _next_uid() -> UUID:
    """A new id, greater than this process's one before: facts of one instant keep the order of their recording."""
    global _last_uid
    with _uid_lock:
        value = new_id().int
        if value >> 80 == _last_uid >> 80 and value <= _last_uid:
            value = _last_uid + 1
        _last_uid = value
    return UUID(int=value)
