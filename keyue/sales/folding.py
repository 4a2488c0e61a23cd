"""How a lead is folded from facts: what regulations may ask of it. Pure Python.

A contact may be the first that is known of a lead: who registers afterwards and says so honestly, breaks the clause that
asks for it before, and the fact stands before the registration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.ledger.facts import FactRecord
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model
from keyue.sales.events import LEAD_KINDS


@dataclass(frozen=True, slots=True)
class LeadState:
    """What regulations may ask of a lead, which has one round and waits for nobody. `staff` is an owner's code."""

    round: int = 1
    waiting: bool = False
    ended: bool = False
    type: str | None = None
    staff: str | None = None
    department: str | None = None
    registered: bool = False
    contacted: bool = False
    disputed: bool = False
    outcome: str | None = None
    until: str | None = None


Step = Callable[[LeadState, Mapping[str, Any]], LeadState]


def fold(state: LeadState | None, fact: FactRecord) -> LeadState | None:
    """The lead after `fact`; None where it has no effect. It begins with its registration, or with a contact."""
    if state is None and fact.kind not in BEGINNINGS:
        return None
    step = STEPS.get(fact.kind)
    return step(state or LeadState(), fact.data) if step is not None else state


def _registered(state: LeadState, data: Mapping[str, Any]) -> LeadState:
    return replace(
        state,
        registered=True,
        type=data.get("type"),
        staff=data.get("staff"),
        department=data.get("department"),
        until=data.get("until"),
    )


def _settled(state: LeadState, data: Mapping[str, Any]) -> LeadState:
    return replace(state, disputed=False, until=data.get("until") or state.until)


def _ended(outcome: str) -> Step:
    return lambda state, data: replace(state, ended=True, outcome=outcome)


BEGINNINGS = frozenset({"lead.registered", "lead.contacted"})
STEPS: Mapping[str, Step] = {
    "lead.registered": _registered,
    "lead.registered_again": lambda state, data: replace(state, disputed=True),
    "lead.conflict_settled": _settled,
    "lead.contacted": lambda state, data: replace(
        state, contacted=True, staff=state.staff or data.get("staff")
    ),
    "lead.extended": lambda state, data: replace(state, until=data.get("until")),
    "lead.handed_over": lambda state, data: replace(
        state, staff=data.get("staff"), department=data.get("department")
    ),
    "lead.qualified": _ended("qualified"),
    "lead.dropped": _ended("dropped"),
    "lead.expired": _ended("expired"),
}

LEAD = SubjectModel(
    name="lead", fold=fold, fields=frozenset(f.name for f in fields(LeadState)), kinds=LEAD_KINDS
)
register_model(LEAD)
