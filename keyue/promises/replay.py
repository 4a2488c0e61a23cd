"""What if: the facts of a period under the controls in force and under changed ones, with `derive`. Pure Python.

Both sides are derived from the same facts, as known at one instant, as if each had been in force over the whole period
(and before it, so that what began earlier stands where `again` or a rolling cadence asks for it). The base is never
read from the stored promises: those ran under whichever edition was in force when they began, of which a young
regulation has none, and were written at other moments. Derived like this, a difference can only come from the change.
It costs little, since the facts have to be read anyway, and controls do not influence each other: only those that
differ are derived at all.

A promise counts where it starts in the period, which a change of a limit does not move. Waivers and extensions that
were approved hold on both sides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from keyue.kernel.texts import in_chinese
from keyue.ledger.facts import FactRecord
from keyue.promises.clocks import local_date
from keyue.promises.engine import BEGINNING, CalendarEdition, Edition, Promise, SubjectModel, derive
from keyue.regulations.controls import Control
from keyue.worktime.calendar import Calendar
from keyue.worktime.rules import depends_on_calendar

MOST_AFFECTED = 20
BASE, CHANGED = "base", "changed"
KEPT, BROKEN = frozenset({"met"}), frozenset({"met_late", "breached"})
WORSE, BETTER, FRESH, GONE, OFF_HOURS = "worse", "better", "fresh", "gone", "off_hours"
"""What becomes of a promise: broken where it was not, no longer broken, new, or no longer asked for; and of those that
are worse how many began outside the company's working time."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One side: the controls of a regulation, whose own subject is `subject`, and the versions of the calendars."""

    subject: str
    controls: Sequence[Control]
    calendars: Sequence[CalendarEdition]

    def with_calendar(self, calendar: Calendar, code: str = "") -> Terms:
        """The same under one calendar that holds for all time in place of the versions of `code`."""
        others = [edition for edition in self.calendars if edition.code != code]
        return replace(self, calendars=[*others, CalendarEdition(BEGINNING, calendar, code)])

    def subject_of(self, control: Control) -> str:
        return control.subject or self.subject


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until before `until`; what was recorded after `now` is not known."""

    since: datetime
    until: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be derived of each subject of one kind."""

    subject: str
    period: Period
    base: Sequence[Edition]
    changed: Sequence[Edition]
    base_calendars: Sequence[CalendarEdition]
    changed_calendars: Sequence[CalendarEdition]

    @property
    def has_windows(self) -> bool:
        """Whether a subject owes something without anything having happened in the period."""
        return any(c.has_windows for edition in (*self.base, *self.changed) for c in edition.controls)

    @property
    def company(self) -> Calendar:
        return next(edition.calendar for edition in reversed(self.base_calendars) if not edition.code)


def differing(base: Terms, changed: Terms) -> list[str]:
    """The controls that can come out otherwise, in the order of the texts."""
    calendars = _differing_calendars(base.calendars, changed.calendars)
    befores, afters = ({c.id: c for c in terms.controls} for terms in (base, changed))
    found = []
    for identity in dict.fromkeys([*befores, *afters]):
        before, after = befores.get(identity), afters.get(identity)
        if _judged(base, before) != _judged(changed, after) or (
            before is not None and before.runs and _counts_by(before, calendars)
        ):
            found.append(identity)
    return found


def plans_of(regulation: str, base: Terms, changed: Terms, period: Period) -> list[Plan]:
    """One plan for each kind of subject that a difference is about; none where nothing differs."""
    wanted = set(differing(base, changed))
    sides = [
        [(terms.subject_of(c), c) for c in terms.controls if c.id in wanted and c.runs]
        for terms in (base, changed)
    ]
    kinds = dict.fromkeys(kind for side in sides for kind, _control in side)
    found = []
    for kind in kinds:
        before, after = ([c for k, c in side if k == kind] for side in sides)
        found.append(
            Plan(
                kind,
                period,
                _editions(regulation, kind, before, period),
                _editions(regulation, kind, after, period),
                tuple(base.calendars),
                tuple(changed.calendars),
            )
        )
    return found


def _editions(regulation: str, kind: str, controls: Sequence[Control], period: Period) -> tuple[Edition, ...]:
    """The controls as if in force since the beginning; fixed windows since the period, for none before it counts."""
    early = tuple(control for control in controls if not control.has_windows)
    found = [Edition(regulation, BEGINNING, kind, early)]
    if len(early) < len(controls):
        found.append(Edition(regulation, period.since, kind, tuple(controls)))
    return tuple(found)


def _judged(terms: Terms, control: Control | None) -> str:
    """All of a control that decides about promises; "" where it makes none. Conditions are equal by their text."""
    if control is None or not control.runs:
        return ""
    told = replace(
        control, name="", clause="", note="", question="", proposed="", statement="", remind=(), escalate=(),
        evidence=(), gate=False, subject=terms.subject_of(control),
    )  # fmt: skip
    return repr(told)


def _differing_calendars(
    before: Iterable[CalendarEdition], after: Iterable[CalendarEdition]
) -> dict[str, bool]:
    """The calendars that are not the same, each with whether its days begin at another hour: whether its zone is
    another, or changes."""
    sides: list[dict[str, list[tuple[datetime, Calendar]]]] = []
    for editions in (before, after):
        side: dict[str, list[tuple[datetime, Calendar]]] = {}
        for edition in editions:
            side.setdefault(edition.code, []).append((edition.recorded_at, edition.calendar))
        sides.append(side)
    codes = sides[0].keys() | sides[1].keys()
    zones = {code: {calendar.tz for side in sides for _at, calendar in side.get(code, ())} for code in codes}
    return {code: len(zones[code]) > 1 for code in codes if sides[0].get(code) != sides[1].get(code)}


