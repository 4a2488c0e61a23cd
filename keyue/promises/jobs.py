"""Background jobs of the promises room beside the sweep itself, which the worker knows by name."""

from __future__ import annotations

from datetime import datetime

from keyue.promises import actions


def follow_calendars(now: datetime) -> int:
    """After another calendar was published: look again at what it may move."""
    return actions.follow_calendars(now=now)


def open_windows(now: datetime) -> int:
    """After a window of a fixed cadence has begun: derive what it asks for."""
    return actions.open_windows(now=now)


JOBS = [("follow_calendars", 15.0, follow_calendars), ("open_windows", 30.0, open_windows)]
