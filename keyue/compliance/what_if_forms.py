"""What is typed to ask for a replay: a period, other numbers and owners, other working hours, or a draft."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.compliance.control_words import owner_words
from keyue.compliance.what_if import Changes
from keyue.compliance.what_if_words import OWNER, Number, numbers_of, values_of
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.people.api import YEARS
from keyue.promises import selectors as promises
from keyue.regulations.answering import LONGEST
from keyue.regulations.controls import Control
from keyue.regulations.models import Edition
from keyue.regulations.selectors import Reading
from keyue.ui.fields import offer
from keyue.worktime import typed
from keyue.worktime.calendar import Calendar

DAYS = 90
KEEP = ""


@dataclass(frozen=True, slots=True)
class ControlRow:
    """A control on the form: its limits with their fields, and the field of who owes it."""

    control: Control
    numbers: Sequence[tuple[Number, forms.BoundField]]
    owner: forms.BoundField
    owner_now: str

    @property
    def is_changed(self) -> bool:
        """Whether something was typed or is wrong, so that its part of the form stands open."""
        fields = [self.owner, *(field for _number, field in self.numbers)]
        return any(field.value() or field.errors for field in fields)


class WhatIfForm(forms.Form):
    """A good form has the `changes`, and the period as `since` and `until`: whole days in the company's zone."""

    first = forms.DateField(
        label=gettext_lazy("从"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("到"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    edition = forms.TypedChoiceField(
        label=gettext_lazy("整份改为"), required=False, coerce=int, empty_value=None
    )
    calendar = forms.ChoiceField(label=gettext_lazy("工作时间改为"), required=False)

    changes: Changes
    since: datetime
    until: datetime

    def __init__(
        self, data: Any, *, reading: Reading, editions: Sequence[Edition], at: datetime, **kwargs: Any
    ) -> None:
        today = at.astimezone(promises.zone()).date()
        initial = {"first": today - timedelta(days=DAYS), "last": today - timedelta(days=1)}
        super().__init__(data, initial={**initial, **kwargs.pop("initial", {})}, **kwargs)
        self.at = at
        named = {code for control in reading.controls for code in control.owner if "." not in code}
        self._names = people.owner_names(named)
        self._controls = [control for control in reading.controls if not control.awaits]
        self._add_controls()
        drafts = [
            (edition.n, _("第 %(n)d 版：%(title)s") % {"n": edition.n, "title": edition.title})
            for edition in editions
        ]
        offer(self, "edition", [(KEEP, _("不改")), *drafts])
        presets = [(code, str(label)) for code, label in typed.PRESET_LABELS.items()]
        offer(self, "calendar", [(KEEP, _("不改")), *presets])

    def _add_controls(self) -> None:
        posts = [(post.code, post.name) for post in people.all_posts()]
        departments = [(room.code, room.name) for room in people.open_departments()]
        owners = [(KEEP, _("不改")), (_("岗位"), posts), (_("部门"), departments)]
        for control in self._controls:
            for number in numbers_of(control):
                self.fields[number.key] = forms.CharField(
                    label=number.label or _("时限"), required=False, max_length=LONGEST
                )
            self.fields[f"{control.id}.{OWNER}"] = forms.ChoiceField(
                label=_("责任"), required=False, choices=owners
            )

    @property
    def rows(self) -> list[ControlRow]:
        """The controls in the order of the text."""
        return [
            ControlRow(
                control,
                [(number, self[number.key]) for number in numbers_of(control)],
                self[f"{control.id}.{OWNER}"],
                owner_words(control.owner, self._names),
            )
            for control in self._controls
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        self._check_period(data.get("first"), data.get("last"))
        given = {name: value for name, value in data.items() if "." in name}
        try:
            values = values_of(given)
        except Invalid as error:
            for key, said in error.fields.items():
                self.add_error(key, str(said))
            return data
        hours = data.get("calendar")
        self.changes = Changes(values, data.get("edition"), calendar=_working(hours) if hours else None)
        if not self.changes.as_json() and not self.errors:
            self.add_error(None, _("还没有改动：改一个时限、责任、工作时间，或选一份草案。"))
        return data

    def _check_period(self, first: date | None, last: date | None) -> None:
        if first is None or last is None:
            return
        for name, day in (("first", first), ("last", last)):
            if day.year not in YEARS:
                self.add_error(name, _("年份要在 2000 与 2100 之间。"))
                return
        if last < first:
            self.add_error("last", _("不能早于期间的开始。"))
        self.since, self.until = days(first, last, promises.zone())
        # today counts as far as it has come
        self.until = min(self.until, self.at)
        if self.since >= self.at:
            self.add_error("first", _("只能推演已经过去的日子。"))


def days(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From 00:00 of one day to 24:00 of another."""
    begin, end = (datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1)))
    return begin.astimezone(UTC), end.astimezone(UTC)


def recent(at: datetime) -> tuple[datetime, datetime]:
    """The last 90 whole days: the same question all day long."""
    zone = promises.zone()
    today = at.astimezone(zone).date()
    return days(today - timedelta(days=DAYS), today - timedelta(days=1), zone)


def _working(preset: str) -> dict[str, Any]:
    """The company's calendar with other hours a week; its holidays and make-up days stay, round the clock has none."""
    now: Calendar = promises.company_calendar()
    hours = typed.weekly(typed.PRESETS[preset])
    if preset == "always":
        return {"tz": now.tz, "weekly": hours}
    return {**now.to_dict(), "weekly": hours}
