"""Background jobs of the channels."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases import selectors as cases
from keyue.channels import actions, folders
from keyue.channels.email import digests
from keyue.channels.email.sending import is_configured
from keyue.ledger import actions as ledger
from keyue.ledger import selectors as outbox
from keyue.ledger.facts import SYSTEM
from keyue.promises import actions as promises
from keyue.promises import selectors as reading
from keyue.promises.enums import NoticeKind

MOST_FAILED = 100


@transaction.atomic
def mail_notices(now: datetime) -> int:
    """Gather notices into mails; at night they wait. Without a mail server they stand on the workbench alone."""
    if digests.is_quiet(now):
        return 0
    notices = reading.unmailed(now - digests.GATHER)
    if not notices:
        return 0
    if is_configured():
        ledger.enqueue_many(digests.gathered(notices, now), at=now)
    promises.mark_mailed(notices, at=now)
    return len(notices)


def report_undelivered(now: datetime) -> int:
    """A mail to a customer that was given up: its author hears of it, because nobody was told anything."""
    for item in outbox.failed_messages().filter(kind="mail.case").order_by("-failed_at")[:MOST_FAILED]:
        message = cases.message_by_id(item.payload["message"])
        if message is not None and message.author_id is not None:
            promises.tell(
                key=f"undelivered:{item.key}",
                kind=NoticeKind.UNDELIVERED,
                at=now,
                to_user_id=message.author_id,
                subject=message.case.subject,
                detail={"text": _("邮件没有送达，请换一种方式告知客户")},
            )
    return 0


def tidy(now: datetime) -> int:
    """Delete counts that limit nothing any more; nothing more to do until the next turn."""
    actions.tidy(by=SYSTEM, at=now)
    return 0


JOBS = [
    ("mail_notices", 30.0, mail_notices),
    ("undelivered", 60.0, report_undelivered),
    ("channels.tidy", 3600.0, tidy),
    *(job for jobs in folders.brought("jobs", "JOBS") for job in jobs),
]
