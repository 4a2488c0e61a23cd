"""The company as a subject of promises: what its own regulations ask of it, beside any customer. Pure Python."""

from __future__ import annotations

from dataclasses import dataclass, fields

from keyue.compliance.events import KINDS
from keyue.ledger.facts import FactRecord
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model
from keyue.regulations.kinds import COMPANY


@dataclass(frozen=True, slots=True)
class CompanyState:
    """The company has one round, waits for nobody and does not end."""

    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold(state: CompanyState | None, fact: FactRecord) -> CompanyState | None:
    """None for a fact of another kind."""
    return (state or CompanyState()) if fact.kind in KINDS else None


MODEL = SubjectModel(
    name=COMPANY, fold=fold, fields=frozenset(f.name for f in fields(CompanyState)), kinds=KINDS
)
register_model(MODEL)
