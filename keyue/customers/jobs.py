"""Background jobs of the customers room."""

from __future__ import annotations

from datetime import datetime

from keyue.customers.actions import (
    archive_search,
    attaching,
    changing_many,
    checking,
    clearing,
    exporting,
    granting,
    importing,
    searching,
    undoing,
    watching,
)
from keyue.customers.enums import ImportState
from keyue.customers.exchange import asking, keeping, selectors
from keyue.kernel.contents import TURN


def end_access(now: datetime) -> int:
    """Record the end of access whose time is over."""
    return granting.end_access(now)


def watch(now: datetime) -> int:
    """Count the access trail, and notice who read more than is usual."""
    return watching.watch(now)


def find_duplicates(now: datetime) -> int:
    """The next step of a search for duplicates over the whole archive; other jobs have their turn between two."""
    return archive_search.work_search(now=now)


def change_many(now: datetime) -> int:
    """The next customers of a change of many."""
    return changing_many.work_changes(now)


def check_files(now: datetime) -> int:
    """One batch of the day's check of all files; nothing once the day is done."""
    return checking.check_archive(now)


def work_imports(now: datetime) -> int:
    """One batch of the oldest import that runs, in or back out; other jobs have their turn between two batches."""
    run = selectors.running()
    if run is None:
        return 0
    work = undoing.undo_batch if run.state == ImportState.UNDOING else importing.work_batch
    return work(run.pk, now=now)


def make_exports(now: datetime) -> int:
    """The file of the oldest request that was approved."""
    request = asking.waiting()
    return int(exporting.make_export(request.pk, now=now)) if request is not None else 0


def tidy_exchange(now: datetime) -> int:
    """End exports and sheets whose time is over, and delete what no row names."""
    ended = exporting.expire_exports(now) + clearing.clear_old(now)
    return ended + attaching.tidy_files(now)


def index_older(now: datetime) -> int:
    """Index customers who were entered before there was an index."""
    return searching.index_older(now)


JOBS = [
    ("customers.index", 60.0, index_older),
    ("customers.imports", 1.0, work_imports),
    ("customers.exports", 1.0, make_exports),
    ("customers.exchange_tidy", 600.0, tidy_exchange),
    ("customers.sheets_tidy", TURN.total_seconds(), keeping.SHEETS.tidy),
    ("customers.check", 60.0, check_files),
    ("customers.bulk", 1.0, change_many),
    ("customers.duplicates", 1.0, find_duplicates),
    ("customers.access", 60.0, end_access),
    ("customers.watch", 30.0, watch),
]
