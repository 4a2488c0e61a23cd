"""The company's calendar as it is typed: hours a line a weekday, days a line each; and the calendar that comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import Sentence
from keyue.worktime.calendar import DEFAULT_TZ, WEEKDAYS, Calendar
from keyue.worktime.changes import check_publishable, days_off, spans, worked_days
from keyue.worktime.holidays import festival_of, published_days, published_years, usual_hours
from keyue.worktime.typed import (
    DAY_LABELS,
    LONGEST_SPAN,
    PRESETS,
    Pairs,
    dates,
    day_line,
    hours_text,
    weekly,
    worked,
)

LONGEST_LIST = 20_000
LONGEST_HOURS = 120
# what a calendar calls a part, and what the form calls it
FIELD_OF = {"holidays": "off", "makeup_days": "worked", "weekly": "mon", "horizon": "horizon"}


class CalendarForm(forms.Form):
    """Hours by weekday, the days off and the days worked from today on, how far the holidays are known, and why.

    `revision` is the number of the version that was read, `seen` the digest of what was previewed. A good form has the
    new `calendar`: days that are over stay in it as they were in `old`.
    """

    mon, tue, wed, thu, fri, sat, sun = (
        forms.CharField(required=False, max_length=LONGEST_HOURS) for _day in WEEKDAYS
    )
    off = forms.CharField(
        label=gettext_lazy("休息日"),
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea,
        help_text=gettext_lazy("今天起的，一行一天或一段；日期后面可以写名称"),
    )
    worked = forms.CharField(
        label=gettext_lazy("调休上班日"),
        required=False,
        max_length=LONGEST_LIST,
        widget=forms.Textarea,
        help_text=gettext_lazy("按平日的时间上班；时段不同的写在日期后面：2027-02-13 09:00-12:00"),
    )
    horizon = forms.DateField(
        label=gettext_lazy("节假日已录到"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("这一天以前的放假与调休都录全了；之后的期限按每周时段推算，标为「暂定」"),
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=500,
        widget=forms.Textarea,
        help_text=gettext_lazy("为什么改，写给以后查看的人；发布时必填"),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    calendar: Calendar

    def __init__(self, *args: Any, old: Calendar | None, today: date, act: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old, self.today, self.act = old, today, act
        for day in WEEKDAYS:
            self.fields[day].label = str(DAY_LABELS[day])

    @property
    def week(self) -> list[forms.BoundField]:
        """The fields of the weekdays."""
        return [self[day] for day in WEEKDAYS]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        hours = self._read_hours(data)
        off, on = self._read_days(data)
        if self.act == "publish" and not data.get("note", "").strip():
            self.add_error("note", _("写明为什么改。"))
        if not self.errors:
            self._build(hours, off, on, data.get("horizon"))
        return data

    def _read_hours(self, data: Mapping[str, Any]) -> dict[str, Pairs]:
        try:
            return weekly({day: data.get(day, "") for day in WEEKDAYS})
        except Invalid as error:
            for day, said in error.fields.items():
                self.add_error(day, str(said))
            return {}

    def _read_days(self, data: Mapping[str, Any]) -> tuple[list[date], dict[date, Pairs]]:
        off: list[date] = []
        on: dict[date, Pairs] = {}
        try:
            off = dates(data.get("off", ""))
        except Invalid as error:
            self.add_error("off", str(error))
        try:
            on = worked(data.get("worked", ""))
        except Invalid as error:
            self.add_error("worked", str(error))
        both = sorted(on.keys() & set(off))
        if both:
            said = _("%(day)s 同时写在休息日里，只能留一处") % {"day": both[0].isoformat()}
            self.add_error("worked", said)
        return off, on

    def _build(
        self, hours: dict[str, Pairs], off: Iterable[date], on: Mapping[date, Pairs], horizon: date | None
    ) -> None:
        usual = usual_hours(hours)
        if not usual and not all(on.values()):
            self.add_error("worked", _("周一至周五都不上班，请在每个日期后写明时段"))
            return
        past = Calendar() if self.old is None else self.old
        made_up = {day: _pairs(windows) for day, windows in worked_days(past).items() if day < self.today}
        made_up |= {day: pairs or usual for day, pairs in on.items()}
        kept = {day for day in days_off(past) if day < self.today} - on.keys()
        try:
            self.calendar = Calendar.from_dict(
                {
                    "tz": past.tz if self.old else DEFAULT_TZ,
                    "weekly": hours,
                    "holidays": sorted({*kept, *off}),
                    "makeup_days": {day.isoformat(): pairs for day, pairs in made_up.items()},
                    "horizon": horizon,
                }
            )
            check_publishable(self.old, self.calendar, self.today)
        except Invalid as error:
            for name, said in (error.fields or {"": error.message}).items():
                self.add_error(FIELD_OF.get(name), str(said))


def _pairs(windows: Iterable[tuple[int, int]]) -> Pairs:
    return [part.split("-") for part in hours_text(windows).split(", ")] if windows else []


# -- what there is, as it would be typed ---------------------------------------------------------------------------


def typed_of(calendar: Calendar | None, today: date) -> dict[str, Any]:
    """What the form is first filled with; for a company without a calendar the usual hours and what is published."""
    if calendar is None:
        off, on = _published(today)
        horizon = date(published_years().stop - 1, 12, 31)
        days: Mapping[str, str] = PRESETS["office"]
        lines = [_worked_line(day, "") for day in on]
        return {**days, "off": "\n".join(off_lines(off)), "worked": "\n".join(lines), "horizon": horizon}
    usual = hours_text(usual_of(calendar))
    return {
        **{day: hours_text(windows) for day, windows in zip(WEEKDAYS, calendar.weekly, strict=True)},
        "off": "\n".join(off_lines(day for day in days_off(calendar) if day >= today)),
        "worked": "\n".join(
            _worked_line(day, "" if hours_text(windows) == usual else hours_text(windows))
            for day, windows in sorted(worked_days(calendar).items())
            if day >= today
        ),
        "horizon": calendar.horizon,
    }


def _published(today: date) -> tuple[list[date], list[date]]:
    off: list[date] = []
    on: list[date] = []
    for year in published_years():
        free, made_up = published_days(year)
        off += [day for day in free if day >= today]
        on += [day for day in made_up if day >= today]
    return off, on


def usual_of(calendar: Calendar) -> tuple[tuple[int, int], ...]:
    """The hours that most weekdays from Monday to Friday have; empty where none has any."""
    hours = [windows for windows in calendar.weekly[:5] if windows]
    return max(hours, key=hours.count, default=())


def off_lines(days: Iterable[date]) -> list[str]:
    """A line a span, with the festivals in it."""
    lines = []
    for first, last in spans(days):
        while first <= last:
            end = min(last, first + timedelta(days=LONGEST_SPAN))
            lines.append(day_line(first, end, *map(str, festivals(first, end))))
            first = end + timedelta(days=1)
    return lines


def festivals(first: date, last: date) -> list[Sentence]:
    """The festivals for which the days from first to last are off, each once."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return list(dict.fromkeys(name for day in days if (name := festival_of(day))))


