"""A line becomes a case, or the conversation goes on about one that is there; the link is kept both ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.actions import intake as intakes
from keyue.cases.actions.intake import Intake, Registered
from keyue.cases.models import Case
from keyue.conversations import kinds
from keyue.conversations.actions._ground import CONTENTS, change, held, note, show
from keyue.conversations.actions.knowing import know
from keyue.conversations.enums import Known
from keyue.conversations.events import ConversationCaseLinked
from keyue.conversations.models import Conversation, Line, LineFile
from keyue.customers.actions.intake import current
from keyue.customers.actions.notes import record_contact
from keyue.customers.enums import ContactWay
from keyue.customers.models import ContactNote
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.models import User
from keyue.sales.actions import needs
from keyue.sales.models import Need
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


@transaction.atomic
def note_need(
    *, conversation: Conversation, line: Line, what: str, user: User, at: datetime, source: str = "web"
) -> Need:
    """A need of the customer made of what they said; the same line again gives the need that is there. Raises Invalid,
    Refused where nobody knows which customer it is."""
    row = _known(conversation)
    made = _made(line, NEED)
    if made:
        return Need.objects.get(pk=made)
    need = needs.note_need(
        customer=row.customer,
        what=what,
        user=user,
        by=Actor("staff", str(user.pk)),
        at=at,
        learned=line.at,
        contact=row.contact if row.contact and row.contact.customer_id == row.customer_id else None,
        said_in=row.subject,
        via=source,
    )
    _became(row, line, NEED, need.pk, need.number)
    return need


@transaction.atomic
def note_contact(
    *,
    conversation: Conversation,
    line: Line,
    topics: str,
    feedback: str = "",
    no_opinion: bool = False,
    user: User,
    at: datetime,
    source: str = "web",
) -> ContactNote:
    """A note of a contact made of what was said; the same line again gives the note that is there. Raises Invalid, Refused."""
    row = _known(conversation)
    made = _made(line, CONTACT)
    if made:
        return ContactNote.objects.get(pk=made)
    found = record_contact(
        customer=current(row.customer),
        way=WAYS.get(line.channel.kind, ContactWay.OTHER),
        contacted_at=line.at,
        staff=user,
        topics=topics,
        feedback=feedback,
        no_opinion=no_opinion,
        said_in=row.subject,
        by=Actor("staff", str(user.pk)),
        at=at,
        via=source,
    )
    _became(row, line, CONTACT, found.pk, "")
    return found


NEED, CONTACT = "need", "contact"
WAYS = {
    "email": ContactWay.MAIL,
    "phone": ContactWay.PHONE,
    "wechat": ContactWay.WECHAT,
    "wecom": ContactWay.WECHAT,
}


def _known(conversation: Conversation) -> Any:
    row = held(conversation.pk)
    if row.customer is None:
        raise Refused(_("还不知道是哪位客户。请先认出客户。"), code="unknown")
    return row


def _made(line: Line, what: str) -> int:
    found = [one["id"] for one in line.detail.get("became", []) if one["what"] == what]
    return int(found[0]) if found else 0


def _became(row: Conversation, line: Line, what: str, pk: int, number: str) -> None:
    """Keep the link at the line; the other end names the conversation."""
    before = line.detail.get("became", [])
    line.detail = {**line.detail, "became": [*before, {"what": what, "id": pk, "number": number}]}
    line.save(update_fields=["detail"])
    show(row)


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
