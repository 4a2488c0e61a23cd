"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import F, Model, QuerySet, Sum

from .events import LEDGER, Event
from .facts import Actor, FactRecord, Subject, in_order
from .models import AccessEntry, Checkpoint, Fact, OutboxItem, Stream
from .reading import Convert, converters_of

AT_A_TIME = 500
T = TypeVar("T", bound=Model)


def facts_of(subject: Subject) -> list[FactRecord]:
    """A subject's facts as the engine reads them, in the order of (at, recorded_at, id); voided ones among them."""
    return facts_of_many([subject])[subject]


def facts_of_many(subjects: Iterable[Subject]) -> dict[Subject, list[FactRecord]]:
    """`facts_of` for many subjects, one query for 500 of them; an empty list where there is no fact."""
    wanted = list(dict.fromkeys(subjects))
    found: dict[Subject, list[FactRecord]] = {subject: [] for subject in wanted}
    one = connections[DEFAULT_DB_ALIAS]
    at_of, recorded_of, data_of, evidence_of = map(_as_it_is, converters_of(Fact, _CONVERTED))
    for start in range(0, len(wanted), AT_A_TIME):
        for kind, ref, uid, fact_kind, at, recorded_at, data, evidence, voids in _fact_rows(
            wanted[start : start + AT_A_TIME]
        ):
            found[Subject(kind, ref)].append(
                FactRecord(
                    _uid_text(uid),
                    fact_kind,
                    at_of(at, one),
                    recorded_of(recorded_at, one),
                    data_of(data, one),
                    tuple(evidence_of(evidence, one)),
                    None if voids is None else _uid_text(voids),
                )
            )
    return {subject: in_order(facts) for subject, facts in found.items()}


_CONVERTED = ("at", "recorded_at", "data", "evidence")
# in SQL: every act asks this, and composing it took the ORM longer than the answer
_FACTS = """
SELECT stream.kind, stream.ref, fact.uid, fact.kind, fact.at, fact.recorded_at, fact.data, fact.evidence, fact.voids
FROM ledger_stream stream JOIN ledger_fact fact ON fact.stream_id = stream.id
WHERE {}
"""


def _fact_rows(subjects: Sequence[Subject]) -> list[tuple[Any, ...]]:
    refs: dict[str, list[str]] = {}
    for subject in subjects:
        refs.setdefault(subject.kind, []).append(subject.ref)
    conditions, values = [], []
    for kind, some in refs.items():
        conditions.append(f"stream.kind = %s AND stream.ref IN ({', '.join(['%s'] * len(some))})")
        values += [kind, *some]
    with connection.cursor() as cursor:
        cursor.execute(_FACTS.format(" OR ".join(conditions)), values)
        return cursor.fetchall()


def _uid_text(stored: Any) -> str:
    """The id as text, of PostgreSQL's own type or of the 32 digits that SQLite keeps."""
    if isinstance(stored, str) and len(stored) == 32:
        return f"{stored[:8]}-{stored[8:12]}-{stored[12:16]}-{stored[16:20]}-{stored[20:]}"
    return str(stored)


def _as_it_is(convert: Convert | None) -> Convert:
    return convert or (lambda value, connection: value)


def chain_of(subject: Subject) -> list[Fact]:
    """A subject's facts as they are chained, by `rev`, with who, source and hashes: for the evidence page and export."""
    facts = Fact.objects.filter(stream__kind=subject.kind, stream__ref=subject.ref)
    return list(facts.select_related("stream").order_by("rev"))


def facts_by_uid(uids: Iterable[UUID]) -> dict[UUID, Fact]:
    """Facts by their identity."""
    return {fact.uid: fact for fact in Fact.objects.filter(uid__in=set(uids))}


def stream_of(subject: Subject) -> Stream | None:
    """The subject's chain: how long it is, and how far it is sealed."""
    return Stream.objects.filter(kind=subject.kind, ref=subject.ref).first()


