"""Ratings over time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from keyue.channels.reviews.actions import threshold_of
from keyue.channels.reviews.reading import SHANGHAI
from keyue.conversations.enums import LineKind
from keyue.conversations.models import Channel, Line

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Month:
    """The reviews of a month: how many, the mean of their ratings, and how many were bad."""

    at: datetime
    count: int
    mean: float
    bad: int


def months_of(channel: Channel, now: datetime) -> list[Month]:
    """The last twelve months that have any review, the latest first."""
    since, most = now - timedelta(days=31 * MONTHS), threshold_of(channel)
    rows = Line.objects.filter(channel=channel, kind=LineKind.INBOUND, at__gte=since, detail__has_key="score")
    found: dict[datetime, list[int]] = {}
    for at, score in rows.values_list("at", "detail__score").order_by("-at"):
        local = at.astimezone(SHANGHAI)
        month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        found.setdefault(month, []).append(int(score))
    return [
        Month(month, len(scores), sum(scores) / len(scores), sum(score <= most for score in scores))
        for month, scores in list(found.items())[:MONTHS]
    ]
