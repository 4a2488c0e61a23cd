"""What nobody thinks of by telling a story, put into a scenario now and then."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from random import Random
from typing import Any

from . import part_c
from .part_a import instant

TYPES = ("feedback",) * 5 + ("complaint",) * 6 + ("suggestion", "suggestion", "praise", "inquiry", "request")


class Spice:
    def __init__(self, scenario: dict[str, Any], rng: Random) -> None:
        self.scenario, self.rng = scenario, rng
        self.many = scenario["facts"]
        self.moments = [instant(fact["at"]) for fact in self.many]

    def near(self) -> datetime:
        return self.rng.choice(self.moments) + timedelta(seconds=self.rng.choice((0, 1, 60, 3600, 86400)))

    def add(self, kind: str, at: datetime, data: dict[str, Any], **more: Any) -> str:
        self.many.append(
            {"id": f"x{len(self.many)}", "kind": kind, "at": at.isoformat(), "data": data, **more}
        )
        return self.many[-1]["id"]

    def void_of_void(self) -> None:
        wrong, at = self.rng.choice(self.many)["id"], self.near()
        for _ in range(self.rng.choice((2, 3))):
            wrong = self.add("case.auto_ack", at, {}, voids=wrong)
            at += timedelta(seconds=self.rng.choice((-60, 0, 60, 7200)))

    def type_to_and_fro(self) -> None:
        at = self.near()
        for kind in self.rng.sample(("complaint", "feedback", "praise", "complaint", "inquiry"), 4):
            at += timedelta(seconds=self.rng.choice((0, 60, 3600, 50000)))
            self.add("case.reclassified", at, {"type": kind})

    def decided_at_the_due(self) -> None:
        rows = [row for row in part_c.Reading(self.scenario).rows(max(self.moments)) if row.due]
        for row in self.rng.sample(rows, min(3, len(rows))):
            control, cycle, seq = row.promise.key
            assert row.due is not None
            at = row.due + timedelta(seconds=self.rng.choice((-1, 0, 1)))
            named = {"control": control, "cycle": cycle, "seq": seq}
            if self.rng.random() < 0.4:
                del named["seq"]
            if control != "solve" and self.rng.random() < 0.5:
                later = row.due + timedelta(seconds=self.rng.choice((86400, 3600, 0, -60)))
                self.add("promise.extension_approved", at, {**named, "due": later.isoformat()})
            else:
                self.add(
                    "promise.waiver_approved", at, {**named, "requested_by": "li", "approved_by": "wang"}
                )

    def calendar_at_the_due(self) -> None:
        rows = [row for row in part_c.Reading(self.scenario).rows(max(self.moments)) if row.due]
        if rows:
            due = self.rng.choice(rows).due
            assert due is not None
            recorded = due + timedelta(seconds=self.rng.choice((-1, 0, 1)))
            versions = self.scenario["calendars"]
            if all(instant(version["recorded_at"]) < recorded for version in versions):
                held = versions[-1]["calendar"]
                day = (due + timedelta(hours=self.rng.choice((-16, 8)))).date().isoformat()
                changed = {**held, "holidays": sorted({*held["holidays"], day})}
                versions.append({"recorded_at": recorded.isoformat(), "calendar": changed})

    def late_promise(self) -> None:
        at = self.near()
        eta = at - timedelta(seconds=self.rng.choice((0, 1, 7200, 864000)))
        self.add("case.eta_given", at, {"to": "customer", "eta": eta.isoformat()})

    def life_after_the_end(self) -> None:
        at = max(self.moments)
        self.add(self.rng.choice(("case.closed", "case.withdrawn")), at, {"exit": "satisfied"})
        self.add("case.reopened", at + timedelta(hours=1), {})
        self.add("case.assigned", at + timedelta(hours=2), {"lead": "quality", "collaborators": []})
        self.add("case.reclassified", at + timedelta(hours=3), {"type": "complaint"})

    def received_again(self) -> None:
        self.add("case.received", self.near(), {"type": self.rng.choice(TYPES)})

    def cut_off(self) -> None:
        chosen = self.rng.choice(self.scenario["editions"])["set"]
        chosen["review.within"] = self.rng.choice(
            ("same day, before 18:00", "same working day, close, before 17:15")
        )
        chosen["plan.within"] = self.rng.choice(
            ("1 days, before 18:01", "2 working days, close, before 12:00")
        )

    def other_clocks(self) -> None:
        for fact in self.many:
            for key in ("at", "recorded_at"):
                if key in fact:
                    zone = timezone(timedelta(hours=self.rng.choice((-5, 0, 8, 9))))
                    fact[key] = instant(fact[key]).astimezone(zone).isoformat()

    def fractions(self) -> None:
        for fact in self.many:
            if self.rng.random() < 0.3:
                part = timedelta(microseconds=self.rng.choice((1, 500000, 999999)))
                for key in ("at", "recorded_at"):
                    if key in fact:
                        fact[key] = (instant(fact[key]) + part).isoformat()


ALL = (
    Spice.void_of_void,
    Spice.type_to_and_fro,
    Spice.decided_at_the_due,
    Spice.calendar_at_the_due,
    Spice.late_promise,
    Spice.life_after_the_end,
    Spice.received_again,
    Spice.cut_off,
    Spice.other_clocks,
    Spice.fractions,
)


def spice(scenario: dict[str, Any], rng: Random) -> None:
    kit = Spice(scenario, rng)
    for one in ALL:
        if rng.random() < 0.08:
            one(kit)
