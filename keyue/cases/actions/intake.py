"""Intake: an opinion becomes a case, with a number, promises and (for the sender) a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases.actions.core import (
    change,
    record,
    shown_with,
    source_of,
    staff_id,
    text_of,
    write_message,
)
from keyue.cases.actions.files import Upload
from keyue.cases.actions.indexing import index_new
from keyue.cases.codes import code_digest
from keyue.cases.enums import CHANNEL_EVIDENCE, CaseType, Channel, MessageKind, Phase
from keyue.cases.events import CaseAutoAck, CaseRated, CaseReceived
from keyue.cases.models import Case, CaseScope, Message
from keyue.customers import actions as customers
from keyue.customers.models import Contact, Customer
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.kernel.ids import new_code
from keyue.ledger.facts import SYSTEM, Actor
from keyue.ledger.insertion import insert_rows
from keyue.people.selectors import PERSON

TITLE = 120
CONTENT = 10_000


@dataclass(frozen=True, slots=True)
class Intake:
    """What is asked of an opinion: person, contact, region, phase, topic, content (S3 3.1.1, 4.1.2)."""

    type: str
    content: str
    title: str = ""
    channel: str = Channel.WEBFORM
    phase: str = ""
    region: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    is_anonymous: bool = False
    consent_version: str = ""
    departments: Sequence[str] = ()
    uploads: Sequence[Upload] = field(default_factory=tuple)
    customer: Customer | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """A new case and the code with which its sender follows it; the code is shown once."""

    case: Case
    code: str
    is_new: bool = True


@transaction.atomic
def register(
    intake: Intake,
    *,
    by: Actor,
    at: datetime,
    source: str,
    source_key: str | None = None,
    code: str = "",
    announce: bool = True,
) -> Registered:
    """Register an opinion that arrived at `at`. The same `source_key` again gives the case that is there.

    `code` is the sender's, where the channel can make the same one again for a second copy of the same form. Raises
    Invalid with a sentence for each field at fault.
    """
    if source_key:
        known = Case.objects.filter(source_key=source_key).first()
        if known is not None:
            return Registered(known, "", is_new=False)
    title, content = _checked(intake)
    customer, contact = _sender(intake, by=by, at=at)
    code = code or new_code()
    case = Case(
        received_type=intake.type,
        type=intake.type,
        phase=intake.phase,
        channel=intake.channel,
        region=intake.region,
        title=title,
        content=content,
        customer=customer,
        contact=contact,
        is_anonymous=intake.is_anonymous,
        code_digest=code_digest(code),
        consent_version=intake.consent_version,
        source_key=source_key,
        received_at=at,
        registered_at=clock.now(),
        registered_by_id=staff_id(by),
    )
    insert_rows([case])
    insert_rows([CaseScope(case=case, department=department) for department in intake.departments])
    message = write_message(
        case, MessageKind.INBOUND, content, by=by, at=at, via=intake.channel, indexed=False
    )
    index_new(case.pk, {"title": f"{case.number} {title}", source_of(message): content})
    proofs = shown_with(message, CHANNEL_EVIDENCE[intake.channel], intake.uploads)
    record(
        case,
        [_received(case, message)],
        by=by,
        at=at,
        source=source,
        proofs=proofs,
        announce=announce,
        begins=True,
    )
    return Registered(case, code)


def _received(case: Case, message: Message) -> CaseReceived:
    return CaseReceived(
        type=case.type,
        channel=case.channel,
        phase=case.phase or None,
        customer=str(case.customer_id) if case.customer_id else None,
        contact=str(case.contact_id) if case.contact_id else None,
        message=str(message.uid),
        anonymous=case.is_anonymous or None,
        account_manager=_account_manager(case.customer),
        customer_grade=(case.customer.grade or None) if case.customer else None,
    )


def _account_manager(customer: Customer | None) -> str | None:
    return f"{PERSON}{customer.account_manager_id}" if customer and customer.account_manager_id else None


def _checked(intake: Intake) -> tuple[str, str]:
    faults: dict[str, object] = {}
    for name, value, choices in (
        ("type", intake.type, CaseType.values),
        ("channel", intake.channel, Channel.values),
        ("phase", intake.phase or None, [None, *Phase.values]),
    ):
        if value not in choices:
            faults[name] = _("没有这个选项：%(value)s") % {"value": value}
    content, title = intake.content, intake.title
    try:
        content = text_of(intake.content, field="content", most=CONTENT)
        title = text_of(intake.title or content.splitlines()[0][:40], field="title", most=TITLE)
    except Invalid as error:
        faults.update(error.fields)
    if not intake.is_anonymous and not (intake.customer or intake.name or intake.phone or intake.email):
        faults["phone"] = _("请留下联系方式，或选择匿名提交。")
    if faults:
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(faults)}, fields=faults)
    return title, content


def _sender(intake: Intake, *, by: Actor, at: datetime) -> tuple[Customer | None, Contact | None]:
    if intake.is_anonymous:
        return None, None
    if intake.customer is not None:
        return intake.customer, intake.contact
    customer, contact, _matched = customers.match_or_create(
        name=intake.name,
        phone=intake.phone,
        email=intake.email,
        region=intake.region,
        kind="person",
        by=by,
        at=at,
    )
    return customer, contact


@transaction.atomic
def acknowledge(case: Case, *, at: datetime, via: str) -> None:
    """The automatic receipt: it fulfils nothing (S7)."""
    record(case, [CaseAutoAck(via=via)], by=SYSTEM, at=at, source="auto")


@transaction.atomic
def rate(case: Case, *, score: int, by: Actor, at: datetime) -> None:
    """A score of 1 to 5; by itself it decides nothing."""
    if score not in range(1, 6):
        raise Invalid(_("评分是 1 到 5。"), fields={"score": _("评分是 1 到 5。")})
    change(case, rating=score)
    record(case, [CaseRated(score=score, via="portal")], by=by, at=at, source="portal")
