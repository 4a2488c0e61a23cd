"""Reading calendars. Parsed ones are kept in the process: they remember what they worked out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.kernel.errors import NotFound
from keyue.kernel.once import recalled
from keyue.worktime.calendar import COMPANY_CALENDAR, Calendar
from keyue.worktime.models import CalendarVersion, WorkCalendar

Timeline = tuple[tuple[datetime, Calendar], ...]

# by calendar code: the newest version's id, and all versions up to it
_timelines: dict[str, tuple[UUID, Timeline]] = {}


def calendar_versions(code: str) -> list[tuple[datetime, Calendar]]:
    """All versions of a calendar as (recorded_at, Calendar), oldest first; empty where there is none."""
    return list(_timeline(code))


def current_calendar(code: str) -> Calendar:
    """The newest version of a calendar. Raises NotFound where none has been published."""
    timeline = _timeline(code)
    if not timeline:
        raise NotFound(_("还没有发布代码为 %(code)s 的工作日历") % {"code": code})
    return timeline[-1][1]


def company_calendar() -> Calendar:
    """The company's working time; natural time alone where none is published."""
    timeline = _timeline(COMPANY_CALENDAR)
    return timeline[-1][1] if timeline else Calendar()


def calendars() -> QuerySet[WorkCalendar]:
    """The company's calendars, by code."""
    return WorkCalendar.objects.order_by("code")


def versions_of(code: str) -> QuerySet[CalendarVersion]:
    """The published versions of a calendar as rows, newest first: who, when, why."""
    return CalendarVersion.objects.filter(calendar__code=code).select_related("calendar").order_by("-n")


def every_version() -> list[CalendarVersion]:
    """What was ever published, of all calendars."""
    return list(CalendarVersion.objects.select_related("calendar").order_by("calendar", "n"))


def newest_version(code: str) -> CalendarVersion | None:
    """The version of a calendar that holds now; None where none has been published."""
    return versions_of(code).first()


def last_published(at: datetime) -> datetime | None:
    """When a calendar was published last, as known at an instant; None before the first."""
    known = CalendarVersion.objects.filter(recorded_at__lte=at)
    return known.order_by("-recorded_at").values_list("recorded_at", flat=True).first()


def _newest_of(codes: Collection[str]) -> dict[str, UUID | None]:
    found: dict[str, UUID | None] = {}
    with connection.cursor() as cursor:
        for code in codes:
            cursor.execute(_NEWEST, [code])
            row = cursor.fetchone()
            found[code] = UUID(str(row[0])) if row else None
    return found


# in SQL: every page asks this, and composing it took the ORM longer than the answer
_NEWEST = """
SELECT version.id FROM worktime_calendarversion version
JOIN worktime_workcalendar calendar ON calendar.id = version.calendar_id
WHERE calendar.code = %s ORDER BY version.n DESC LIMIT 1
"""


def _timeline(code: str) -> Timeline:
    newest = recalled("worktime newest", [code], _newest_of).get(code)
    if newest is None:
        return ()
    known = _timelines.get(code)
    if known is None or known[0] != newest:
        rows = versions_of(code).order_by("n").values_list("id", "recorded_at", "definition")
        found = [(version, recorded_at, Calendar.from_dict(said)) for version, recorded_at, said in rows]
        known = (found[-1][0], tuple((recorded_at, calendar) for _id, recorded_at, calendar in found))
        _timelines[code] = known
    return known[1]
