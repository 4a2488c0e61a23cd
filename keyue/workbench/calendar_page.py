"""What the page of the company's calendar shows: what holds, how far it is known, what other versions say otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import zip_longest
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from keyue.people import selectors as people
from keyue.promises.moving import may_move
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.workbench.calendar_forms import festivals, usual_of
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import DEFAULT_TZ, WEEKDAYS, Calendar, Window
from keyue.worktime.changes import Changes, changes, days_off, spans, worked_days
from keyue.worktime.holidays import festival_of, published_years
from keyue.worktime.models import CalendarVersion
from keyue.worktime.typed import DAY_LABELS, hours_text

NEAR = 90
VERSIONS_SHOWN = 10
Hours = tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Break:
    """Days off that follow each other, for which festival, and the days worked to make up for them."""

    name: str
    first: date | None
    last: date | None
    made_up: Sequence[tuple[date, str]] = ()

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1 if self.first and self.last else 0


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that differs: what, which days, or what it was and is."""

    label: str
    days: Sequence[tuple[date, date, str]] = ()
    before: str = ""
    after: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A version in the list: its row, who published it, and what it says otherwise than the one before."""

    version: CalendarVersion
    by: str
    lines: Sequence[Line] = field(default_factory=list)

    @property
    def is_first(self) -> bool:
        return self.version.n == 1


def today_in(calendar: Calendar | None, at: datetime) -> date:
    """The date at an instant where the company works."""
    return at.astimezone(ZoneInfo(calendar.tz if calendar else DEFAULT_TZ)).date()


def weekly_lines(calendar: Calendar) -> list[tuple[str, str]]:
    """The hours of the week, days that follow each other with the same hours as one; a day off without hours."""
    found: list[tuple[list[str], str]] = []
    for day, windows in zip(WEEKDAYS, calendar.weekly, strict=True):
        hours = hours_text(windows)
        if found and found[-1][1] == hours:
            found[-1][0].append(day)
        else:
            found.append(([day], hours))
    return [(_named(days), hours) for days, hours in found]


def hours_a_week(calendar: Calendar) -> str:
    """The working hours of a week, as `40` or `37.5`."""
    minutes = sum(closes - opens for windows in calendar.weekly for opens, closes in windows)
    return f"{minutes / 60:.1f}".removesuffix(".0")


def _named(days: Sequence[str]) -> str:
    """`周一至周五`, `周一、周三`."""
    places = [WEEKDAYS.index(day) for day in days]
    names = [str(DAY_LABELS[day]) for day in days]
    if len(days) > 2 and places[-1] - places[0] == len(days) - 1:
        return _("%(first)s至%(last)s") % {"first": names[0], "last": names[-1]}
    return _("、").join(names)


def _joined(names: Iterable[object]) -> str:
    return _("、").join(map(str, names))


def year_of(calendar: Calendar, year: int) -> list[Break]:
    """The days off and the make-up days of a year in order; what is made up for stands beside the festival."""
    off = [day for day in days_off(calendar) if day.year == year]
    usual = hours_text(usual_of(calendar))
    worked = {
        day: "" if (text := hours_text(hours)) == usual else text
        for day, hours in sorted(worked_days(calendar).items())
        if day.year == year
    }
    found = []
    for first, last in spans(off):
        names = festivals(first, last)
        mine = [day for day in worked if festival_of(day) in names]
        found.append(Break(_joined(names), first, last, [(day, worked.pop(day)) for day in mine]))
    if worked:
        found.append(Break("", None, None, list(worked.items())))
    return found


def horizon_of(calendar: Calendar, today: date) -> tuple[str, str]:
    """How far the holidays are known: `` (far or without end), `near` or `past`, and the day as text."""
    if calendar.horizon is None:
        return "", ""
    left = (calendar.horizon - today).days
    return "past" if left < 0 else "near" if left < NEAR else "", str(max(left, 0))


# -- versions ------------------------------------------------------------------------------------------------------


def version_rows(*, before: int = 0) -> tuple[list[Row], int]:
    """Versions, newest first, with what each says otherwise than the one before it; and where the next page begins,
    0 for nowhere. Two queries."""
    found = worktime.versions_of(COMPANY_CALENDAR)
    if before:
        found = found.filter(n__lt=before)
    versions = list(found[: VERSIONS_SHOWN + 1])
    names = names_of(versions)
    rows: list[Row] = []
    for version, older in zip_longest(versions, versions[1:]):
        if len(rows) == VERSIONS_SHOWN:
            break
        lines = lines_of(changes(read(older), read(version))) if older else []
        rows.append(Row(version, names[version.by], lines))
    return rows, versions[VERSIONS_SHOWN - 1].n if len(versions) > VERSIONS_SHOWN else 0


def read(version: CalendarVersion) -> Calendar:
    """What a version says."""
    return Calendar.from_dict(version.definition)


def names_of(versions: Iterable[CalendarVersion]) -> dict[str, str]:
    """Who published, by what the versions keep of them."""
    codes = {version.by for version in versions}
    staff = people.names_of(int(code) for code in codes if code.isdecimal())
    words: Mapping[str, str] = {"founding": _("首次设置"), "cli": _("命令行"), "system": _("系统")}
    return {code: staff.get(int(code), code) if code.isdecimal() else words.get(code, code) for code in codes}


# -- what differs ----------------------------------------------------------------------------------------------------


def lines_of(found: Changes) -> list[Line]:
    """What differs, in the words of the page."""
    lines = [
        Line(_named(change.days), before=_hours(change.before), after=_hours(change.after))
        for change in found.weekly
    ]
    for label, days in (
        (_("增加休息日"), found.off_added),
        (_("取消休息日"), found.off_removed),
        (_("取消调休上班"), found.worked_removed),
    ):
        if days:
            lines.append(
                Line(label, [(a, b, _joined(festivals(a, b))) for a, b in spans(days)], count=len(days))
            )
    for label, worked in (
        (_("增加调休上班"), found.worked_added),
        (_("调休上班的时段改为"), found.rehoured),
    ):
        if worked:
            shown = [(day, day, hours_text(hours)) for day, hours in worked]
            lines.append(Line(label, shown, count=len(worked)))
    if found.horizon:
        before, after = (day.isoformat() if day else _("没有写") for day in found.horizon)
        lines.append(Line(_("节假日已录到"), before=before, after=after))
    if found.tz:
        lines.append(Line(_("时区"), before=found.tz[0], after=found.tz[1]))
    return lines


def _hours(windows: Hours) -> str:
    return hours_text(windows) or _("休息")


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing would change: the lines, how many promises it may move, and what looks forgotten."""

    lines: Sequence[Line]
    moved: int | None
    warnings: Sequence[str]


