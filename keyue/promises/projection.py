"""From derivations to rows: what changes in the stored promises, their tallies and what is told about them.

Nothing is written here; `actions` writes what a `Changes` holds.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import connection

from keyue.ledger.facts import FactRecord, Subject
from keyue.ledger.reading import rows_where
from keyue.promises import engine
from keyue.promises.calendars import calendar_editions
from keyue.promises.clocks import Clock, local_date
from keyue.promises.enums import NoticeKind
from keyue.promises.models import Notice, Promise, TallyDelta
from keyue.promises.notices import RETRACT, Told, next_look, notice_at, passed_over
from keyue.promises.subjects import kind_of
from keyue.regulations import scoped
from keyue.regulations import selectors as regulations
from keyue.regulations.controls import Control
from keyue.regulations.editions import EditionInForce
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import COMPANY_CALENDAR as COMPANY_CALENDAR
from keyue.worktime.calendar import Calendar

Key = tuple[str, str, int, int]
AT_A_TIME = 500


@dataclass(slots=True)
class Law:
    """The editions and calendars that govern a kind of subject, read once for a batch.

    `has_scoped` says whether there are regulations for single customers at all: only then a subject has to be asked
    what scopes it falls under.
    """

    editions: Sequence[EditionInForce]
    calendars: Sequence[engine.CalendarEdition]
    has_scoped: bool = False
    by_effective: dict[tuple[str, datetime], EditionInForce] = field(init=False)
    proven: dict[str, list[tuple[EditionInForce, Control]]] = field(init=False)
    """The controls that ask for proof, by the kinds of facts that perform them."""
    gated: frozenset[str] = field(init=False)
    """The kinds of facts that a control stops until something else has happened."""

    def __post_init__(self) -> None:
        self.by_effective = {(e.regulation, e.effective): e for e in self.editions}
        running = [
            (edition, control) for edition in self.editions for control in edition.controls if control.runs
        ]
        self.gated = frozenset(
            occasion.kind for _edition, control in running if control.gate for occasion in control.on
        )
        self.proven = {}
        for edition, control in running:
            for kind in dict.fromkeys(occasion.kind for occasion in control.proven_by if control.evidence):
                self.proven.setdefault(kind, []).append((edition, control))

    @property
    def calendar(self) -> Calendar:
        return self.calendars[-1].calendar

    def clock(self, now: datetime) -> Clock:
        """The clock that knows the calendars of an instant."""
        return Clock(self.calendars, now)

    def edition_at(self, regulation: str, instant: datetime) -> EditionInForce | None:
        """The edition of a regulation that is in force at an instant; None before the first."""
        known = [e for e in self.editions if e.regulation == regulation and e.effective <= instant]
        return max(known, key=lambda e: e.effective, default=None)

    def edition_of(self, promise: engine.Promise) -> EditionInForce:
        return self.by_effective[promise.regulation, promise.edition]


# of the company's own regulations, however many there are for single customers
_STAMP = """
SELECT count(*), max(e.id), max(e.published_at),
       (SELECT count(*) FROM worktime_calendarversion),
       (SELECT max(recorded_at) FROM worktime_calendarversion),
       EXISTS (SELECT 1 FROM regulations_regulation s WHERE s.scope > '')
