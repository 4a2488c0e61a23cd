"""The clock of a running promise: pauses, calendar versions, due instant, levels. Pure Python.

Rules: pauses 16–19 and S8, calendar versions 27 and S18, priority tracks 28 and S9, levels 45 and N1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from keyue.kernel.texts import cut, sentence
from keyue.regulations.controls import Control
from keyue.worktime import rules as worktime
from keyue.worktime.calendar import Calendar
from keyue.worktime.zones import day_end, instant_of, local_day, micros

if TYPE_CHECKING:
    from keyue.promises.engine import Running

Pause = tuple[datetime, datetime | None]
Version = tuple[datetime, Calendar]
"""A calendar and when it was recorded."""


@dataclass(frozen=True, slots=True)
class CalendarEdition:
    """A calendar as recorded at an instant; `code` is "" for the company's own."""

    recorded_at: datetime
    calendar: Calendar
    code: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """One way to a due instant: a rule counted from an instant, or (without a rule) the instant itself.

    A promise is due at the earliest of its tracks: a raised priority adds one, so that nobody is late at the
    instant of the change and nobody gains time (28).
    """

    start: datetime
    rule: worktime.Rule | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock shows: while paused, `due` is None and `runs_again_at` is when the allowed pause is used up.

    `published_until` is the end of the published holidays where the due instant lies beyond it (9).
    """

    due: datetime | None
    paused: bool
    calendar: Calendar
    pauses: tuple[Pause, ...]
    runs_again_at: datetime | None = None
    published_until: datetime | None = None

    @property
    def provisional(self) -> bool:
        return self.published_until is not None


class Clock:
    """Reads running promises against the subject's waiting times and the versions of the calendars."""

    def __init__(self, calendars: Iterable[CalendarEdition], now: datetime) -> None:
        self.waiting: list[Pause] = []
        self.versions: dict[str, list[Version]] = {}
        for edition in sorted(calendars, key=lambda edition: edition.recorded_at):
            versions = self.versions.setdefault(edition.code, [])
            # the first version holds for all that came before it; a later one only once it is known
            if not versions or edition.recorded_at <= now:
                versions.append((edition.recorded_at, edition.calendar))

    def versions_for(self, control: Control) -> Sequence[Version]:
        """The versions of the calendar that a control names, else of the company's, in order; at least one."""
        return self.versions.get(control.calendar or "") or self.versions[""]

    def waiting_changes(self, at: datetime, before: bool, after: bool) -> None:
        if after and not before:
            self.waiting.append((at, None))
        elif before and not after:
            self.waiting[-1] = (self.waiting[-1][0], at)

    def read(self, p: Running, at: datetime) -> Reading:
        """The promise's clock at an instant (or at its closing, where that came first)."""
        pauses = self._pauses(p)
        calendar = self._calendar(p, at, pauses)
        due, open_pause = self._due(p, calendar, pauses, at)
        if open_pause is not None and due is None:
            return Reading(None, True, calendar, pauses, runs_again_at=open_pause[1])
        return Reading(due, False, calendar, pauses, published_until=self._published_until(p, due, calendar))

    def _due(
        self, p: Running, calendar: Calendar, pauses: tuple[Pause, ...], at: datetime
    ) -> tuple[datetime | None, Pause | None]:
        open_pause = None
        if p.is_open and pauses:
            begins, ends = pauses[-1]
            if begins <= at and (ends is None or at < ends):
                # the pause matters only if the limit is not used up before it: then there is no due instant
                open_pause, pauses = pauses[-1], (*pauses[:-1], (begins, None))
        dues = [due for track in p.tracks if (due := _track_due(track, calendar, pauses)) is not None]
        return min(dues, default=None), open_pause if p.tracks else None

    def _pauses(self, p: Running) -> tuple[Pause, ...]:
        """Waiting times cut at the promise's start, at its closing, and where `max_pause` is used up (17, K1)."""
        left = p.control.max_pause
        if left is None or not self.waiting:
            return ()
        pauses: list[Pause] = []
        for begins, ends in self.waiting:
            begins = max(begins, p.start)
            if p.closed_at is not None:
                ends = p.closed_at if ends is None else min(ends, p.closed_at)
            if ends is not None and ends <= begins:
                continue
            if left <= timedelta(0):
                break
            if ends is None or ends - begins >= left:
                pauses.append((begins, begins + left))
                break
            pauses.append((begins, ends))
            left -= ends - begins
        return tuple(pauses)

    def _calendar(self, p: Running, at: datetime, pauses: tuple[Pause, ...]) -> Calendar:
        """The version that governs: a later one only if the promise was open and not overdue when it came (27)."""
        (_, calendar), *others = known_from(self.versions_for(p.control), p.start)
        for recorded_at, later in others:
            if recorded_at > at or (p.closed_at is not None and p.closed_at <= recorded_at):
                break
            due, _ = self._due(p, calendar, pauses, recorded_at)
            if due is not None and due < recorded_at:
                break
            calendar = later
        return calendar

    def _published_until(self, p: Running, due: datetime | None, calendar: Calendar) -> datetime | None:
        if due is None or calendar.horizon is None:
            return None
        for track in p.tracks:
            if track.rule is not None and worktime.is_provisional(due, track.rule, calendar):
                return end_of_day(calendar, calendar.horizon)
        return None

    def levels(self, p: Running, reading: Reading) -> Mapping[int, datetime | None]:
        """Instants of the levels below and above 100 %, by counted time between start and due; hour rules only."""
        rule = p.tracks[-1].rule if p.tracks else None
        if not p.control.percents or reading.due is None or not isinstance(rule, worktime.Hours):
            return {}
        pauses, calendar = reading.pauses, reading.calendar
        whole = worktime.counted(p.start, reading.due, rule.basis, calendar, pauses)
        return {
            percent: worktime.after_counted(p.start, whole * percent / 100, rule.basis, calendar, pauses)
            for percent in p.control.percents
        }


def known_from(versions: Sequence[Version], instant: datetime) -> Sequence[Version]:
    """The version that was known at an instant (before the first one: the first), and those recorded later."""
    return versions[max(0, bisect_right(versions, instant, key=itemgetter(0)) - 1) :]


def end_of_day(calendar: Calendar, day: date) -> datetime:
    """24:00 of a local date, in UTC."""
    return instant_of(day_end(calendar.tz, day.toordinal()))


def start_of_day(calendar: Calendar, day: date) -> datetime:
    """00:00 of a local date, in UTC."""
    return instant_of(day_end(calendar.tz, day.toordinal() - 1))


def local_date(calendar: Calendar, instant: datetime) -> date:
    """The date that the calendar's zone shows at an instant."""
    return date.fromordinal(local_day(calendar.tz, micros(instant)))


def _track_due(track: Track, calendar: Calendar, pauses: tuple[Pause, ...]) -> datetime | None:
    if track.rule is None:
        return track.start
    return worktime.due(track.start, track.rule, calendar, pauses)


def as_instant(value: Any) -> datetime:
    """An aware instant from a datetime or an ISO string with an offset; raises ValueError with a sentence."""
    instant = value
    if isinstance(value, str):
        try:
            instant = datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(sentence("不是一个时刻：%(value)s", value=cut(repr(value)))) from error
    if not isinstance(instant, datetime) or instant.tzinfo is None:
        # as it was given: nobody has written a datetime object
        shown = value if isinstance(value, datetime) else repr(value)
        raise ValueError(sentence("时刻要带时区，得到 %(value)s", value=cut(shown)))
    return instant
