"""Cadences by fixed windows: one promise a window, whether or not anything happened (47). Pure Python."""

from __future__ import annotations

from calendar import monthrange
from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from keyue.kernel.texts import sentence
from keyue.ledger.facts import FactRecord
from keyue.promises.clocks import Track, local_date, start_of_day
from keyue.promises.decisions import apply, of_windows
from keyue.regulations.controls import WEEKDAYS, Control
from keyue.worktime import rules as worktime
from keyue.worktime.calendar import Calendar

if TYPE_CHECKING:
    from keyue.promises.engine import Derivator, Edition, Effect, Running

ANCHOR = date(2001, 1, 1)
"""Where windows are counted from unless a control says otherwise: a Monday and the first day of a year, and the same in
every edition, so that the numbers of windows go on from one to the next."""

APART = 1_000_000
"""More windows than a control ever opens."""


def open_windows(reading: Derivator) -> None:
    """Add the promises of all windows that have begun by `reading.now`, closed by what was done in them."""
    for editions in reading.editions.values():
        controls = {
            control.id
            for edition in editions
            for control in edition.controls
            if control.recurs and control.window == "fixed" and control.runs
        }
        for identity in sorted(controls):
            _open_control(reading, editions, identity)


def _open_control(reading: Derivator, editions: list[Edition], identity: str) -> None:
    promises: list[Running] = []
    taken = 0
    for n, edition in enumerate(editions):
        taken = max(taken, numbers_from(editions[: n + 1], identity))
        shift = _shift(reading, edition, identity, taken)
        promises += _windows(reading, edition, identity, shift)
        until = editions[n + 1].effective if n + 1 < len(editions) else None
        taken = max(taken, _last_number(reading, edition, identity, until) + shift)
    used: set[str] = set()
    decided = of_windows(reading, promises)
    for promise in sorted(promises, key=lambda p: p.start):
        _close(reading, promise, used, decided.get(promise.seq, []))
    reading.running.extend(promises)


def numbers_from(editions: Sequence[Edition], identity: str) -> int:
    """Above which number the promises of a control count in the last of these editions.

    Windows are numbered by dates, other promises one after the other. Where an edition changed from one to the other,
    the two must not meet.
    """
    ways = [_fixed(edition, identity) is not None for edition in editions if edition.control(identity)]
    return APART * sum(one is not other for one, other in pairwise(ways))


def _fixed(edition: Edition, identity: str) -> Control | None:
    """The control of an edition, where it opens windows."""
    control = edition.control(identity)
    opens = control is not None and control.runs and control.recurs and control.window == "fixed"
    return control if opens else None


def _shift(reading: Derivator, edition: Edition, identity: str, taken: int) -> int:
    """By how much an edition's numbers go up so that they follow those of the editions before it.

    Another anchor or another length would count from low numbers again, and two windows would have one number. It is
    worked out from texts and dates alone: what happens to a subject never numbers its windows anew.
    """
    control = _fixed(edition, identity)
    if control is None or not taken:
        return 0
    rule = control.every.rule if control.every else None
    first = _number_at(reading, control, rule, edition.effective)
    return max(0, taken + 1 - first)


def _last_number(reading: Derivator, edition: Edition, identity: str, until: datetime | None) -> int:
    """The number of the last window that begins before the next edition takes effect; 0 where there is none to be."""
    control = _fixed(edition, identity)
    if control is None or until is None:
        return 0
    rule = control.every.rule if control.every else None
    first = _number_at(reading, control, rule, edition.effective)
    last = _number_at(reading, control, rule, until) - 1
    return last if last >= first else 0


def _number_at(reading: Derivator, control: Control, rule: worktime.Rule | None, instant: datetime) -> int:
    """The number of the first window that begins at or after an instant."""
    calendar, anchor = reading.clock.versions[""][-1][1], control.anchor or ANCHOR
    seq = max(1, _skip(rule, anchor, local_date(calendar, instant)))
    while start_of_day(calendar, _boundary(rule, anchor, seq - 1)) < instant:
        seq += 1
    return seq


