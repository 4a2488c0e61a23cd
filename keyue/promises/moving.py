"""What another calendar may move: a bounded count, asked before it is published."""

from __future__ import annotations

from datetime import date, datetime

from keyue.promises import subjects
from keyue.promises.clocks import start_of_day
from keyue.promises.enums import PromiseState
from keyue.promises.models import Promise
from keyue.promises.owed import MOST_COUNTED
from keyue.promises.projection import law_for
from keyue.regulations import scoped
from keyue.regulations.controls import Control
from keyue.worktime.calendar import Calendar
from keyue.worktime.changes import changes
from keyue.worktime.rules import depends_on_calendar

MONTHS_AHEAD = 36
MOST_READ = 1_000


def may_move(old: Calendar, new: Calendar, now: datetime) -> int:
    """How many open promises that are not overdue may get another due instant from `new`, at most 100.

    Those of the controls that count working time or roll, due from the first date on that is otherwise. Waiting ones
    have no due instant: theirs is worked out when their clock runs again.
    """
    found = changes(old, new)
    if not found.moves:
        return 0
    since = now if found.is_general else max(now, start_of_day(new, found.days[0]))
    count = 0
    for (regulation, rolls_back), controls in _concerned(by_zone=bool(found.tz)).items():
        rows = Promise.objects.filter(
            regulation=regulation,
            control__in=controls,
            month__in=_months(now.date()),
            state=PromiseState.PENDING,
            # what rolls back may be drawn towards now by a day that comes after it
            due__gte=now if rolls_back else since,
        )
        count += len(rows.order_by().values_list("pk", flat=True)[: MOST_COUNTED - count])
        if count >= MOST_COUNTED:
            return count
    return min(MOST_COUNTED, count + _agreed(since, by_zone=bool(found.tz)))


def _agreed(since: datetime, *, by_zone: bool) -> int:
    """How many of the first open promises under what was agreed with single customers count by the company's calendar."""
    if not any(law_for(kind).has_scoped for kind in subjects.kinds()):
        return 0
    rows = Promise.objects.filter(is_open=True, seq__gte=0, state=PromiseState.PENDING, due__gte=since)
    rows = rows.filter(edition__regulation__scope__gt="").order_by("due")
    found = list(rows.values_list("regulation", "edition_id", "control")[:MOST_READ])
    agreed = scoped.of_regulations({regulation for regulation, _edition, _control in found})
    editions = {one.id: one for ones in agreed.values() for each in ones for one in each.editions}
    controls = [editions[edition].control(control) for _regulation, edition, control in found]
    # of a calendar of their own they say which; the company's has no code
    return sum(one is not None and not one.calendar and (by_zone or _depends(one)) for one in controls)


def _concerned(*, by_zone: bool) -> dict[tuple[str, bool], set[str]]:
    """The controls whose due depends on the company's calendar, by regulation and by whether they roll back."""
    found: dict[tuple[str, bool], set[str]] = {}
    for kind in subjects.kinds():
        law = law_for(kind)
        # a calendar that a control names and nobody has published is the company's
        others = {calendar.code for calendar in law.calendars if calendar.code}
        for edition in law.editions:
            for control in edition.controls:
                if control.calendar not in others and (by_zone or _depends(control)):
                    found.setdefault((edition.regulation, _rolls_back(control)), set()).add(control.id)
    return found


def _depends(control: Control) -> bool:
    limit = control.limit
    counted = limit is not None and any(depends_on_calendar(rule) for rule in limit.rules())
    return counted or "working" in control.days


def _rolls_back(control: Control) -> bool:
    rules = control.limit.rules() if control.limit else ()
    return any(getattr(rule, "roll", "none") == "previous_working_day" for rule in rules)


def _months(first: date) -> list[str]:
    """The months in which a due instant may lie, as promises are booked; the month before too, for the zone's sake."""
    start = first.year * 12 + first.month - 2
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(start, start + MONTHS_AHEAD)]
