"""How a case is folded from its facts: type, priority, lead, rounds, waiting and the end. Pure Python.

The rules are S1 to S15 of the engine specification, part C. `fold` returns None for a fact without effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.cases.events import KINDS
from keyue.ledger.facts import FactRecord
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model


@dataclass(frozen=True, slots=True)
class CaseState:
    """What the regulations may ask of a case. `solved`, `reported`, `told` and `eta_told` are of the running round;
    `customer` is an id, `customer_grade` the grade that the customer had when the case came in."""

    type: str
    round: int = 1
    priority: str = "normal"
    level: str | None = None
    category: str | None = None
    channel: str | None = None
    phase: str | None = None
    customer: str | None = None
    lead: str | None = None
    collaborators: tuple[str, ...] = ()
    account_manager: str | None = None
    customer_grade: str | None = None
    classified: bool = False
    reviewed: bool = False
    valid: bool | None = None
    assessed: bool = False
    assigned: bool = False
    planned: bool = False
    solved: bool = False
    reported: bool = False
    told: bool = False
    eta_told: bool = False
    responded: bool = False
    waiting: bool = False
    outcome: str | None = None
    exit: str | None = None
    ended: bool = False


Step = Callable[[CaseState, Mapping[str, Any]], CaseState | None]


def fold(state: CaseState | None, fact: FactRecord) -> CaseState | None:
    """The case after `fact`, or None where the fact has no effect. Nothing exists before `case.received`."""
    if state is None:
        return _received(fact.data) if fact.kind == "case.received" else None
    if state.ended:
        return None
    step = STEPS.get(fact.kind)
    return state if step is None else step(state, fact.data)


def _received(data: Mapping[str, Any]) -> CaseState:
    return CaseState(
        type=str(data.get("type") or "feedback"),
        channel=data.get("channel"),
        phase=data.get("phase"),
        customer=data.get("customer"),
        account_manager=data.get("account_manager"),
        customer_grade=data.get("customer_grade"),
    )


def _given(state: CaseState, data: Mapping[str, Any], *names: str) -> CaseState:
    changes = {name: data[name] for name in names if data.get(name) is not None}
    return replace(state, **changes) if changes else state


def _assigned(state: CaseState, data: Mapping[str, Any]) -> CaseState:
    state = replace(_given(state, data, "lead"), assigned=True)
    collaborators = data.get("collaborators")
    return state if collaborators is None else replace(state, collaborators=tuple(collaborators))


def _eta(state: CaseState, data: Mapping[str, Any]) -> CaseState | None:
    if state.solved:
        return None
    return replace(state, eta_told=True) if data.get("to") == "customer" else state


def _result_to_service(state: CaseState, data: Mapping[str, Any]) -> CaseState | None:
    return replace(state, reported=True) if state.solved and not state.reported else None


def _result_to_customer(state: CaseState, data: Mapping[str, Any]) -> CaseState | None:
    return replace(state, told=True) if state.solved and not state.told else None


def _new_round(state: CaseState) -> CaseState:
    return replace(
        state,
        round=state.round + 1,
        planned=False,
        solved=False,
        reported=False,
        told=False,
        eta_told=False,
        outcome=None,
    )


def _follow_up_call(state: CaseState, data: Mapping[str, Any]) -> CaseState | None:
    outcome = data.get("outcome")
    if outcome == "unsatisfied":
        return _new_round(state) if state.solved else None
    return replace(state, outcome=outcome) if outcome == "satisfied" and state.solved else state


def _ended(exit_: str) -> Step:
    def step(state: CaseState, data: Mapping[str, Any]) -> CaseState:
        return replace(state, ended=True, exit=exit_)

    return step


APPROVED_EXITS = frozenset({"declined", "unreachable", "third_party", "invalid"})


def _closed(state: CaseState, data: Mapping[str, Any]) -> CaseState | None:
    """Every exit but satisfaction needs an approver who is not the owner (34); without one nothing has been closed.

    What asks for no satisfaction, an inquiry, praise, a request, is answered (decision 0801).
    """
    exit_ = data.get("exit")
    is_answered = exit_ == "answered" and state.responded and not seeks_satisfaction(state)
    approver = data.get("approved_by")
    is_approved = exit_ in APPROVED_EXITS and approver and approver != state.lead
    if not (exit_ == "satisfied" or is_answered or is_approved):
        return None
    return replace(state, ended=True, exit=exit_)


STEPS: Mapping[str, Step] = {
    "case.received": lambda state, data: None,
    "case.classified": lambda state, data: replace(_given(state, data, "type", "category"), classified=True),
    "case.reclassified": lambda state, data: _given(state, data, "type", "category"),
    "case.reviewed": lambda state, data: replace(_given(state, data, "valid"), reviewed=True),
    "case.assessed": lambda state, data: replace(_given(state, data, "priority", "level"), assessed=True),
    "case.priority_changed": lambda state, data: _given(state, data, "priority", "level"),
    "case.assigned": _assigned,
    "case.reassigned": _assigned,
    "case.returned": lambda state, data: replace(state, lead=None),
    "case.plan_filed": lambda state, data: replace(state, planned=True),
    "case.eta_given": _eta,
    "case.solved": lambda state, data: None if state.solved else replace(state, solved=True),
    "case.result_to_service": _result_to_service,
    "case.result_to_customer": _result_to_customer,
    "case.first_response": lambda state, data: replace(state, responded=True),
    "case.follow_up_call": _follow_up_call,
    "case.reopened": lambda state, data: _new_round(state) if state.solved else None,
    "case.waiting_customer": lambda state, data: None if state.waiting else replace(state, waiting=True),
    "case.customer_replied": lambda state, data: replace(state, waiting=False),
    "case.customer_matched": lambda state, data: _given(
        state, data, "customer", "account_manager", "customer_grade"
    ),
    "case.withdrawn": _ended("withdrawn"),
    "case.merged": _ended("merged"),
    "case.closed": _closed,
}

WHOSE = frozenset({"case.received", "case.customer_matched"})


def scopes_of(facts: Iterable[FactRecord]) -> frozenset[str]:
    """The customers whose contracts may say something of a case, as scopes of regulations: all that it was ever said to
    be of. Whose it is at an instant the state says, and the conditions of those contracts ask."""
    named = (fact.data.get("customer") for fact in facts if fact.kind in WHOSE)
    return frozenset(f"customer:{customer}" for customer in named if customer)


OPINIONS = frozenset({"feedback", "suggestion", "complaint"})


def seeks_satisfaction(state: CaseState) -> bool:
    """Whether the customer is asked in the end (S3 4.5.2): of an opinion, and of whatever a department worked on."""
    return state.type in OPINIONS or state.assigned


def stage_of(state: CaseState) -> str:
    """Where the case stands, in the order of S3 4: the first step that is still to be done."""
    if state.ended:
        return "closed"
    if not seeks_satisfaction(state):
        return "classify" if not state.classified else "close" if state.responded else "tell"
    for done, stage in _steps(state):
        if not done:
            return stage
    return "close"


def _steps(state: CaseState) -> list[tuple[bool, str]]:
    acted = state.solved or state.assigned or state.round > 1
    return [
        (state.classified or acted, "classify"),
        # found invalid, it waits for an approver, or for another review where the end was not agreed to
        ((state.reviewed and state.valid is not False) or acted, "review"),
        (state.assessed or acted, "assess"),
        (bool(state.lead) or state.solved, "assign"),
        (state.planned or state.eta_told or state.solved, "plan"),
        (state.solved, "solve"),
        (state.reported or state.told, "report"),
        (state.told, "tell"),
        (state.outcome == "satisfied", "follow_up"),
    ]


CASE = SubjectModel(
    name="case",
    fold=fold,
    fields=frozenset(f.name for f in fields(CaseState)),
    kinds=KINDS,
)

register_model(CASE)
