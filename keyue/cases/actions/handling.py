"""Assignment, collaboration, plan, waiting and solution: S3 4.3 and 4.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.cases import conduct
from keyue.cases.actions import hearing
from keyue.cases.actions.core import (
    check,
    locked,
    record,
    shown_by,
    staff_id,
    state_of,
    text_of,
    write_down,
    write_message,
)
from keyue.cases.actions.files import Upload
from keyue.cases.actions.projecting import show_to
from keyue.cases.enums import CaseType, MessageKind
from keyue.cases.events import (
    CaseAssigned,
    CaseFollowUpNoted,
    CaseNoted,
    CasePlanFiled,
    CaseReassigned,
    CaseResultToService,
    CaseReturned,
    CaseSolved,
    CaseTaskDone,
    CaseTaskGiven,
)
from keyue.cases.models import Case, CaseTask
from keyue.kernel.errors import Invalid, NotFound, Refused
from keyue.kernel.ids import new_id
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.promises import selectors as promises
from keyue.ui import wording


def departments(lead: str, collaborators: Sequence[str]) -> tuple[str, list[str]]:
    """Existing departments, the lead not among the helpers. Raises Invalid for the field."""
    known = {department.code for department in people.working_departments()}
    faults = {}
    if lead not in known:
        faults["lead"] = _("请选择牵头部门。")
    helpers = [code for code in dict.fromkeys(collaborators) if code and code != lead]
    if any(code not in known for code in helpers):
        faults["collaborators"] = _("协办部门里有不存在的部门。")
    if faults:
        raise Invalid(_("请检查部门。"), fields=faults)
    return lead, helpers


@transaction.atomic
def assign(
    case_id: int,
    *,
    lead: str,
    collaborators: Sequence[str] = (),
    note: str = "",
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """Give the case to one lead and any number of collaborating departments: S3 4.3.1."""
    case = locked(case_id)
    check(case, "assign", rev=rev)
    lead, helpers = departments(lead, collaborators)
    proofs = []
    if note.strip():
        message = write_message(case, MessageKind.NOTE, text_of(note, field="note", most=2000), by=by, at=at)
        proofs.append(shown_by(message, "note"))
    record(
        case,
        [CaseAssigned(lead=lead, collaborators=tuple(helpers))],
        by=by,
        at=at,
        source=source,
        proofs=proofs,
    )
    return case


@transaction.atomic
def reassign(
    case_id: int,
    *,
    lead: str,
    reason: str,
    collaborators: Sequence[str] | None = None,
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """Another lead, the same clock (30); a reason is needed."""
    case = locked(case_id)
    state = check(case, "reassign", rev=rev)
    lead, helpers = departments(lead, state.collaborators if collaborators is None else collaborators)
    if lead == state.lead and tuple(helpers) == state.collaborators:
        sentence = _("牵头和协办都没有变化。")
        raise Invalid(sentence, fields={"lead": sentence})
    reason = text_of(reason, field="reason", most=500)
    note = write_message(case, MessageKind.NOTE, _("转派：%(reason)s") % {"reason": reason}, by=by, at=at)
    record(
        case,
        [CaseReassigned(lead=lead, collaborators=tuple(helpers))],
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(note, "note")],
        sealed={"reason": reason},
    )
    return case


@transaction.atomic
def return_task(case_id: int, *, reason: str, by: Actor, at: datetime, source: str = "web") -> Case:
    """The lead department gives the task back, with a reason; the clock runs on (15)."""
    case = locked(case_id)
    state = check(case, "return_task")
    reason = text_of(reason, field="reason", most=500)
    note = write_message(case, MessageKind.NOTE, _("退回：%(reason)s") % {"reason": reason}, by=by, at=at)
    record(
        case,
        [CaseReturned(department=state.lead)],
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(note, "note")],
        sealed={"reason": reason},
    )
    hearing.tell_returned(case, at)
    return case


@transaction.atomic
def give_task(
    case_id: int, *, department: str, what: str, due: datetime, by: Actor, at: datetime, source: str = "web"
) -> CaseTask:
    """A part for a collaborating department, due not later than the lead's promise (32). Raises Invalid."""
    case = locked(case_id)
    state = check(case, "give_task")
    if department not in state.collaborators:
        raise Invalid(_("先把这个部门列为协办。"), fields={"department": _("先把这个部门列为协办。")})
    limit = promises.earliest_due(case.subject, ("solve_by_eta", "solve"))
    if limit is not None and due > limit:
        sentence = _("不能晚于牵头部门的时限 %(limit)s。") % {"limit": wording.exact(limit, promises.zone())}
        raise Invalid(sentence, fields={"due": sentence})
    return _given(case, department, what, due, by=by, at=at, source=source)


@transaction.atomic
def ask_support(
    case_id: int, *, department: str, what: str, due: datetime, by: Actor, at: datetime, source: str = "web"
) -> CaseTask:
    """Service staff ask those who support them (S4 5.1a): a question with a limit of its own. What is promised to the
    customer runs on, and the department asked sees the case. Raises Invalid."""
    case = locked(case_id)
    check(case, "ask_support")
    if not people.open_departments().filter(code=department).exists():
        raise Invalid(_("没有这个部门。"), fields={"department": _("没有这个部门。")})
    task = _given(case, department, what, due, is_support=True, by=by, at=at, source=source)
    show_to(case, department)
    return task


