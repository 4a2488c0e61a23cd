"""Published calendars as the engine takes them. Pure Python."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from keyue.promises.engine import BEGINNING, CalendarEdition
from keyue.worktime.calendar import COMPANY_CALENDAR, Calendar


def calendar_editions(versions: Iterable[tuple[str, datetime, Calendar]]) -> list[CalendarEdition]:
    """Versions with the codes under which they were published and when; a plain one where the company has none."""
    found = [
        CalendarEdition(recorded_at, calendar, "" if code == COMPANY_CALENDAR else code)
        for code, recorded_at, calendar in versions
    ]
    if all(edition.code for edition in found):
        found.append(CalendarEdition(BEGINNING, Calendar()))
    return found