def _windows(reading: Derivator, edition: Edition, identity: str, shift: int) -> Iterator[Running]:
    from keyue.promises.engine import Running

    control = _fixed(edition, identity)
    if control is None or not reading.effects or control.every is None:
        return
    calendar = reading.clock.versions[""][-1][1]
    born = reading.times[0]
    for seq, start, end in window_bounds(control, edition.effective, calendar, reading.now):
        if start < born or reading.edition_at(edition.regulation, start) is not edition:
            continue
        state = reading.state_at(start)
        if state is None or state.ended or not reading.applies(edition, control, state):
            continue
        trigger = reading.effects[0].fact
        yield Running(edition, control, state.round, seq + shift, start, trigger, [Track(end)])


def window_bounds(
    control: Control, effective: datetime, calendar: Calendar, now: datetime
) -> Iterator[tuple[int, datetime, datetime]]:
    """(number from the anchor, start, end) of each window that begins by `now`; ends are 24:00 of their last day.

    Windows before the edition took effect are passed over without being counted one by one.
    """
    rule = control.every.rule if control.every else None
    anchor = control.anchor or ANCHOR
    seq = max(1, _skip(rule, anchor, local_date(calendar, effective)))
    while True:
        first, last = _boundary(rule, anchor, seq - 1), _boundary(rule, anchor, seq)
        start = start_of_day(calendar, first)
        if start > now:
            return
        if _counts(control, first, calendar):
            yield seq, start, start_of_day(calendar, last)
        seq += 1


def _skip(rule: worktime.Rule | None, anchor: date, until: date) -> int:
    if until <= anchor:
        return 1
    if isinstance(rule, worktime.Months):
        return ((until.year - anchor.year) * 12 + until.month - anchor.month) // rule.n - 1
    days = rule.n if isinstance(rule, worktime.Days) else 1
    return (until - anchor).days // days - 1


def _boundary(rule: worktime.Rule | None, anchor: date, k: int) -> date:
    if isinstance(rule, worktime.Months):
        return _months_after(anchor, rule.n * k)
    if isinstance(rule, worktime.Days):
        return anchor + timedelta(days=rule.n * k)
    raise ValueError(sentence("固定周期只能按天、周或月"))


def _months_after(anchor: date, n: int) -> date:
    """The same day number `n` months later, or that month's last day: from the anchor, without drift (11)."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + n, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def _counts(control: Control, day: date, calendar: Calendar) -> bool:
    if not control.days:
        return True
    if "working" in control.days and calendar.is_working_day(day):
        return True
    return WEEKDAYS[day.weekday()] in control.days


def _close(reading: Derivator, promise: Running, used: set[str], decided: Sequence[FactRecord]) -> None:
    """Close by the first performances not yet used by an older window, by what was decided about this one, or where
    the subject ceases to qualify: whichever comes first."""
    waiting = deque(decided)
    for effect in reading.effects:
        if effect.fact.at < promise.start:
            continue
        while waiting and _order(waiting[0]) < _order(effect.fact):
            apply(reading, promise, waiting.popleft())
        if not promise.is_open:
            return
        if effect.fact.id not in used and reading.performs(
            promise.control, promise.edition, effect.fact, effect.before, None
        ):
            promise.performed += 1
            _use(promise, effect, used)
            if promise.performed >= promise.control.count:
                promise.close("met", effect.fact.at, effect.fact.id)
                return
        if effect.after.ended or not reading.applies(
            promise.edition, promise.control, effect.after, failing=True
        ):
            promise.close("cancelled", effect.fact.at, effect.fact.id)
            return
    for fact in waiting:
        apply(reading, promise, fact)


def _order(fact: FactRecord) -> tuple[datetime, datetime, str]:
    return (fact.at, fact.recorded_at, fact.id)


def _use(promise: Running, effect: Effect, used: set[str]) -> None:
    late = effect.fact.at > promise.tracks[0].start
    if not (late and promise.control.late_serves_next):
        used.add(effect.fact.id)
