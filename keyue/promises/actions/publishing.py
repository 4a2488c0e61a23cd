"""Publishing the company's calendar: what its open promises are counted by from then on (27)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, Draft, Subject
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.worktime import selectors as worktime
from keyue.worktime.actions import publish_calendar as publish_version
from keyue.worktime.calendar import Calendar
from keyue.worktime.changes import check_publishable
from keyue.worktime.models import CalendarVersion
from keyue.worktime.zones import zone

SUBJECT = Subject("calendar", COMPANY_CALENDAR)


@transaction.atomic
def publish_calendar(
    *,
    definition: object,
    note: str = "",
    revision: int | None = None,
    by: Actor,
    at: datetime,
    source: str,
) -> CalendarVersion:
    """Let the company work by another calendar from `at` on, and record it. Returns the newest version: the one there
    is, when it says the same already, and then nothing is recorded.

    Open promises that are not overdue are derived again by the sweep (`follow_calendars`); verdicts passed stay.
    `revision` is the number of the version that the publisher has read, 0 for none. Raises Invalid for a definition
    that is no calendar or changes a day that is over, Refused (`conflict`) where another version came meanwhile.
    """
    before = worktime.newest_version(COMPANY_CALENDAR)
    read = (before.n if before else 0) if revision is None else revision
    new = Calendar.from_dict(definition)
    if before is not None and read == before.n:
        check_publishable(Calendar.from_dict(before.definition), new, at.astimezone(zone(new.tz)).date())
    elif before is None:
        check_publishable(None, new, at.astimezone(zone(new.tz)).date())
    version = publish_version(
        code=COMPANY_CALENDAR,
        name=before.calendar.name if before else _("公司日历"),
        definition=new.to_dict(),
        by=by.id if by.kind == "staff" else source,
        at=at,
        note=note.strip(),
        # also where the publisher has read none: what was compared is what is replaced
        revision=read,
    )
    if before is None or version.n != before.n:
        draft = Draft("calendar.published", {"n": version.n, "digest": digest_of(version)})
        ledger.record(SUBJECT, [draft], by=by, at=at, source=source)
    return version


def digest_of(version: CalendarVersion) -> str:
    """The SHA-256 of what a version says, so that the fact of its publication vouches for it."""
    said = json.dumps(version.definition, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(said.encode()).hexdigest()