def _worked_line(day: date, hours: str) -> str:
    name = festival_of(day)
    return day_line(day, day, hours, _("%(festival)s调休") % {"festival": name} if name else "")


# -- taking over a year ----------------------------------------------------------------------------------------------


def years_to_take(calendar: Calendar | None, today: date) -> list[int]:
    """The years of which the library knows days from today on that the calendar has not."""
    found = []
    for year in published_years():
        off, on = published_days(year)
        known = days_off(calendar) | worked_days(calendar).keys() if calendar else set()
        if any(day >= today and day not in known for day in (*off, *on)):
            found.append(year)
    return found


def take_over(form: CalendarForm, year: int) -> dict[str, str]:
    """The texts of the form with the published days of a year from today on that they do not name yet, and the horizon
    at the end of that year where it follows on. Raises Invalid for a text that cannot be read."""
    texts = {name: str(form[name].value() or "") for name in ("off", "worked", "horizon")}
    have_off, have_on = set(dates(texts["off"])), worked(texts["worked"]).keys()
    off, on = published_days(year)
    free = [day for day in off if day >= form.today and day not in have_off | have_on]
    made_up = [day for day in on if day >= form.today and day not in have_off | have_on]
    texts["off"] = _more(texts["off"], off_lines(free))
    texts["worked"] = _more(texts["worked"], [_worked_line(day, "") for day in made_up])
    if not texts["horizon"] or texts["horizon"][:4] in (str(year - 1), str(year)):
        texts["horizon"] = f"{year}-12-31"
    return texts


def _more(text: str, lines: list[str]) -> str:
    return "\n".join([*([text.rstrip()] if text.strip() else []), *lines])
