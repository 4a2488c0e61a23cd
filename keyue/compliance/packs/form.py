"""What stands in an evidence pack: its files, its rows, its figures. Pure Python.

manifest.json      what the pack is about, its figures, and every other file with its size and SHA-256
manifest.sig       the installation's Ed25519 signature over the exact bytes of manifest.json, 64 bytes
regulation.md      the text of every edition, one after the other; the manifest says where each begins
calendars.json     the versions of the calendars by which it was counted
promises.jsonl     every promise behind the figures, one a line, those that count in no rate among them
facts.jsonl        whole chains: a line about the chain, then its facts as they were hashed
checkpoints.jsonl  the signed checkpoints that seal those chains, each with all its heads
report.pdf, report.docx, report.xlsx   the same for people
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from keyue.ledger.facts import FactRecord, Subject, stamp
from keyue.promises.engine import Promise
from keyue.worktime.zones import zone

FORMAT = 1
KIND = "keyue.evidence-pack"
REGULATION, CALENDARS = "regulation.md", "calendars.json"
PROMISES, FACTS, CHECKPOINTS = "promises.jsonl", "facts.jsonl", "checkpoints.jsonl"
REPORTS = ("report.pdf", "report.docx", "report.xlsx")
FILES = (REGULATION, CALENDARS, PROMISES, FACTS, CHECKPOINTS, *REPORTS)
"""All files behind manifest and signature, in their order."""

COUNTED: Mapping[str, str] = {"met": "kept", "met_late": "broken", "breached": "broken"}
"""How a state counts in a rate; the others are excluded from it, each under its own name."""
EXCLUDED = ("pending", "waived", "cancelled")
DECIDED: Mapping[str, str] = {
    "promise.waiver_approved": "waiver",
    "promise.extension_approved": "extension",
    "promise.rebased": "rebasing",
}
"""Facts by which somebody approved that a promise is treated otherwise."""

COUNTS = ("chains", "facts", "unsealed", "promises", "checkpoints")
"""What the manifest counts and the checker counts again."""

SHOWN = "shown"
"""The member of a row that is there for people (numbers and names): signed, and derived from nothing."""

Row = dict[str, Any]
ControlNamed = tuple[str, str, bool]
"""A control's id and name, and whether it runs: one that waits for the company's answer, or for facts that the product
does not record yet, promises nothing."""
ClauseNamed = tuple[str, str, Sequence[ControlNamed]]
"""A clause's number and heading, and its controls."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included, in a zone. A promise belongs to the day of its due instant, without one to that of its end."""

    first: date
    last: date
    tz: str

    def holds(self, promise: Promise) -> bool:
        instant = promise.due or promise.closed_at
        return instant is not None and self.first <= instant.astimezone(zone(self.tz)).date() <= self.last


def row_of(
    promise: Promise, subject: Subject, edition: int, facts: Mapping[str, FactRecord], decided: Sequence[Row]
) -> Row:
    """A promise as its line has it: everything that follows from facts, editions and calendars."""
    closing = facts.get(promise.closed_by or "")
    return {
        "subject": [subject.kind, subject.ref],
        "regulation": promise.regulation,
        "edition": edition,
        "control": promise.control,
        "clause": promise.clause,
        "cycle": promise.cycle,
        "seq": promise.seq,
        "state": promise.state,
        "start": stamp(promise.start),
        "due": _stamped(promise.due),
        "closed_at": _stamped(promise.closed_at),
        "breached_at": _stamped(promise.breached_at),
        "paused": promise.paused,
        "provisional": promise.provisional,
        "owner": promise.owner,
        "breach_owner": promise.breach_owner,
        "holder": promise.holder,
        "breach_holder": promise.breach_holder,
        "triggered_by": promise.triggered_by,
        "closed_by": promise.closed_by,
        "closed_by_kind": closing.kind if closing else None,
        "counts": COUNTED.get(promise.state),
        "excluded": promise.state if promise.state in EXCLUDED else None,
        "decisions": list(decided),
    }


def decisions_of(facts: Iterable[FactRecord]) -> dict[tuple[object, ...], list[Row]]:
    """What was approved about the promises of a subject, by promise: which fact says so, who asked and who approved."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for fact in facts:
        data = fact.data
        if fact.kind not in DECIDED or not data.get("approved_by"):
            continue
        key = tuple(data.get(name) for name in ("regulation", "control", "cycle", "seq"))
        row = {
            "what": DECIDED[fact.kind],
            "fact": fact.id,
            "at": stamp(fact.at),
            "requested_by": data.get("requested_by"),
            "approved_by": data.get("approved_by"),
        }
        found.setdefault(key, []).append(row)
    return found


def _stamped(instant: datetime | None) -> str | None:
    return None if instant is None else stamp(instant)


# ── figures ───────────────────────────────────────────────────────────────────────────────────────────────────


def score(states: Mapping[str, int]) -> Row:
    """A figure with its denominator: rate = kept ÷ due × 100 as text, null where nothing was due."""
    kept = states.get("met", 0)
    broken = states.get("met_late", 0) + states.get("breached", 0)
    due = kept + broken
    return {
        "kept": kept,
        "broken": broken,
        "due": due,
        "rate": f"{100 * kept / due:.1f}" if due else None,
        **{state: states.get(state, 0) for state in EXCLUDED},
    }


class Figures:
    """Counts rows as they come; `result` is what the manifest says."""

    def __init__(self) -> None:
        self.by_control: dict[str, Counter[str]] = {}
        self.rows = 0

    def add(self, row: Mapping[str, Any]) -> None:
        self.by_control.setdefault(str(row["control"]), Counter())[str(row["state"])] += 1
        self.rows += 1

    def result(self, clauses: Sequence[ClauseNamed]) -> Row:
        """The total, and each clause with its controls; what does not run yet has no figure, and says so."""
        shown = []
        for number, heading, controls in clauses:
            own = Counter[str]()
            rows = []
            for control, name, runs in controls:
                states = self.by_control.get(control, Counter())
                own += states
                rows.append({"id": control, "name": name, "runs": runs, **score(states)})
            runs = any(row["runs"] for row in rows)
            shown.append({"number": number, "heading": heading, "runs": runs, **score(own), "controls": rows})
        total = sum(self.by_control.values(), Counter[str]())
        return {"promises": self.rows, **score(total), "clauses": shown}
