"""A member of staff as a subject of promises: what regulations ask about a person, beside any customer. Pure Python.

The subject is `Subject("person", <id of the user>)`. Rooms declare the kinds of facts about people that they record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from keyue.ledger.facts import FactRecord, Subject
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model

PERSON = "person"

_kinds: dict[str, tuple[str, ...]] = {}


def person_of(user_id: int) -> Subject:
    """The chain of facts about somebody who works here."""
    return Subject(PERSON, str(user_id))


def declare(kinds: Mapping[str, tuple[str, ...]]) -> None:
    """Let facts of these kinds, with these fields, be facts about people."""
    _kinds.update(kinds)


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person has one round, waits for nobody and does not end."""

    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold(state: PersonState | None, fact: FactRecord) -> PersonState | None:
    """None for a fact of another kind."""
    return (state or PersonState()) if fact.kind in _kinds else None


MODEL = SubjectModel(
    name=PERSON, fold=fold, fields=frozenset(f.name for f in fields(PersonState)), kinds=_kinds
)
register_model(MODEL)
