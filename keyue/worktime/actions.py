"""Publishing calendars: the only writes of this room.

The room lies below the ledger, so nothing is recorded there: whoever publishes records the fact.
"""

from __future__ import annotations

import re
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.worktime.calendar import Calendar
from keyue.worktime.models import CalendarVersion, WorkCalendar

_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@transaction.atomic
def publish_calendar(
    *,
    code: str,
    name: str,
    definition: object,
    by: str,
    at: datetime,
    note: str = "",
    revision: int | None = None,
) -> CalendarVersion:
    """Record what a calendar says from `at` on; a first version makes the calendar. Returns the newest version:
    the one there is, when it says the same already.

    `definition` has the shape of ENGINE section 9, `by` is the publisher's id, `revision` the number of the version
    that the publisher has read, 0 for none. Raises Invalid for a definition that is no calendar, Refused where another
    version came meanwhile (`conflict`) and for an `at` before the newest version's: versions are in the order of time
    (K4).
    """
    if not _CODE.fullmatch(code):
        raise Invalid(_("日历代码只能由小写字母、数字和 _ . - 组成，最长 64 个字符"), fields={"code": code})
    if not name.strip():
        raise Invalid(_("日历要有名称"), fields={"name": name})
    written = Calendar.from_dict(definition).to_dict()
    calendar, _made = WorkCalendar.objects.get_or_create(code=code, defaults={"name": name.strip()})
    # two publishers at once: the second waits, and numbers its version after the first one's
    calendar = WorkCalendar.objects.select_for_update().get(pk=calendar.pk)
    newest = CalendarVersion.objects.filter(calendar=calendar).order_by("-n").first()
    if revision is not None and revision != (newest.n if newest else 0):
        raise Refused(
            _("工作日历已有人改过，现在是第 %(n)d 版") % {"n": newest.n if newest else 0},
            code="conflict",
        )
    if calendar.name != name.strip():
        calendar.name = name.strip()
        calendar.save(update_fields=["name"])
    if newest is not None:
        if at < newest.recorded_at:
            raise Refused(_("这个日历已有更晚发布的版本，不能补发早于它的版本"))
        if newest.definition == written:
            return newest
    return CalendarVersion.objects.create(
        calendar=calendar,
        n=newest.n + 1 if newest else 1,
        recorded_at=at,
        by=by,
        definition=written,
        note=note,
    )
