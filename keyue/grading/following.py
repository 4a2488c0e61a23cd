"""What this room does when something happens to a customer: look again at the grade, forget who is erased."""

from __future__ import annotations

from datetime import datetime

from keyue.customers.events import (
    CustomerChanged,
    CustomerContractSigned,
    CustomerMerged,
    CustomerStageChanged,
    CustomerUnmerged,
)
from keyue.grading import measures, selectors
from keyue.grading.actions import evaluating, forget_customer
from keyue.grading.rules import GRADES
from keyue.kernel import clock
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor

# what else may change the grade
OTHERS = (CustomerStageChanged, CustomerContractSigned, CustomerMerged, CustomerUnmerged)


def follow(customer_id: int, event: Event, by: Actor, at: datetime) -> None:
    """After a change of what a measure reads (credit, scale, stage …), the worker looks again: S1-6.3."""
    if isinstance(event, CustomerChanged):
        concerns = bool(measures.columns_read().intersection(event.fields))
    else:
        concerns = isinstance(event, OTHERS)
    if concerns:
        evaluating.touch([customer_id], at)


def forget(customer_id: int, by: Actor, at: datetime) -> None:
    """A customer is erased."""
    forget_customer(customer_id=customer_id, by=by, at=at)


def contact_days() -> dict[str, int]:
    """How often customers of each grade are contacted under the standard in use; empty where there is none. The customers
    room asks for it without an instant: as of now."""
    standard = selectors.in_use(clock.now())
    if standard is None:
        return {}
    days = {grade: standard.treatment(grade).contact_days for grade in GRADES}
    return {grade: n for grade, n in days.items() if n}
