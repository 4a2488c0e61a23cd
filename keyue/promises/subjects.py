"""What can be the subject of promises: each room that owns one declares it here when it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from keyue.ledger.facts import Subject
from keyue.promises.engine import Derivation, SubjectModel
from keyue.promises.models import Promise


@dataclass(frozen=True, slots=True)
class Derived:
    """What a derivation gave for one subject, with the stored rows (new ones included)."""

    derivation: Derivation
    rows: Sequence[Promise]


Projector = Callable[[Mapping[Subject, Derived]], None]


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject: how it is folded, what to update after a derivation, and whose key seals its texts.

    `project` is called in the transaction of the facts, with all subjects of the kind that were derived. `numbers` says
    what people call subjects, by id; `proofs` what they call kinds of evidence.
    """

    model: SubjectModel
    project: Projector
    sealed_for: Callable[[Subject], Subject]
    numbers: Callable[[Iterable[int]], Mapping[int, str]] = lambda ids: {}
    proofs: Mapping[str, object] = field(default_factory=dict)


_KINDS: dict[str, SubjectKind] = {}


def register(kind: SubjectKind) -> None:
    """Declare a kind of subject; again with the same name replaces it."""
    _KINDS[kind.model.name] = kind


def kind_of(subject: Subject) -> SubjectKind | None:
    """The kind of a subject, or None where nothing is promised about it."""
    return _KINDS.get(subject.kind)


def kinds() -> Mapping[str, SubjectKind]:
    return _KINDS


def numbers_of(named: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What people call these subjects, given as (kind, id); one query a kind."""
    ids: dict[str, set[int]] = {}
    for kind, identity in named:
        ids.setdefault(kind, set()).add(identity)
    return {
        (kind, identity): number
        for kind, wanted in ids.items()
        if kind in _KINDS
        for identity, number in _KINDS[kind].numbers(wanted).items()
    }
