"""Background jobs of hotlines."""

from __future__ import annotations

from datetime import datetime

from keyue.channels.phone import actions, selectors
from keyue.ledger.facts import SYSTEM


def watch_rosters(now: datetime) -> int:
    """Look at every hotline whether somebody was on duty."""
    for channel in selectors.hotlines():
        actions.watch(channel=channel, by=SYSTEM, at=now)
    return 0


JOBS = [("phone.roster", 60.0, watch_rosters)]
