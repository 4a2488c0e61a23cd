"""When a window is attended by people, by the company's calendar or hours of its own."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.utils.translation import gettext as _

from keyue.channels.chat.setup import Setup
from keyue.promises import selectors as promises
from keyue.worktime import typed
from keyue.worktime.calendar import Calendar

FARTHEST = 40
"""Days within which the next opening is looked for: no public holiday lasts as long."""


def is_open(setup: Setup, at: datetime) -> bool:
    """Whether somebody is there at this instant."""
    calendar = promises.company_calendar()
    if setup.hours == "always" or (setup.hours == "company" and not any(calendar.weekly)):
        return True
    return any(start <= at < end for start, end in _windows(setup, calendar, at, 0))


def next_opening(setup: Setup, at: datetime) -> datetime | None:
    """When somebody will be there again; None where nothing says so."""
    calendar = promises.company_calendar()
    for day in range(FARTHEST):
        for start, _end in _windows(setup, calendar, at, day):
            if start > at:
                return start
    return None


def described(setup: Setup, at: datetime) -> str:
    """When somebody is there today, in words; empty where that needs no saying."""
    if is_open(setup, at):
        return ""
    opening = next_opening(setup, at)
    if opening is None:
        return _("现在没有人值守。")
    zone = promises.zone()
    here, today = opening.astimezone(zone), at.astimezone(zone).date()
    if here.date() == today:
        when = _("今天 %(time)s") % {"time": f"{here:%H:%M}"}
    elif here.date() == today + timedelta(days=1):
        when = _("明天 %(time)s") % {"time": f"{here:%H:%M}"}
    else:
        when = _("%(month)d月%(day)d日 %(time)s") % {
            "month": here.month,
            "day": here.day,
            "time": f"{here:%H:%M}",
        }
    return _("现在不在服务时间，%(when)s 起有人值守。") % {"when": when}


def _windows(setup: Setup, calendar: Calendar, at: datetime, ahead: int) -> list[tuple[datetime, datetime]]:
    """The attended time of the day so many days after this instant's."""
    zone = promises.zone()
    day = at.astimezone(zone).date() + timedelta(days=ahead)
    if setup.hours != "own":
        return calendar.intervals(day)
    midnight = datetime.combine(day, time(), zone)
    return [
        (midnight + _span(opens), midnight + _span(closes))
        for opens, closes in typed.windows(setup.own_hours)
    ]


def _span(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
