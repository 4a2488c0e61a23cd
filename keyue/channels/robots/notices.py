"""Which notices go to which robot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from keyue.channels.email.digests import is_quiet, recipients
from keyue.channels.webhook import actions, selectors
from keyue.channels.webhook.actions.pushing import Wanted
from keyue.channels.webhook.models import Outlet
from keyue.kernel.errors import NotFound
from keyue.ledger.facts import SYSTEM
from keyue.people import selectors as people
from keyue.promises.models import Notice

GATHER = timedelta(seconds=30)
"""Notices that come up within this time go in one message."""
SETTLED = timedelta(minutes=2)
"""Ids are given before transactions commit: what is younger than this is looked at again."""
AT_A_TIME = 500
MOST_IN_ONE = 20


def gather(now: datetime) -> int:
    """Collect notices for all robots, a message each; at night they wait for those that are quiet then. Nothing more to do
    until the next turn, however many are left: a robot may say only so much in a minute."""
    for outlet in selectors.open_outlets(robots=True):
        if not (outlet.is_quiet_at_night and is_quiet(now)):
            gather_for(outlet, now)
    return 0


def gather_for(outlet: Outlet, now: datetime) -> int:
    """Collect notices for one robot."""
    rows = selectors.notices_between(outlet.cursor, now - GATHER, AT_A_TIME)
    if not rows:
        return 0
    settled = [row.pk for row in rows if row.at <= now - SETTLED]
    there = selectors.pushed(outlet, [str(row.pk) for row in rows])
    wanted = [
        Wanted(str(row.pk), row.kind)
        for row in rows
        if row.kind in outlet.wants and str(row.pk) not in there and concerns(outlet, row, now)
    ]
    return actions.collect(
        outlet=outlet,
        wanted=wanted[:MOST_IN_ONE],
        # what did not fit into one message comes next time
        cursor=_cursor(outlet, wanted, settled),
        together=True,
        by=SYSTEM,
        at=now,
    )


def _cursor(outlet: Outlet, wanted: Sequence[Wanted], settled: Sequence[int]) -> int:
    last = max(settled, default=outlet.cursor)
    if len(wanted) > MOST_IN_ONE:
        last = min(last, int(wanted[MOST_IN_ONE].ref) - 1)
    return max(last, outlet.cursor)


def concerns(outlet: Outlet, notice: Notice, now: datetime) -> bool:
    """Whether a notice is for somebody of the outlet's department, or of those below it."""
    if not outlet.department:
        return True
    ours = people.organisation().below(outlet.department)
    if notice.to_code in ours:
        return True
    try:
        told = recipients(notice, now)
    except NotFound:
        return False
    return any(user.department is not None and user.department.code in ours for user in told)
