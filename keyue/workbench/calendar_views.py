"""The company's calendar: what holds, the versions before it, and publishing another one."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from keyue.kernel.errors import Invalid, Refused
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.people.views._page import back, settings_page
from keyue.promises import actions
from keyue.promises.projection import COMPANY_CALENDAR
from keyue.workbench import calendar_page as page
from keyue.workbench.calendar_forms import CalendarForm, take_over, typed_of, years_to_take
from keyue.worktime import selectors as worktime
from keyue.worktime.calendar import WEEKDAYS, Calendar
from keyue.worktime.changes import changes
from keyue.worktime.holidays import published_years
from keyue.worktime.models import CalendarVersion
from keyue.worktime.typed import PRESET_LABELS, PRESETS

CONFLICT, MISTAKEN = 409, 422
PART = "workbench:calendar"


@require_GET
@staff_page(Permission.CALENDAR_EDIT, Permission.REGULATION_VIEW, Permission.SETTINGS_EDIT)
def calendar(request: StaffRequest) -> HttpResponse:
    """What holds now, how far the holidays are known, and the versions before."""
    newest = worktime.newest_version(COMPANY_CALENDAR)
    said = request.GET.get("before", "")
    before = int(said) if said.isdecimal() and len(said) < 9 else 0
    rows, more = page.version_rows(before=before)
    context: dict[str, Any] = {
        "newest": newest,
        "may_edit": allows(request.user, Permission.CALENDAR_EDIT),
        "rows": rows,
        "more": more,
        "is_first": not before,
    }
    if newest is not None:
        now = page.read(newest)
        today = page.today_in(now, request.at)
        near, left = page.horizon_of(now, today)
        context |= {
            "by": page.names_of([newest])[newest.by],
            "week": page.weekly_lines(now),
            "hours_a_week": page.hours_a_week(now),
            "tz": now.tz,
            "years": [(year, page.year_of(now, year)) for year in (today.year, today.year + 1)],
            "horizon": now.horizon,
            "near": near,
            "left": left,
        }
    return settings_page(request, "workbench/calendar.html", PART, context)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.CALENDAR_EDIT)
def edit(request: StaffRequest) -> HttpResponse:
    """Type another calendar, see what it changes, publish it."""
    newest = worktime.newest_version(COMPANY_CALENDAR)
    old = page.read(newest) if newest else None
    today = page.today_in(old, request.at)
    if request.method != "POST":
        first = {**typed_of(old, today), "revision": newest.n if newest else 0}
        return _shown(request, newest, CalendarForm(initial=first, old=old, today=today))
    act = request.POST.get("act", "preview")
    form = CalendarForm(_plain(request.POST), old=old, today=today, act=act)
    if act.startswith(("preset:", "take:")):
        return _helped(request, newest, form)
    read = str(form["revision"].value() or "")
    if read.isdecimal() and int(read) != (newest.n if newest else 0):
        return _overtaken(request, newest, form, int(read))
    if not form.is_valid():
        return _shown(request, newest, form, status=MISTAKEN)
    if act == "publish" and form.cleaned_data["seen"] == _digest(form):
        return _publish(request, newest, form)
    # the first time, or something was typed after the preview: what is published has been seen
    return _shown(request, newest, form, shows=True)


def _publish(request: StaffRequest, newest: CalendarVersion | None, form: CalendarForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        version = actions.publish_calendar(
            definition=form.calendar.to_dict(),
            note=data["note"],
            revision=data["revision"],
            by=actor_of(request),
            at=request.at,
            source="web",
        )
    except Refused as error:
        now = worktime.newest_version(COMPANY_CALENDAR)
        if error.code == "conflict":
            return _overtaken(request, now, form, data["revision"])
        form.add_error(None, str(error))
        return _shown(request, now, form, status=CONFLICT)
    if newest is not None and version.n == newest.n:
        return back(request, PART, said=_("没有改动，仍是第 %(n)d 版") % {"n": version.n})
    return back(request, PART, said=_("已发布第 %(n)d 版") % {"n": version.n})


def _plain(posted: QueryDict) -> QueryDict:
    data = posted.copy()
    for name in ("off", "worked"):
        data[name] = data.get(name, "").replace("\r\n", "\n")
    return data


def _helped(request: StaffRequest, newest: CalendarVersion | None, form: CalendarForm) -> HttpResponse:
    """A ready week, or a year that the library knows, put into what was typed; nothing is checked yet."""
    word, _colon, value = form.act.partition(":")
    filled: dict[str, Any] = {name: form[name].value() for name in form.fields}
    if word == "preset" and value in PRESETS:
        filled |= {day: PRESETS[value].get(day, "") for day in WEEKDAYS}
    if word == "take" and value in {str(year) for year in published_years()}:
        try:
            filled |= take_over(form, int(value))
        except Invalid:
            form.is_valid()
            return _shown(request, newest, form, status=MISTAKEN)
    return _shown(request, newest, CalendarForm(initial=filled, old=form.old, today=form.today))


def _overtaken(
    request: StaffRequest, newest: CalendarVersion | None, form: CalendarForm, read: int
) -> HttpResponse:
    """Somebody else has published meanwhile: what they changed, and what was typed on top of it. The next press is
    meant."""
    n = newest.n if newest else 0
    data = _plain(request.POST)
    old = page.read(newest) if newest else None
    typed_on = worktime.versions_of(COMPANY_CALENDAR).filter(n=read).first()
    data["revision"] = str(n)
    fresh = CalendarForm(data, old=old, today=page.today_in(old, request.at), act=form.act)
    theirs = None
    if newest is not None and old is not None:
        before = page.read(typed_on) if typed_on else Calendar(tz=old.tz)
        name = page.names_of([newest])[newest.by]
        theirs = page.Row(newest, name, page.lines_of(changes(before, old)))
    is_good = fresh.is_valid()
    fresh.add_error(None, _("您修改期间，已有人发布了第 %(n)d 版。您写的都还在，没有发布。") % {"n": n})
    return _shown(request, newest, fresh, shows=is_good, theirs=theirs, status=CONFLICT)


def _shown(
    request: StaffRequest,
    newest: CalendarVersion | None,
    form: CalendarForm,
    *,
    shows: bool = False,
    theirs: page.Row | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "newest": newest,
        "next_n": newest.n + 1 if newest else 1,
        "presets": list(PRESET_LABELS.items()),
        "years": years_to_take(form.old, form.today),
        "last_year": published_years().stop - 1,
        "theirs": theirs,
        "seen": "",
    }
    if shows:
        context["preview"] = page.preview(form.old, form.calendar, request.at)
        context["seen"] = _digest(form)
    return settings_page(
        request, "workbench/calendar_edit.html", PART, context, here=_("修改"), status=status
    )


def _digest(form: CalendarForm) -> str:
    """Of what is about to be published, on top of what: the preview was of exactly this."""
    said = json.dumps([form.calendar.to_dict(), form.cleaned_data.get("revision")], sort_keys=True)
    return sha256(said.encode()).hexdigest()
