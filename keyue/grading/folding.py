"""How a scoring standard is folded from facts: what regulations may ask of one. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from keyue.grading.events import COMPANY_KINDS, KINDS
from keyue.ledger.facts import FactRecord
from keyue.promises import company
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model

STATES = {
    "grading.drafted": "draft",
    "grading.revised": "draft",
    "grading.submitted": "submitted",
    "grading.refused": "draft",
    "grading.approved": "approved",
    "grading.applied": "applied",
    "grading.retired": "retired",
}


@dataclass(frozen=True, slots=True)
class GradingState:
    """What regulations may ask of a standard, which has one round, waits for nobody and ends with its successor."""

    version: int = 0
    state: str = "draft"
    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold(state: GradingState | None, fact: FactRecord) -> GradingState | None:
    """The standard after `fact`; None where it has no effect. Nothing exists before `grading.drafted`."""
    if fact.kind not in KINDS:
        return None
    if state is None:
        if fact.kind != "grading.drafted":
            return None
        state = GradingState(version=int(fact.data.get("version") or 0))
    return replace(state, state=STATES[fact.kind], ended=fact.kind == "grading.retired")


GRADING = SubjectModel(
    name="grading", fold=fold, fields=frozenset(f.name for f in fields(GradingState)), kinds=KINDS
)
register_model(GRADING)
company.declare(COMPANY_KINDS)
