"""Background jobs of conversations."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from keyue.conversations import selectors
from keyue.conversations.actions._ground import CONTENTS
from keyue.conversations.actions.answering import OUTBOX, note_delivery
from keyue.conversations.enums import Delivery
from keyue.ledger import selectors as outbox
from keyue.ledger.facts import SYSTEM
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind

MOST = 100


def report_unsent(now: datetime) -> int:
    """A line that was given up: its author hears of it, because the customer was told nothing."""
    for item in outbox.failed_messages().filter(kind=OUTBOX)[:MOST]:
        line = selectors.line_by_id(item.payload["line"])
        if line is None or line.delivery != Delivery.WAITING:
            continue
        note_delivery(line=line, delivery=Delivery.FAILED, by=SYSTEM, at=now)
        if line.author_id is not None:
            promises.tell(
                key=f"undelivered:{item.key}",
                kind=NoticeKind.UNDELIVERED,
                at=now,
                to_user_id=line.author_id,
                subject=line.conversation.subject,
                detail={"text": _("消息没有送达客户，请换一种方式告知")},
            )
    return 0


def tidy(now: datetime) -> int:
    """Delete contents of files that nothing names."""
    return CONTENTS.tidy(now)


JOBS = [
    ("conversations.unsent", 60.0, report_unsent),
    ("conversations.tidy", 300.0, tidy),
]
