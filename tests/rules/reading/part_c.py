"""The twelve promises of the feedback regulation, read plainly from parts C and section 9.

Where the text leaves room, the reading chosen here:

1.  `voids` works whatever the voiding fact's kind and time; a voided or refused fact voids nothing.
2.  The first `case.received` counts; a second one has no effect.
3.  One promise a round and control (`again = "round"`): a complaint that ceases and becomes one again
    gets no second `first_response`; `reviewed` or `assessed` in a later round makes one more of its own.
4.  plan and solve start at the first `case.assigned` of a round at which they apply (an inquiry that was
    assigned and then turned out a complaint owes them from its next assignment), or at the new round.
    Not after `solved` or an ETA told to the customer in that round.
5.  A result told (to either) before `solved` is not the result; the first one after it counts.
6.  A cancellation also closes what is overdue: it stays breached, later performance changes nothing.
7.  What performs a promise closes it in whatever round it happens, if it is still open.
8.  `owner` and `breach_owner` are read at an instant: a new lead of that same instant counts.
9.  `case.returned` takes the lead away, for everything the lead owes.
10. `case.closed` ends the case as `case.withdrawn` does; that its approver is there and is not the owner is
    checked where it is recorded.
11. `case.assessed` with another priority is a change of priority.
12. A change of priority or an extension at exactly the due instant is still in time; a calendar version
    recorded at exactly the due instant moves it, one recorded at the closing instant does not.
13. A priority change, a calendar version or an extension keep the pauses; after an extension the due is
    the instant given, whatever comes (but a later change of priority), and as a promised instant it has
    the level 100 only.
14. Both terms of min(old due, change + new duration) are recounted with a new calendar version.
15. Open and closed are judged by when things happened, also for a calendar version recorded between
    the event and its recording.
16. The calendar at the start is the latest recorded by then, else the earliest known.
17. A promise that vanishes altogether (its trigger voided) after a 100 notice is retracted; a retract
    re-arms 100 alone.
18. A waiver without an approver is void. An extension with requester = approver is void as a waiver is; so
    is one that names a promise without limit, or gives no more time than the due as it stood.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from . import part_a
from .part_a import Calendar, Pause, Rule, instant

SKEW = timedelta(minutes=5)
DISPATCHER = "service_supervisor"
HANDLED = ("feedback", "suggestion", "complaint")

LIMITS: dict[str, Any] = {
    "classify.within": "PT2H",
    "first_response.within": "PT24H",
    "review.within": "same day",
    "plan.within": "PT24H",
    "solve.within.normal": "PT48H",
    "solve.within.urgent": "PT24H",
    "solve.max_pause": "PT120H",
    "result_to_service.within": "PT24H",
    "result_to_customer.within": "PT48H",
    "complaint_result.within": "PT48H",
    "follow_up.within": "7 days",
}
OWNERS = {
    "classify": "service_desk",
    "first_response": "service_desk",
    "review": DISPATCHER,
    "assess": DISPATCHER,
    "assign": DISPATCHER,
    "result_to_customer": "service_desk",
    "complaint_result": "service_desk",
    "follow_up": "service_desk",
}
"""Everything else is owed by the lead department."""
CONTROLS = (*OWNERS, "plan", "solve", "solve_by_eta", "result_to_service")


Version = tuple[datetime, Calendar]


@dataclass
class Fact:
    id: str
    kind: str
    at: datetime
    recorded_at: datetime
    data: dict[str, Any]
    voids: str | None


@dataclass
class Edition:
    text: str
    start: datetime
    limits: dict[str, Any]

    def rule(self, control: str, priority: str) -> Rule | None:
        value = self.limits.get(f"{control}.within")
        if value is None:
            value = self.limits.get(f"{control}.within.{priority}")
        return part_a.rule_of(value)


@dataclass
class Promise:
    control: str
    cycle: int
    seq: int
    start: datetime
    edition: Edition
    priority: str
    until: datetime | None = None
    closed: tuple[str, datetime] | None = None
    changes: list[tuple[datetime, str, Any]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, int, int]:
        return self.control, self.cycle, self.seq


def read_facts(scenario: dict[str, Any]) -> list[Fact]:
    return [
        Fact(
            raw["id"],
            raw["kind"],
            instant(raw["at"]),
            instant(raw.get("recorded_at") or raw["at"]),
            raw.get("data") or {},
            raw.get("voids"),
        )
        for raw in scenario["facts"]
    ]


def known(facts: list[Fact], now: datetime) -> list[Fact]:
    """S1 to S3: what exists at `now`, in order."""
    once: dict[str, Fact] = {}
    for fact in facts:
        if fact.recorded_at <= now:
            held = once.get(fact.id)
            if held is None or fact.recorded_at < held.recorded_at:
                once[fact.id] = fact
    kept: dict[str, Fact] = {}
    for fact in once.values():
        if fact.at - fact.recorded_at > SKEW:
            continue
        at = min(fact.at, fact.recorded_at)
        kept[fact.id] = Fact(fact.id, fact.kind, at, fact.recorded_at, fact.data, fact.voids)

    def voided(fact: Fact) -> bool:
        return any(other.voids == fact.id and not voided(other) for other in kept.values())

    alive = [fact for fact in kept.values() if not voided(fact)]
    return sorted(alive, key=lambda fact: (fact.at, fact.recorded_at, fact.id))


class Case:
    """One pass over the facts in order."""

    def __init__(self, editions: list[Edition]) -> None:
        self.editions = editions
        self.promises: list[Promise] = []
        self.received: datetime | None = None
        self.ended = False
        self.type: str | None = None
        self.priority = "normal"
        self.lead: str | None = None
        self.leads: list[tuple[datetime, str | None]] = []
        self.cycle = 1
        self.eta_told = self.solved = self.reported = self.told = False
        self.responses: list[datetime] = []
        self.waiting: datetime | None = None
        self.pauses: list[tuple[datetime, datetime | None]] = []

    # what can be done to promises

    def open(self, *controls: str) -> list[Promise]:
        return [p for p in self.promises if p.closed is None and p.control in controls]

    def close(self, how: str, at: datetime, *controls: str) -> None:
        for promise in self.open(*controls):
            promise.closed = (how, at)

    def applies(self, control: str) -> bool:
        if control == "classify":
            return True
        if control in ("first_response", "complaint_result"):
            return self.type == "complaint"
        return self.type in HANDLED

    def create(self, control: str, start: datetime, *, each: bool = False, cycle: int = 0) -> Promise | None:
        cycle = cycle or self.cycle
        same = [p for p in self.promises if (p.control, p.cycle) == (control, cycle)]
        if not self.applies(control) or (same and not each):
            return None
        in_force = [edition for edition in self.editions if edition.start <= start]
        if not in_force:
            return None
        promise = Promise(control, cycle, len(same) + 1, start, in_force[-1], self.priority)
        self.promises.append(promise)
        return promise

    # the facts

    def apply(self, fact: Fact) -> None:
        if self.received is None:
            if fact.kind == "case.received":
                self.received = fact.at
                self.type = fact.data.get("type")
                self.create("classify", fact.at)
                self.create("review", fact.at)
                self.become_complaint()
            return
        if not self.ended:
            handler = getattr(self, fact.kind.replace(".", "_"), None)
            if handler:
                handler(fact)

    def become_complaint(self) -> None:
        assert self.received is not None
        promise = self.create("first_response", self.received, cycle=1)
        if promise and self.responses:
            promise.closed = ("met", self.responses[0])

    def case_classified(self, fact: Fact) -> None:
        if fact.kind == "case.classified":
            self.close("met", fact.at, "classify")
        self.type = fact.data.get("type") or self.type
        for control in CONTROLS:
            if not self.applies(control):
                self.close("cancelled", fact.at, control)
        self.become_complaint()

    case_reclassified = case_classified

    def case_first_response(self, fact: Fact) -> None:
        self.responses.append(fact.at)
        self.close("met", fact.at, "first_response")

    def case_reviewed(self, fact: Fact) -> None:
        self.close("met", fact.at, "review")
        self.create("assess", fact.at)

    def case_assessed(self, fact: Fact) -> None:
        self.close("met", fact.at, "assess")
        self.case_priority_changed(fact)
        self.create("assign", fact.at)

    def case_priority_changed(self, fact: Fact) -> None:
        new = fact.data.get("priority") or self.priority
        if new != self.priority:
            for promise in self.open("solve"):
                promise.changes.append((fact.at, "priority", (self.priority, new)))
        self.priority = new

    def set_lead(self, fact: Fact, lead: str | None) -> None:
        self.lead = lead
        self.leads.append((fact.at, lead))

    def case_assigned(self, fact: Fact) -> None:
        self.close("met", fact.at, "assign")
        self.set_lead(fact, fact.data["lead"])
        if not (self.eta_told or self.solved):
            self.create("plan", fact.at)
            self.create("solve", fact.at)

    def case_reassigned(self, fact: Fact) -> None:
        self.set_lead(fact, fact.data["lead"])

    def case_returned(self, fact: Fact) -> None:
        self.set_lead(fact, None)

    def case_plan_filed(self, fact: Fact) -> None:
        self.close("met", fact.at, "plan")

    def case_eta_given(self, fact: Fact) -> None:
        if fact.data.get("to") != "customer" or self.solved:
            return
        self.eta_told = True
        self.close("met", fact.at, "solve")
        self.close("cancelled", fact.at, "solve_by_eta")
        promise = self.create("solve_by_eta", fact.at, each=True)
        if promise:
            promise.until = instant(fact.data["eta"])

    def case_solved(self, fact: Fact) -> None:
        if self.solved:
            return
        self.solved = True
        self.close("met", fact.at, "solve", "solve_by_eta")
        self.close("cancelled", fact.at, "plan")
        self.create("result_to_service", fact.at)
        self.create("complaint_result", fact.at)

    def case_result_to_service(self, fact: Fact) -> None:
        if not self.solved or self.reported:
            return
        self.reported = True
        self.close("met", fact.at, "result_to_service")
        promise = self.create("result_to_customer", fact.at)
        if promise and self.told:
            promise.closed = ("met", fact.at)

    def case_result_to_customer(self, fact: Fact) -> None:
        if not self.solved or self.told:
            return
        self.told = True
        self.close("met", fact.at, "result_to_customer", "complaint_result")
        self.create("follow_up", fact.at)

    def case_follow_up_call(self, fact: Fact) -> None:
        outcome = fact.data.get("outcome")
        if outcome in ("satisfied", "unsatisfied"):
            self.close("met", fact.at, "follow_up")
        if outcome == "unsatisfied":
            self.case_reopened(fact)

    def case_reopened(self, fact: Fact) -> None:
        if not self.solved:
            return
        self.close(
            "cancelled", fact.at, "result_to_service", "result_to_customer", "complaint_result", "follow_up"
        )
        self.cycle += 1
        self.eta_told = self.solved = self.reported = self.told = False
        self.create("plan", fact.at)
        self.create("solve", fact.at)

    def case_waiting_customer(self, fact: Fact) -> None:
        if self.waiting is None:
            self.waiting = fact.at

    def case_customer_replied(self, fact: Fact) -> None:
        if self.waiting is not None:
            self.pauses.append((self.waiting, fact.at))
            self.waiting = None

    def end(self, fact: Fact) -> None:
        self.close("cancelled", fact.at, *CONTROLS)
        self.ended = True

    case_withdrawn = case_merged = case_closed = end

    def named(self, fact: Fact) -> Promise | None:
        """The open promise that a waiver or an extension names."""
        same = [
            p for p in self.promises if (p.control, p.cycle) == (fact.data["control"], fact.data["cycle"])
        ]
        seq = fact.data.get("seq") or len(same)
        return next((p for p in same if p.seq == seq and p.closed is None), None)

    def promise_waiver_approved(self, fact: Fact) -> None:
        promise, approver = self.named(fact), fact.data.get("approved_by")
        if promise and approver and approver != fact.data.get("requested_by"):
            promise.closed = ("waived", fact.at)

    def promise_extension_approved(self, fact: Fact) -> None:
        promise, asked = self.named(fact), fact.data.get("requested_by")
        if promise and (asked is None or asked != fact.data.get("approved_by")):
            promise.changes.append((fact.at, "extension", instant(fact.data["due"])))


def earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


class Clock:
    """The due of one promise at `now`, step by step through what may move it."""

    def __init__(self, promise: Promise, case: Case, calendars: list[Version], now: datetime) -> None:
        self.promise = promise
        self.pauses = self.own_pauses(case, now)
        self.fixed = promise.until
        self.rule = None if promise.until else promise.edition.rule(promise.control, promise.priority)
        self.parts: list[tuple[datetime, Rule]] = [(promise.start, self.rule)] if self.rule else []
        self.calendar = calendars[0][1]
        steps: list[tuple[datetime, int, str, Any]] = []
        for n, (moment, calendar) in enumerate(calendars):
            if n == 0 or moment <= promise.start:
                self.calendar = calendar
            elif moment <= now:
                steps.append((moment, 0, "calendar", calendar))
        for moment, what, value in promise.changes:
            steps.append((moment, 1, what, value))
        for moment, _, what, value in sorted(steps, key=lambda step: step[:2]):
            due = self.due()
            if due is None or due >= moment:
                getattr(self, f"take_{what}")(moment, value)

    def own_pauses(self, case: Case, now: datetime) -> list[Pause]:
        """K1, S8: the waiting inside the life of the promise, at most `max_pause` of it; open at `now`: None."""
        if self.promise.control != "solve":
            return []
        left = part_a.amount_of(self.promise.edition.limits["solve.max_pause"])
        until = self.promise.closed[1] if self.promise.closed else None
        out: list[Pause] = []
        for start, stop in [*case.pauses, *([(case.waiting, None)] if case.waiting else [])]:
            begin, end = max(start, self.promise.start), earliest(stop, until)
            if end is None:
                end = begin + left if begin + left <= now else None
            elif end > begin:
                end = min(end, begin + left)
            out.append((begin, end))
            if end is not None and end > begin:
                left -= end - begin
        return out

    def count(self, start: datetime, rule: Rule, pauses: list[Pause]) -> datetime | None:
        return part_a.due(start, rule, self.calendar, pauses)

    def due(self, pauses: list[Pause] | None = None) -> datetime | None:
        if pauses is None:
            pauses = self.pauses
        return earliest(self.fixed, *(self.count(start, rule, pauses) for start, rule in self.parts))

    def take_calendar(self, moment: datetime, calendar: Calendar) -> None:
        closed = self.promise.closed
        if closed is None or closed[1] > moment:
            self.calendar = calendar

    def take_priority(self, moment: datetime, change: tuple[str, str]) -> None:
        old, new = (self.promise.edition.rule(self.promise.control, value) for value in change)
        if old is None or new is None or old == new:
            return
        self.rule = new
        was, will = self.count(self.promise.start, old, []), self.count(self.promise.start, new, [])
        if will is not None and (was is None or will < was):
            self.parts.append((moment, new))
        else:
            self.parts, self.fixed = [(self.promise.start, new)], None

    def take_extension(self, moment: datetime, due: datetime) -> None:
        """Taken if it gives more time than the due as it stood at `moment`; while paused there was none."""
        if not self.fixed and not self.parts:
            return
        begun = [(start, stop) for start, stop in self.pauses if start <= moment]
        as_then = [(start, stop if stop and stop <= moment else None) for start, stop in begun]
        stood = self.due(as_then)
        if stood is None or due > stood:
            self.parts, self.fixed, self.rule = [], due, None

    def paused(self) -> bool:
        """Nothing closed it, it is waiting, and the waiting began before the due."""
        waiting = bool(self.pauses) and self.pauses[-1][1] is None
        return self.promise.closed is None and waiting and self.due() is None

    def levels(self) -> dict[int, datetime]:
        """N1: where 50 and 75 per cent of the counted time from start to due are used up, and the due."""
        due = self.due()
        if due is None:
            return {}
        out = {100: due}
        if self.rule and self.rule["type"] == "hours":
            basis = self.rule.get("basis", "natural")
            whole = part_a.counted(self.promise.start, due, basis, self.calendar, self.pauses)
            for level in (50, 75):
                moment = part_a.after(
                    self.promise.start, whole * level / 100, basis, self.calendar, self.pauses
                )
                assert moment is not None
                out[level] = moment
        return out


@dataclass
class Row:
    """One promise as seen at one instant."""

    promise: Promise
    state: str
    due: datetime | None
    closed_at: datetime | None
    breached_at: datetime | None
    paused: bool
    owner: str
    breach_owner: str | None
    levels: dict[int, datetime]

    def plain(self) -> dict[str, Any]:
        def text(moment: datetime | None) -> str | None:
            return moment and moment.isoformat()

        return {
            "control": self.promise.control,
            "cycle": self.promise.cycle,
            "seq": self.promise.seq,
            "state": self.state,
            "start": text(self.promise.start),
            "due": text(self.due),
            "closed_at": text(self.closed_at),
            "breached_at": text(self.breached_at),
            "paused": self.paused,
            "owner": self.owner,
            "breach_owner": self.breach_owner,
            "edition": self.promise.edition.text,
        }


class Reading:
    def __init__(self, scenario: dict[str, Any]) -> None:
        self.facts = read_facts(scenario)
        entries = sorted(scenario["editions"], key=lambda entry: instant(entry["from"]))
        self.editions = [
            Edition(entry["from"], instant(entry["from"]), {**LIMITS, **(entry.get("set") or {})})
            for entry in entries
        ]
        versions = [(instant(v["recorded_at"]), Calendar(v["calendar"])) for v in scenario["calendars"]]
        self.calendars: list[Version] = sorted(versions, key=lambda version: version[0])

    def rows(self, now: datetime) -> list[Row]:
        case = Case(self.editions)
        for fact in known(self.facts, now):
            case.apply(fact)
        return [self.row(promise, case, now) for promise in case.promises]

    def row(self, promise: Promise, case: Case, now: datetime) -> Row:
        clock = Clock(promise, case, self.calendars, now)
        due = clock.due()
        how, at = promise.closed or ("", now)
        late = due is not None and at > due
        state = {"met": "met_late" if late else "met", "waived": "waived"}.get(how)
        if state is None:
            state = "breached" if late else "cancelled" if how else "pending"

        def owner(moment: datetime) -> str:
            if promise.control in OWNERS:
                return OWNERS[promise.control]
            leads = [lead for since, lead in case.leads if since <= moment]
            return (leads[-1] if leads else None) or DISPATCHER

        return Row(
            promise,
            state,
            due,
            None if state in ("pending", "breached") else at,
            due if late else None,
            clock.paused(),
            owner(min(now, at)),
            owner(due) if due is not None and late else None,
            clock.levels(),
        )

    def notices(self, sweeps: list[str]) -> list[dict[str, Any]]:
        """N1 to N6: for each promise the highest level announced so far."""
        announced: dict[tuple[str, int, int], int] = {}
        out: list[dict[str, Any]] = []

        def say(text: str, key: tuple[str, int, int], level: Any, moment: datetime | None) -> None:
            control, cycle, seq = key
            at = moment and moment.isoformat()
            out.append(
                {
                    "sweep": text,
                    "control": control,
                    "cycle": cycle,
                    "seq": seq,
                    "level": level,
                    "threshold_at": at,
                }
            )

        for text in sorted(sweeps, key=instant):
            now = instant(text)
            rows = {row.promise.key: row for row in self.rows(now)}
            for key, level in announced.items():
                if level == 100 and (key not in rows or rows[key].breached_at is None):
                    say(text, key, "retract", None)
                    announced[key] = 75
            for key, row in rows.items():
                if row.promise.closed or row.paused:
                    continue
                reached = [
                    n for n, moment in row.levels.items() if now > moment or (n < 100 and now == moment)
                ]
                if reached and max(reached) > announced.get(key, 0):
                    announced[key] = max(reached)
                    say(text, key, max(reached), row.levels[max(reached)])
        return out


def derive(scenario: dict[str, Any]) -> dict[str, Any]:
    reading = Reading(scenario)
    return {
        "checks": [
            {"now": now, "promises": [row.plain() for row in reading.rows(instant(now))]}
            for now in scenario["at"]
        ],
        "notices": reading.notices(scenario.get("sweeps") or []),
    }
