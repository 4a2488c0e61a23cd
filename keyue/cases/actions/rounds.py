"""Follow-up, rounds, root cause and the ways a case ends: S3 4.5.2, S1 10.3, decisions 33 to 35."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases import conduct
from keyue.cases.actions import hearing
from keyue.cases.actions.core import (
    change,
    check,
    locked,
    record,
    shown_by,
    shown_with,
    staff_id,
    text_of,
    write_down,
    write_message,
)
from keyue.cases.actions.files import Upload
from keyue.cases.actions.triage import choice
from keyue.cases.enums import Cause, Exit, FollowUpOutcome, MessageKind, Telling
from keyue.cases.events import (
    CaseAbsorbed,
    CaseCauseRecorded,
    CaseClosed,
    CaseExitRequested,
    CaseFollowUpCall,
    CaseMerged,
    CaseNoted,
    CaseReopened,
    CaseWithdrawn,
)
from keyue.cases.models import Case
from keyue.cases.rules import seeks_satisfaction
from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.promises import selectors as promises


@transaction.atomic
def follow_up(
    case_id: int,
    *,
    outcome: str,
    via: str,
    note: str = "",
    spoke_to: str = "",
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """Ask whether the customer is satisfied. "Unsatisfied" opens the next round by itself; unreachable is an attempt."""
    case = locked(case_id)
    check(case, "follow_up")
    choice(outcome, FollowUpOutcome.values, "outcome")
    body = text_of(note, field="note", most=5000, required=by.kind == "staff") or str(
        FollowUpOutcome(outcome).label
    )
    detail = {"outcome": outcome}
    if via in {Telling.CALL, Telling.VISIT}:
        detail["spoke_to"] = text_of(
            spoke_to, field="spoke_to", most=80, required=outcome != FollowUpOutcome.UNREACHABLE
        )
    kind = MessageKind.INBOUND if by.kind == "customer" else MessageKind.NOTE
    message = write_message(case, kind, body, by=by, at=at, via=via, detail=detail)
    if outcome == FollowUpOutcome.UNSATISFIED:
        change(case, has_cause=False, eta=None, eta_moves=0)
    record(
        case,
        [CaseFollowUpCall(outcome=outcome, via=via, message=str(message.uid))],
        by=by,
        at=at,
        source=source,
        proofs=shown_with(message, via, uploads),
    )
    return case


@transaction.atomic
def reopen(case_id: int, *, reason: str, by: Actor, at: datetime, source: str = "web") -> Case:
    """A new round, with the reason; the old one stands (33)."""
    case = locked(case_id)
    check(case, "reopen")
    reason = text_of(reason, field="reason", most=500)
    note = write_message(case, MessageKind.NOTE, _("重新处理：%(reason)s") % {"reason": reason}, by=by, at=at)
    change(case, has_cause=False, eta=None, eta_moves=0)
    record(
        case,
        [CaseReopened()],
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(note, "note")],
        sealed={"reason": reason},
    )
    return case


@transaction.atomic
def record_cause(
    case_id: int,
    *,
    cause: str,
    explanation: str,
    prevention: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """Root cause and prevention, before closing: S1 10.3."""
    case = locked(case_id)
    check(case, "record_cause")
    choice(cause, Cause.values, "cause")
    detail = {"cause": cause, "prevention": text_of(prevention, field="prevention", most=5000)}
    body = text_of(explanation, field="explanation", most=5000)
    change(case, has_cause=True)
    write_down(
        case,
        MessageKind.CAUSE,
        body,
        lambda message: CaseCauseRecorded(cause=cause, message=message),
        detail=detail,
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


@transaction.atomic
def close(case_id: int, *, by: Actor, at: datetime, source: str = "web", rev: int | None = None) -> Case:
    """Close a case whose customer is satisfied, root cause and prevention written down; or one that was answered and
    asks for no more."""
    case = locked(case_id)
    state = check(case, "close", rev=rev)
    if seeks_satisfaction(state) and not case.has_cause:
        raise Refused(_("关闭前先写明根因和预防措施。"))
    is_satisfied = state.outcome == FollowUpOutcome.SATISFIED
    how = Exit.SATISFIED if is_satisfied else Exit.ANSWERED
    record(case, [CaseClosed(exit=how)], by=by, at=at, source=source)
    return case


@transaction.atomic
def request_exit(
    case_id: int, *, exit: str, reason: str, by: Actor, at: datetime, source: str = "web"
) -> Case:
    """Ask for an honest exit other than satisfaction; another person approves it (34)."""
    case = locked(case_id)
    check(case, "request_exit")
    choice(exit, Exit.values, "exit")
    attempts = case.messages.filter(detail__outcome=FollowUpOutcome.UNREACHABLE).count()
    refusal = conduct.request_exit(exit, attempts)
    if refusal is not None:
        raise Invalid(str(refusal), fields={"exit": str(refusal)})
    if case.exit_requested:
        raise Refused(_("已经申请结束，等他人批准。"))
    reason = text_of(reason, field="reason", most=500)
    note = write_message(case, MessageKind.NOTE, _("申请结束：%(reason)s") % {"reason": reason}, by=by, at=at)
    change(case, exit_requested=exit, exit_requested_by_id=staff_id(by))
    record(
        case,
        [CaseExitRequested(exit=exit, requested_by=by.id, attempts=attempts)],
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(note, "note")],
        sealed={"reason": reason},
    )
    hearing.tell_approver(case, staff_id(by), at)
    return case


@transaction.atomic
def decide_exit(
    case_id: int, *, approve: bool, reason: str = "", by: Actor, at: datetime, source: str = "web"
) -> Case:
    """Approve the exit that was asked for, which ends the case, or decline it with a reason."""
    case = locked(case_id)
    check(case, "decide_exit")
    approver = people.find_user(int(by.id))
    running = promises.promises_of(case.subject).filter(is_open=True)
    own = any(promises.owes(approver, promise) for promise in running)
    refusal = conduct.approve_exit(case.exit_requested, case.exit_requested_by_id, approver.pk, own)
    if refusal is not None:
        raise Refused(refusal)
    asked_by = case.exit_requested_by_id
    if not approve:
        text = _("不同意结束：%(reason)s") % {"reason": text_of(reason, field="reason", most=500)}
        note = write_message(case, MessageKind.NOTE, text, by=by, at=at)
        change(case, exit_requested="", exit_requested_by_id=None)
        record(
            case,
            [CaseNoted(message=str(note.uid))],
            by=by,
            at=at,
            source=source,
            proofs=[shown_by(note, "note")],
        )
        hearing.tell_asker(case, asked_by, False, at)
        return case
    attempts = case.messages.filter(detail__outcome=FollowUpOutcome.UNREACHABLE).count()
    record(
        case,
        [
            CaseClosed(
                exit=case.exit_requested,
                attempts=attempts,
                requested_by=str(asked_by),
                approved_by=by.id,
            )
        ],
        by=by,
        at=at,
        source=source,
    )
    hearing.tell_asker(case, asked_by, True, at)
    return case


@transaction.atomic
def withdraw(
    case_id: int,
    *,
    via: str,
    note: str = "",
    spoke_to: str = "",
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """The customer takes it back: pending promises end, breaches stay (35). What staff record for them says with whom
    and in which words."""
    case = locked(case_id)
    check(case, "withdraw")
    choice(via, Telling.values, "via")
    proofs = []
    if by.kind != "customer":
        body = text_of(note, field="note", most=5000)
        detail = {}
        if via in {Telling.CALL, Telling.VISIT}:
            detail["spoke_to"] = text_of(spoke_to, field="spoke_to", most=80)
        message = write_message(case, MessageKind.NOTE, body, by=by, at=at, via=via, detail=detail)
        proofs = shown_with(message, via, uploads)
    record(case, [CaseWithdrawn(via=via)], by=by, at=at, source=source, proofs=proofs)
    return case


@transaction.atomic
def merge(case_id: int, *, into_id: int, by: Actor, at: datetime, source: str = "web") -> Case:
    """The same matter twice: this case ends, the other goes on and keeps the earliest receipt (35)."""
    if case_id == into_id:
        raise Invalid(_("不能并入自己。"), fields={"into": _("不能并入自己。")})
    first, second = sorted((case_id, into_id))
    found = {pk: locked(pk) for pk in (first, second)}
    case, into = found[case_id], found[into_id]
    check(case, "merge")
    if not into.is_open:
        sentence = _("%(number)s 已经结束，不能并入。") % {"number": into.number}
        raise Invalid(sentence, fields={"into": sentence})
    change(case, merged_into_id=into.pk)
    if case.received_at < into.received_at:
        change(into, received_at=case.received_at)
    record(case, [CaseMerged(into=str(into.pk))], by=by, at=at, source=source)
    record(
        into, [CaseAbsorbed(source=str(case.pk), received_at=case.received_at)], by=by, at=at, source=source
    )
    return case
