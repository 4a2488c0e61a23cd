"""What binds the company towards one customer alone: the regulations with a scope, such as the service levels of a
contract. There may be a hundred thousand of them, so nothing here reads them all.

They are literate documents like any other and run in the same engine; what tells them apart is whom they are for. A scope
is a text such as `customer:317`; which scopes a subject falls under, its own facts say (`SubjectKind.scopes`). Their
controls say themselves for whom they hold (`when = "case.customer == '317'"`): an edition that is handed to the engine
for another customer's case asks nothing of it.

A published edition never changes, so what was read of one is kept: at most `KEPT` of them.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from django.db.models import Q, QuerySet

from keyue.regulations.document import Clause, Document, read_document
from keyue.regulations.editions import EditionInForce, editions_by_subject
from keyue.regulations.models import Edition
from keyue.regulations.selectors import EVERYBODY

KEPT = 2_000
AT_A_TIME = 500

# (regulation, clause) -> where a person reads it, and what it is called there; "" where they cannot
Place = Callable[[str, str], str]
_places: dict[str, Place] = {}


def register(prefix: str, place: Place) -> None:
    """Declare how the ids of a sort of scoped regulations begin, and where their clauses are read: the room that makes
    them does so when it starts. No regulation of the company's own may be called so."""
    _places[prefix] = place


def is_scoped(identity: str) -> bool:
    """Whether an id is that of a scoped regulation."""
    return any(identity.startswith(prefix) for prefix in _places)


def place_of(identity: str, clause: str) -> str:
    """The address of a clause of a scoped regulation; "" where it has none."""
    return next(
        (place(identity, clause) for prefix, place in _places.items() if identity.startswith(prefix)), ""
    )


@dataclass(frozen=True, slots=True)
class Scoped:
    """An edition as read: its row's id and scope, its text taken apart, and what the engine takes of it."""

    id: int
    scope: str
    document: Document
    editions: tuple[EditionInForce, ...]

    @property
    def regulation(self) -> str:
        return self.document.id

    @property
    def effective(self) -> datetime:
        return self.editions[0].effective


# by (id, digest, instant): of the editions of several databases, as tests have them, none is taken for another
_Key = tuple[int, str, datetime]
_read: OrderedDict[_Key, Scoped] = OrderedDict()
_writing = Lock()


def of_scopes(scopes: Collection[str]) -> dict[str, tuple[Scoped, ...]]:
    """By scope its published editions, in the order in which they take effect. One query for all of them, and one more
    for the texts that are not known yet."""
    found: dict[str, list[Scoped]] = {}
    wanted = sorted(set(scopes) - {EVERYBODY})
    for start in range(0, len(wanted), AT_A_TIME):
        for one in _known(Q(regulation__scope__in=wanted[start : start + AT_A_TIME])):
            found.setdefault(one.scope, []).append(one)
    return {scope: tuple(ones) for scope, ones in found.items()}


def of_regulations(identities: Collection[str]) -> dict[str, tuple[Scoped, ...]]:
    """By regulation its published editions, as `of_scopes`; without those that are the company's own."""
    found: dict[str, list[Scoped]] = {}
    wanted = sorted({identity for identity in identities if is_scoped(identity)})
    for start in range(0, len(wanted), AT_A_TIME):
        for one in _known(Q(regulation__in=wanted[start : start + AT_A_TIME])):
            found.setdefault(one.regulation, []).append(one)
    return {identity: tuple(ones) for identity, ones in found.items()}


def clause_of(edition_id: int, number: str) -> Clause | None:
    """A clause of a scoped edition by the edition's id; None where there is none."""
    return next((one.document.clause(number) for one in _known(Q(pk=edition_id))), None)


def in_force(ones: Iterable[Scoped], at: datetime) -> list[Scoped]:
    """Of each regulation the edition that governs what starts at an instant."""
    newest: dict[str, Scoped] = {}
    for one in sorted(ones, key=lambda one: (one.effective, one.id)):
        if one.effective <= at:
            newest[one.regulation] = one
    return list(newest.values())


def _rows() -> QuerySet[Edition]:
    return Edition.objects.filter(published_at__isnull=False).exclude(regulation__scope=EVERYBODY)


def _known(condition: Q) -> list[Scoped]:
    rows = _rows().filter(condition).order_by("effective_from", "id")
    keys: list[_Key] = [
        (pk, digest, effective)
        for pk, digest, effective in rows.values_list("id", "digest", "effective_from")
        if effective is not None
    ]
    known = {key: one for key in keys if (one := _read.get(key)) is not None}
    missing = [key for key in keys if key not in known]
    if missing:
        known |= _fetched(missing)
    found = [known[key] for key in keys]
    with _writing:
        for key, one in zip(keys, found, strict=True):
            _keep(key, one)
    return found


def _fetched(keys: Iterable[_Key]) -> Mapping[_Key, Scoped]:
    by_id = {key[0]: key for key in keys}
    return {
        by_id[row.pk]: _scoped(row, by_id[row.pk][2])
        for row in Edition.objects.filter(pk__in=by_id).select_related("regulation")
    }


def _scoped(row: Edition, effective: datetime) -> Scoped:
    document = read_document(row.source, f"{row.regulation_id} v{row.n}")
    controls, _faults = document.sound_controls(row.answers)
    editions = editions_by_subject(row.regulation_id, effective, document.subject, controls, row.pk)
    return Scoped(row.pk, row.regulation.scope, document, tuple(editions))


def _keep(key: _Key, one: Scoped) -> None:
    _read[key] = one
    _read.move_to_end(key)
    while len(_read) > KEPT:
        _read.popitem(last=False)