def _counts_by(control: Control, calendars: Mapping[str, bool]) -> bool:
    """Whether one of these calendars decides when the control is due."""
    code = control.calendar or ""
    if code not in calendars:
        return False
    if control.has_windows:
        return calendars[code] or "working" in control.days
    return control.limit is not None and any(depends_on_calendar(rule) for rule in control.limit.rules())


# ── what comes out ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Affected:
    """A subject with promises that come out otherwise; `late` is by how many seconds those that are worse are late in
    all, `controls` which they are."""

    kind: str
    ref: str
    worse: int
    better: int
    late: int
    controls: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int, int, str, int, str]:
        """The most affected first, and always in the same order; ids of rows in their own."""
        return (-self.worse, -self.late, -self.better, self.kind, len(self.ref), self.ref)


@dataclass(slots=True)
class Replayed:
    """What some subjects came to. `counts` are promises by (side, control, owner, state), `moves` by (control, how);
    `failed` says of a control that could not be evaluated why."""

    subjects: int = 0
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    affected: list[Affected] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def add(self, other: Replayed) -> None:
        """What both came to together; the order in which parts are added does not matter."""
        self.subjects += other.subjects
        self.counts.update(other.counts)
        self.moves.update(other.moves)
        self.affected = sorted((*self.affected, *other.affected), key=lambda one: one.rank)[:MOST_AFFECTED]
        for control, why in other.failed.items():
            self.failed[control] = min(why, self.failed.get(control, why))

    def as_json(self) -> dict[str, Any]:
        """As plain JSON; `from_json` gives an equal one."""
        return {
            "subjects": self.subjects,
            "counts": [[*key, n] for key, n in sorted(self.counts.items())],
            "moves": [[*key, n] for key, n in sorted(self.moves.items())],
            "affected": [
                [one.kind, one.ref, one.worse, one.better, one.late, list(one.controls)]
                for one in self.affected
            ],
            "failed": dict(sorted(self.failed.items())),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Replayed:
        """What `as_json` wrote; nothing yet for an empty object."""
        return cls(
            int(said.get("subjects", 0)),
            Counter({(side, c, owner, state): n for side, c, owner, state, n in said.get("counts", ())}),
            Counter({(control, how): n for control, how, n in said.get("moves", ())}),
            [
                Affected(kind, ref, worse, better, late, tuple(controls))
                for kind, ref, worse, better, late, controls in said.get("affected", ())
            ],
            dict(said.get("failed", {})),
        )


def replay(ref: str, facts: Sequence[FactRecord], plan: Plan, model: SubjectModel) -> Replayed:
    """What one subject comes to under both sides. Reads nothing but its arguments, and changes nothing."""
    now, found, model = plan.period.now, Replayed(), _folding_once(model)
    sides: list[dict[tuple[str, str, int, int], Promise]] = []
    for name, editions, calendars in (
        (BASE, plan.base, plan.base_calendars),
        (CHANGED, plan.changed, plan.changed_calendars),
    ):
        derived = derive(facts, editions, calendars, model, now)
        counted = {p.key: p for p in derived.promises if plan.period.since <= p.start < plan.period.until}
        for promise in counted.values():
            found.counts[name, promise.control, promise.breach_owner or promise.owner, promise.state] += 1
        if name == CHANGED:
            for failure in derived.failures:
                found.failed.setdefault(failure.control, in_chinese(failure.why))
        sides.append(counted)
    found.subjects = int(bool(sides[0] or sides[1]))
    _compare(ref, plan, sides[0], sides[1], found)
    return found


def _folding_once(model: SubjectModel) -> SubjectModel:
    """The model for both sides of one subject: what a fact does to it is the same on each, and half of the work."""
    known: dict[tuple[int, int], tuple[Any, FactRecord, Any]] = {}

    def fold(state: Any, fact: FactRecord) -> Any:
        # by identity, which holds as long as both are kept here
        key = (id(state), id(fact))
        if key not in known:
            known[key] = (state, fact, model.fold(state, fact))
        return known[key][2]

    return replace(model, fold=fold)


def _compare(
    ref: str,
    plan: Plan,
    before: Mapping[tuple[str, str, int, int], Promise],
    after: Mapping[tuple[str, str, int, int], Promise],
    found: Replayed,
) -> None:
    worse, better, late, controls = 0, 0, 0, dict[str, None]()
    for key, how in _moves(before, after):
        control = key[1]
        found.moves[control, how] += 1
        is_broken = key in after and after[key].state in BROKEN
        if how in (WORSE, FRESH) and is_broken:
            promise = after[key]
            worse += 1
            late += _lateness(promise, plan.period.now)
            controls[control] = None
            if how == WORSE and not _is_working(plan.company, promise.start):
                found.moves[control, OFF_HOURS] += 1
        elif how == BETTER:
            better += 1
            controls[control] = None
    if worse or better:
        found.affected = [Affected(plan.subject, ref, worse, better, late, tuple(controls))]


def _moves(
    before: Mapping[tuple[str, str, int, int], Promise], after: Mapping[tuple[str, str, int, int], Promise]
) -> Iterator[tuple[tuple[str, str, int, int], str]]:
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            yield key, FRESH
        elif key not in after:
            yield key, GONE
        else:
            was, comes = before[key].state in BROKEN, after[key].state in BROKEN
            if was != comes:
                yield key, WORSE if comes else BETTER


def _lateness(promise: Promise, now: datetime) -> int:
    """By how many seconds it was done late, or is late by now."""
    ended = promise.closed_at or now
    return max(0, int((ended - promise.due).total_seconds())) if promise.due is not None else 0


def _is_working(calendar: Calendar, instant: datetime) -> bool:
    day = local_date(calendar, instant)
    return any(opens <= instant < closes for opens, closes in calendar.intervals(day))
