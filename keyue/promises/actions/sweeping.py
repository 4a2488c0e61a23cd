"""Look: the worker's sweep over what is due to be looked at, and the folding of tallies.

Cost follows what is due, not what is open. Any number of workers may sweep at once.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from keyue.ledger import actions as ledger
from keyue.ledger.facts import SYSTEM, Draft, Entry, Subject
from keyue.ledger.models import Stream
from keyue.promises import engine, live
from keyue.promises.actions.recording import rederive
from keyue.promises.models import Promise, TallyDelta
from keyue.promises.projection import Changes
from keyue.worktime import selectors as worktime

logger = logging.getLogger(__name__)

BATCH = 200
AFTER_A_FAULT = timedelta(hours=1)
FOLDED_AT_A_TIME = 5_000
FOLLOWED_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: subjects derived again, promises turned to broken, notices written."""

    subjects: int = 0
    broken: int = 0
    notices: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.subjects + other.subjects, self.broken + other.broken, self.notices + other.notices)


def look(*, now: datetime, limit: int = BATCH) -> Swept:
    """Derive again up to `limit` subjects whose moment has come, each once, in one transaction.

    A subject that cannot be derived is put off for an hour and logged, so that it does not hold up the others.
    """
    due = _due_subjects(now, limit)
    if not due:
        return Swept()
    try:
        return _look_at(due, now)
    except Exception:
        if len(due) == 1:
            logger.exception("cannot derive %s; looking again in an hour", due[0])
            _put_off(due[0], now)
            return Swept(subjects=1)
    swept = Swept()
    for subject in due:
        try:
            swept += _look_at([subject], now)
        except Exception:
            logger.exception("cannot derive %s; looking again in an hour", subject)
            _put_off(subject, now)
    return swept


def _due_subjects(now: datetime, limit: int) -> list[Subject]:
    rows = (
        Promise.objects.filter(look_at__lte=now)
        .order_by("look_at")
        .values_list("subject_kind", "subject_id")[: limit * 4]
    )
    return [Subject(kind, str(ref)) for kind, ref in list(dict.fromkeys(rows))[:limit]]


def _put_off(subject: Subject, now: datetime) -> None:
    Promise.objects.filter(subject_kind=subject.kind, subject_id=int(subject.ref), look_at__lte=now).update(
        look_at=now + AFTER_A_FAULT
    )


@transaction.atomic
def _look_at(due: Sequence[Subject], now: datetime) -> Swept:
    mine = _lock(due)
    changes = rederive(dict.fromkeys(mine, now), sweep=True)
    _record_breaches(changes, now)
    broken = sum(kind == "promise.broken" for _subject, _promise, kind in changes.breaches)
    return Swept(len(mine), broken, len(changes.notices))


def _lock(due: Sequence[Subject]) -> list[Subject]:
    """Those of the subjects whose chains no other worker or request is writing at this moment."""
    if not connection.features.has_select_for_update:
        return list(due)
    wanted = set(due)
    mine: list[Subject] = []
    for kind in sorted({subject.kind for subject in due}):
        refs = [subject.ref for subject in due if subject.kind == kind]
        rows = (
            Stream.objects.select_for_update(skip_locked=True).filter(kind=kind, ref__in=refs).order_by("id")
        )
        mine += [stream.subject for stream in rows if stream.subject in wanted]
    return mine


def _record_breaches(changes: Changes, now: datetime) -> None:
    """The announcement of a breach, or of one taken back, stands in the subject's chain; `derive` never reads it."""
    entries = [
        Entry(subject, [Draft(kind=kind, data=_about(promise))])
        for subject, promise, kind in changes.breaches
    ]
    if entries:
        ledger.record_many(entries, by=SYSTEM, at=now, source="sweep")
        live.announce_after_commit()


def _about(promise: engine.Promise) -> dict[str, object]:
    return {
        "regulation": promise.regulation,
        "control": promise.control,
        "cycle": promise.cycle,
        "seq": promise.seq,
        "due": promise.due.isoformat() if promise.due else None,
        "owner": promise.breach_owner or promise.owner,
    }


_followed: dict[str, datetime] = {}


def follow_calendars(*, now: datetime) -> int:
    """Have open promises looked at again that were derived before the newest calendar was known (27); how many.

    What was overdue by then stays as it was and is left alone. A process that has found nothing more to do asks again
    once another calendar has been published.
    """
    database = str(connection.settings_dict["NAME"])
    newest = worktime.last_published(now)
    if newest is None or _followed.get(database) == newest:
        return 0
    touched = Promise.objects.filter(is_open=True, as_of__lt=newest).filter(Q(due=None) | Q(due__gte=newest))
    waiting = touched.filter(Q(look_at=None) | Q(look_at__gt=now))
    some = list(waiting.order_by("pk").values_list("pk", flat=True)[:FOLLOWED_AT_A_TIME])
    marked = Promise.objects.filter(pk__in=some, is_open=True).update(look_at=now)
    if not some:
        _followed[database] = newest
    return marked


@transaction.atomic
def fold_tallies() -> int:
    """Add the oldest deltas to the tallies and remove them; how many were folded.

    Rows that another worker is folding are passed over.
    """
    deltas = TallyDelta.objects.order_by("id")
    if connection.features.has_select_for_update_skip_locked:
        deltas = deltas.select_for_update(skip_locked=True)
    rows = list(deltas.values_list("pk", *TALLIED, "n")[:FOLDED_AT_A_TIME])
    sums: Counter[tuple[str, str, str, str, str]] = Counter()
    for _pk, regulation, control, month, owner, state, n in rows:
        sums[regulation, control, month, owner, state] += n
    # in one order, so that two workers cannot wait for each other
    changed = [(*key, n) for key, n in sorted(sums.items()) if n]
    if changed:
        with connection.cursor() as cursor:
            cursor.executemany(_FOLD, changed)
    TallyDelta.objects.filter(pk__in=[row[0] for row in rows]).delete()
    return len(rows)


TALLIED = ("regulation", "control", "month", "owner", "state")
_FOLD = """
INSERT INTO promises_tally (regulation, control, month, owner, state, n) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (regulation, control, month, owner, state) DO UPDATE SET n = promises_tally.n + excluded.n
"""
