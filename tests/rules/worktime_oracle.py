"""Working hours by looking at the wall clock once a minute. Slow, and shares no code with what it checks."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def is_open(definition: dict, at: datetime) -> bool:
    """Whether the wall clock of the calendar's zone shows working time (R6)."""
    local = at.astimezone(ZoneInfo(definition["tz"]))
    day = local.date().isoformat()
    if day in definition["makeup_days"]:
        windows = definition["makeup_days"][day]
    elif day in definition["holidays"]:
        windows = []
    else:
        windows = definition["weekly"].get(NAMES[local.weekday()], [])
    now = f"{local:%H:%M}"
    return any(opens <= now < closes for opens, closes in windows)


def minutes(definition: dict, basis: str, start: datetime, pauses: list, days: int):
    """The minutes after `start` that count, as the instants at which they begin."""
    at = start.astimezone(UTC)
    for _ in range(days * 1440):
        paused = any(since <= at and (until is None or at < until) for since, until in pauses)
        if not paused and (basis == "natural" or is_open(definition, at)):
            yield at
        at += MINUTE


def due(definition: dict, basis: str, start: datetime, amount: timedelta, pauses: list, days: int):
    """The earliest instant with `amount` counted before it; None if not within `days`."""
    left = amount // MINUTE
    if left == 0:
        return start
    for at in minutes(definition, basis, start, pauses, days):
        left -= 1
        if left == 0:
            return at + MINUTE
    return None


def counted(definition: dict, basis: str, start: datetime, pauses: list, days: int) -> timedelta:
    """How much of `days` after `start` counts."""
    return sum(1 for _ in minutes(definition, basis, start, pauses, days)) * MINUTE
