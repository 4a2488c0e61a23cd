"""Customers become one, and part again: contracts follow, so that what was agreed with either holds for new cases."""

from __future__ import annotations

from datetime import datetime

from keyue.contracts import actions
from keyue.customers.events import CustomerMerged, CustomerUnmerged
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor


def follow(customer_id: int, event: Event, by: Actor, at: datetime) -> None:
    """Of the two facts of a merge the one on the chain of whoever stays."""
    if isinstance(event, CustomerMerged | CustomerUnmerged) and event.alias:
        actions.follow_customers(customers=(customer_id, int(event.alias)), by=by, at=at)