def keys_recorded(keys: Iterable[str]) -> set[str]:
    """Those of these keys under which a fact was recorded, one query for 500 of them."""
    wanted = list(dict.fromkeys(keys))
    found: set[str] = set()
    for start in range(0, len(wanted), AT_A_TIME):
        rows = Fact.objects.filter(key__in=wanted[start : start + AT_A_TIME])
        found.update(key for key in rows.values_list("key", flat=True) if key)
    return found


def newest_fact_id() -> int:
    """The cursor of live updates now; 0 before the first fact."""
    return _settled().order_by("-id").values_list("id", flat=True).first() or 0


def fact_id_before(instant: datetime, within: int = 500) -> int:
    """The cursor as it was at `instant`, a moment ago: looked for among the newest facts."""
    newest = list(_settled().order_by("-id").values_list("id", "recorded_at")[:within])
    return next(
        (pk for pk, recorded_at in newest if recorded_at < instant), newest[-1][0] - 1 if newest else 0
    )


def facts_after(cursor: int, limit: int = 100) -> list[Fact]:
    """Facts recorded since `cursor` (a Fact's `id`), oldest first, with their streams. The last one's id is the next.

    No fact comes up behind the cursor later: on PostgreSQL, where ids are given before transactions commit, facts that
    follow one still being written wait for it.
    """
    return list(_settled().filter(id__gt=cursor).select_related("stream").order_by("id")[:limit])


def subjects_after(cursor: int, limit: int = 100) -> list[tuple[int, Subject]]:
    """`facts_after`, of each fact its id and what it is about alone: for who asks many times a second."""
    with connection.cursor() as cursor_:
        cursor_.execute(_SUBJECTS.format(f"AND {_SETTLED}" if _may_be_overtaken() else ""), [cursor, limit])
        return [(pk, Subject(kind, ref)) for pk, kind, ref in cursor_.fetchall()]


_SUBJECTS = """
SELECT ledger_fact.id, stream.kind, stream.ref
FROM ledger_fact JOIN ledger_stream stream ON stream.id = ledger_fact.stream_id
WHERE ledger_fact.id > %s {} ORDER BY ledger_fact.id LIMIT %s
"""


def unsent_messages(kind: str | None = None) -> QuerySet[OutboxItem]:
    """The outbox's messages still to be sent, the next one first."""
    unsent = OutboxItem.objects.filter(sent_at__isnull=True, failed_at__isnull=True).order_by("look_at", "id")
    return unsent.filter(kind=kind) if kind else unsent


def failed_messages() -> QuerySet[OutboxItem]:
    """Messages given up, each with its `last_error`, the latest first; `actions.retry` sends one again."""
    return OutboxItem.objects.filter(failed_at__isnull=False).order_by("-failed_at", "-id")


def accesses_of(subject: Subject) -> QuerySet[AccessEntry]:
    """Who looked at this subject, the latest first."""
    return AccessEntry.objects.filter(subject_kind=subject.kind, subject_ref=subject.ref).order_by(
        "-at", "-id"
    )


def accesses_by(actor: Actor) -> QuerySet[AccessEntry]:
    """What this person or token looked at, the latest first."""
    return AccessEntry.objects.filter(actor_kind=actor.kind, actor_id=actor.id).order_by("-at", "-id")


def accesses(
    *,
    by: Actor | None = None,
    subject: Subject | None = None,
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AccessEntry]:
    """The access trail, the latest first: whose, to what, to what kind of thing, and when."""
    rows = AccessEntry.objects.order_by("-at", "-id")
    if by is not None:
        rows = rows.filter(actor_kind=by.kind, actor_id=by.id)
    if subject is not None:
        rows = rows.filter(subject_kind=subject.kind, subject_ref=subject.ref)
    if kind:
        rows = rows.filter(subject_kind=kind)
    return _between(rows, "at", since, until)


