"""Which notice a promise calls for at a sweep (45, N1–N6). Pure Python."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from keyue.promises.engine import TICK, Promise

RETRACT = "retract"


@dataclass(frozen=True, slots=True)
class Told:
    """What has been told of a promise: the highest level passed (lower ones are never sent), and whether its
    breach stands announced."""

    level: int = 0
    breach: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """`level` is a percentage, or "retract" for a breach that was taken back."""

    level: int | str
    threshold_at: datetime | None


def reached_levels(promise: Promise, sweep: datetime) -> Mapping[int, datetime]:
    """Levels reached at a sweep: 100 once the sweep is past the due instant, others at their instant (N3)."""
    if not promise.is_open or promise.paused or promise.due is None:
        return {}
    reached = {percent: at for percent, at in promise.levels.items() if at is not None and at <= sweep}
    if sweep > promise.due:
        reached[100] = promise.due
    return reached


def passed_over(
    promises: Iterable[Promise], told: Callable[[Promise], Told], sweep: datetime
) -> frozenset[tuple[str, str, int, int]]:
    """Keys of windows that are found missed at the same sweep as a later one of their cadence: that one is told (44)."""
    missed: dict[tuple[str, str], list[Promise]] = {}
    for promise in promises:
        if promise.is_window and told(promise).level < 100 and 100 in reached_levels(promise, sweep):
            missed.setdefault((promise.regulation, promise.control), []).append(promise)
    return frozenset(
        promise.key
        for windows in missed.values()
        for promise in windows
        if promise.start < max(window.start for window in windows)
    )


def notice_at(
    promise: Promise | None, told: Told, sweep: datetime, *, is_passed_over: bool = False
) -> tuple[Notice | None, Told]:
    """The one notice to send now, if any, and what will have been told then.

    `promise` is as derived at `sweep`; None if it no longer exists. A retraction comes before anything else
    and re-arms the level 100. What is passed over counts as told, and not as announced.
    """
    if told.breach and (promise is None or promise.breached_at is None):
        return Notice(RETRACT, None), Told(level=min(told.level, 99), breach=False)
    if promise is None:
        return None, told
    reached = {percent: at for percent, at in reached_levels(promise, sweep).items() if percent > told.level}
    if not reached:
        return None, told
    if is_passed_over:
        return None, replace(told, level=100)
    highest = max(reached)
    return Notice(highest, reached[highest]), replace(
        told, level=highest, breach=told.breach or promise.breached_at is not None
    )


def next_look(promise: Promise, told: Told) -> datetime | None:
    """The next instant at which the promise's state or a notice changes without a new fact; in the past where
    something is still to be told. None where nothing is."""
    moments: list[datetime] = []
    if promise.look_at is not None:
        moments.append(promise.look_at)
    if told.breach and promise.breached_at is None:
        moments.append(promise.start)
    if promise.is_open and not promise.paused and promise.due is not None:
        moments += [at for percent, at in promise.levels.items() if at is not None and percent > told.level]
        if told.level < 100:
            moments.append(promise.due + TICK)
    return min(moments, default=None)


def remaining_fraction(promise: Promise, now: datetime) -> float | None:
    """Share of the wall time between start and due that is left at `now`, for the screen; None without a due."""
    if promise.due is None:
        return None
    whole = (promise.due - promise.start) / timedelta(seconds=1)
    return 0.0 if whole <= 0 else (promise.due - now) / timedelta(seconds=1) / whole
