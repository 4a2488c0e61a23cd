"""Facts and the chain that holds them together. Pure: no Django, no database, no clock.

**The chain hash**, for anyone who wants to check a ledger without this program. The hash of a fact is the SHA-256 of
the UTF-8 bytes of one JSON object with exactly these members:

    actor        [kind, id]
    at           when it happened        \\  UTC, always with six decimals and Z:
    recorded_at  when it was recorded    /   2026-11-22T03:04:05.678900Z
    data         object                  \\  plain JSON: null, true, false, strings, whole numbers
    evidence     array                    |  from -(2^53 - 1) to 2^53 - 1, arrays, objects. No fractions, so that
    sealed       object                  /   no two writers can disagree about how a number is written.
    kind         e.g. "case.received"
    prev         hash of the fact before it in the chain, 64 hexadecimal digits; "" for the first
    rev          its place in the chain, from 1
    source       where it came from
    stream       [kind, ref] of the subject
    uid          its identity, a UUID in small letters
    v            1, the version of this form
    voids        uid of the fact it takes back, or null

Members of every object are sorted by code point, there is no white space, and only `"`, `\\` and control characters are
escaped. `sealed` is hashed as it is stored, encrypted: a destroyed key leaves every hash valid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any
from uuid import UUID

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence

FORM = 1
LARGEST_NUMBER = 2**53 - 1
DEEPEST = 16
SKEW = timedelta(minutes=5)
"""A clock may be this much ahead of ours (ENGINE.md, decision 37)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What facts are about: `Subject("case", "142")`. Each subject has its own chain."""

    kind: str
    ref: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.ref}"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: kind is "staff", "customer", "system" or "token"."""

    kind: str
    id: str


SYSTEM = Actor("system", "keyue")


class EvidenceKind(StrEnum):
    """What can prove a fact: the `type` of a piece of its evidence, and what a clause may ask for (38).

    A word that is not here is refused in a regulation, since no fact could ever show it.
    """

    MAIL = "mail"
    PORTAL = "portal"
    CHAT = "chat"
    CALL = "call"
    VISIT = "visit"
    NOTE = "note"
    PLAN = "plan"
    RESULT = "result"
    MINUTES = "minutes"
    CAUSE = "cause"
    FILE = "file"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class FactRecord:
    """A recorded fact as the engine reads it: `at` when it happened, `recorded_at` when we learned of it."""

    id: str
    kind: str
    at: datetime
    recorded_at: datetime
    data: Mapping[str, Any]
    evidence: tuple[Any, ...] = ()
    voids: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact to be recorded.

    `at`: when it happened, the action's own `at` where absent. `sealed`: texts to be sealed under a customer's key.
    `key`: a name for the act, so that doing it twice records it once. `id`: the fact's identity, where the sender has
    one. `voids`: id of a fact of the same subject that this one takes back.
    """

    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    evidence: Sequence[Any] = ()
    sealed: Mapping[str, str] = field(default_factory=dict)
    voids: str | None = None
    key: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one actor adds to one chain; `by` and `at` are the call's where absent (see `actions.record_many`).

    `begins`: the subject has just been made, so that its chain is not looked for before it is begun.
    """

    subject: Subject
    drafts: Sequence[Draft]
    by: Actor | None = None
    at: datetime | None = None
    seal_for: Subject | None = None
    recorded_at: datetime | None = None
    begins: bool = False


class NotPlain(Invalid):
    """A value that a fact cannot hold. `path` says where, `value` what."""

    def __init__(self, path: str, value: object) -> None:
        said = sentence("事实的内容 %(path)s 不能保存：%(value)s", path=path, value=repr(value))
        super().__init__(said, code="fact_not_plain")
        self.path = path
        self.value = value


def plain(value: Any, path: str = "data", depth: int = 0) -> Any:
    """`value` as plain JSON: mappings as dicts, sequences as lists, and nothing that two readers read differently.

    Raises NotPlain for floats, numbers beyond 2^53 - 1, keys that are not text, NUL characters, lone surrogates, more
    than 16 levels, and any other type: write instants and amounts as text.
    """
    if isinstance(value, str):
        if "\0" in value or not _is_unicode(value):
            raise NotPlain(path, value)
        return str.__str__(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            raise NotPlain(path, value)
        return int(value)
    if depth == DEEPEST:
        raise NotPlain(path, value)
    if isinstance(value, Mapping):
        return {_key(key, path): plain(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{path}[{n}]", depth + 1) for n, item in enumerate(value)]
    raise NotPlain(path, value)


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise NotPlain(path, key)
    return str(plain(key, path))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class ReadableJSON(json.JSONEncoder):
    """JSON columns with Chinese left readable: half the size of escapes in SQLite's text."""

    def __init__(self, **options: Any) -> None:
        options.update(ensure_ascii=False, separators=(",", ":"))
        super().__init__(**options)


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), check_circular=False
).encode


def canonical(value: Any) -> bytes:
    """The one way to write plain JSON: the bytes that are hashed and signed."""
    return _encode(value).encode()


def stamp(instant: datetime) -> str:
    """An aware instant in UTC with microseconds: `2026-11-22T03:04:05.678900Z`. Raises ValueError if it is naive."""
    if instant.tzinfo is not UTC:
        if instant.tzinfo is None:
            raise ValueError(f"an instant needs a time zone: {instant!r}")
        instant = instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds")[:26] + "Z"


def chain_hash(
    *,
    subject: Subject,
    rev: int,
    uid: UUID,
    kind: str,
    at: datetime,
    recorded_at: datetime,
    actor: Actor,
    source: str,
    data: Mapping[str, Any],
    sealed: Mapping[str, Any],
    evidence: Sequence[Any],
    voids: UUID | None,
    prev: bytes,
) -> bytes:
    """The 32 bytes that fix this fact and, through `prev`, every fact before it. The form is in the module's text."""
    form = {
        "actor": [actor.kind, actor.id],
        "at": stamp(at),
        "data": data,
        "evidence": evidence,
        "kind": kind,
        "prev": prev.hex(),
        "recorded_at": stamp(recorded_at),
        "rev": rev,
        "sealed": sealed,
        "source": source,
        "stream": [subject.kind, subject.ref],
        "uid": str(uid),
        "v": FORM,
        "voids": str(voids) if voids else None,
    }
    return sha256(canonical(form)).digest()


def in_order(facts: Sequence[FactRecord]) -> list[FactRecord]:
    """Facts in the order of (at, recorded_at, id), the order in which the engine reads them (ENGINE.md, S2)."""
    return sorted(facts, key=lambda fact: (fact.at, fact.recorded_at, fact.id))