def preview(old: Calendar | None, new: Calendar, at: datetime) -> Preview:
    """What would change; `moved` is None where nothing that is counted changes."""
    empty = Calendar(tz=new.tz)
    found = changes(old or empty, new)
    moved = may_move(old or empty, new, at) if found.moves else None
    return Preview(lines_of(found), moved, list(_warnings(new, today_in(new, at))))


def _warnings(new: Calendar, today: date) -> Iterable[str]:
    listed = {day.year for day in (*days_off(new), *worked_days(new)) if day >= today}
    if new.horizon is None:
        yield _("没有写节假日录到哪一天：以后的期限都不会标「暂定」，没录的节假日会当作上班日。")
        return
    for year in sorted(year for year in listed if year > new.horizon.year):
        said = _(
            "%(year)d 年有休息日，但「节假日已录到」停在 %(day)s：那以后的期限仍标「暂定」。全年录完后请改到 %(year)d-12-31。"
        )
        yield said % {"year": year, "day": new.horizon.isoformat()}
    for year in range(max(today.year + 1, published_years().stop - 1), new.horizon.year + 1):
        if year not in listed:
            said = _("「节假日已录到」包括 %(year)d 年，那一年却没有一个休息日：期限会按没有节假日计算。")
            yield said % {"year": year}
