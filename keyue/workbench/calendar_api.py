"""The company's calendar over the REST API: what holds, the versions before it, and publishing another one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Status
from pydantic import StrictInt

from keyue.kernel.errors import Invalid, NotFound
from keyue.people.api import VIA, In, Limit, Out, at_of, by_of, needs, shown
from keyue.people.enums import Permission
from keyue.promises import actions
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.workbench.calendar_page import names_of
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import DEFAULT_TZ, WEEKDAYS
from keyue.worktime.models import CalendarVersion

router = Router(tags=["calendar"])
MOST_DAYS = 4000
LARGEST_REVISION = 2**31 - 1
OFFICE: list[list[str]] = [["09:00", "12:00"], ["13:30", "18:00"]]
Windows = Annotated[
    list[list[Annotated[str, Field(max_length=5)]]],
    Field(max_length=48, examples=[OFFICE], description="`[from, to]` pairs of `HH:MM`, up to `24:00`"),
]
Day = Annotated[str, Field(max_length=10, examples=["2027-02-05"])]


class CalendarIn(In):
    """A calendar: hours by weekday, days off, days worked all the same, and up to which day the holidays are known."""

    tz: str = Field(
        DEFAULT_TZ, max_length=64, description="IANA name of the zone that decides which day it is"
    )
    weekly: dict[Annotated[str, Field(max_length=8)], Windows] = Field(
        description="by `mon` … `sun`; a day that is not there is off",
        examples=[dict.fromkeys(WEEKDAYS[:5], OFFICE)],
    )
    holidays: list[Day] = Field(default_factory=list, max_length=MOST_DAYS)
    makeup_days: list[Day] | dict[Day, Windows] = Field(
        default_factory=list,
        description="dates that share `makeup_hours`, or an object with each date's own hours; they win over holidays",
    )
    makeup_hours: Windows | None = None
    horizon: Day | None = Field(
        None,
        description="last date for which holidays are known; what is due later is provisional. Null: no such date",
    )


class PublishIn(In):
    """Another calendar; `revision` is the `revision` of the one that was read, 0 where there was none."""

    model_config = shown(
        examples=[
            {
                "revision": 1,
                "note": "国务院办公厅关于 2027 年节假日安排的通知",
                "calendar": {
                    "tz": DEFAULT_TZ,
                    "weekly": dict.fromkeys(WEEKDAYS[:5], OFFICE),
                    "holidays": ["2027-01-01"],
                    "makeup_days": ["2027-02-13"],
                    "makeup_hours": OFFICE,
                    "horizon": "2027-12-31",
                },
            }
        ]
    )

    revision: StrictInt = Field(ge=0, le=LARGEST_REVISION)
    note: str = Field("", max_length=500, description="why")
    calendar: CalendarIn


class CalendarOut(Out):
    """A version of the calendar."""

    revision: int
    published_at: datetime
    published_by: str = Field(description="name of whoever published it")
    note: str
    calendar: dict[str, Any] = Field(description="as `POST /calendar` takes it")


class CalendarPage(Out):
    """`next_before` leads to the next page; null on the last."""

    items: list[CalendarOut]
    next_before: int | None


def calendars_out(versions: Iterable[CalendarVersion]) -> list[dict[str, Any]]:
    """Versions as plain data, with the names of those who published them."""
    listed = list(versions)
    names = names_of(listed)
    return [
        {
            "revision": version.n,
            "published_at": version.recorded_at,
            "published_by": names[version.by],
            "note": version.note,
            "calendar": version.definition,
        }
        for version in listed
    ]


@router.get("", response=CalendarOut, summary="The company's calendar as it holds now")
@needs(Permission.REGULATION_VIEW, Permission.CALENDAR_EDIT)
def calendar_now(request: HttpRequest) -> dict[str, Any]:
    """404 where none has been published: only natural time can be counted then."""
    newest = worktime.newest_version(COMPANY_CALENDAR)
    if newest is None:
        raise NotFound(_("还没有工作日历"))
    return calendars_out([newest])[0]


@router.get("/versions", response=CalendarPage, summary="The versions of the calendar, newest first")
@needs(Permission.REGULATION_VIEW, Permission.CALENDAR_EDIT)
def calendar_versions(
    request: HttpRequest,
    limit: Limit = 50,
    before: Annotated[
        int | None, Query(ge=1, le=LARGEST_REVISION, description="only revisions before this one")
    ] = None,
) -> dict[str, Any]:
    """Every version stays: a deadline may rest on it."""
    rows = worktime.versions_of(COMPANY_CALENDAR)
    found = list((rows if before is None else rows.filter(n__lt=before))[: limit + 1])
    more = found[limit - 1].n if len(found) > limit else None
    return {"items": calendars_out(found[:limit]), "next_before": more}


@router.post(
    "",
    response={200: CalendarOut, 201: CalendarOut},
    summary="Publish another calendar",
)
@needs(Permission.CALENDAR_EDIT)
def publish_calendar(request: HttpRequest, payload: PublishIn) -> Status[dict[str, Any]]:
    """201 with the new version; 200 with the one there is, where it says the same. Open promises that are not overdue
    are worked out again within a minute; verdicts stay. A day that is over stays as it was: 422. Another version since
    `revision`: 409 `conflict`.
    """
    try:
        version = actions.publish_calendar(
            definition=payload.calendar.model_dump(exclude_none=True),
            note=payload.note,
            revision=payload.revision,
            by=by_of(request),
            at=at_of(request),
            source=VIA,
        )
    except Invalid as error:
        inner = {f"calendar.{name}": said for name, said in error.fields.items()}
        raise Invalid(error.message, fields=inner or {"calendar": error.message}) from error
    status = 201 if version.n != payload.revision else 200
    return Status(status, calendars_out([version])[0])
