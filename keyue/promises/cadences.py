"""Cadences by fixed windows: one promise a window, whether or not anything happened (47). Pure Python."""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING

from keyue.kernel.texts import sentence
from keyue.ledger.facts import FactRecord
from keyue.promises.clocks import Track, Version, known_from, local_date, start_of_day
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


@dataclass(frozen=True, slots=True)
class Window:
    """A span of the calendar, its number counted from the anchor; it ends at 24:00 of its last day.

    `versions` are those of the calendar that say whether its first `day` is one of the control's `days`: the one known
    when it began, and those recorded before that day was over.
    """

    control: Control
    seq: int
    day: date
    start: datetime
    end: datetime
    versions: Sequence[Version]

    @property
    def may_be_asked(self) -> bool:
        return any(_counts(self.control, self.day, calendar) for _at, calendar in self.versions)

    def is_asked(self, closed_at: datetime | None = None) -> bool:
        """Whether something is owed in it: what was closed before it no version takes back (27)."""
        asked = False
        for recorded_at, calendar in self.versions:
            if asked and closed_at is not None and closed_at <= recorded_at:
                break
            asked = _counts(self.control, self.day, calendar)
        return asked


def open_windows(reading: Derivator) -> None:
    """Add the promises of all windows that have begun by `reading.now`, closed by what was done in them."""
    for editions in reading.editions.values():
        controls = {c.id for edition in editions for c in edition.controls if opens(c)}
        for identity in sorted(controls):
            _open_control(reading, editions, identity)


def _open_control(reading: Derivator, editions: list[Edition], identity: str) -> None:
    """Numbers of later editions follow those of earlier ones: another anchor or another length would count from low
    numbers again, and two windows would have one number. They are worked out from texts and dates alone: what happens
    to a subject never numbers its windows anew.
    """
    begun: list[tuple[Window, Running]] = []
    taken = 0
    for n, edition in enumerate(editions):
        control = edition.control(identity)
        if control is None or not opens(control):
            continue
        taken = max(taken, numbers_from(editions[: n + 1], identity))
        first = _number_at(reading, control, edition.effective)
        shift = max(0, taken + 1 - first)
        begun += _begun(reading, edition, control, shift)
        if n + 1 < len(editions):
            last = _number_at(reading, control, editions[n + 1].effective) - 1
            taken = max(taken, last + shift) if last >= first else taken
    used: set[str] = set()
    decided = of_windows(reading, [promise for _window, promise in begun])
    for window, promise in sorted(begun, key=lambda pair: pair[0].start):
        spent = set(used)
        _close(reading, promise, spent, decided.get(promise.seq, []))
        if window.is_asked(promise.closed_at):
            used = spent
            reading.running.append(promise)


def numbers_from(editions: Sequence[Edition], identity: str) -> int:
    """Above which number the promises of a control count in the last of these editions.

    Windows are numbered by dates, other promises one after the other. Where an edition changed from one to the other,
    the two must not meet.
    """
    ways = [opens(control) for edition in editions if (control := edition.control(identity))]
    return APART * sum(one is not other for one, other in pairwise(ways))


def opens(control: Control) -> bool:
    """Whether a control opens windows."""
    return control.has_windows and control.runs


def _number_at(reading: Derivator, control: Control, instant: datetime) -> int:
    """The number of the first window that begins at or after an instant."""
    (_, calendar), *_later = known_from(reading.clock.versions_for(control), instant)
    anchor, rule = control.anchor or ANCHOR, _rule(control)
    seq = max(1, _skip(rule, anchor, local_date(calendar, instant)))
    while start_of_day(calendar, _boundary(rule, anchor, seq - 1)) < instant:
        seq += 1
    return seq


def _begun(
    reading: Derivator, edition: Edition, control: Control, shift: int
) -> Iterator[tuple[Window, Running]]:
    from keyue.promises.engine import Running

    if not reading.effects:
        return
    born, trigger = reading.times[0], reading.effects[0].fact
    versions = reading.clock.versions_for(control)
    for window in windows(control, max(edition.effective, born), versions, reading.now):
        start = window.start
        if start < born or reading.edition_at(edition.regulation, start) is not edition:
            continue
        state = reading.state_at(start)
        if state is None or state.ended or not window.may_be_asked:
            continue
        if reading.applies(edition, control, state):
            promise = Running(
                edition, control, state.round, window.seq + shift, start, trigger, [Track(window.end)]
            )
            yield window, promise


def windows(
    control: Control, since: datetime, versions: Sequence[Version], now: datetime
) -> Iterator[Window]:
    """Every window that begins by `now`, but for most of those before `since`, which are passed over uncounted."""
    rule, anchor = _rule(control), control.anchor or ANCHOR
    known, seq = 0, max(1, _skip(rule, anchor, local_date(versions[0][1], since)))
    while True:
        first, last = _boundary(rule, anchor, seq - 1), _boundary(rule, anchor, seq)
        while known + 1 < len(versions) and versions[known + 1][0] <= start_of_day(
            versions[known + 1][1], first
        ):
            known += 1
        start, end = (start_of_day(versions[known][1], day) for day in (first, last))
        if start > now:
            return
        over = start_of_day(versions[known][1], first + timedelta(days=1))
        until = max(known + 1, bisect_right(versions, over, key=itemgetter(0)))
        yield Window(control, seq, first, start, end, versions[known:until])
        seq += 1


def _rule(control: Control) -> worktime.Rule | None:
    return control.every.rule if control.every else None


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