FROM regulations_regulation r JOIN regulations_edition e ON e.regulation_id = r.id
WHERE r.scope = '' AND e.published_at IS NOT NULL
"""
_laws: dict[str, tuple[tuple[Any, ...], Law]] = {}
MOST_KEPT = 500
# by kind, and by the company's law and the editions beside it: those of the subjects that were derived last
_scoped_laws: OrderedDict[tuple[str, int, tuple[int, ...]], tuple[Law, Law]] = OrderedDict()
_keeping = Lock()


def law_for(subject_kind: str) -> Law:
    """The company's editions for a kind of subject, and all versions of the calendars they name.

    Kept in the process as long as nothing was published: one small query tells. Both tables are append-only.
    """
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        stamp = (connection.settings_dict["NAME"], *cursor.fetchone())
    known = _laws.get(subject_kind)
    if known is None or known[0] != stamp:
        editions = regulations.editions_for(subject_kind)
        law = Law(editions, _calendars_of(editions), has_scoped=bool(stamp[-1]))
        known = _laws[subject_kind] = (stamp, law)
    return known[1]


def laws_of(
    facts: Mapping[Subject, Sequence[FactRecord]], company: Mapping[str, Law] | None = None
) -> dict[Subject, Law]:
    """What governs each of these subjects, all of whose facts are given: the company's editions, and those of the scopes
    that its facts name.

    `company` are laws of kinds that were read already. Where no regulation has a scope, or none of these subjects falls
    under one, nothing more is read; else one query for all of them.
    """
    company = dict(company or {})
    for kind in {subject.kind for subject in facts} - company.keys():
        company[kind] = law_for(kind)
    named = {
        subject: sort.scopes(known)
        for subject, known in facts.items()
        if company[subject.kind].has_scoped and (sort := kind_of(subject)) is not None
    }
    wanted = frozenset[str]().union(*named.values())
    found = scoped.of_scopes(wanted) if wanted else {}
    return {
        subject: _with(
            company[subject.kind],
            [
                edition
                for scope in sorted(named.get(subject, ()))
                for one in found.get(scope, ())
                for edition in one.editions
                if edition.subject == subject.kind
            ],
            subject.kind,
        )
        for subject in facts
    }


def _with(law: Law, more: Sequence[EditionInForce], kind: str) -> Law:
    """A law with the editions of a scope beside the company's."""
    if not more:
        return law
    # the company's law stands in the value, so that its address is not given to another one meanwhile
    key = (kind, id(law), tuple(edition.id for edition in more))
    known = _scoped_laws.get(key)
    if known is None or known[0] is not law:
        known = (law, _joined(law, more))
        with _keeping:
            _scoped_laws[key] = known
            while len(_scoped_laws) > MOST_KEPT:
                _scoped_laws.popitem(last=False)
    return known[1]


def _joined(law: Law, more: Sequence[EditionInForce]) -> Law:
    editions = (*law.editions, *more)
    there = {calendar.code or COMPANY_CALENDAR for calendar in law.calendars}
    named = {control.calendar for edition in more for control in edition.controls if control.calendar}
    return Law(editions, law.calendars if named <= there else _calendars_of(editions), has_scoped=True)


def _calendars_of(editions: Sequence[EditionInForce]) -> list[engine.CalendarEdition]:
    named = {control.calendar for edition in editions for control in edition.controls if control.calendar}
    return calendar_editions(
        (code, recorded_at, calendar)
        for code in (*sorted(named - {COMPANY_CALENDAR}), COMPANY_CALENDAR)
        for recorded_at, calendar in worktime.calendar_versions(code)
    )


def told_of(row: Promise | None) -> Told:
    """What a stored promise says has been told of it."""
    return Told(row.told_level, row.told_breach) if row else Told()


def values_of(promise: engine.Promise, law: Law, told: Told) -> dict[str, Any]:
    """The columns that the derivation decides, by name."""
    edition = law.edition_of(promise)
    control = edition.control(promise.control)
    return {
        "edition_id": edition.id,
        "clause": promise.clause,
        "name": control.name if control else promise.control,
        "state": promise.state,
        "is_open": promise.is_open,
        "start": promise.start,
        "due": promise.due,
        "closed_at": promise.closed_at,
        "breached_at": promise.breached_at,
        "paused": promise.paused,
        "provisional": promise.provisional,
        "owner": promise.owner,
        "breach_owner": promise.breach_owner,
        "holder_id": _person(promise.holder),
        "breach_holder_id": _person(promise.breach_holder),
        "triggered_by": _uuid(promise.triggered_by),
        "closed_by": _uuid(promise.closed_by) if promise.closed_by else None,
        "month": month_of(promise, law.calendar),
        "look_at": next_look(promise, told),
    }


