"""Working hours and days as people type them: `09:00-12:00, 13:30-18:00`, dates a line each. Pure Python."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta

from keyue.kernel.errors import Invalid
from keyue.kernel.texts import sentence
from keyue.worktime.calendar import WEEKDAYS, Window, clock_face

WINDOW = re.compile(r"(\d{1,2}):(\d{2})\s*(?:-|~|至|到)\s*(\d{1,2}):(\d{2})")
HOURS = re.compile(rf"\s*[(]?\s*({WINDOW.pattern}(?:[,;、\s]+{WINDOW.pattern})*)\s*[)]?")
DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
SPAN = re.compile(rf"{DAY}(?:\s*(?:至|到|~|—)\s*{DAY})?")
NAME = re.compile(r"[^\n,;、\d~至到—-][^\n,;、]*")
BETWEEN = re.compile(r"[\n,;、]+")
LONGEST_SPAN = 60
YEARS = range(2000, 2101)
OFFICE = "09:00-12:00, 13:30-18:00"
PRESETS: dict[str, dict[str, str]] = {
    "office": dict.fromkeys(WEEKDAYS[:5], OFFICE),
    "early": dict.fromkeys(WEEKDAYS[:5], "08:30-12:00, 13:00-17:30"),
    "six": dict.fromkeys(WEEKDAYS[:6], OFFICE),
    "always": dict.fromkeys(WEEKDAYS, "00:00-24:00"),
}
DAY_LABELS = {
    "mon": sentence("周一"),
    "tue": sentence("周二"),
    "wed": sentence("周三"),
    "thu": sentence("周四"),
    "fri": sentence("周五"),
    "sat": sentence("周六"),
    "sun": sentence("周日"),
}
PRESET_LABELS = {
    "office": sentence("双休，9 点至 18 点"),
    "early": sentence("双休，8 点半至 17 点半"),
    "six": sentence("单休，周日休息"),
    "always": sentence("全天候，不休息"),
}
Pairs = list[list[str]]


def windows(text: str) -> Pairs:
    """The working hours of a day; empty for a day off. Raises Invalid."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("—", "-").replace("–", "-")
    if plain in {"", "休", "休息", "-"}:
        return []
    return _windows(re.split(r"[,;、\n]+", plain))


def _windows(parts: Iterable[str]) -> Pairs:
    found: Pairs = []
    last = -1
    for part in parts:
        match = WINDOW.fullmatch(part.strip())
        if match is None:
            raise Invalid(
                sentence(
                    "看不懂「%(text)s」，请写成 09:00-12:00, 13:30-18:00 这样；休息就留空",
                    text=part.strip()[:20],
                )
            )
        a, b, c, d = (int(number) for number in match.groups())
        opens, closes = a * 60 + b, c * 60 + d
        if b > 59 or d > 59 or closes > 24 * 60 or opens >= closes:
            raise Invalid(sentence("「%(text)s」的结束要在开始之后，且不超过 24:00", text=part.strip()))
        if opens < last:
            raise Invalid(sentence("「%(text)s」与前一段重叠，请按先后写", text=part.strip()))
        last = closes
        found.append([f"{a:02d}:{b:02d}", f"{c:02d}:{d:02d}"])
    return found


def weekly(days: Mapping[str, str]) -> dict[str, Pairs]:
    """The hours of a week; Invalid with the days at fault."""
    found: dict[str, Pairs] = {}
    faults: dict[str, object] = {}
    for day in WEEKDAYS:
        try:
            hours = windows(days.get(day, ""))
        except Invalid as error:
            faults[day] = error.message
        else:
            if hours:
                found[day] = hours
    if not faults and not found:
        faults["mon"] = sentence("一周至少要有一天上班")
    if faults:
        raise Invalid(sentence("工作时间要修改"), fields=faults)
    return found


def dates(text: str) -> list[date]:
    """The days that a text names, one or a span a line. Raises Invalid."""
    found: set[date] = set()
    for days, hours, said in _entries(text):
        if hours:
            raise Invalid(sentence("「%(text)s」写了时段：放假的日子只写日期", text=said))
        found.update(days)
    return sorted(found)


def worked(text: str) -> dict[date, Pairs]:
    """The days on which a text says one works, each with the hours written behind it; empty hours = the usual ones.

    `2027-02-13 补春节` or `2027-02-13 09:00-12:00, 13:30-17:00`. Raises Invalid.
    """
    found: dict[date, Pairs] = {}
    for days, hours, _said in _entries(text):
        pairs = _windows(match[0] for match in WINDOW.finditer(hours)) if hours else []
        for day in days:
            if found.setdefault(day, pairs) != pairs:
                raise Invalid(sentence("「%(day)s」写了两次，时段不同", day=day.isoformat()))
    return dict(sorted(found.items()))


def _entries(text: str) -> Iterator[tuple[list[date], str, str]]:
    """The days, the hours and the words of each entry; what follows them is its name: `2027-02-05 至 2027-02-12 春节`."""
    for line in unicodedata.normalize("NFKC", text).replace("–", "-").splitlines():
        place = 0
        while place < len(line):
            if line[place] in ",;、 \t":
                place += 1
                continue
            start = place
            match = SPAN.match(line, place)
            if match is None:
                raise _unreadable(line[start:])
            hours = HOURS.match(line, match.end())
            place = hours.end() if hours else match.end()
            while place < len(line) and line[place] in " \t":
                place += 1
            name = NAME.match(line, place)
            place = name.end() if name else place
            if place < len(line) and not BETWEEN.match(line, place):
                raise _unreadable(line[start:])
            yield _days(match), hours[1] if hours else "", line[start:place].strip()[:24]


def _days(match: re.Match[str]) -> list[date]:
    said = match[0][:24]
    try:
        first = date(*(int(n) for n in match.groups()[:3]))
        last = date(*(int(n) for n in match.groups()[3:])) if match[4] else first
    except ValueError:
        raise Invalid(sentence("没有「%(text)s」这一天", text=said)) from None
    if first.year not in YEARS:
        raise Invalid(sentence("「%(text)s」的年份应在 2000 至 2100 之间", text=said))
    if not 0 <= (last - first).days <= LONGEST_SPAN:
        raise Invalid(
            sentence("「%(text)s」的结束要在开始之后，且不超过 %(most)d 天", text=said, most=LONGEST_SPAN)
        )
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _unreadable(text: str) -> Invalid:
    return Invalid(
        sentence("看不懂「%(text)s」，请写成 2027-02-05 或 2027-02-05 至 2027-02-12", text=text.strip()[:20])
    )


# -- the other way: what there is, as it would be typed ---------------------------------------------------------


def hours_text(hours: Iterable[Window]) -> str:
    """`09:00-12:00, 13:30-18:00`; empty for a day off."""
    return ", ".join(f"{clock_face(opens)}-{clock_face(closes)}" for opens, closes in hours)


def day_line(first: date, last: date, *words: str) -> str:
    """`2027-02-05 至 2027-02-12 春节`."""
    span = first.isoformat() if first == last else f"{first.isoformat()} 至 {last.isoformat()}"
    return " ".join((span, *filter(None, words)))