def _given(
    case: Case,
    department: str,
    what: str,
    due: datetime,
    *,
    is_support: bool = False,
    by: Actor,
    at: datetime,
    source: str,
) -> CaseTask:
    if due <= at:
        sentence = _("完成时间要在现在之后。")
        raise Invalid(sentence, fields={"due": sentence})
    message = write_message(case, MessageKind.TASK, text_of(what, field="what", most=2000), by=by, at=at)
    task = CaseTask.objects.create(
        uid=new_id(),
        case=case,
        department=department,
        message=message,
        due=due,
        given_at=at,
        given_by_id=staff_id(by),
    )
    record(
        case,
        [
            CaseTaskGiven(
                department=department, due=due, task=str(task.uid), support=True if is_support else None
            )
        ],
        by=by,
        at=at,
        source=source,
        proofs=[shown_by(message, "note")],
    )
    return task


@transaction.atomic
def finish_task(
    case_id: int,
    *,
    task_id: int,
    result: str = "",
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> CaseTask:
    """A collaborating department has done its part, with what came of it (32)."""
    case = locked(case_id)
    check(case, "finish_task")
    task = CaseTask.objects.filter(case=case, pk=task_id).first()
    if task is None:
        raise NotFound(_("没有这个协办任务。"))
    if task.done_at is not None:
        raise Refused(_("这个协办任务已经完成。"))
    body = text_of(result, field="result", most=5000, required=False) or _("协办完成")
    CaseTask.objects.filter(pk=task.pk).update(done_at=at, done_by_id=staff_id(by))
    done = CaseTaskDone(department=task.department, task=str(task.uid))
    write_down(
        case,
        MessageKind.NOTE,
        body,
        lambda _message: done,
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    task.refresh_from_db()
    return task


@transaction.atomic
def file_plan(
    case_id: int,
    *,
    body: str,
    steps: Sequence[Mapping[str, Any]] = (),
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """The plan with its steps (what, who, until), filed with service: S3 4.3.2."""
    case = locked(case_id)
    check(case, "file_plan", rev=rev)
    write_down(
        case,
        MessageKind.PLAN,
        text_of(body, field="body"),
        lambda message: CasePlanFiled(plan=message),
        detail={"steps": [dict(step) for step in steps]},
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


@transaction.atomic
def solve(
    case_id: int,
    *,
    result: str,
    opinion: str = "",
    opinion_text: str = "",
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
    rev: int | None = None,
) -> Case:
    """Solved, with what was done. Refused while a task of a collaborating department is open (32).

    After-sales work also says what the customer thinks: `opinion` is `said`, with `opinion_text`, or `none` (S3 3.1.2c).
    """
    case = locked(case_id)
    check(case, "solve", rev=rev)
    names = people.owner_names(promises.owners_of_open(case.subject, "task"))
    refusal = conduct.unfinished(list(names.values()))
    if refusal is not None:
        raise Refused(refusal)
    body = text_of(result, field="result")
    asked = _opinion(case, opinion, opinion_text)
    if asked == "said":
        body = _("%(result)s\n\n客户意见：%(text)s") % {"result": body, "text": opinion_text.strip()}
    write_down(
        case,
        MessageKind.RESULT,
        body,
        lambda message: CaseSolved(message=message, opinion=asked),
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


def _opinion(case: Case, opinion: str, text: str) -> str | None:
    """Whether the customer was asked, of after-sales work. Raises Invalid where nobody did."""
    if case.type != CaseType.REQUEST:
        return None
    if opinion not in {"said", "none"}:
        sentence = _("请写明客户有没有意见：没有也要选「没有意见」。")
        raise Invalid(sentence, fields={"opinion": sentence})
    if opinion == "said" and not text.strip():
        sentence = _("请写下客户说了什么。")
        raise Invalid(sentence, fields={"opinion_text": sentence})
    return opinion


@transaction.atomic
def report_result(
    case_id: int,
    *,
    result: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """The lead reports the result to service: S3 4.5.1."""
    case = locked(case_id)
    check(case, "report_result")
    write_down(
        case,
        MessageKind.RESULT,
        text_of(result, field="result"),
        lambda message: CaseResultToService(message=message),
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


@transaction.atomic
def note(
    case_id: int,
    *,
    text: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """An internal note: the customer does not see it and it stops no clock."""
    case = locked(case_id)
    reason = conduct.ended(state_of(case))
    if reason:
        raise Refused(reason)
    write_down(
        case,
        MessageKind.NOTE,
        text_of(text, field="text"),
        lambda message: CaseNoted(message=message),
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case


@transaction.atomic
def note_follow_up(
    case_id: int,
    *,
    text: str,
    uploads: Sequence[Upload] = (),
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Case:
    """Service asked the department how things stand: S3 4.3.3."""
    case = locked(case_id)
    check(case, "note_follow_up")
    write_down(
        case,
        MessageKind.NOTE,
        text_of(text, field="text", most=5000),
        lambda message: CaseFollowUpNoted(message=message),
        uploads=uploads,
        by=by,
        at=at,
        source=source,
    )
    return case
