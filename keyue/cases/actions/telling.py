"""Telling the customer is an act with evidence: a mail by the outbox, a portal message, or a recorded call or visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases import conduct, ready_words
from keyue.cases.actions.core import (
    Proof,
    change,
    check,
    locked,
    record,
    shown_with,
    state_of,
    text_of,
    write_down,
    write_message,
)
from keyue.cases.actions.files import Upload
from keyue.cases.enums import CHANNEL_EVIDENCE, MessageKind, Telling, WaitingReason
from keyue.cases.events import (
    CaseCustomerReplied,
    CaseEtaGiven,
    CaseFirstResponse,
    CaseMessageReceived,
    CaseProgressTold,
    CaseResultToCustomer,
    CaseWaitingCustomer,
)
from keyue.cases.models import Case, Message
from keyue.cases.rules import CaseState
from keyue.customers import selectors as customers
from keyue.kernel import clock
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger import actions as ledger
from keyue.ledger.facts import Actor, EvidenceKind

SENT = frozenset({Telling.MAIL, Telling.PORTAL})
JUST_NOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Word:
    """What is told and how. A call or a visit says with whom (`spoke_to`) and when (`at` of the act). `scripts`: the codes of
    the canned answers that it was made of."""

    via: str
    body: str
    spoke_to: str = ""
    uploads: Sequence[Upload] = ()
    scripts: Sequence[str] = ()


def _say(case: Case, word: Word, *, by: Actor, at: datetime) -> tuple[Message, list[Proof]]:
    """Write the message, put a mail into the outbox, and give the proofs. Raises Invalid for the field."""
    if word.via not in Telling.values:
        raise Invalid(_("请选择告知方式。"), fields={"via": _("请选择告知方式。")})
    body = ready_words.said(case, word.via, text_of(word.body, field="body"), by)
    detail = ready_words.made_of(word.scripts, word.body, by)
    if word.via in {Telling.CALL, Telling.VISIT}:
        detail["spoke_to"] = text_of(word.spoke_to, field="spoke_to", most=80)
    if word.via == Telling.MAIL and not _has_email(case):
        raise Invalid(
            _("没有客户的邮箱，请换一种方式。"), fields={"via": _("没有客户的邮箱，请换一种方式。")}
        )
    if by.kind == "staff" and word.via in SENT and clock.now() - at > JUST_NOW:
        sentence = _("邮件和进度页留言现在才发出，不能填更早的时间。")
        raise Invalid(sentence, fields={"at": sentence})
    message = write_message(case, MessageKind.OUTBOUND, body, by=by, at=at, via=word.via, detail=detail)
    proofs = shown_with(message, word.via, word.uploads)
    if word.via == Telling.MAIL:
        key = f"case-mail:{message.uid}"
        ledger.enqueue(kind="mail.case", key=key, payload={"message": message.pk, "case": case.pk}, at=at)
        Message.objects.filter(pk=message.pk).update(outbox_key=key)
    return message, proofs


def _has_email(case: Case) -> bool:
    points = customers.contact_points([case.contact_id]) if case.contact_id else {}
    return any(point.email for point in points.values())


def _with_first_response(
    state: CaseState, events: Sequence[Event], message: Message, via: str
) -> list[Event]:
    """Any word from a person is the first response, if there was none before (22)."""
    if not state.responded:
        return [CaseFirstResponse(message=str(message.uid), via=via), *events]
    return list(events)


@transaction.atomic
def reply(case_id: int, *, word: Word, by: Actor, at: datetime, source: str = "web") -> Case:
    """Write or speak to the customer: the first response if none was given, and word of the progress."""
    case = locked(case_id)
    state = check(case, "reply")
    message, proofs = _say(case, word, by=by, at=at)
    progress = [CaseProgressTold(message=str(message.uid), via=word.via)]
    events = _with_first_response(state, progress, message, word.via)
    record(case, events, by=by, at=at, source=source, proofs=proofs)
    return case


@transaction.atomic
def give_eta(
    case_id: int, *, eta: datetime, word: Word, reason: str = "", by: Actor, at: datetime, source: str = "web"
) -> Case:
    """Tell the customer when it will be solved. Moving an ETA needs a reason, is counted and limited (20)."""
    case = locked(case_id)
    state = check(case, "give_eta")
    if eta <= at:
        raise Invalid(_("预计解决时间要在现在之后。"), fields={"eta": _("预计解决时间要在现在之后。")})
    moved = state.eta_told
    sealed = None
    if moved:
        if case.eta_moves >= conduct.MAX_ETA_MOVES:
            raise Refused(_("预计时间已经改过 %(n)d 次，不能再改。") % {"n": case.eta_moves})
        sealed = {"reason": text_of(reason, field="reason", most=500)}
    message, proofs = _say(case, word, by=by, at=at)
    change(case, eta=eta, eta_moves=case.eta_moves + 1 if moved else 0)
    told = [CaseEtaGiven(eta=eta, to="customer", message=str(message.uid))]
    events = _with_first_response(state, told, message, word.via)
    record(case, events, by=by, at=at, source=source, proofs=proofs, sealed=sealed)
    return case


@transaction.atomic
def tell_result(case_id: int, *, word: Word, by: Actor, at: datetime, source: str = "web") -> Case:
    """The result to the customer: S3 4.5.1, S2 5.3."""
    case = locked(case_id)
    state = check(case, "tell_result")
    message, proofs = _say(case, word, by=by, at=at)
    told = [CaseResultToCustomer(message=str(message.uid), via=word.via)]
    events = _with_first_response(state, told, message, word.via)
    record(case, events, by=by, at=at, source=source, proofs=proofs)
    return case


@transaction.atomic
def wait(case_id: int, *, reason: str, word: Word, by: Actor, at: datetime, source: str = "web") -> Case:
    """Stop the clock: a typed reason, and the request sent to the customer as evidence (16)."""
    case = locked(case_id)
    state = check(case, "wait")
    if reason not in WaitingReason.values:
        raise Invalid(_("请选择停表原因。"), fields={"reason": _("请选择停表原因。")})
    message, proofs = _say(case, word, by=by, at=at)
    change(case, waiting_reason=reason)
    waiting = [CaseWaitingCustomer(reason=reason, message=str(message.uid))]
    events = _with_first_response(state, waiting, message, word.via)
    record(case, events, by=by, at=at, source=source, proofs=proofs)
    return case


@transaction.atomic
def resume(
    case_id: int,
    *,
    note: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """The wait is over since `at`, by a call or another way that we record ourselves."""
    case = locked(case_id)
    check(case, "resume")
    change(case, waiting_reason="")
    body = text_of(note, field="note", most=2000)
    write_down(
        case,
        MessageKind.NOTE,
        body,
        lambda message: CaseCustomerReplied(message=message),
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


@transaction.atomic
def receive(
    case_id: int,
    *,
    body: str,
    via: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str,
    key: str | None = None,
) -> Message:
    """The customer wrote again: it ends a wait, and stands on the timeline even after the end."""
    case = locked(case_id)
    state = state_of(case)
    message = write_message(case, MessageKind.INBOUND, text_of(body, field="body"), by=by, at=at, via=via)
    # by a channel of its own, or a word on the page of its progress
    kind = CHANNEL_EVIDENCE.get(via, via)
    proofs = shown_with(message, kind, uploads)
    event: Event
    if state.waiting and not state.ended:
        change(case, waiting_reason="")
        event = CaseCustomerReplied(message=str(message.uid))
    else:
        event = CaseMessageReceived(message=str(message.uid), via=via)
    record(case, [event], by=by, at=at, source=source, proofs=proofs, key=key)
    return message


@transaction.atomic
def told_by_channel(
    case_id: int,
    *,
    body: str,
    via: str,
    evidence: EvidenceKind,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str,
    key: str,
) -> None:
    """What a person told the customer in a conversation about the case counts as any other word: the first response if
    none was given, and word of the progress. `via` is a member of Channel. A case that has ended is left as it is."""
    case = locked(case_id)
    state = state_of(case)
    if state.ended:
        return
    message = write_message(case, MessageKind.OUTBOUND, text_of(body, field="body"), by=by, at=at, via=via)
    progress = [CaseProgressTold(message=str(message.uid), via=via)]
    events = _with_first_response(state, progress, message, via)
    proofs = shown_with(message, evidence, uploads)
    record(case, events, by=by, at=at, source=source, proofs=proofs, key=key)
