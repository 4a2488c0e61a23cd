"""Cases as lists and pages show them: plain values that templates print. Names of customers stand under their masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from keyue.ui.components import ClauseTag, FileChip


@dataclass(frozen=True, slots=True)
class Face:
    """A promise as the tag `due` looks at one."""

    state: str
    start: datetime | None = None
    due: datetime | None = None
    closed_at: datetime | None = None
    paused: bool = False
    pause_reason: str = ""
    used: timedelta | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class ActLink:
    """An act as a button: where its form stands, and the key that opens it."""

    code: str
    label: str
    url: str
    icon: str = ""
    key: str = ""
    # what sends a form at once, without asking anything
    post: bool = False


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A line of the list."""

    number: str
    url: str
    title: str
    customer: str
    grade: str
    level: int
    level_label: str
    stage: str
    channel: str
    received_at: datetime
    who: str
    is_held: bool
    is_mine: bool
    face: Face | None
    clause: ClauseTag | None
    promise: str = ""
    ended: str = ""
    act: ActLink | None = None
    assign: ActLink | None = None
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition of the list that can be taken away; `count` is how many there would be without it."""

    name: str
    text: str
    url: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class ViewTab:
    """A saved view: built in, or the reader's own with the address where it is renamed."""

    label: str
    url: str
    count: int | None = None
    current: bool = False
    edit_url: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proves that a promise was kept: the fact, and where it can be read."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Step:
    """A promise on the rail; one that has not begun has no id. `since_round` is the earlier round that still owes it,
    `stricter_than` the clause of another regulation that asks the same later."""

    name: str
    limit: str
    face: Face
    clause: ClauseTag
    who: str
    pk: int = 0
    due: datetime | None = None
    since_round: int = 0
    is_current: bool = False
    stricter_than: str = ""
    used: int | None = None
    proof: Evidence | None = None
    note: str = ""
    act: ActLink | None = None
    why_not: str = ""
    holder: Sequence[ActLink] = ()
    requests: Sequence[ActLink] = ()

    @property
    def is_open(self) -> bool:
        """Whether somebody still owes it."""
        face = self.face
        return face.is_open and (face.state == "pending" or (face.state == "breached" and not face.closed_at))


@dataclass(frozen=True, slots=True)
class CadenceLine:
    """A control that comes round again and again, as one line: the running period and how the others went."""

    name: str
    every: str
    clause: ClauseTag
    who: str
    face: Face | None
    kept: int
    broken: int
    act: ActLink | None = None

    @property
    def due_count(self) -> int:
        """How many periods have been kept or broken: the denominator of `kept`."""
        return self.kept + self.broken


@dataclass(frozen=True, slots=True)
class Round:
    """The promises of one round: steps in order, cadences apart."""

    n: int
    steps: Sequence[Step]
    cadences: Sequence[CadenceLine] = ()

    @property
    def done(self) -> int:
        """How many steps are behind us."""
        return sum(1 for step in self.steps if step.pk and not step.is_open)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline. `kind`: in, out, note (messages), or ev (something that happened)."""

    key: str
    kind: str
    at: datetime
    who: str
    text: str = ""
    note: str = ""
    tone: str = ""
    icon: str = ""
    result: str = ""
    # the number of another case that it speaks of
    other: str = ""
    clauses: Sequence[ClauseTag] = ()
    files: Sequence[FileChip] = ()
    is_me: bool = False
    tag: str = ""
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day."""

    at: datetime
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class PlanStep:
    what: str
    who: str
    until: str


@dataclass(frozen=True, slots=True)
class Document:
    """A plan, a result, minutes or a cause, as the tabs of a case show them."""

    key: str
    title: str
    body: str
    at: datetime
    who: str
    steps: Sequence[PlanStep] = ()
    details: Sequence[tuple[str, str]] = ()
    files: Sequence[FileChip] = ()


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A part of the work for a collaborating department."""

    pk: int
    department: str
    what: str
    face: Face
    due: datetime
    given_by: str
    done_at: datetime | None
    done_by: str
    act: ActLink | None = None


@dataclass(frozen=True, slots=True)
class Proven:
    """A promise that a fact closed, with what proves it."""

    key: str
    name: str
    face: Face
    clause: ClauseTag
    fact: str
    at: datetime
    who: str
    recorded_at: datetime
    sealed: bool
    hash: str
    evidence: Sequence[str] = ()
    voided: bool = False


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An attachment with what it is checked by."""

    pk: int
    name: str
    url: str
    size: str
    sha256: str
    at: datetime
    who: str
    erased: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A fact of the chain, with who, when, how late it was recorded, and whether a checkpoint has sealed it. `found_at`
    is when a broken promise was found to be, where that was not at once."""

    rev: int
    text: str
    who: str
    at: datetime
    recorded_at: datetime
    delay: timedelta | None
    source: str
    sealed: bool
    hash: str
    voided: bool = False
    found_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The customer behind a case and the contact who wrote, masked; `reveal_url` shows the contact, with a trace."""

    name: str
    url: str
    grade: str
    place: str
    contact: str = ""
    role: str = ""
    phone: str = ""
    email: str = ""
    reveal_url: str = ""
    manager: str = ""
    is_anonymous: bool = False

    @property
    def reached(self) -> str:
        """Who wrote and how they are reached, under masks."""
        # a person who is the customer is named once
        contact = self.contact if self.contact != self.name else ""
        return " · ".join(part for part in (contact, self.phone, self.email) if part)


@dataclass(frozen=True, slots=True)
class Other:
    """Another case of the same customer."""

    number: str
    url: str
    title: str
    stage: str
    is_open: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One case of a batch: what will be done or why not; afterwards what became of it."""

    number: str
    url: str
    title: str
    tone: str
    text: str
