"""Writing how far a short message has come."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.channels.sms.reading import Report
from keyue.conversations.models import Channel, Line
from keyue.ledger.facts import Actor
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind


@transaction.atomic
def note_report(*, channel: Channel, report: Report, by: Actor, at: datetime) -> bool:
    """Keep what the operator says of a message of ours; where it did not arrive, its author hears of it. False for a message
    that is not ours."""
    line = _line(channel, report)
    if line is None:
        return False
    if line.erased_at is None and "report" not in line.detail:
        line.detail = {**line.detail, "report": {"delivered": report.is_delivered, "why": report.why[:100]}}
        line.save(update_fields=["detail"])
    if not report.is_delivered and line.author_id is not None:
        promises.tell(
            key=f"undelivered:sms:{line.uid}",
            kind=NoticeKind.UNDELIVERED,
            at=at,
            to_user_id=line.author_id,
            subject=line.conversation.subject,
            detail={"text": _("消息没有送达客户，请换一种方式告知")},
        )
    return True


def _line(channel: Channel, report: Report) -> Line | None:
    rows = Line.objects.select_for_update(of=("self",)).select_related("conversation").filter(channel=channel)
    try:
        found = rows.filter(uid=UUID(report.id)).first() if report.id else None
    except ValueError:
        found = None
    return found or (rows.filter(external_id=f"sms:{report.number}").first() if report.number else None)
