"""Background jobs of the contracts room."""

from __future__ import annotations

from datetime import datetime

from keyue.contracts import actions


def miss_payments(now: datetime) -> int:
    """Say which payments were due and have not all come in."""
    return actions.miss_payments(now=now)


JOBS = [("contracts.payments", 300.0, miss_payments)]
