"""Background jobs of the cases room."""

from __future__ import annotations

from datetime import datetime

from keyue.cases.actions import files, sheets
from keyue.cases.importing import selectors
from keyue.cases.importing.actions import work_batch
from keyue.kernel.contents import TURN


def work_imports(now: datetime) -> int:
    """One batch of the oldest import that runs; other jobs have their turn between two batches."""
    run = selectors.running()
    return work_batch(run.pk, now=now) if run is not None else 0


JOBS = [
    ("imports", 1.0, work_imports),
    ("imports.tidy", 3600.0, sheets.tidy_sheets),
    ("files.tidy", TURN.total_seconds(), files.tidy),
]