def administrative_facts(
    *,
    by: Actor | None = None,
    kind: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Fact]:
    """What was done to accounts, roles, posts, regulations and the installation, the latest recorded first."""
    # the words of the index itself: with placeholders SQLite would not know that the index serves
    rows = Fact.objects.extra(where=[_administrative()])  # noqa: S610  a condition of our own
    rows = rows.order_by("-recorded_at", "-id")
    if by is not None:
        rows = rows.filter(actor_kind=by.kind, actor_id=by.id)
    if kind:
        rows = rows.filter(kind=kind)
    return _between(rows, "recorded_at", since, until)


def facts_about(
    subject: Subject, *, since: datetime | None = None, until: datetime | None = None
) -> QuerySet[Fact]:
    """One subject's facts, the latest recorded first."""
    chain = Fact.objects.filter(stream__kind=subject.kind, stream__ref=subject.ref).order_by("-rev")
    return _between(chain, "recorded_at", since, until)


def newest_facts(
    subjects: Collection[Subject], kinds: Collection[str], *, before: datetime, limit: int
) -> list[Fact]:
    """What happened to some subjects of one kind before an instant, of these kinds: the newest first, one query."""
    if not subjects:
        return []
    [kind] = {subject.kind for subject in subjects}
    chains = Fact.objects.filter(stream__kind=kind, stream__ref__in=[subject.ref for subject in subjects])
    return list(chains.filter(kind__in=list(kinds), at__lt=before).order_by("-at", "-id")[:limit])


def subjects_of(facts: Iterable[Fact]) -> dict[int, Subject]:
    """What each fact is about, by the id of its chain: one query."""
    streams = Stream.objects.in_bulk({fact.stream_id for fact in facts})
    return {pk: stream.subject for pk, stream in streams.items()}


def last_verification() -> Fact | None:
    """The fact of the latest `keyue verify`; None where it never ran."""
    chain = Fact.objects.filter(stream__kind=LEDGER.kind, stream__ref=LEDGER.ref, kind=Event.VERIFIED)
    return chain.order_by("-rev").first()


def _between(rows: QuerySet[T], field: str, since: datetime | None, until: datetime | None) -> QuerySet[T]:
    if since is not None:
        rows = rows.filter(**{f"{field}__gte": since})
    return rows.filter(**{f"{field}__lt": until}) if until is not None else rows


def _administrative() -> str:
    """The condition of the index `audited_fact` as this database has it, for a statement with placeholders."""
    index = next(index for index in Fact._meta.indexes if index.name == "audited_fact")
    editor = connection.SchemaEditorClass(connection)
    condition = index._get_condition_sql(Fact, editor)
    return f"({condition})".replace("%", "%%")


def unsealed_count() -> int:
    """Facts that no checkpoint has sealed yet."""
    unsealed = Stream.objects.filter(rev__gt=F("sealed_rev"))
    return unsealed.aggregate(n=Sum(F("rev") - F("sealed_rev")))["n"] or 0


def last_checkpoint() -> Checkpoint | None:
    """The latest seal, None before the first."""
    return Checkpoint.objects.order_by("-n").first()


def sealed_since(subject: Subject, rev: int) -> datetime | None:
    """When the fact at `rev` of this chain was sealed by a checkpoint; None while it is not."""
    heads = Checkpoint.objects.filter(
        heads__stream__kind=subject.kind, heads__stream__ref=subject.ref, heads__rev__gte=rev
    )
    return heads.order_by("n").values_list("at", flat=True).first()


def _settled() -> QuerySet[Fact]:
    facts = Fact.objects.all()
    return facts.extra(where=[_SETTLED]) if _may_be_overtaken() else facts  # noqa: S610  words of our own


# written by a transaction older than the oldest that still writes
_SETTLED = "age(ledger_fact.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)"


def _may_be_overtaken() -> bool:
    """Whether a fact with a smaller id may come to stand later."""
    return connection.vendor == "postgresql" and not connection.in_atomic_block
