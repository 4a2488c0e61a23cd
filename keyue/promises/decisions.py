"""Facts about promises: who took one, and what was approved about it (24, 25, 39, 40, S16). Pure Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from keyue.kernel.texts import sentence_of
from keyue.ledger.facts import FactRecord
from keyue.promises.clocks import Track, as_instant

if TYPE_CHECKING:
    from keyue.promises.engine import Derivator, Running


def decide(reading: Derivator, fact: FactRecord) -> None:
    """Apply a fact about a promise. One that names none, or a closed one, has no effect.

    Windows of fixed cadences are there only once all facts are read: what is about one waits for it.
    """
    promise = _named(reading, fact.data)
    if promise is None:
        reading.about_windows.append(fact)
    else:
        apply(reading, promise, fact)


def apply(reading: Derivator, promise: Running, fact: FactRecord) -> None:
    """Apply a fact about this promise; a closed one it leaves alone."""
    data = fact.data
    if not promise.is_open:
        return
    if fact.kind == "promise.held":
        promise.holders.append((fact.at, data.get("holder")))
    elif data.get("approved_by") is not None and data.get("approved_by") == data.get("requested_by"):
        return
    elif fact.kind == "promise.waiver_approved" and data.get("approved_by"):
        promise.close("waived", fact.at, fact.id)
    elif fact.kind == "promise.extension_approved":
        _extend(reading, promise, fact)
    elif fact.kind == "promise.rebased":
        _rebase(reading, promise, fact)


def _named(reading: Derivator, data: Mapping[str, Any]) -> Running | None:
    """The promise that a fact names: the newest `seq` and round where it names none."""
    candidates = [p for p in reading.running if _is_about(p, data)]
    if len({p.edition.regulation for p in candidates}) > 1:
        return None
    return max(candidates, key=lambda p: (p.cycle, p.seq), default=None)


def of_windows(reading: Derivator, windows: Sequence[Running]) -> dict[int, list[FactRecord]]:
    """The facts about each of a control's windows, by its number; one that names no number is about the newest."""
    found: dict[int, list[FactRecord]] = {}
    for fact in reading.about_windows:
        named = [p.seq for p in windows if p.start <= fact.at and _is_about(p, fact.data)]
        if named:
            found.setdefault(max(named), []).append(fact)
    return found


def _is_about(promise: Running, data: Mapping[str, Any]) -> bool:
    """Whether a fact names this promise; what it leaves out fits any."""
    return (
        promise.control.id == data.get("control")
        and data.get("regulation") in (None, promise.edition.regulation)
        and data.get("cycle") in (None, promise.cycle)
        and data.get("seq") in (None, promise.seq)
    )


def _extend(reading: Derivator, promise: Running, fact: FactRecord) -> None:
    try:
        instant = as_instant(fact.data.get("due"))
    except ValueError as error:
        reading.fail(promise.edition, promise.control, sentence_of(error))
        return
    clock = reading.clock.read(promise, fact.at)
    if clock.due is None and not clock.paused:
        return
    if clock.due is None or fact.at <= clock.due < instant:
        promise.tracks = [Track(instant)]


def _rebase(reading: Derivator, promise: Running, fact: FactRecord) -> None:
    """An approved act, of what is not overdue; nobody is late by a rule before it was announced (24, 25)."""
    if not fact.data.get("approved_by"):
        return
    try:
        effective = as_instant(fact.data.get("edition"))
    except ValueError as error:
        reading.fail(promise.edition, promise.control, sentence_of(error))
        return
    editions = reading.editions[promise.edition.regulation]
    edition = next((e for e in editions if e.effective == effective), None)
    control = edition.control(promise.control.id) if edition else None
    clock = reading.clock.read(promise, fact.at)
    if edition is None or control is None or (clock.due is not None and clock.due < fact.at):
        return
    fresh = reading.begin(edition, control, promise.trigger, promise.start, promise.cycle, promise.seq)
    if fresh is None:
        return
    due = reading.clock.read(fresh, fact.at).due
    if due is None or due >= fact.at:
        promise.edition, promise.control = edition, control
        promise.tracks, promise.by_value = fresh.tracks, fresh.by_value
