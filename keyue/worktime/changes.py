"""What one version of a calendar says otherwise than another. Pure Python.

Compared is what holds on a date, not how it is written: a day that is on both lists counts as worked, and a make-up
day without hours as a day off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.worktime.calendar import WEEKDAYS, Calendar, Window
from keyue.worktime.typed import YEARS

Hours = tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class HoursChange:
    """Weekdays in order that all change from the same hours to the same hours."""

    days: tuple[str, ...]
    before: Hours
    after: Hours


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs, each list in order. `rehoured` are make-up days whose hours alone are others."""

    weekly: Sequence[HoursChange]
    off_added: Sequence[date]
    off_removed: Sequence[date]
    worked_added: Sequence[tuple[date, Hours]]
    worked_removed: Sequence[date]
    rehoured: Sequence[tuple[date, Hours]]
    horizon: tuple[date | None, date | None] | None = None
    tz: tuple[str, str] | None = None

    @property
    def is_empty(self) -> bool:
        return not self.moves and self.horizon is None

    @property
    def moves(self) -> bool:
        """Whether a deadline may be another one."""
        return bool(self.is_general or self.days)

    @property
    def is_general(self) -> bool:
        """Whether more than single dates are otherwise."""
        return bool(self.weekly or self.tz)

    @property
    def days(self) -> list[date]:
        """The single dates that are otherwise, in order."""
        worked = (day for day, _hours in (*self.worked_added, *self.rehoured))
        return sorted({*self.off_added, *self.off_removed, *self.worked_removed, *worked})


def days_off(calendar: Calendar) -> set[date]:
    """The listed dates on which nobody works."""
    worked = worked_days(calendar)
    return {*calendar.holidays, *(day for day, hours in calendar.makeup if not hours)} - worked.keys()


def worked_days(calendar: Calendar) -> dict[date, Hours]:
    """The listed dates with hours of their own."""
    return {day: hours for day, hours in calendar.makeup if hours}


def changes(old: Calendar, new: Calendar) -> Changes:
    """What `new` says otherwise than `old`."""
    off_before, off_after = days_off(old), days_off(new)
    before, after = worked_days(old), worked_days(new)
    return Changes(
        weekly=_weekly(old, new),
        off_added=sorted(off_after - off_before),
        off_removed=sorted(off_before - off_after),
        worked_added=[(day, after[day]) for day in sorted(after.keys() - before.keys())],
        worked_removed=sorted(before.keys() - after.keys()),
        rehoured=[(d, after[d]) for d in sorted(after.keys() & before.keys()) if before[d] != after[d]],
        horizon=(old.horizon, new.horizon) if old.horizon != new.horizon else None,
        tz=(old.tz, new.tz) if old.tz != new.tz else None,
    )


def _weekly(old: Calendar, new: Calendar) -> list[HoursChange]:
    found: dict[tuple[Hours, Hours], list[str]] = {}
    for name, before, after in zip(WEEKDAYS, old.weekly, new.weekly, strict=True):
        if before != after:
            found.setdefault((before, after), []).append(name)
    return [HoursChange(tuple(names), before, after) for (before, after), names in found.items()]


def spans(days: Iterable[date]) -> list[tuple[date, date]]:
    """Days that follow each other as one span, in order."""
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and (day - found[-1][1]).days == 1:
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def check_publishable(old: Calendar | None, new: Calendar, today: date) -> None:
    """Raises Invalid, by `holidays`, `makeup_days`, `weekly` and `horizon`, for what no version may say.

    A day that is over stays what it was: whatever was promised then was counted with it (decision 27).
    """
    listed: Mapping[str, Iterable[date]] = {
        "holidays": new.holidays,
        "makeup_days": [day for day, _hours in new.makeup],
        "horizon": [new.horizon] if new.horizon else [],
    }
    faults: dict[str, object] = {
        name: sentence("「%(text)s」的年份应在 2000 至 2100 之间", text=min(wrong))
        for name, days in listed.items()
        if (wrong := [day for day in days if day.year not in YEARS])
    }
    if not any(new.weekly) and max(worked_days(new), default=date.min) < today:
        faults["weekly"] = sentence("一周至少要有一天上班")
    if old is not None and not faults:
        faults |= _past(old, new, today)
    if faults:
        raise Invalid(next(iter(faults.values())), fields=faults)


def _past(old: Calendar, new: Calendar, today: date) -> dict[str, object]:
    # with the new hours of the week on both sides: those are no change of a single day
    kept = Calendar(old.tz, new.weekly, old.holidays, old.makeup)
    found = changes(kept, new)
    worked = {day for day, _hours in (*found.worked_added, *found.rehoured)} | {*found.worked_removed}
    for day in found.days:
        if day < today and kept.windows_on(day) != new.windows_on(day):
            name = "makeup_days" if day in worked else "holidays"
            return {
                name: sentence(
                    "%(day)s 已经过去，不能再改：那时的约定已按当时的日历计时", day=day.isoformat()
                )
            }
    return {}
