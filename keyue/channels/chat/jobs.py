"""Background jobs of chat windows: answers that nobody is there to read, and conversations that have fallen silent."""

from __future__ import annotations

from datetime import datetime, timedelta

from keyue.channels.chat import actions, selectors
from keyue.channels.email.sending import is_configured
from keyue.conversations import actions as conversations
from keyue.conversations.enums import Ending
from keyue.kernel.errors import Refused
from keyue.ledger.facts import SYSTEM

AWAY = timedelta(minutes=3)
"""After this long an unread answer goes to the address that the visitor left."""
AWAY_LATEST = timedelta(days=7)
SILENT = timedelta(hours=2)
MOST = 100


def mail_the_absent(now: datetime) -> int:
    """Send answers by mail to visitors who left an address and have gone."""
    if not is_configured():
        return 0
    rows = selectors.unread_by_absent(now - AWAY_LATEST, now - AWAY, MOST)
    for line in rows:
        actions.mail_answer(line=line, by=SYSTEM, at=now)
    return len(rows)


def end_the_silent(now: datetime) -> int:
    """End what was answered and in which nobody has said anything since; what waits for an answer is never ended."""
    ended = 0
    for row in selectors.silent(now - SILENT, MOST):
        try:
            conversations.end(conversation=row, ending=Ending.SILENCE, by=SYSTEM, at=now, source="silence")
            ended += 1
        except Refused:
            # somebody else ended it meanwhile
            continue
    return ended


JOBS = [
    ("chat.absent", 30.0, mail_the_absent),
    ("chat.silent", 300.0, end_the_silent),
]
