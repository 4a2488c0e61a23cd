"""Background jobs of the grading room."""

from __future__ import annotations

from datetime import datetime

from keyue.grading import actions


def work_runs(now: datetime) -> int:
    """One batch of the review that goes on; other jobs have their turn between two batches."""
    return actions.work_batch(now=now)


def work_touched(now: datetime) -> int:
    """Look again at customers whose credit, scale or stage changed."""
    return actions.work_touched(now=now)


def start_due_run(now: datetime) -> int:
    """Begin the periodic review of all grades when it is due."""
    return actions.start_due_run(now=now)


JOBS = [
    ("grading.runs", 1.0, work_runs),
    ("grading.touched", 5.0, work_touched),
    ("grading.due", 300.0, start_due_run),
]
