"""Customers become one, and part again: contracts follow, so that what was agreed with either holds for new cases."""

from __future__ import annotations

from datetime import datetime

from keyue.contracts import actions
from keyue.customers.events import CustomerMerged, CustomerUnmerged
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor


def follow(customer_id: int, event: Event, by: Actor, at: datetime) -> None:
    """Of the two facts of a merge the one on the chain of whoever stays."""
    if isinstance(event, CustomerMerged) and event.alias:
        actions.follow_merge(survivor=customer_id, alias=int(event.alias), by=by, at=at)
    elif isinstance(event, CustomerUnmerged) and event.alias:
        actions.follow_unmerge(survivor=customer_id, alias=int(event.alias), by=by, at=at)
