"""What would change if running promises followed a newer edition: each with its old and its new due. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.cases import lists as cases
from keyue.compliance.enums import RebasingState
from keyue.compliance.models import Rebasing
from keyue.kernel.errors import NotFound
from keyue.ledger import selectors as ledger
from keyue.ledger.facts import FactRecord, Subject
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import subjects
from keyue.promises.engine import derive
from keyue.promises.knowledge import latest
from keyue.promises.models import Promise
from keyue.promises.projection import law_for
from keyue.regulations.models import Edition

OPEN = (RebasingState.LISTING, RebasingState.WAITING, RebasingState.MOVING)
SUPPOSED = "00000000-0000-0000-0000-000000000000"
"""Stands for the fact that is not recorded."""
WHYS = {
    "": "",
    "overdue": gettext_lazy("已经逾期，不改"),
    "gone": gettext_lazy("新版没有这个控制，不改"),
    "late": gettext_lazy("按新版已经到期，不改"),
    "window": gettext_lazy("这一期已经开始，下一期按新版，不改"),
    "moved": gettext_lazy("已改按新版"),
    "closed": gettext_lazy("已了结，没有改"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A running promise and what would become of it. Instants are ISO; `why` is a key of `WHYS`: why it stays."""

    kind: str
    id: int
    control: str
    cycle: int
    seq: int
    clause: str
    name: str
    edition: int
    owner: str
    new_owner: str
    due: str | None
    new_due: str | None
    why: str = ""

    @property
    def subject(self) -> Subject:
        return Subject(self.kind, str(self.id))

    @property
    def key(self) -> tuple[str, int, int]:
        return (self.control, self.cycle, self.seq)

    @property
    def moves(self) -> bool:
        return self.why == ""

    @property
    def is_unchanged(self) -> bool:
        return self.due == self.new_due and self.owner == self.new_owner

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def rows_of(rebasing: Rebasing) -> list[Row]:
    """The rows as they were listed."""
    return [Row(**row) for row in rebasing.rows]


def running(edition: Edition) -> QuerySet[Promise]:
    """Open promises of a regulation that follow an older edition than this one."""
    rows = Promise.objects.filter(regulation=edition.regulation_id, is_open=True)
    return rows.filter(edition__effective_from__lt=edition.effective_from).order_by("pk")


def compared(rows: Sequence[Promise], edition: Edition, at: datetime) -> list[Row]:
    """What would become of each of these promises at an instant, derived as the engine would."""
    by_subject: dict[Subject, list[Promise]] = {}
    for row in rows:
        by_subject.setdefault(Subject(row.subject_kind, str(row.subject_id)), []).append(row)
    facts = ledger.facts_of_many(by_subject)
    numbers = dict(Edition.objects.filter(regulation=edition.regulation_id).values_list("pk", "n"))
    found: dict[int, Row] = {}
    for subject, some in by_subject.items():
        for row in some:
            found[row.pk] = _row(
                row, numbers.get(row.edition_id, 0), _supposed(facts[subject], row, edition, at)
            )
    return [found[row.pk] for row in rows]


def _row(row: Promise, n: int, becomes: tuple[str, str, datetime | None]) -> Row:
    why, owner, due = becomes
    return Row(
        kind=row.subject_kind,
        id=row.subject_id,
        control=row.control,
        cycle=row.cycle,
        seq=row.seq,
        clause=row.clause,
        name=row.name,
        edition=n,
        owner=row.owner,
        new_owner=owner,
        due=row.due.isoformat() if row.due else None,
        new_due=due.isoformat() if due else None,
        why=why,
    )


def _supposed(
    facts: Sequence[FactRecord], row: Promise, edition: Edition, at: datetime
) -> tuple[str, str, datetime | None]:
    """Why it stays ("": it would move), and its owner and due afterwards."""
    stays = (row.owner, row.due)
    if row.due is not None and row.due < at:
        return ("overdue", *stays)
    kind = subjects.kinds().get(row.subject_kind)
    law = law_for(row.subject_kind)
    newer = next((one for one in law.editions if one.id == edition.pk), None)
    if kind is None or newer is None or newer.control(row.control) is None:
        return ("gone", *stays)
    older = next((one for one in law.editions if one.id == row.edition_id), None)
    running_under = older.control(row.control) if older else None
    if running_under is not None and running_under.has_windows:
        return ("window", *stays)
    moment = latest(at, facts)
    fact = FactRecord(SUPPOSED, "promise.rebased", moment, moment, said(row, edition, "1", "2"))
    derived = derive([*facts, fact], law.editions, law.calendars, kind.model, moment)
    key = (row.regulation, row.control, row.cycle, row.seq)
    becomes = next((one for one in derived.promises if one.key == key), None)
    if becomes is None or becomes.edition != newer.effective:
        return ("late", *stays)
    return ("", becomes.owner, becomes.due)


def said(row: Promise, edition: Edition, asked_by: str, approved_by: str) -> dict[str, Any]:
    """What the fact says that lets a promise follow an edition."""
    if edition.effective_from is None:
        raise ValueError(f"{edition} is not published")
    return {
        "regulation": row.regulation,
        "control": row.control,
        "cycle": row.cycle,
        "seq": row.seq,
        "edition": edition.effective_from.isoformat(),
        "requested_by": asked_by,
        "approved_by": approved_by,
    }


def hidden_from(user: User, rows: Sequence[Row]) -> frozenset[tuple[str, int]]:
    """The cases among the subjects of these rows that somebody may not see."""
    ids = {row.id for row in rows if row.kind == "case"}
    seen = set(cases.visible_to(user).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()
    return frozenset(("case", pk) for pk in ids - seen)


def find(regulation: str, pk: int) -> Rebasing:
    """A re-basing of a regulation. Raises NotFound."""
    rows = Rebasing.objects.select_related("edition", "asked_by", "decided_by")
    found = rows.filter(regulation=regulation, pk=pk).first()
    if found is None:
        raise NotFound(_("没有这项改按新版的申请。"))
    return found


def open_of(regulation: str) -> Rebasing | None:
    """The one re-basing of a regulation that is under way."""
    return Rebasing.objects.filter(regulation=regulation, state__in=OPEN).first()


def waiting_for(user: User) -> list[Rebasing]:
    """What waits for this person's yes or no: asked for by somebody else."""
    if not allows(user, Permission.REGULATION_APPROVE):
        return []
    rows = Rebasing.objects.filter(state=RebasingState.WAITING).exclude(asked_by=user)
    return list(rows.select_related("edition").defer("rows").order_by("asked_at", "pk"))


def unfinished() -> list[int]:
    """Those that a worker has something to do for."""
    rows = Rebasing.objects.filter(state__in=(RebasingState.LISTING, RebasingState.MOVING))
    return list(rows.order_by("pk").values_list("pk", flat=True))
