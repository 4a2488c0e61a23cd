"""Word that a line did not arrive after it had gone out: the customer was told nothing, and its author hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.conversations.actions._ground import Words, held, show, write_line
from keyue.conversations.enums import Delivery, LineKind
from keyue.conversations.models import Line
from keyue.ledger.facts import Actor
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind

MAY_STILL_FAIL = frozenset({Delivery.WAITING, Delivery.SENT})


@transaction.atomic
def note_bounce(*, line: Line, identity: str, detail: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """A mail server reports that it could not deliver a line. It counts as failed from now on, also where it had gone out;
    one that the customer has read stays read. The report is a notice in the conversation, known by `identity`; one that is
    over gets no further lines.
    """
    row = held(line.conversation_id)
    sent = Line.objects.select_for_update(of=("self",)).get(pk=line.pk)
    if sent.delivery not in MAY_STILL_FAIL:
        return
    sent.delivery = Delivery.FAILED
    sent.save(update_fields=["delivery"])
    if row.is_over:
        show(row)
    else:
        said = Words(_("这封回复被退回，没有送达客户。"), (), {**detail, "bounced": str(line.uid)})
        write_line(row, LineKind.EVENT, said, at=at, channel=line.channel, external_id=identity)
    if sent.author_id is not None:
        promises.tell(
            key=f"bounced:{line.uid}",
            kind=NoticeKind.UNDELIVERED,
            at=at,
            to_user_id=sent.author_id,
            subject=row.subject,
            detail={"text": _("邮件被退回，没有送达客户，请换一种方式告知")},
        )
