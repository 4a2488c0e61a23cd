"""How a customer is folded from facts: what regulations may ask of them. Pure Python.

No fact says what a personal field holds, so the state knows of most fields only that they are filled: a text that is
there reads as true, one that is not as null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.customers.events import KINDS
from keyue.ledger.facts import FactRecord
from keyue.people.rules import PERSON
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model

FILLABLE = frozenset(
    {
        "name",
        "company",
        "identifier",
        "contact",
        "phone",
        "email",
        "address",
        "region",
        "city",
        "industry",
        "scale",
    }
    | {"category", "needs", "history", "strategy", "credit", "credit_limit", "decision_makers"}
)
"""What a file may hold: the names that `filled` and `emptied` of facts use."""


PROSPECT = "prospect"


@dataclass(frozen=True, slots=True)
class CustomerState:
    """What regulations may ask of a customer, who waits for nobody and does not end.

    A round ends where the file becomes an alias of another; where that is undone, the next one begins.

    `taken_up`: somebody looks after them, or has done, or the relation went beyond a prospect; who merely wrote in is not,
    and what a file must hold is not asked of theirs. It stays, so that a manager who leaves ends no duty.

    `name` to `credit_limit` are true where the file holds them; `account_manager` is an owner's code, `stage_since` the
    instant of the last change as text.
    """

    type: str
    round: int = 1
    waiting: bool = False
    ended: bool = False
    stage: str | None = None
    stage_since: str | None = None
    grade: str | None = None
    account_manager: str | None = None
    department: str | None = None
    taken_up: bool = False
    merged: bool = False
    erased: bool = False
    held: bool = False
    restricted: bool = False
    name: bool | None = None
    company: bool | None = None
    identifier: bool | None = None
    contact: bool | None = None
    phone: bool | None = None
    email: bool | None = None
    address: bool | None = None
    region: bool | None = None
    city: bool | None = None
    industry: bool | None = None
    scale: bool | None = None
    category: bool | None = None
    needs: bool | None = None
    history: bool | None = None
    strategy: bool | None = None
    credit: bool | None = None
    credit_limit: bool | None = None
    decision_makers: bool | None = None


Step = Callable[[CustomerState, FactRecord], CustomerState]


def fold(state: CustomerState | None, fact: FactRecord) -> CustomerState | None:
    """The customer after `fact`; None where it has no effect. Nothing exists before `customer.created`."""
    if state is None:
        return _created(fact) if fact.kind == "customer.created" else None
    if fact.kind not in KINDS or fact.kind == "customer.created":
        return None
    step = STEPS.get(fact.kind)
    return _filled(state, fact.data) if step is None else step(_filled(state, fact.data), fact)


def _created(fact: FactRecord) -> CustomerState:
    data = fact.data
    state = CustomerState(
        type=str(data.get("type") or "organisation"),
        stage=data.get("stage"),
        stage_since=fact.at.isoformat() if data.get("stage") else None,
        grade=data.get("grade"),
        account_manager=data.get("account_manager"),
        department=data.get("department"),
        taken_up=bool(data.get("account_manager")) or _is_beyond(data.get("stage")),
    )
    return _filled(state, data)


def _filled(state: CustomerState, data: Mapping[str, Any]) -> CustomerState:
    values: dict[str, Any] = {name: True for name in data.get("filled") or () if name in FILLABLE}
    values |= {name: None for name in data.get("emptied") or () if name in FILLABLE}
    return replace(state, **values) if values else state


def _is_beyond(stage: object) -> bool:
    return stage not in (None, PROSPECT)


def _stage(state: CustomerState, fact: FactRecord) -> CustomerState:
    new = fact.data.get("new")
    return replace(
        state, stage=new, stage_since=fact.at.isoformat(), taken_up=state.taken_up or _is_beyond(new)
    )


def _manager(state: CustomerState, fact: FactRecord) -> CustomerState:
    user = fact.data.get("user")
    manager = f"{PERSON}{user}" if user else None
    return replace(
        state,
        account_manager=manager,
        department=fact.data.get("department"),
        taken_up=state.taken_up or manager is not None,
    )


def _with(**values: Any) -> Step:
    return lambda state, fact: replace(state, **values)


def _graded(state: CustomerState, fact: FactRecord) -> CustomerState:
    return replace(state, grade=fact.data.get("new") or fact.data.get("grade"))


def _changed(state: CustomerState, fact: FactRecord) -> CustomerState:
    new = fact.data.get("new")
    return replace(state, grade=new["grade"]) if isinstance(new, Mapping) and "grade" in new else state


def _merged(state: CustomerState, fact: FactRecord) -> CustomerState:
    # the fact stands on both chains: only the one with `into` became an alias
    return replace(state, merged=True) if fact.data.get("into") else state


def _unmerged(state: CustomerState, fact: FactRecord) -> CustomerState:
    return replace(state, merged=False, round=state.round + 1) if fact.data.get("into") else state


STEPS: Mapping[str, Step] = {
    "customer.changed": _changed,
    "customer.stage_changed": _stage,
    "customer.account_manager_assigned": _manager,
    "customer.manager_left": _with(account_manager=None),
    "customer.graded": _graded,
    "customer.regraded": _graded,
    "customer.identifier_added": _with(identifier=True),
    "customer.merged": _merged,
    "customer.unmerged": _unmerged,
    "customer.held": _with(held=True),
    "customer.released": _with(held=False),
    "customer.restricted": _with(restricted=True),
    "customer.erased": _with(erased=True),
    "customer.withdrawn": _with(ended=True),
}

CUSTOMER = SubjectModel(
    name="customer", fold=fold, fields=frozenset(f.name for f in fields(CustomerState)), kinds=KINDS
)
register_model(CUSTOMER)
