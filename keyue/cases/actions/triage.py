"""Sorting, review, assessment, urgent reports and meetings: S3 3.3.3, 4.1 and 4.2."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases import assessment
from keyue.cases.actions import hearing
from keyue.cases.actions.core import (
    change,
    check,
    locked,
    record,
    shown_by,
    staff_id,
    text_of,
    write_down,
    write_message,
)
from keyue.cases.actions.files import Upload
from keyue.cases.enums import LEVEL_PRIORITIES, CaseType, Category, Exit, Level, MessageKind
from keyue.cases.events import (
    CaseAssessed,
    CaseClassified,
    CaseExitRequested,
    CaseMeetingCalled,
    CaseMeetingHeld,
    CasePriorityChanged,
    CaseReclassified,
    CaseReviewed,
    CaseReviewRequested,
    CaseUrgentAcknowledged,
    CaseUrgentReported,
)
from keyue.cases.models import Case
from keyue.cases.rules import OPINIONS
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor


def choice(value: str, choices: list[str], field: str) -> str:
    """`value` if it is one of the choices; raises Invalid for the field otherwise."""
    if value not in choices:
        sentence = _("请从选项中选择。")
        raise Invalid(sentence, fields={field: sentence})
    return value


@transaction.atomic
def classify(
    case_id: int,
    *,
    type: str,
    category: str,
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """First sorting into a type and one of the five categories: S3 4.1.1."""
    case = locked(case_id)
    before = check(case, "classify", rev=rev)
    choice(type, CaseType.values, "type")
    choice(category, Category.values, "category")
    events: list[Event] = [CaseClassified(type=type, category=category)]
    if before.type not in OPINIONS and type in OPINIONS:
        events.append(CaseReviewRequested())
    record(case, events, by=by, at=at, source=source)
    return case


@transaction.atomic
def reclassify(
    case_id: int,
    *,
    type: str,
    category: str,
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """Another type or category; becoming an opinion asks for the review that was not owed before (S7, 29)."""
    case = locked(case_id)
    before = check(case, "reclassify", rev=rev)
    choice(type, CaseType.values, "type")
    choice(category, Category.values, "category")
    if (type, category) == (before.type, before.category):
        sentence = _("类型和类别都没有变化。")
        raise Invalid(sentence, fields={"type": sentence})
    events: list[Event] = [CaseReclassified(type=type, category=category)]
    if before.type not in OPINIONS and type in OPINIONS and not before.reviewed:
        events.append(CaseReviewRequested())
    record(case, events, by=by, at=at, source=source)
    return case


@transaction.atomic
def review(
    case_id: int,
    *,
    valid: bool,
    reason: str = "",
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """The daily review: valid, or invalid with a reason, which asks for the honest exit `invalid`: S3 4.2.1.

    Where that end was not agreed to, the item is reviewed again, and as a valid one goes on.
    """
    case = locked(case_id)
    check(case, "review", rev=rev)
    if case.exit_requested:
        raise Refused(_("已经申请结束，等他人批准。"))
    if valid:
        record(case, [CaseReviewed(valid=True)], by=by, at=at, source=source)
        return case
    reason = text_of(reason, field="reason", most=500)
    requester = staff_id(by)
    change(case, exit_requested=Exit.INVALID, exit_requested_by_id=requester)
    note = write_message(
        case, MessageKind.NOTE, _("审核为无效：%(reason)s") % {"reason": reason}, by=by, at=at
    )
    record(
        case,
        [CaseReviewed(valid=False), CaseExitRequested(exit=Exit.INVALID, requested_by=by.id)],
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(note, "note")],
        sealed={"reason": reason},
    )
    hearing.tell_approver(case, requester, at)
    return case


@transaction.atomic
def assess(
    case_id: int,
    *,
    severity: int,
    reach: int,
    consequence: int,
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """Severity, reach and consequence, 1 to 3 each, give the level; a large impact calls a meeting: S3 4.2.2."""
    case = locked(case_id)
    check(case, "assess", rev=rev)
    faults = {
        name: _("请选 1 到 3。")
        for name, value in (("severity", severity), ("reach", reach), ("consequence", consequence))
        if value not in (1, 2, 3)
    }
    if faults:
        raise Invalid(_("三项都要评分。"), fields=faults)
    level = assessment.level_of(severity, reach, consequence)
    change(case, severity=severity, reach=reach, consequence=consequence)
    events: list[Event] = [
        CaseAssessed(
            priority=LEVEL_PRIORITIES[level],
            level=level,
            severity=severity,
            reach=reach,
            consequence=consequence,
        )
    ]
    if level == Level.MAJOR:
        events.append(CaseMeetingCalled(level=level))
    record(case, events, by=by, at=at, source=source)
    return case


@transaction.atomic
def change_level(
    case_id: int,
    *,
    level: str,
    reason: str,
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """Another level, with a reason; what it counts as moves the running limits (28). One that has become of large
    impact calls a meeting, as an assessment would."""
    case = locked(case_id)
    before = check(case, "change_level", rev=rev)
    choice(level, Level.values, "level")
    if level == before.level:
        sentence = _("现在就是这个级别。")
        raise Invalid(sentence, fields={"level": sentence})
    reason = text_of(reason, field="reason", most=500)
    note = write_message(case, MessageKind.NOTE, _("改级别：%(reason)s") % {"reason": reason}, by=by, at=at)
    events: list[Event] = [CasePriorityChanged(priority=LEVEL_PRIORITIES[level], level=level)]
    if level == Level.MAJOR:
        events.append(CaseMeetingCalled(level=level))
    record(
        case,
        events,
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(note, "note")],
        sealed={"reason": reason},
    )
    return case


@transaction.atomic
def hold_meeting(
    case_id: int,
    *,
    minutes: str,
    attendees: str = "",
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """Minutes of a special meeting; it stands open until they are saved: S3 4.2.2, S2 5.3."""
    case = locked(case_id)
    check(case, "hold_meeting")
    minutes = text_of(minutes, field="minutes")
    write_down(
        case,
        MessageKind.MINUTES,
        minutes,
        lambda message: CaseMeetingHeld(minutes=message),
        detail={"attendees": text_of(attendees, field="attendees", most=500, required=False)},
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


@transaction.atomic
def report_urgent(
    case_id: int,
    *,
    text: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """Tell the superior of an important or urgent matter; they must acknowledge: S3 3.3.3."""
    case = locked(case_id)
    check(case, "report_urgent")
    write_down(
        case,
        MessageKind.NOTE,
        text_of(text, field="text", most=2000),
        lambda message: CaseUrgentReported(message=message),
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    hearing.tell_urgent(case, at)
    return case


@transaction.atomic
def acknowledge_urgent(case_id: int, *, by: Actor, at: datetime, source: str = "web") -> Case:
    """The superior has taken note of an urgent report: S3 3.3.3."""
    case = locked(case_id)
    check(case, "acknowledge_urgent")
    record(case, [CaseUrgentAcknowledged()], by=by, at=at, source=source)
    return case