_uuid = lru_cache(maxsize=4096)(UUID)
"""Every act derives all promises of its subject, and most stand on the facts of the act before."""


def _person(holder: str | None) -> int | None:
    return int(holder) if holder else None


def month_of(promise: engine.Promise, calendar: Calendar) -> str:
    """`2026-11`: the month of the due instant in the calendar's zone, else of the closing; "" while neither is."""
    instant = promise.due or promise.closed_at
    return "" if instant is None else f"{local_date(calendar, instant):%Y-%m}"


@dataclass(slots=True)
class Changes:
    """Everything one derivation of some subjects asks to be written."""

    created: list[Promise] = field(default_factory=list)
    updated: list[Promise] = field(default_factory=list)
    deleted: list[Promise] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    breaches: list[tuple[Subject, engine.Promise, str]] = field(default_factory=list)
    tally: Counter[tuple[str, str, str, str, str]] = field(default_factory=Counter)

    def compare(
        self,
        subject: Subject,
        derived: Iterable[engine.Promise],
        rows: dict[Key, Promise],
        law: Law,
        now: datetime,
        *,
        sweep: bool,
        announce: bool = True,
    ) -> None:
        """Collect what differs between the derivation of `subject` and its stored rows, which are brought up to date.

        In a `sweep` levels reached are told; otherwise only new promises are announced to who owes them. With
        `announce` off, what is already reached counts as told and nobody hears of it.
        """
        seen = set()
        derived = list(derived)
        silent = passed_over(derived, lambda promise: told_of(rows.get(promise.key)), now)
        for promise in derived:
            seen.add(promise.key)
            rows[promise.key] = self._compare_one(
                subject,
                promise,
                rows.get(promise.key),
                law,
                now,
                sweep=sweep,
                announce=announce,
                is_passed_over=promise.key in silent,
            )
        for key in rows.keys() - seen:
            row = rows.pop(key)
            self.deleted.append(row)
            self._count(row, -1)

    def _compare_one(
        self,
        subject: Subject,
        promise: engine.Promise,
        row: Promise | None,
        law: Law,
        now: datetime,
        *,
        sweep: bool,
        announce: bool,
        is_passed_over: bool,
    ) -> Promise:
        told = told_of(row)
        notice = None
        if sweep or (row is None and not announce):
            notice, told = notice_at(promise, told, now, is_passed_over=is_passed_over)
        values = values_of(promise, law, told)
        fresh = row is None
        if row is None:
            row = Promise(
                subject_kind=subject.kind,
                subject_id=int(subject.ref),
                regulation=promise.regulation,
                control=promise.control,
                cycle=promise.cycle,
                seq=promise.seq,
                **values,
            )
            self.created.append(row)
        else:
            before = (row.owner, row.holder_id)
            if self._differs(row, values, told):
                self._count(row, -1)
                for name, value in values.items():
                    setattr(row, name, value)
                self.updated.append(row)
            else:
                return row
            fresh = promise.is_open and before != (row.owner, row.holder_id)
        row.told_level, row.told_breach, row.as_of = told.level, told.breach, now
        self._count(row, +1)
        if sweep and notice is not None:
            self._tell(subject, promise, row, notice.level, law, now)
        elif fresh and announce and promise.is_open and not sweep:
            self._announce(subject, promise, row, law, now)
        return row

    @staticmethod
    def _differs(row: Promise, values: Mapping[str, Any], told: Told) -> bool:
        return (row.told_level, row.told_breach) != (told.level, told.breach) or any(
            getattr(row, name) != value for name, value in values.items()
        )

    def _count(self, row: Promise, n: int) -> None:
        owner = row.breach_owner or row.owner
        self.tally[row.regulation, row.control, row.month, owner, row.state] += n

    def deltas(self) -> list[TallyDelta]:
        return [
            TallyDelta(regulation=key[0], control=key[1], month=key[2], owner=key[3], state=key[4], n=n)
            for key, n in self.tally.items()
            if n
        ]

    # ── telling ───────────────────────────────────────────────────────────────────────────────────────────

    def _announce(
        self, subject: Subject, promise: engine.Promise, row: Promise, law: Law, now: datetime
    ) -> None:
        """A promise came to somebody. Who sits at a post that the clause names sees it on the list; a person, or a
        department that was chosen for this subject, is told."""
        control = law.edition_of(promise).control(promise.control)
        if row.holder_id is None and control is not None and row.owner in control.owner:
            return
        self.notices.append(
            _notice(
                subject,
                row,
                NoticeKind.ASSIGNED,
                now,
                to_user_id=row.holder_id,
                to_code="" if row.holder_id else row.owner,
            )
        )

    def _tell(
        self,
        subject: Subject,
        promise: engine.Promise,
        row: Promise,
        level: int | str,
        law: Law,
        now: datetime,
    ) -> None:
        if level == RETRACT:
            self.breaches.append((subject, promise, "promise.retracted"))
            self._address(subject, row, NoticeKind.RETRACT, None, (), now)
            return
        assert isinstance(level, int)  # noqa: S101  notices have a percentage or are retractions
        if level >= 100 and promise.breached_at is not None and level == 100:
            self.breaches.append((subject, promise, "promise.broken"))
        control = law.edition_of(promise).control(promise.control)
        codes = tuple(
            code
            for step in (control.escalate if control else ())
            if step.percent == level
            for code in step.to
        )
        self._address(subject, row, NoticeKind.ESCALATE if codes else NoticeKind.REMIND, level, codes, now)

    def _address(
        self,
        subject: Subject,
        row: Promise,
        kind: str,
        level: int | None,
        codes: tuple[str, ...],
        now: datetime,
    ) -> None:
        own = NoticeKind.REMIND if kind == NoticeKind.ESCALATE else kind
        self.notices.append(
            _notice(
                subject,
                row,
                own,
                now,
                level,
                to_user_id=row.holder_id,
                to_code="" if row.holder_id else row.owner,
            )
        )
        for code in dict.fromkeys(codes):
            # each further round is taken one rung higher: the detail says how many (33)
            detail = {"rungs_up": row.cycle - 1} if row.cycle > 1 else {}
            self.notices.append(_notice(subject, row, kind, now, level, to_code=code, detail=detail))


