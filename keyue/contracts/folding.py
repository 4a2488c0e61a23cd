"""How contracts and projects are folded from facts: what regulations may ask of them. Pure Python.

No fact says what a title or a term holds, so the state knows only that they are there: true, or null where they are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.contracts.events import CONTRACT_KINDS, PROJECT_KINDS
from keyue.ledger.facts import FactRecord
from keyue.people.rules import PERSON
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model

TERMS = ("rights", "duties", "term", "limits")
"""What a service contract says of both sides: S4-9.2."""


@dataclass(frozen=True, slots=True)
class ContractState:
    """What regulations may ask of a contract. It ends with its termination; payments are chased after that all the same,
    so that nothing is cancelled by it."""

    number: str
    customer: str
    type: str
    round: int = 1
    waiting: bool = False
    ended: bool = False
    staff: str | None = None
    amount: str | None = None
    reviewed: bool = False
    signed: bool = False
    archived: bool = False
    terminated: bool = False
    rights: bool | None = None
    duties: bool | None = None
    term: bool | None = None
    limits: bool | None = None


@dataclass(frozen=True, slots=True)
class ProjectState:
    """What regulations may ask of a project. `progress` is its percent, `account_manager` an owner's code.

    A project that is completed does not end as a subject: what is asked of it afterwards still is."""

    title: bool | None
    contract_number: str | None
    account_manager: str | None
    round: int = 1
    waiting: bool = False
    ended: bool = False
    customer: str | None = None
    contract: str | None = None
    progress: int = 0
    plan_confirmed: bool = False
    started: bool = False
    completed: bool = False


def fold_contract(state: ContractState | None, fact: FactRecord) -> ContractState | None:
    """The contract after `fact`; None where it has no effect. Nothing exists before `contract.drafted`."""
    data = fact.data
    if state is None:
        if fact.kind != "contract.drafted":
            return None
        drafted = ContractState(
            number=str(data.get("number") or ""),
            customer=str(data.get("customer") or ""),
            type=str(data.get("type") or ""),
            staff=data.get("staff"),
            amount=data.get("amount"),
        )
        return _filled(drafted, data)
    if fact.kind not in CONTRACT_KINDS or fact.kind == "contract.drafted":
        return None
    step = CONTRACT_STEPS.get(fact.kind)
    return state if step is None else step(state, data)


def _filled(state: ContractState, data: Mapping[str, Any]) -> ContractState:
    filled = data.get("filled")
    if filled is None:
        return state
    values: dict[str, Any] = {name: True if name in filled else None for name in TERMS}
    return replace(state, **values)


def _changed(state: ContractState, data: Mapping[str, Any]) -> ContractState:
    # what was reviewed is not what stands there now
    return replace(_filled(state, data), reviewed=False)


CONTRACT_STEPS: Mapping[str, Callable[[ContractState, Mapping[str, Any]], ContractState]] = {
    "contract.changed": _changed,
    "contract.reviewed": lambda state, data: replace(state, reviewed=True),
    "contract.returned": lambda state, data: replace(state, reviewed=False),
    "contract.signed": lambda state, data: replace(state, signed=True),
    "contract.archived": lambda state, data: replace(state, archived=True),
    "contract.terminated": lambda state, data: replace(state, terminated=True),
    "contract.staff_changed": lambda state, data: replace(state, staff=f"{PERSON}{data.get('user')}"),
}


def fold_project(state: ProjectState | None, fact: FactRecord) -> ProjectState | None:
    """The project after `fact`; None where it has no effect. Nothing exists before `project.created`."""
    data = fact.data
    if state is None:
        if fact.kind != "project.created":
            return None
        return ProjectState(
            title=True,
            contract_number=data.get("contract_number"),
            account_manager=data.get("account_manager"),
            customer=data.get("customer"),
            contract=data.get("contract"),
        )
    if fact.kind not in PROJECT_KINDS or fact.kind == "project.created":
        return None
    step = PROJECT_STEPS.get(fact.kind)
    return state if step is None else step(state, data)


def _progress(state: ProjectState, data: Mapping[str, Any]) -> ProjectState:
    return replace(state, progress=int(data.get("progress") or 0))


PROJECT_STEPS: Mapping[str, Callable[[ProjectState, Mapping[str, Any]], ProjectState]] = {
    "project.progressed": _progress,
    "project.stage_finished": _progress,
    "project.manager_assigned": lambda state, data: replace(
        state, account_manager=f"{PERSON}{data.get('user')}"
    ),
    "project.plan_confirmed": lambda state, data: replace(state, plan_confirmed=True),
    "project.service_started": lambda state, data: replace(state, started=True),
    "project.completed": lambda state, data: replace(state, completed=True),
}

CONTRACT = SubjectModel(
    name="contract",
    fold=fold_contract,
    fields=frozenset(f.name for f in fields(ContractState)),
    kinds=CONTRACT_KINDS,
)
PROJECT = SubjectModel(
    name="project",
    fold=fold_project,
    fields=frozenset(f.name for f in fields(ProjectState)),
    kinds={**PROJECT_KINDS},
)
register_model(CONTRACT)
register_model(PROJECT)
