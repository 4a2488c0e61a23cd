"""Background jobs of the sales room."""

from __future__ import annotations

from datetime import datetime

from keyue.sales import actions


def look_at_leads(now: datetime) -> int:
    """Warn of protections that end soon, end those that are over."""
    return actions.look_at_leads(now=now)


def look_at_holdings(now: datetime) -> int:
    """Warn of customers whom nobody contacts, recycle those that were warned of."""
    return actions.look_at_holdings(now=now)


def begin_holdings(now: datetime) -> int:
    """Count from now on for customers that came in bulk."""
    return actions.begin_holdings(now=now)


JOBS = [
    ("leads.look", 60.0, look_at_leads),
    ("pool.look", 30.0, look_at_holdings),
    ("pool.begin", 3600.0, begin_holdings),
]
