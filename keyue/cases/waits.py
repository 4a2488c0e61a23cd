"""When a case waited, and what of that the clocks of its promises stood still: the engine's rule (17) for the screens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from keyue.cases.rules import CaseState, fold
from keyue.ledger.facts import FactRecord
from keyue.promises.knowledge import known_facts
from keyue.promises.models import Promise
from keyue.regulations.controls import Control

Wait = tuple[datetime, datetime]


class Clocks(StrEnum):
    """What a wait does to what is owed about a case."""

    GO = "go"
    """Nothing waits."""
    STAND = "stand"
    """At least one promise does not count the time."""
    GO_AGAIN = "go_again"
    """It still waits, but what the rules allow is used up."""
    NEVER_STOOD = "never_stood"
    """It waits, and of what is owed nothing may stand still for that."""


def clocks_of(
    state: CaseState, promises: Iterable[Promise], control_of: Callable[[Promise], Control | None]
) -> Clocks:
    """What is true of the clocks now; screens say what the promises do, not what was asked for."""
    if not state.waiting or state.ended:
        return Clocks.GO
    running = [promise for promise in promises if promise.is_open]
    if any(promise.paused for promise in running):
        return Clocks.STAND
    controls = (control_of(promise) for promise in running)
    may_stand = any(control is not None and control.max_pause for control in controls)
    return Clocks.GO_AGAIN if may_stand else Clocks.NEVER_STOOD


def waits_of(facts: Iterable[FactRecord], now: datetime) -> list[Wait]:
    """From when to when the case waited, oldest first; a wait that lasts ends now."""
    found: list[Wait] = []
    state: CaseState | None = None
    since: datetime | None = None
    for fact in known_facts(facts, now):
        if state is None or not state.ended:
            state = fold(state, fact) or state
        is_waiting = state is not None and state.waiting
        if is_waiting and since is None:
            since = fact.at
        elif not is_waiting and since is not None:
            found.append((since, fact.at))
            since = None
    return [*found, (since, now)] if since is not None else found


def stood_still(waits: Sequence[Wait], control: Control | None, start: datetime, end: datetime) -> timedelta:
    """How long between two instants a promise of this control did not count the time."""
    most = control.max_pause if control is not None else None
    if most is None:
        return timedelta(0)
    parts = (min(to, end) - max(since, start) for since, to in waits)
    return min(sum((part for part in parts if part > timedelta(0)), timedelta(0)), most)
