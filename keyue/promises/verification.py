"""Proving the projection: every stored promise against what its facts derive. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from keyue.ledger import selectors as ledger
from keyue.ledger.facts import FactRecord, Subject
from keyue.ledger.models import Stream
from keyue.promises import subjects
from keyue.promises.actions.opening import last_begun
from keyue.promises.actions.publishing import digest_of
from keyue.promises.engine import Promise as Derived
from keyue.promises.engine import derive
from keyue.promises.knowledge import latest
from keyue.promises.models import Promise, Tally, TallyDelta, WindowTurn
from keyue.promises.projection import Key, Law, laws_of, rows_of, told_of, values_of
from keyue.worktime import selectors as worktime

AT_A_TIME = 200
CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Difference:
    """A stored promise that is not what its facts say; `str()` is a sentence."""

    subject: Subject
    key: Key | None
    what: str

    def __str__(self) -> str:
        if self.key is None:
            return f"{self.subject} {self.what}"
        regulation, control, cycle, seq = self.key
        return _("%(subject)s %(control)s 第 %(cycle)d 轮 #%(seq)d：%(what)s") % {
            "subject": self.subject,
            "control": f"{regulation}.{control}",
            "cycle": cycle,
            "seq": seq,
            "what": self.what,
        }


def verify_promises(now: datetime, sample: int | None = None) -> Iterator[Difference]:
    """Every difference between stored and derived promises, of all subjects or of `sample` subjects spread evenly.

    A row that the sweep has still to look at, since its moment has come or another calendar did, is compared with what
    was derived when it was written; a window whose turn has not reached the subject yet need not be there. What was
    recorded or swept after `now`, while this goes on, counts.
    """
    streams = Stream.objects.filter(kind__in=list(subjects.kinds())).order_by("pk").values_list("kind", "ref")
    chosen: Iterable[tuple[str, str]] = streams.iterator(chunk_size=2_000)
    if sample is not None:
        step = max(1, streams.count() // max(1, sample))
        chosen = islice((row for n, row in enumerate(chosen) if n % step == 0), sample)
    every = iter(chosen)
    while batch := [Subject(*row) for row in islice(every, AT_A_TIME)]:
        yield from _verify(batch, now)
    if sample is None:
        yield from _strays()
        yield from _verify_tallies()


def verify_calendars() -> Iterator[Difference]:
    """Every version of a calendar that is not as its publication was recorded, and every record without its version."""
    with _one_instant():
        published: dict[tuple[str, int], FactRecord] = {
            (code, fact.data["n"]): fact
            for code in Stream.objects.filter(kind=CALENDAR).order_by("ref").values_list("ref", flat=True)
            for fact in ledger.facts_of(Subject(CALENDAR, code))
            if fact.kind == "calendar.published"
        }
        versions = {(row.calendar.code, row.n): row for row in worktime.every_version()}
    for code, n in sorted(published.keys() | versions.keys()):
        fact, version = published.get((code, n)), versions.get((code, n))
        what = ""
        if version is None:
            what = _("第 %(n)d 版不见了")
        elif fact is None:
            what = _("第 %(n)d 版没有发布它的事实")
        elif digest_of(version) != fact.data.get("digest") or version.recorded_at != fact.at:
            what = _("第 %(n)d 版与发布时记下的不同")
        if what:
            yield Difference(Subject(CALENDAR, code), None, what % {"n": n})


def _verify(batch: Sequence[Subject], now: datetime) -> Iterator[Difference]:
    with _one_instant():
        facts, rows = ledger.facts_of_many(batch), rows_of(batch)
        laws = laws_of({subject: facts[subject] for subject in batch})
    for subject in batch:
        known, stored = facts[subject], rows[subject]
        moment = max([latest(now, known), *(row.as_of for row in stored.values())])
        yield from _verify_one(subject, known, stored, laws[subject], moment)


def _verify_one(
    subject: Subject, facts: Sequence[FactRecord], rows: dict[Key, Promise], law: Law, now: datetime
) -> Iterator[Difference]:
    kind = subjects.kind_of(subject)
    if kind is None:
        return

    def derived_at(moment: datetime) -> dict[Key, Derived]:
        found = derive(facts, law.editions, law.calendars, kind.model, moment).promises
        return {promise.key: promise for promise in found}

    derived = derived_at(now)
    for key in sorted(derived.keys() - rows.keys()):
        if derived[key].is_window and _is_to_open(subject, derived[key], law, now):
            continue
        yield Difference(subject, key, _("事实推得出这条约定，库里没有"))
    for key in sorted(rows):
        row = rows[key]
        faults = _faults_against(derived.get(key), row, law)
        if faults and _is_to_look_at(row, now) and (earlier := derived_at(row.as_of).get(key)):
            faults = _faults_against(earlier, row, law)
        if faults:
            yield Difference(subject, key, _("；").join(faults))


def _is_to_look_at(row: Promise, now: datetime) -> bool:
    """Whether the sweep has not come to a row yet, whose moment has come or that was derived by an older calendar."""
    if row.look_at is not None and row.look_at <= now:
        return True
    published = worktime.last_published(now)
    return row.is_open and published is not None and row.as_of < published


def _is_to_open(subject: Subject, window: Derived, law: Law, now: datetime) -> bool:
    """Whether the turn that opens a window has not come to this subject yet."""
    turn = WindowTurn.objects.filter(subject_kind=subject.kind).first()
    if turn is None or window.start > turn.window:
        return True
    begun = last_begun(law, now)
    if window.is_open and begun is not None and begun > turn.window:
        return True
    rows = Stream.objects.filter(kind=subject.kind, ref=subject.ref)
    return not turn.is_done and rows.filter(pk__gt=turn.up_to).exists()


def _faults_against(derived: Derived | None, row: Promise, law: Law) -> list[str]:
    if derived is None:
        return [_("库里有这条约定，事实推不出")]
    return [
        _("%(name)s 应为 %(value)s，库里是 %(stored)s")
        % {"name": name, "value": value, "stored": getattr(row, name)}
        for name, value in values_of(derived, law, told_of(row)).items()
        if getattr(row, name) != value
    ]


def _strays() -> Iterator[Difference]:
    """Promises about something that has no chain at all."""
    known = set(subjects.kinds())
    kinds = Promise.objects.order_by().values_list("subject_kind", flat=True).distinct()
    for kind in kinds:
        if kind not in known:
            yield Difference(Subject(kind, "*"), None, _("不认识的对象种类"))
            continue
        refs = Stream.objects.filter(kind=kind).values_list("ref", flat=True)
        with_chain = {int(ref) for ref in refs.iterator(chunk_size=5_000)}
        owed = (
            Promise.objects.filter(subject_kind=kind)
            .order_by()
            .values_list("subject_id", flat=True)
            .distinct()
        )
        for identity in owed.iterator(chunk_size=5_000):
            # one begun since the chains were listed has its chain by now
            if identity not in with_chain and not _has_chain(kind, identity):
                yield Difference(Subject(kind, str(identity)), None, _("有约定，却没有事实链"))


def _has_chain(kind: str, identity: int) -> bool:
    return Stream.objects.filter(kind=kind, ref=str(identity)).exists()


@contextmanager
def _one_instant() -> Iterator[None]:
    """What is read within is as of one instant, while others write."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            # else each statement would see what was committed before it; SQLite's transactions exclude writers
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _verify_tallies() -> Iterator[Difference]:
    """The tallies against the rows they count."""
    with _one_instant():
        counted = _grouped(Promise.objects.all())
        tallied: dict[tuple[str, ...], int] = {}
        for model in (Tally, TallyDelta):
            fields = ("regulation", "control", "month", "state")
            for *key, n in model.objects.order_by().values_list(*fields).annotate(total=Sum("n")):
                tallied[tuple(key)] = tallied.get(tuple(key), 0) + n
    for key in sorted(counted.keys() | {key for key, n in tallied.items() if n}):
        if counted.get(key, 0) != tallied.get(key, 0):
            sums = {"tallied": tallied.get(key, 0), "counted": counted.get(key, 0)}
            what = _("合计是 %(tallied)d 条，实际 %(counted)d 条") % sums
            yield Difference(Subject("tally", "/".join(key)), None, what)


def _grouped(rows: Any) -> dict[tuple[str, ...], int]:
    fields = ("regulation", "control", "month", "state")
    return {tuple(key): n for *key, n in rows.order_by().values_list(*fields).annotate(total=Count("pk"))}
