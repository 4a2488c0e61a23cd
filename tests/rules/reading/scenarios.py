"""Rich valid scenarios in the input shape of `keyue derive`, from one seeded source of chance.

`random_scenario(seed)` gives the same scenario for the same seed; `scenarios()` is the same generator under
Hypothesis. A story is told first (a case as it might happen, with gaps that love the limits), then disturbed:
facts left out, moved, recorded late or early, entered twice, voided. Instants to look at are placed at the
events, the dues, the levels and one second beside them.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st

from . import part_c
from .part_a import instant
from .spice import TYPES, spice

PACK = "packs/feedback"
CALENDARS = json.loads((Path(__file__).parents[1] / "data" / "deadlines.json").read_text())["calendars"]
OFFICE = ("cn_office", "cn_office", "sat_half", "night_shift", "cn_247", "berlin_office")
BASES = (
    "2025-06-09T09:00:00+08:00",
    "2025-06-06T16:30:00+08:00",
    "2025-01-24T10:00:00+08:00",
    "2025-09-29T17:00:00+08:00",
    "2025-03-28T18:00:00+08:00",
    "2025-10-24T08:59:59+08:00",
    "2024-02-28T23:30:00+08:00",
)
DEPARTMENTS = ("tech", "quality", "logistics")
GAPS = (0, 1, 60, 300, 1800, 3600, 5400, 7199, 7200, 7201, 14400, 28800, 43200, 57600, 86399, 86400)
LONG_GAPS = (86401, 129600, 172799, 172800, 172801, 259200, 432000, 604800)
PRIORITIES = ("normal", "urgent")


def _hours(*amounts: str) -> list[Any]:
    plain: list[Any] = [f"PT{amount}" for amount in amounts]
    return plain + [{"type": "hours", "basis": "working", "amount": f"PT{amount}"} for amount in amounts]


def _days(basis: str, n: int, end: str = "midnight", roll: str = "none") -> dict[str, Any]:
    return {"type": "days", "basis": basis, "n": n, "end": end, "roll": roll}


ANY = [
    *_hours("4H", "7H30M", "12H", "45M"),
    "PT10H working",
    "3 working hours",
    "2 working days, close",
    "1 days",
    "3 days, next working day",
    "5 days, previous working day",
    "1 months",
    "same working day, close",
    _days("working", 1, "close"),
    _days("working", 2),
    _days("calendar", 3, roll="next_working_day"),
    _days("working", 0, "close"),
    {"type": "months", "n": 1, "end": "midnight", "roll": "next_working_day"},
    {"type": "period_end", "period": "month", "lag_working_days": 3, "end": "close"},
]
SETTINGS: dict[str, list[Any]] = {
    "classify.within": _hours("2H", "1H"),
    "first_response.within": ANY,
    "review.within": [_days("working", 0, "close"), "same working day", "PT8H", "1 working days"],
    "plan.within": ANY,
    "result_to_service.within": ANY,
    "result_to_customer.within": ANY,
    "complaint_result.within": ANY,
    "follow_up.within": [
        _days("calendar", 3),
        _days("calendar", 7, roll="next_working_day"),
        "10 days, previous working day",
        "PT72H",
    ],
    "solve.max_pause": ["PT24H", "PT48H", "PT10H", "PT1H"],
}
SOLVE = (
    ("PT72H", "PT36H"),
    ("PT48H", "PT48H"),
    ("PT24H", "PT30H"),
    ("PT15H working", "PT7H30M working"),
    ("20 working hours", "5 working hours"),
    (_days("working", 3, "close"), _days("working", 1, "close")),
    (_days("calendar", 4), _days("calendar", 2)),
)


class Story:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.now = instant(rng.choice(BASES))
        self.facts: list[dict[str, Any]] = []
        self.rounds = rng.choice((1, 1, 1, 2, 2, 3, 4))
        self.pace = rng.choice((0.05, 0.2, 0.5))

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def step(self) -> None:
        many = LONG_GAPS if self.chance(self.pace) else GAPS
        self.now += timedelta(seconds=self.rng.choice(many))

    def say(self, kind: str, **data: Any) -> None:
        if self.chance(0.06):
            return
        if not self.chance(0.06):
            self.step()
        self.facts.append({"kind": kind, "at": self.now, "data": data})

    def maybe(self, share: float, kind: str, **data: Any) -> None:
        if self.chance(share):
            self.say(kind, **data)

    def pick(self, many: Any) -> Any:
        return self.rng.choice(many)

    def eta(self, share: float) -> None:
        if self.chance(share):
            ahead = timedelta(seconds=self.pick(LONG_GAPS + GAPS[3:]))
            promised = (self.now + ahead).isoformat()
            self.say("case.eta_given", to=self.pick(("customer",) * 4 + ("service_desk",)), eta=promised)

    def tell(self) -> None:
        self.facts.append({"kind": "case.received", "at": self.now, "data": {"type": self.pick(TYPES)}})
        self.maybe(0.2, "case.auto_ack")
        opening = [
            lambda: self.maybe(0.9, "case.classified", type=self.pick(TYPES)),
            lambda: self.maybe(0.6, "case.first_response"),
            lambda: self.maybe(0.9, "case.reviewed"),
            lambda: self.maybe(0.9, "case.assessed", priority=self.pick(PRIORITIES)),
            lambda: self.maybe(0.15, "case.waiting_customer"),
            lambda: self.maybe(0.95, "case.assigned", lead=self.pick(DEPARTMENTS), collaborators=["finance"]),
        ]
        if self.chance(0.2):
            self.rng.shuffle(opening)
        for part in opening:
            part()
        for _ in range(self.rounds):
            self.round()
        self.maybe(0.15, "case.reclassified", type=self.pick(TYPES))
        self.ending(0.25)

    def round(self) -> None:
        work = [
            lambda: self.maybe(0.6, "case.plan_filed"),
            lambda: self.eta(0.3),
            lambda: self.maybe(0.4, "case.waiting_customer"),
            lambda: self.maybe(0.5, "case.customer_replied"),
            lambda: self.maybe(0.25, "case.priority_changed", priority=self.pick(PRIORITIES)),
            lambda: self.eta(0.2),
            lambda: self.maybe(0.2, "case.waiting_customer"),
            lambda: self.maybe(0.3, "case.customer_replied"),
            lambda: self.maybe(0.2, "case.reassigned", lead=self.pick(DEPARTMENTS)),
            lambda: self.maybe(0.1, "case.returned", reason="not ours"),
            lambda: self.maybe(0.15, "case.assigned", lead=self.pick(DEPARTMENTS), collaborators=["tech"]),
            lambda: self.maybe(0.2, "case.priority_changed", priority=self.pick(PRIORITIES)),
            lambda: self.maybe(0.1, "case.reclassified", type=self.pick(TYPES)),
            lambda: self.maybe(0.1, "case.reviewed"),
            lambda: self.maybe(0.1, "case.assessed", priority=self.pick(PRIORITIES)),
            lambda: self.ending(0.02),
        ]
        if self.chance(0.25):
            self.wait_and_change()
        elif self.chance(0.4):
            self.rng.shuffle(work)
        for part in work:
            part()
        told = [
            lambda: self.maybe(0.9, "case.solved"),
            lambda: self.maybe(0.8, "case.result_to_service"),
            lambda: self.maybe(0.8, "case.result_to_customer"),
            lambda: self.maybe(0.1, "case.solved"),
            lambda: self.maybe(0.1, "case.result_to_customer"),
            lambda: self.maybe(0.1, "case.result_to_service"),
            lambda: self.maybe(0.1, "case.plan_filed"),
            lambda: self.maybe(0.3, "case.follow_up_call", outcome="unreachable"),
        ]
        if self.chance(0.3):
            self.rng.shuffle(told)
        for part in told:
            part()
        if self.chance(0.7):
            self.say("case.follow_up_call", outcome=self.pick(("unsatisfied", "unsatisfied", "satisfied")))
        self.maybe(0.3, "case.reopened")
        self.maybe(0.1, "case.reopened")

    def wait_and_change(self) -> None:
        """The customer is waited for again and again while the priority moves: hard on the one clock that stops."""
        for _ in range(self.rng.randint(2, 5)):
            self.maybe(0.7, "case.waiting_customer")
            self.maybe(0.4, "case.priority_changed", priority=self.pick(PRIORITIES))
            self.maybe(0.7, "case.customer_replied")
            self.maybe(0.4, "case.priority_changed", priority=self.pick(PRIORITIES))

    def ending(self, share: float) -> None:
        if not self.chance(share):
            return
        kind = self.pick(("case.withdrawn", "case.merged", "case.closed"))
        if kind == "case.merged":
            self.say(kind, into="case-2")
        elif kind == "case.closed":
            leave = self.pick(("satisfied", "declined", "unreachable", "third_party", "invalid"))
            self.say(kind, exit=leave, attempts=3, approved_by="wang")
        else:
            self.say(kind)


def _decide(story: Story) -> None:
    """Waivers, extensions, tasks and stray facts at any point of the story."""
    rng = story.rng
    moments = [fact["at"] for fact in story.facts]
    named_often = (*part_c.CONTROLS, *["solve_by_eta"] * 4)
    controls = [name for name in part_c.CONTROLS if name != "solve_by_eta"]

    def at() -> datetime:
        return rng.choice(moments) + timedelta(seconds=rng.choice((0, 1, 600, 3600, 40000)))

    for _ in range(rng.choice((0, 0, 1, 1, 2, 3))):
        named: dict[str, Any] = {
            "control": rng.choice(named_often),
            "cycle": rng.randint(1, story.rounds),
        }
        if rng.random() < 0.2:
            named["seq"] = rng.choice((1, 1, 2))
        asked = {**named, "requested_by": "li"}
        approver = "li" if rng.random() < 0.2 else "wang"
        if rng.random() < 0.3:
            story.facts.append({"kind": "promise.waiver_requested", "at": at(), "data": asked})
        approved = {**asked, "approved_by": approver}
        story.facts.append({"kind": "promise.waiver_approved", "at": at(), "data": approved})
    quiet = not any(f["kind"] in ("case.waiting_customer", "case.priority_changed") for f in story.facts)
    for _ in range(rng.choice((0, 0, 0, 1, 2))):
        control = rng.choice(controls)
        if control in ("assess", "assign") or (control == "solve" and not quiet):
            continue
        moment = at()
        later = (moment + timedelta(days=rng.choice((40, 45)), hours=rng.choice((0, 5)))).isoformat()
        data = {"control": control, "cycle": rng.randint(1, story.rounds), "due": later}
        story.facts.append({"kind": "promise.extension_approved", "at": moment, "data": data})
    if rng.random() < 0.15:
        moment = at()
        due = (moment + timedelta(hours=5)).isoformat()
        story.facts.append(
            {"kind": "case.task_given", "at": moment, "data": {"department": "finance", "due": due}}
        )
        story.facts.append({"kind": "case.task_done", "at": at(), "data": {"department": "finance"}})


def _disturb(story: Story) -> list[dict[str, Any]]:
    """Ids, recording times, duplicates and voids; the list in any order."""
    rng = story.rng
    numbers = list(range(10, 10 + 2 * len(story.facts)))
    rng.shuffle(numbers)
    late_share = rng.choice((0.0, 0.15, 0.4))
    out: list[dict[str, Any]] = []
    for fact in story.facts:
        raw = {"id": f"f{numbers.pop()}", **fact}
        if rng.random() < 0.04:
            raw["at"] -= timedelta(seconds=rng.choice((3600, 90000)))
        chance = rng.random()
        if chance < late_share:
            raw["recorded_at"] = raw["at"] + timedelta(seconds=rng.choice((1, 60, 3600, 7200, 90000, 200000)))
        elif chance < late_share + 0.04:
            raw["recorded_at"] = raw["at"] - timedelta(seconds=rng.choice((1, 120, 299, 300, 301, 4000)))
        out.append(raw)
    for raw in list(out):
        if rng.random() < 0.03:
            again = dict(raw)
            later = timedelta(seconds=rng.choice((1, 3600, 100000)))
            again["recorded_at"] = raw.get("recorded_at", raw["at"]) + later
            if rng.random() < 0.5:
                again["at"] = raw["at"] + timedelta(seconds=rng.choice((-600, 600)))
            out.append(again)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        wrong = rng.choice(out)
        recorded = wrong.get("recorded_at", wrong["at"]) + timedelta(seconds=rng.choice((60, 7200, 100000)))
        kind, data = "case.auto_ack", {}
        at = recorded
        if rng.random() < 0.6:
            kind, data = wrong["kind"], wrong["data"]
            at = wrong["at"] + timedelta(seconds=rng.choice((-1800, -60, 60, 3600)))
            recorded = max(recorded, at)
        out.append(
            {
                "id": f"v{len(out)}",
                "kind": kind,
                "at": at,
                "recorded_at": recorded,
                "data": data,
                "voids": wrong["id"],
            }
        )
    rng.shuffle(out)
    return out


def _settings(rng: Random) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for key in rng.sample(sorted(SETTINGS), rng.choice((0, 0, 1, 2, 4))):
        chosen[key] = rng.choice(SETTINGS[key])
    if rng.random() < 0.4:
        chosen["solve.within.normal"], chosen["solve.within.urgent"] = rng.choice(SOLVE)
    return chosen


def _calendars(rng: Random, moments: list[datetime]) -> list[dict[str, Any]]:
    base = CALENDARS[rng.choice(OFFICE)]
    out = [{"recorded_at": "2023-12-01T00:00:00+08:00", "calendar": base}]
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        recorded = rng.choice(moments) + timedelta(seconds=rng.choice((-3600, 0, 1, 7200)))
        days = {
            (rng.choice(moments) + timedelta(days=rng.randint(0, 4))).date().isoformat() for _ in range(2)
        }
        changed = dict(out[-1]["calendar"])
        if rng.random() < 0.7:
            changed["holidays"] = sorted({*changed["holidays"], *days})
            changed["makeup_days"] = [day for day in changed["makeup_days"] if day not in days]
        else:
            kept = {day: changed["makeup_hours"] for day in changed["makeup_days"]}
            changed["makeup_days"] = {**kept, **{day: [["10:00", "15:00"]] for day in days}}
            changed["holidays"] = [day for day in changed["holidays"] if day not in days]
        if isinstance(out[-1]["calendar"]["makeup_days"], dict):
            break
        out.append({"recorded_at": recorded.isoformat(), "calendar": changed})
    return out


def _beside(moment: datetime) -> list[datetime]:
    return [moment - timedelta(seconds=1), moment, moment + timedelta(seconds=1)]


def _instants(scenario: dict[str, Any], moments: list[datetime]) -> list[datetime]:
    """Dues and levels with their neighbours, as seen now and then, and the instants of the facts."""
    reading = part_c.Reading(scenario)
    out = list(moments)
    for moment in (max(moments) + timedelta(days=30), moments[len(moments) // 2], moments[len(moments) // 3]):
        for row in reading.rows(moment):
            for level in row.levels.values():
                out += _beside(level)
    for fact in scenario["facts"]:
        out += _beside(instant(fact.get("recorded_at") or fact["at"]))
    return out


def _push_to_limits(scenario: dict[str, Any], rng: Random, moments: list[datetime]) -> None:
    """Some facts moved to exactly a due, or one second beside it."""
    reading = part_c.Reading(scenario)
    dues = [row.due for row in reading.rows(rng.choice(moments)) if row.due]
    for _ in range(rng.choice((0, 1, 2))):
        if dues:
            fact = rng.choice(scenario["facts"])
            if fact["kind"] != "case.received":
                fact["at"] = (rng.choice(dues) + timedelta(seconds=rng.choice((-1, 0, 0, 1)))).isoformat()
                if instant(fact.get("recorded_at") or fact["at"]) < instant(fact["at"]):
                    del fact["recorded_at"]


def build(rng: Random, pack: str = PACK) -> dict[str, Any]:
    story = Story(rng)
    story.tell()
    _decide(story)
    facts = _disturb(story)
    moments = sorted(fact["at"] for fact in facts)
    for raw in facts:
        for key in ("at", "recorded_at"):
            if key in raw:
                raw[key] = raw[key].isoformat()
    editions = [{"from": "2024-01-01T00:00:00+08:00", "pack": pack, "set": _settings(rng)}]
    if rng.random() < 0.03:
        editions[0]["from"] = rng.choice(moments).isoformat()
    for _ in range(rng.choice((0, 0, 1, 2))):
        start = rng.choice(moments) + timedelta(seconds=rng.choice((-1, 0, 1, 3600)))
        if all(instant(entry["from"]) != start for entry in editions):
            editions.append({"from": start.isoformat(), "pack": pack, "set": _settings(rng)})
    editions.sort(key=lambda entry: instant(entry["from"]))
    scenario = {
        "editions": editions,
        "calendars": _calendars(rng, moments),
        "facts": facts,
        "at": [],
        "sweeps": [],
    }
    _push_to_limits(scenario, rng, moments)
    spice(scenario, rng)
    candidates = sorted(set(_instants(scenario, moments)))
    looks = rng.sample(candidates, min(7, len(candidates)))
    sweeps = rng.sample(candidates, min(10, len(candidates)))
    scenario["at"] = [moment.isoformat() for moment in looks]
    scenario["sweeps"] = [moment.isoformat() for moment in sorted(sweeps)]
    return scenario


def random_scenario(seed: int, pack: str = PACK) -> dict[str, Any]:
    return build(Random(seed), pack)


def scenarios(pack: str = PACK) -> st.SearchStrategy[dict[str, Any]]:
    """The same under Hypothesis, which shrinks the choices made."""
    return st.randoms(use_true_random=False).map(lambda rng: build(rng, pack))
