"""Opening windows: a fixed cadence owes something from an instant at which nothing happens (47).

When a window begins, every subject of its kind is derived once, in batches, and how far that has come is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from keyue.ledger.facts import Subject
from keyue.ledger.models import Stream
from keyue.promises import live, subjects
from keyue.promises.actions.recording import rederive
from keyue.promises.cadences import opens, windows
from keyue.promises.models import WindowTurn
from keyue.promises.projection import Law, law_for

logger = logging.getLogger(__name__)

BATCH = 200


def open_windows(*, now: datetime, limit: int = BATCH) -> int:
    """Derive subjects whose kind has a window that has begun since the last turn; how many."""
    done = 0
    for kind in sorted(subjects.kinds()):
        begun = last_begun(law_for(kind), now)
        if begun is not None:
            done += _turn(kind, begun, now, limit)
    return done


def last_begun(law: Law, now: datetime) -> datetime | None:
    """When the newest window of all fixed cadences began, or a calendar came that may open another one; None where there
    is none."""
    clock = law.clock(now)
    starts: list[datetime] = []
    for edition in law.editions:
        for control in edition.controls if edition.effective <= now else ():
            if opens(control):
                versions = clock.versions_for(control)
                begun = windows(control, edition.effective, versions, now)
                starts += [window.start for window in begun if window.is_asked()]
                if "working" in control.days:
                    starts += [recorded_at for recorded_at, _calendar in versions if recorded_at <= now]
    return max(starts, default=None)


def _derive(some: Sequence[Subject], now: datetime) -> None:
    """Derive subjects; one that cannot be derived is logged, and does not hold up the others."""
    try:
        with transaction.atomic():
            rederive(dict.fromkeys(some, now))
    except (OperationalError, InterfaceError):
        # the database is busy or away: the next turn tries again
        raise
    except Exception:
        if len(some) == 1:
            logger.exception("cannot derive %s; its window opens with its next fact or turn", some[0])
            return
        for one in some:
            _derive([one], now)


@transaction.atomic
def _turn(kind: str, begun: datetime, now: datetime, limit: int) -> int:
    WindowTurn.objects.get_or_create(subject_kind=kind, defaults={"window": begun})
    turn = WindowTurn.objects.select_for_update().get(subject_kind=kind)
    if begun > turn.window:
        turn.window, turn.up_to, turn.is_done = begun, 0, False
    if turn.is_done:
        return 0
    rows = Stream.objects.filter(kind=kind, pk__gt=turn.up_to).order_by("pk").values_list("pk", "ref")
    batch = list(rows.select_for_update()[:limit])
    if batch:
        _derive([Subject(kind, ref) for _pk, ref in batch], now)
        live.announce_after_commit()
        turn.up_to = batch[-1][0]
    turn.is_done = len(batch) < limit
    turn.save()
    return len(batch)
