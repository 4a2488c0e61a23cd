"""A line becomes a case, or the conversation goes on about one that is there; the link is kept both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.actions import intake as intakes
from keyue.cases.actions.intake import Intake, Registered
from keyue.cases.models import Case
from keyue.conversations import kinds
from keyue.conversations.actions._ground import CONTENTS, change, held, note
from keyue.conversations.actions.knowing import know
from keyue.conversations.enums import Known
from keyue.conversations.events import ConversationCaseLinked
from keyue.conversations.models import Conversation, Line, LineFile
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload


@transaction.atomic
def open_case(
    *,
    conversation: Conversation,
    lines: Sequence[Line],
    intake: Intake,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Registered:
    """Register an opinion from what the customer said here, received when they said it. Their files come along.

    `intake` is what the person who registers it has filled in; where the sender is known it says nothing of them. The
    same first line again gives the case that is there. Raises Invalid by field.
    """
    row = held(conversation.pk)
    if not lines:
        sentence = _("请先选择客户说的哪几句话。")
        raise Invalid(sentence, fields={"lines": sentence})
    if any(line.conversation_id != row.pk for line in lines):
        raise Refused(_("选择的消息不在这个会话里。"))
    first = min(lines, key=lambda line: line.pk)
    filled = replace(
        intake,
        channel=kinds.kind_of(first.channel.kind).case_channel,
        customer=row.customer or intake.customer,
        contact=row.contact or intake.contact,
        uploads=[*files_of(lines), *intake.uploads],
    )
    registered = intakes.register(filled, by=by, at=first.at, source=source, source_key=f"line:{first.uid}")
    for line in lines:
        line.case = registered.case
        line.save(update_fields=["case"])
    _link(row, registered.case, first, by=by, at=at, source=source)
    if row.contact_id is None and registered.case.contact is not None:
        know(conversation=row, contact=registered.case.contact, how=Known.STAFF, by=by, at=at, source=source)
    return registered


def files_of(lines: Sequence[Line]) -> list[Upload]:
    """The files that came with lines, as they came; one whose content is not there any more is left out."""
    rows = LineFile.objects.filter(line__in=list(lines), erased_at=None).order_by("pk")
    found = [(row.name, CONTENTS.path_of(row.sha256)) for row in rows]
    return [Upload(name, path.read_bytes()) for name, path in found if path.is_file()]


@transaction.atomic
def link_case(
    *, conversation: Conversation, case: Case, by: Actor, at: datetime, source: str = "web"
) -> Conversation:
    """From now on the conversation is about this case: what is said in it stands on the case's timeline too. Raises
    Refused where the case is somebody else's."""
    row = held(conversation.pk)
    if row.customer_id is not None and case.customer_id not in {None, row.customer_id}:
        raise Refused(_("这个事项是别的客户的。"))
    _link(row, case, None, by=by, at=at, source=source)
    return row


def _link(row: Conversation, case: Case, line: Line | None, *, by: Actor, at: datetime, source: str) -> None:
    if row.case_id == case.pk:
        return
    change(row, case=case)
    event = ConversationCaseLinked(case=str(case.pk), line=str(line.uid) if line else None)
    note(row, event, by=by, at=at, source=source)
