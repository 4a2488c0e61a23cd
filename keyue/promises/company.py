"""The company as a subject of promises: what its regulations ask of it, beside any customer. Pure Python.

Rooms declare the kinds of facts about the company that they record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from keyue.ledger.facts import FactRecord, Subject
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model
from keyue.regulations.kinds import COMPANY

THE_COMPANY = Subject(COMPANY, "1")

_kinds: dict[str, tuple[str, ...]] = {}


def declare(kinds: Mapping[str, tuple[str, ...]]) -> None:
    """Let facts of these kinds, with these fields, be facts about the company."""
    _kinds.update(kinds)


@dataclass(frozen=True, slots=True)
class CompanyState:
    """The company has one round, waits for nobody and does not end."""

    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold(state: CompanyState | None, fact: FactRecord) -> CompanyState | None:
    """None for a fact of another kind."""
    return (state or CompanyState()) if fact.kind in _kinds else None


MODEL = SubjectModel(
    name=COMPANY, fold=fold, fields=frozenset(f.name for f in fields(CompanyState)), kinds=_kinds
)
register_model(MODEL)
