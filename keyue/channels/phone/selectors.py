"""Reading calls and plans of hotlines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from keyue.channels.phone import roster
from keyue.channels.phone.models import Shift
from keyue.channels.phone.roster import Span
from keyue.channels.webhook.selectors import channel_keys
from keyue.conversations import selectors as conversations
from keyue.conversations.models import Channel
from keyue.kernel.errors import Invalid, NotFound
from keyue.people.models import User
from keyue.promises import selectors as promises
from keyue.worktime.typed import windows

KIND = "phone"
ROUND_THE_CLOCK = "00:00-24:00"
AHEAD = timedelta(days=14)
LONGEST_GAP = timedelta(days=40)
"""How far back a gap that goes on is followed to its beginning."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the plan: who is on duty, and what nobody covers."""

    day: date
    shifts: Sequence[Shift]
    gaps: Sequence[Span]


def hours_of(channel: Channel) -> list[list[str]]:
    """The pairs of clock times between which somebody has to be there, every day; none where nothing was agreed."""
    text = str(channel.options.get("hours") or "")
    try:
        return [list(pair) for pair in windows(text)] if text else []
    except Invalid:
        return []


def shifts_between(channel: Channel, start: datetime, end: datetime) -> QuerySet[Shift]:
    """Shifts that touch a span, in their order."""
    rows = Shift.objects.filter(channel=channel, removed_at=None, start_at__lt=end, end_at__gt=start)
    return rows.select_related("user").order_by("start_at", "pk")


def gaps_between(channel: Channel, start: datetime, end: datetime) -> list[Span]:
    """What nobody covers between two instants; a gap that began before is named from its own beginning."""
    hours, zone = hours_of(channel), promises.zone()
    if not hours:
        return []
    back = max(start - LONGEST_GAP, channel.opened_at)
    needed = roster.required(hours, back.astimezone(zone).date(), end.astimezone(zone).date(), zone)
    needed = roster.within(needed, back, end)
    covered = [Span(row.start_at, row.end_at) for row in shifts_between(channel, back, end)]
    return [span for span in roster.gaps(needed, covered) if span.end >= start]


def plan_of(channel: Channel, first: date, days: int) -> list[Day]:
    """Some days of the plan."""
    zone = promises.zone()
    found = []
    start = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(first + timedelta(days=days), datetime.min.time(), zone)
    shifts, gaps = list(shifts_between(channel, start, end)), gaps_between(channel, start, end)
    for n in range(days):
        day = first + timedelta(days=n)
        opens = datetime.combine(day, datetime.min.time(), zone)
        closes = datetime.combine(day + timedelta(days=1), datetime.min.time(), zone)
        of_day = [row for row in shifts if row.start_at < closes and row.end_at > opens]
        found.append(Day(day, of_day, roster.within(gaps, opens, closes)))
    return found


def on_duty(channel: Channel, at: datetime) -> list[User]:
    """Who is on duty at an instant."""
    return [row.user for row in shifts_between(channel, at, at + timedelta(microseconds=1))]


def shift_by_id(pk: int) -> Shift:
    """Raises NotFound."""
    found = Shift.objects.select_related("channel", "user").filter(pk=pk, removed_at=None).first()
    if found is None:
        raise NotFound(_("没有这个班次，或者已经取消。"))
    return found


def hotline_rows() -> QuerySet[Channel]:
    """The hotlines that are open, for a form to choose from."""
    return Channel.objects.filter(kind=KIND, closed_at=None).order_by("pk")


def hotlines() -> list[Channel]:
    """The hotlines that are open."""
    return conversations.open_channels_of(KIND)


def extensions_of(channel: Channel) -> dict[str, str]:
    """Who answers which extension: the exchange's name of it to a username."""
    pairs = (line.partition("=") for line in str(channel.options.get("extensions") or "").splitlines())
    return {left.strip().casefold(): right.strip() for left, _equals, right in pairs if left.strip()}


def told(channel: Channel) -> dict[str, Any]:
    """What the guide on a hotline's page says."""
    has_secret = bool(channel_keys(channel).secret) if channel.is_open else False
    return {"has_secret": has_secret, "has_hours": bool(hours_of(channel))}