def _notice(
    subject: Subject,
    row: Promise,
    kind: str,
    now: datetime,
    level: int | None = None,
    *,
    to_user_id: int | None = None,
    to_code: str = "",
    detail: dict[str, Any] | None = None,
) -> Notice:
    whom = f"u{to_user_id}" if to_user_id else to_code
    key = f"{kind}:{subject}:{row.regulation}.{row.control}.{row.cycle}.{row.seq}:{level}:{whom}:{now.isoformat()}"
    return Notice(
        key=key if len(key) <= 120 else f"{key[:80]}~{sha256(key.encode()).hexdigest()[:32]}",
        kind=kind,
        at=now,
        to_user_id=to_user_id,
        to_code=to_code,
        promise=row,
        subject_kind=subject.kind,
        subject_id=int(subject.ref),
        level=level,
        detail=detail or {},
    )


def rows_of(subjects: Iterable[Subject]) -> dict[Subject, dict[Key, Promise]]:
    """Stored promises by subject and key: one query a kind."""
    by_kind: dict[str, list[int]] = {}
    found: dict[Subject, dict[Key, Promise]] = {}
    for subject in subjects:
        by_kind.setdefault(subject.kind, []).append(int(subject.ref))
        found[subject] = {}
    for kind, ids in by_kind.items():
        for start in range(0, len(ids), AT_A_TIME):
            some = ids[start : start + AT_A_TIME]
            condition = f"it.subject_kind = %s AND it.subject_id IN ({', '.join(['%s'] * len(some))})"
            for row in rows_where(Promise, condition, [kind, *some]):
                found[Subject(kind, str(row.subject_id))][row.regulation, row.control, row.cycle, row.seq] = (
                    row
                )
    return found
