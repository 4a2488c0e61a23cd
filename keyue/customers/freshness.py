"""Until when a file counts as fresh. The interval is that of the regulation in force (制度 5.1), by grade or department
where it says so; nothing is stale where no regulation asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from keyue.customers.models import Customer
from keyue.promises import selectors as promised
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control
from keyue.worktime import rules as worktime

VERIFIED = "customer.verified"
PATH = "customer."


@dataclass(frozen=True, slots=True)
class Interval:
    """How often the regulation wants a file looked over: its control, and the rule for this customer."""

    regulation: str
    control: str
    clause: str
    rule: worktime.Rule


def interval_of(customer: Customer, at: datetime) -> Interval | None:
    """The strictest interval that holds for this customer now; None where no control in force has one."""
    found = [
        Interval(regulation, control.id, control.clause, rule)
        for regulation, control in _controls(at)
        if (rule := _rule_for(control, customer)) is not None
    ]
    calendar = promised.company_calendar()
    return min(found, key=lambda one: worktime.due(at, one.rule, calendar) or at, default=None)


def due_after(since: datetime, interval: Interval | None) -> datetime | None:
    """Until when what was right at `since` counts as fresh; None where nothing asks."""
    return worktime.due(since, interval.rule, promised.company_calendar()) if interval is not None else None


def _controls(at: datetime) -> Iterator[tuple[str, Control]]:
    """The controls in force that a verification performs, and that ask for the next one."""
    newest = {one.regulation: one for one in regulations.editions_for("customer") if one.effective <= at}
    for edition in newest.values():
        for control in edition.controls:
            if control.runs and _recurs(control) and any(one.kind == VERIFIED for one in control.met_by):
                yield edition.regulation, control


def _recurs(control: Control) -> bool:
    """Whether it is asked for again and again: as a cadence, or because each time that it was done begins the next."""
    return control.recurs or any(one.kind == VERIFIED for one in control.on)


def _rule_for(control: Control, customer: Customer) -> worktime.Rule | None:
    limit = control.limit
    if limit is None or limit.by is None:
        return limit.rule if limit is not None else None
    name = limit.by.removeprefix(PATH)
    # what intervals go by are columns; of a path to anything else nothing is known here
    columns = {"grade": customer.grade, "department": customer.department, "stage": customer.stage}
    columns["type"] = customer.kind
    return limit.table.get(str(columns.get(name)))
