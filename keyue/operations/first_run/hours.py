"""Working hours and days as people type them: `09:00-12:00, 13:30-18:00`, dates a line each."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta

from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid
from keyue.worktime.calendar import WEEKDAYS

WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|~|至|到)\s*(\d{1,2}):(\d{2})")
DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
SPAN = re.compile(rf"{DAY}(?:\s*(?:至|到|~|—)\s*{DAY})?")
LONGEST_SPAN = 60
OFFICE = "09:00-12:00, 13:30-18:00"
PRESETS: dict[str, dict[str, str]] = {
    "office": dict.fromkeys(WEEKDAYS[:5], OFFICE),
    "early": dict.fromkeys(WEEKDAYS[:5], "08:30-12:00, 13:00-17:30"),
    "six": dict.fromkeys(WEEKDAYS[:6], OFFICE),
    "always": dict.fromkeys(WEEKDAYS, "00:00-24:00"),
}


def windows(text: str) -> list[list[str]]:
    """The working hours of a day; empty for a day off. Raises Invalid."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("—", "-").replace("–", "-")
    if plain in {"", "休", "休息", "-"}:
        return []
    found: list[list[str]] = []
    last = -1
    for part in re.split(r"[,;、\n]+", plain):
        match = WINDOW.fullmatch(part.strip())
        if match is None:
            said = _("看不懂「%(text)s」，请写成 09:00-12:00, 13:30-18:00 这样；休息就留空")
            raise Invalid(said % {"text": part.strip()[:20]})
        a, b, c, d = (int(number) for number in match.groups())
        opens, closes = a * 60 + b, c * 60 + d
        if b > 59 or d > 59 or closes > 24 * 60 or opens >= closes:
            raise Invalid(_("「%(text)s」的结束要在开始之后，且不超过 24:00") % {"text": part.strip()})
        if opens < last:
            raise Invalid(_("「%(text)s」与前一段重叠，请按先后写") % {"text": part.strip()})
        last = closes
        found.append([f"{a:02d}:{b:02d}", f"{c:02d}:{d:02d}"])
    return found


def weekly(days: Mapping[str, str]) -> dict[str, list[list[str]]]:
    """The hours of a week; Invalid with the days at fault."""
    found: dict[str, list[list[str]]] = {}
    faults: dict[str, object] = {}
    for day in WEEKDAYS:
        try:
            hours = windows(days.get(day, ""))
        except Invalid as error:
            faults[day] = str(error)
        else:
            if hours:
                found[day] = hours
    if not faults and not found:
        faults["mon"] = _("一周至少要有一天上班")
    if faults:
        raise Invalid(_("工作时间要修改"), fields=faults)
    return found


def dates(text: str) -> list[date]:
    """The days that a text names, one or a span a line. Raises Invalid."""
    found: set[date] = set()
    for line in re.split(r"[\n,;、]+", unicodedata.normalize("NFKC", text)):
        if not line.strip():
            continue
        match = SPAN.match(line.strip())
        # what follows a day is its name: 2027-02-05 至 2027-02-12 春节
        if match is None or re.match(r"[\d-]", line.strip()[match.end() :]):
            said = _("看不懂「%(text)s」，请写成 2027-02-05 或 2027-02-05 至 2027-02-12")
            raise Invalid(said % {"text": line.strip()[:20]})
        try:
            first = date(*(int(n) for n in match.groups()[:3]))
            last = date(*(int(n) for n in match.groups()[3:])) if match[4] else first
        except ValueError:
            raise Invalid(_("没有「%(text)s」这一天") % {"text": line.strip()[:24]}) from None
        if not 0 <= (last - first).days <= LONGEST_SPAN:
            said = _("「%(text)s」的结束要在开始之后，且不超过 %(most)d 天")
            raise Invalid(said % {"text": line.strip()[:24], "most": LONGEST_SPAN})
        found.update(first + timedelta(days=n) for n in range((last - first).days + 1))
    return sorted(found)
