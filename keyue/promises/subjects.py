"""What can be the subject of promises: each room that owns one declares it here when it starts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keyue.ledger.facts import FactRecord, Subject
from keyue.people.models import User
from keyue.promises.engine import Derivation, SubjectModel
from keyue.promises.models import Promise


@dataclass(frozen=True, slots=True)
class Derived:
    """What a derivation gave for one subject, with the stored rows (new ones included)."""

    derivation: Derivation
    rows: Sequence[Promise]


@dataclass(frozen=True, slots=True)
class About:
    """How a promise is shown where promises about all kinds of subjects stand together.

    `number` and `title` say what it is about, `kind` of what sort that is, `url` where it is, `act_label` and `act_url`
    (else `url`) how it is kept.
    """

    number: str
    title: str
    url: str
    kind: str = ""
    act_label: str = ""
    act_url: str = ""


Abouts = Callable[[User, Sequence[Promise]], Mapping[int, About]]
Proven = Callable[[User, Sequence[Promise]], Mapping[int, Sequence[Any]]]
Projector = Callable[[Mapping[Subject, Derived]], None]
Scopes = Callable[[Sequence[FactRecord]], frozenset[str]]


def no_scopes(facts: Sequence[FactRecord]) -> frozenset[str]:
    """What regulations with a scope are about others than this kind of subject."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of subject: how it is folded, what to update after a derivation, and whose key seals its texts.

    `project` is called in the transaction of the facts, with all subjects of the kind that were derived. `numbers` says
    what people call subjects, by id; `proofs` what they call kinds of evidence. `abouts` and `proven` say of promises, by
    their ids, what they are about and what shows that they were kept, as far as a reader may see it; without entries
    where a page of its own says it. Without `is_projected` nothing is kept beside the promises: where no regulation says
    anything about the kind, its facts cost nothing but themselves. `scopes` says which regulations with a scope hold for
    a subject (`customer:317`), by all its facts and by nothing else: whoever derives it again finds the same.
    """

    model: SubjectModel
    project: Projector
    sealed_for: Callable[[Subject], Subject]
    numbers: Callable[[Iterable[int]], Mapping[int, str]] = lambda ids: {}
    proofs: Mapping[str, object] = field(default_factory=dict)
    abouts: Abouts = lambda user, rows: {}
    proven: Proven = lambda user, rows: {}
    is_projected: bool = True
    scopes: Scopes = no_scopes


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


def abouts_of(user: User, rows: Iterable[Promise]) -> dict[int, About]:
    """What promises are about, by their ids, each kind of subject asked once; none of those that the reader may not see."""
    return {pk: about for kind, some in _by_kind(rows) for pk, about in kind.abouts(user, some).items()}


def proven_of(user: User, rows: Iterable[Promise]) -> dict[int, Sequence[Any]]:
    """What shows that promises were kept, by their ids, as `abouts_of`."""
    return {pk: shown for kind, some in _by_kind(rows) for pk, shown in kind.proven(user, some).items()}


def _by_kind(rows: Iterable[Promise]) -> list[tuple[SubjectKind, list[Promise]]]:
    by_name: dict[str, list[Promise]] = {}
    for row in rows:
        by_name.setdefault(row.subject_kind, []).append(row)
    return [(_KINDS[name], some) for name, some in by_name.items() if name in _KINDS]
