"""Which hours of a hotline nobody covers (S3 3.1.2a). Pure Python: spans of instants, half open."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `start` up to but not including `end`."""

    start: datetime
    end: datetime


def required(hours: Sequence[Sequence[str]], first: date, last: date, zone: ZoneInfo) -> list[Span]:
    """When somebody has to be there, from the first day to the last: `hours` are pairs of clock times of each day, `24:00`
    the end of one. Windows that touch are one."""
    spans = []
    day = first
    while day <= last:
        spans += [Span(_at(day, opens, zone), _at(day, closes, zone)) for opens, closes in hours]
        day += timedelta(days=1)
    return joined(spans)


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    hour, minute = (int(part) for part in clock.split(":"))
    days, hour = divmod(hour, 24)
    return datetime.combine(day + timedelta(days=days), time(hour, minute), zone)


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same instants in as few spans as possible, in their order."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        elif span.start < span.end:
            found.append(span)
    return found


def gaps(needed: Iterable[Span], covered: Iterable[Span]) -> list[Span]:
    """What is needed and nobody covers."""
    there = joined(covered)
    found = []
    for need in joined(needed):
        start = need.start
        for span in there:
            if span.end <= start or span.start >= need.end:
                continue
            if span.start > start:
                found.append(Span(start, span.start))
            start = max(start, span.end)
        if start < need.end:
            found.append(Span(start, need.end))
    return found


def within(spans: Iterable[Span], start: datetime, end: datetime) -> list[Span]:
    """The parts of spans that lie between two instants."""
    cut = (Span(max(span.start, start), min(span.end, end)) for span in spans)
    return [span for span in cut if span.start < span.end]


def hours_of(spans: Iterable[Span]) -> float:
    """How many hours they are together."""
    return sum(((span.end - span.start) for span in spans), timedelta()).total_seconds() / 3600
