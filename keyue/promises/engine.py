"""The promise engine: `derive(facts, editions, calendars, model, now) -> promises`, a pure function.

It knows no business: what a fact does to its subject is the subject model's `fold`, what a clause asks is a
control. The exact semantics are the project's engine specification; numbers such as (28) name its decisions,
S and K its rules of a case.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from keyue.kernel.texts import Sentence, sentence, sentence_of
from keyue.ledger.facts import FactRecord
from keyue.promises.cadences import numbers_from, open_windows
from keyue.promises.clocks import CalendarEdition as CalendarEdition
from keyue.promises.clocks import Clock, Reading, Track, as_instant
from keyue.promises.decisions import decide
from keyue.promises.knowledge import known_facts
from keyue.regulations.conditions import ConditionError
from keyue.regulations.controls import Control, Limit, Occasion
from keyue.regulations.editions import EditionInForce as Edition
from keyue.worktime import rules as worktime

TICK = timedelta(microseconds=1)
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""Earlier than any fact, and within what calendars can count."""
OPENING = "round"


class State(Protocol):
    """What the engine reads of a subject's state; everything else belongs to the conditions."""

    @property
    def round(self) -> int: ...
    @property
    def waiting(self) -> bool: ...
    @property
    def ended(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class SubjectModel:
    """How a kind of subject is folded from its facts. `fold` returns None for a fact without effect.

    `name` is the subject's variable in conditions; `fields` and `kinds` (fact kind to its fields) are what
    conditions may name, for the checker of regulations.
    """

    name: str
    fold: Callable[[Any, FactRecord], Any]
    fields: frozenset[str] = frozenset()
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a control makes somebody owe, as known at the `now` it was derived for. All instants are UTC."""

    regulation: str
    control: str
    clause: str
    cycle: int
    seq: int
    state: str
    start: datetime
    due: datetime | None
    closed_at: datetime | None
    breached_at: datetime | None
    paused: bool
    owner: str
    breach_owner: str | None
    holder: str | None
    breach_holder: str | None
    edition: datetime
    provisional: bool
    look_at: datetime | None
    levels: Mapping[int, datetime | None]
    triggered_by: str
    closed_by: str | None
    is_open: bool
    is_window: bool

    @property
    def key(self) -> tuple[str, str, int, int]:
        return (self.regulation, self.control, self.cycle, self.seq)


@dataclass(frozen=True, slots=True)
class Failure:
    """A control that could not be evaluated, and why; the other controls stand."""

    regulation: str
    control: str
    why: Sentence | str


@dataclass(frozen=True, slots=True)
class Derivation:
    promises: tuple[Promise, ...]
    failures: tuple[Failure, ...]
    state: Any
    ended_at: datetime | None = None


@dataclass(slots=True)
class Running:
    """A promise while facts are being read. `outcome` is met, cancelled or waived once it is closed."""

    edition: Edition
    control: Control
    cycle: int
    seq: int
    start: datetime
    trigger: FactRecord
    tracks: list[Track]
    by_value: Any = None
    outcome: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None
    performed: int = 0
    holders: list[tuple[datetime, str | None]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.outcome is None

    def close(self, outcome: str, at: datetime, by: str | None) -> None:
        self.outcome, self.closed_at, self.closed_by = outcome, max(at, self.start), by


@dataclass(frozen=True, slots=True)
class Effect:
    """A fact that had an effect, with the subject's state before and after it."""

    fact: FactRecord
    before: Any
    after: Any


def derive(
    facts: Iterable[FactRecord],
    editions: Sequence[Edition],
    calendars: Sequence[CalendarEdition],
    model: SubjectModel,
    now: datetime,
) -> Derivation:
    """All promises of one subject as known at `now`. Deterministic; no clock, no I/O.

    `editions` of different regulations are in force together; those of one regulation follow each other.
    """
    reading = Derivator(editions, calendars, model, now)
    for fact in known_facts(facts, now):
        reading.take(fact)
    open_windows(reading)
    return reading.result()


class Derivator:
    """One pass over the facts. For each: close what it meets, change the state, cancel, create."""

    def __init__(
        self,
        editions: Sequence[Edition],
        calendars: Sequence[CalendarEdition],
        model: SubjectModel,
        now: datetime,
    ) -> None:
        self.model, self.now = model, now
        self.editions: dict[str, list[Edition]] = {}
        for edition in sorted(editions, key=lambda e: e.effective):
            if edition.subject == model.name:
                self.editions.setdefault(edition.regulation, []).append(edition)
        self.triggers = self._index()
        self.clock = Clock(calendars, now)
        self.state: Any = None
        self.effects: list[Effect] = []
        self.times: list[datetime] = []
        self.running: list[Running] = []
        self.about_windows: list[FactRecord] = []
        self.failures: dict[Failure, None] = {}

    def _index(self) -> dict[str, list[tuple[Edition, Control]]]:
        index: dict[str, list[tuple[Edition, Control]]] = {}
        for edition in (e for group in self.editions.values() for e in group):
            for control in edition.controls:
                if not control.runs or control.has_windows:
                    continue
                for kind in dict.fromkeys(occasion.kind for occasion in control.on):
                    index.setdefault(kind, []).append((edition, control))
        return index

    # ── one fact ──────────────────────────────────────────────────────────────────────────────────────────

    def take(self, fact: FactRecord) -> None:
        if fact.kind.startswith("promise."):
            decide(self, fact)
            return
        before = self.state
        if before is not None and before.ended:
            return
        after = self.model.fold(before, fact)
        if after is None:
            return
        performed = self._perform(fact, before)
        self.state = after
        self.effects.append(Effect(fact, before, after))
        self.times.append(fact.at)
        self.clock.waiting_changes(fact.at, bool(before is not None and before.waiting), after.waiting)
        self._hold(fact)
        self._cancel(fact, before, after)
        self._change_limits(fact)
        if not after.ended:
            self._renew(fact, performed)
        self._trigger(fact, before, after)

    def _perform(self, fact: FactRecord, before: Any) -> list[Running]:
        performed = []
        for promise in self.running:
            if promise.is_open and self.performs(
                promise.control, promise.edition, fact, before, promise.trigger
            ):
                promise.close("met", fact.at, fact.id)
                performed.append(promise)
        return performed

    def performs(
        self, control: Control, edition: Edition, fact: FactRecord, before: Any, trigger: FactRecord | None
    ) -> bool:
        return any(
            occasion.kind == fact.kind and self._holds(edition, control, occasion, fact, before, trigger)
            for occasion in control.met_by
        )

    def _holds(
        self,
        edition: Edition,
        control: Control,
        occasion: Occasion,
        fact: FactRecord,
        before: Any,
        trigger: FactRecord | None = None,
    ) -> bool:
        if occasion.condition is None:
            return True
        variables = {self.model.name: before, "fact": fact.data, "trigger": trigger.data if trigger else None}
        try:
            return occasion.condition.holds(variables)
        except ConditionError as error:
            self.fail(edition, control, sentence_of(error))
            return False

    def _hold(self, fact: FactRecord) -> None:
        """A record is met by the fact after which its subject holds what it asks for."""
        for promise in self.running:
            if promise.is_open and promise.control.is_held and self._holds_all(promise):
                promise.close("met", fact.at, fact.id)

    def _holds_all(self, promise: Running) -> bool:
        values = (self.path(path, self.state, promise.trigger) for path in promise.control.fields)
        return all(value not in (None, "", (), []) for value in values)

    def _cancel(self, fact: FactRecord, before: Any, after: Any) -> None:
        if after.ended:
            for promise in self.running:
                if promise.is_open:
                    promise.close("cancelled", fact.at, fact.id)
        elif after != before:
            for promise in self.running:
                if promise.is_open and not self.applies(
                    promise.edition, promise.control, after, failing=True
                ):
                    promise.close("cancelled", fact.at, fact.id)

    def applies(self, edition: Edition, control: Control, state: Any, *, failing: bool = False) -> bool:
        """Whether the control's `when` holds on `state`; a condition that fails counts as `failing`."""
        try:
            return all(condition.holds({self.model.name: state}) for condition in control.when)
        except ConditionError as error:
            self.fail(edition, control, sentence_of(error))
            return failing

    # ── limits by context (28, S9, 48) ────────────────────────────────────────────────────────────────────

    def _change_limits(self, fact: FactRecord) -> None:
        for promise in self.running:
            limit = promise.control.limit
            if not promise.is_open or limit is None or limit.by is None:
                continue
            value = self.path(limit.by, self.state, promise.trigger)
            if value == promise.by_value:
                continue
            rule = limit.table.get(str(value))
            if rule is None:
                self.fail(promise.edition, promise.control, _unlimited(limit.by, value))
                continue
            self._change_limit(promise, limit, value, rule, fact.at)

    def _change_limit(
        self, promise: Running, limit: Limit, value: Any, rule: worktime.Rule, at: datetime
    ) -> None:
        old = limit.table[str(promise.by_value)]
        promise.by_value = value
        reading = self.clock.read(promise, at)
        if reading.due is not None and reading.due < at:
            return
        sooner = worktime.due(promise.start, rule, reading.calendar) or datetime.max.replace(tzinfo=at.tzinfo)
        later = worktime.due(promise.start, old, reading.calendar) or datetime.max.replace(tzinfo=at.tzinfo)
        if sooner < later:
            promise.tracks.append(Track(at, rule))
        elif sooner > later:
            promise.tracks = [Track(promise.start, rule)]

    # ── creating ──────────────────────────────────────────────────────────────────────────────────────────

    def _trigger(self, fact: FactRecord, before: Any, after: Any) -> None:
        opened = before is not None and after.round != before.round
        for kind in (fact.kind, OPENING) if opened else (fact.kind,):
            for edition, control in self.triggers.get(kind, ()):
                if any(
                    occasion.kind == kind and self._holds(edition, control, occasion, fact, before)
                    for occasion in control.on
                ):
                    self._create(edition, control, fact, after)

    def _create(self, edition: Edition, control: Control, fact: FactRecord, after: Any) -> None:
        found = self._start(edition, control, fact, after)
        if found is None:
            return
        start, cycle, position = found
        if self.edition_at(edition.regulation, start) is not edition:
            return
        if not self.applies(edition, control, after):
            return
        earlier = [
            p
            for p in self.running
            if p.control.id == control.id and p.edition.regulation == edition.regulation
        ]
        if control.again == "never" and earlier:
            return
        if control.again == "round" and any(p.cycle == cycle for p in earlier):
            return
        seq = 1 + self._numbers_from(edition, control) + sum(p.cycle == cycle for p in earlier)
        promise = self.begin(edition, control, fact, start, cycle, seq)
        if promise is None or (after.ended and not self._is_at_once(promise)):
            return
        if control.again == "replace":
            for open_one in (p for p in earlier if p.is_open):
                open_one.close("cancelled", fact.at, fact.id)
        self.running.append(promise)
        if control.is_held:
            if self._holds_all(promise):
                promise.close("met", fact.at, fact.id)
            return
        self._perform_early(promise, position, cycle)
        if after.ended and promise.is_open:
            promise.close("cancelled", fact.at, fact.id)

    def _numbers_from(self, edition: Edition, control: Control) -> int:
        editions = self.editions[edition.regulation]
        return numbers_from(editions[: editions.index(edition) + 1], control.id) if len(editions) > 1 else 0

    def _is_at_once(self, promise: Running) -> bool:
        """Whether it is due where it starts: of the act that ends a subject nothing else can be asked."""
        return self.clock.read(promise, promise.start).due == promise.start

    def _start(
        self, edition: Edition, control: Control, fact: FactRecord, after: Any
    ) -> tuple[datetime, int, int] | None:
        """(start, round, position in effects) of a promise that `fact` triggers, or None without its start."""
        here = len(self.effects) - 1
        if control.start is None:
            return fact.at, after.round, here
        position = self._first(edition, control, control.start, after.round)
        if position is None:
            return None
        effect = self.effects[position]
        return effect.fact.at, effect.after.round, position

    def _first(
        self, edition: Edition, control: Control, occasion: Occasion, cycle: int, *, or_ever: bool = True
    ) -> int | None:
        """Position of the first such effect of the round, else (where `or_ever`) of the first ever."""
        ever = None
        for position, effect in enumerate(self.effects):
            if effect.fact.kind != occasion.kind or not self._holds(
                edition, control, occasion, effect.fact, effect.before
            ):
                continue
            if effect.after.round == cycle:
                return position
            if ever is None:
                ever = position
        return ever if or_ever else None

    def edition_at(self, regulation: str, instant: datetime) -> Edition | None:
        """The edition in force at an instant (24, S17)."""
        editions = self.editions[regulation]
        position = bisect_right([edition.effective for edition in editions], instant)
        return editions[position - 1] if position else None

    def begin(
        self, edition: Edition, control: Control, fact: FactRecord, start: datetime, cycle: int, seq: int
    ) -> Running | None:
        promise = Running(edition, control, cycle, seq, start, fact, [])
        limit = control.limit
        if control.until is not None:
            try:
                value = control.until.value({self.model.name: self.state, "fact": fact.data})
                promise.tracks = [Track(as_instant(value))]
            except (ConditionError, ValueError) as error:
                self.fail(edition, control, sentence_of(error))
                return None
        elif limit is not None and limit.by is not None:
            promise.by_value = self.path(limit.by, self.state, fact)
            rule = limit.table.get(str(promise.by_value))
            if rule is None:
                self.fail(edition, control, _unlimited(limit.by, promise.by_value))
                return None
            promise.tracks = [Track(start, rule)]
        elif limit is not None and limit.rule is not None:
            promise.tracks = [Track(start, limit.rule)]
        return promise

    def _perform_early(self, promise: Running, position: int, cycle: int) -> None:
        """Performance between the start (or the fact it counts from) and the trigger (21, S6, S7)."""
        control, here = promise.control, len(self.effects) - 1
        if control.counts_from is not None:
            counted = self._first(promise.edition, control, control.counts_from, cycle, or_ever=False)
            # what it counts from can itself be the performance: an approval before the act
            position = position if counted is None else min(position, counted - 1)
        for effect in self.effects[position + 1 : here + (promise.start < promise.trigger.at)]:
            if self.performs(control, promise.edition, effect.fact, effect.before, promise.trigger):
                promise.close("met", effect.fact.at, effect.fact.id)
                return

    def _renew(self, fact: FactRecord, performed: list[Running]) -> None:
        """A rolling cadence counts again from the day it was done (47, 48)."""
        for done in performed:
            if not done.control.is_rolling:
                continue
            edition = self.edition_at(done.edition.regulation, fact.at)
            control = edition.control(done.control.id) if edition else None
            if edition is None or control is None or not control.runs or not control.is_rolling:
                # the edition in force by now asks in another way, or not at all
                continue
            if self.applies(edition, control, self.state):
                promise = self.begin(edition, control, fact, fact.at, self.state.round, done.seq + 1)
                if promise is not None:
                    self.running.append(promise)

    # ── reading off ───────────────────────────────────────────────────────────────────────────────────────

    def result(self) -> Derivation:
        promises = tuple(self._promise(promise) for promise in self.running)
        ended = self.effects[-1].fact.at if self.state is not None and self.state.ended else None
        return Derivation(promises, tuple(self.failures), self.state, ended)

    def _promise(self, p: Running) -> Promise:
        reading = self.clock.read(p, self.now)
        deciding = p.closed_at if p.closed_at is not None else self.now
        # the act that asked for it has ended its subject: nothing was called off in time
        is_last = p.outcome == "cancelled" and p.closed_by == p.trigger.id
        late = reading.due is not None and (deciding > reading.due or is_last)
        state = _state(p.outcome, late)
        breached_at = reading.due if late else None
        owner = self.owner_at(p, min(self.now, deciding))
        breach_owner = self.owner_at(p, breached_at) if breached_at else None
        levels = self.clock.levels(p, reading) if p.is_open else {}
        return Promise(
            regulation=p.edition.regulation,
            control=p.control.id,
            clause=p.control.clause,
            cycle=p.cycle,
            seq=p.seq,
            state=state,
            start=p.start,
            due=reading.due,
            closed_at=p.closed_at if state in {"met", "met_late", "waived", "cancelled"} else None,
            breached_at=breached_at,
            paused=reading.paused,
            owner=owner,
            breach_owner=breach_owner,
            holder=self._holder_at(p, min(self.now, deciding)),
            breach_holder=self._holder_at(p, breached_at) if breached_at else None,
            edition=p.edition.effective,
            provisional=reading.provisional,
            look_at=self._look_at(p, reading, levels) if p.is_open else None,
            levels=levels,
            triggered_by=p.trigger.id,
            closed_by=p.closed_by,
            is_open=p.is_open,
            is_window=p.control.has_windows,
        )

    def _look_at(
        self, p: Running, reading: Reading, levels: Mapping[int, datetime | None]
    ) -> datetime | None:
        moments = [moment for moment in levels.values() if moment is not None]
        if reading.due is not None:
            moments.append(reading.due + TICK)
        moments += [
            moment for moment in (reading.runs_again_at, reading.published_until) if moment is not None
        ]
        return min((moment for moment in moments if moment > self.now), default=None)

    def state_at(self, instant: datetime) -> Any:
        position = bisect_right(self.times, instant)
        return self.effects[position - 1].after if position else None

    def owner_at(self, p: Running, instant: datetime) -> str:
        """The first of the control's owners that is not null at an instant; never null (31, S10)."""
        state = self.state_at(instant)
        for code in p.control.owner:
            value = self.path(code, state, p.trigger) if "." in code else code
            if value:
                return str(value)
        self.fail(p.edition, p.control, sentence("没有人负责：%(owners)s 都是空的", owners=p.control.owner))
        return p.control.owner[-1]

    def _holder_at(self, p: Running, instant: datetime) -> str | None:
        """Who inside the owning department has taken it; handing over to another owner puts it back."""
        taken = [(at, holder) for at, holder in p.holders if at <= instant]
        if not taken or self.owner_at(p, taken[-1][0]) != self.owner_at(p, instant):
            return None
        return taken[-1][1]

    def path(self, path: str, state: Any, trigger: FactRecord) -> Any:
        variable, _, name = path.partition(".")
        if variable == "trigger":
            return trigger.data.get(name)
        return getattr(state, name, None) if variable == self.model.name else None

    def fail(self, edition: Edition, control: Control, why: Sentence | str) -> None:
        self.failures[Failure(edition.regulation, control.id, why)] = None


def _state(outcome: str | None, late: bool) -> str:
    if outcome == "met":
        return "met_late" if late else "met"
    if outcome == "waived":
        return "waived"
    if outcome == "cancelled":
        return "breached" if late else "cancelled"
    return "breached" if late else "pending"


def _unlimited(path: str | None, value: Any) -> Sentence:
    return sentence("%(path)s 是 %(value)s，没有对应的时限", path=path, value=repr(value))
