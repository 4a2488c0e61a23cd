"""An opinion that was heard at a project becomes a case of its customer (S2-5.2b)."""

from __future__ import annotations

from datetime import datetime

from keyue.cases.actions.intake import TITLE, Intake, register
from keyue.cases.enums import Channel, Phase
from keyue.contracts.opening import Heard
from keyue.customers.models import Customer
from keyue.ledger.facts import Actor


def open_case(heard: Heard, by: Actor, at: datetime) -> str:
    """Register it as received when it was heard, visible to the department of whoever heard it; its number."""
    customer = Customer.objects.get(pk=heard.customer_id)
    departments = {customer.department, heard.staff.department.code if heard.staff.department else None}
    intake = Intake(
        type=heard.type,
        content=heard.text,
        title=f"{heard.title} · {heard.text}"[:TITLE],
        channel=Channel.VISIT,
        phase=Phase.DURING,
        customer=customer,
        departments=sorted(code for code in departments if code),
    )
    return register(intake, by=by, at=heard.heard_at, source="project").case.number
