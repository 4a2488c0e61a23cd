"""Every act on a case, as data: what it is called, who may do it, which form it takes, which facts it records.

Pages, the API and promise rows all go through `perform`, so that each act is checked the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from keyue.cases import conduct, forms, selectors
from keyue.cases.actions import handling, rounds, telling, triage
from keyue.cases.enums import Stage
from keyue.cases.models import Case
from keyue.cases.rules import CASE, CaseState
from keyue.cases.selectors import case_for, works_for
from keyue.kernel.errors import Denied, Invalid, NotFound
from keyue.ledger.facts import SKEW, Actor
from keyue.ledger.selectors import facts_of
from keyue.people.enums import Permission as P
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.people.selectors import acting_for, owner_names, works_in
from keyue.promises.knowledge import fold_state
from keyue.promises.models import Promise
from keyue.promises.selectors import owes
from keyue.regulations.controls import Control


@dataclass(frozen=True, slots=True)
class Act:
    """`records` are the fact kinds that perform promises; `question` asks `conduct` whether it is possible now."""

    code: str
    label: object
    permission: P
    form: type[forms.ActForm]
    run: Callable[..., Any]
    records: tuple[str, ...] = ()
    icon: str = "case"
    done: object = ""

    def refusal(self, state: CaseState) -> object | None:
        """Why it cannot be done now, or None."""
        question = conduct.QUESTIONS.get(self.code)
        return conduct.ended(state) or (question(state) if question else None)

    def not_theirs(self, user: User, case: Case) -> object | None:
        """Why this is not this person's to do though their role may, or None.

        What the lead department does (S3 4.3.2, 4.4.1) is done by its people, by who leads it, and by who holds one of
        its promises; where nobody leads the case, by who may assign it. A collaborating department has tasks of its own
        (32).
        """
        if self.code not in LEADS_OWN:
            return None
        if not case.lead:
            sentence = _("还没有派给牵头部门，由负责派单的人处理。")
            return None if allows(user, P.CASE_ASSIGN) else sentence
        sentence = _("这由牵头部门来做；协办部门办好交给自己的协办任务。")
        return None if works_for(user, case, case.lead) else sentence


_ALL = (
    Act("classify", _("分类"), P.CASE_CLASSIFY, forms.ClassifyForm, triage.classify, ("case.classified",), "filter"),
    Act("reclassify", _("改分类"), P.CASE_CLASSIFY, forms.ClassifyForm, triage.reclassify, (), "filter"),
    Act("review", _("审核"), P.CASE_REVIEW, forms.ReviewForm, triage.review, ("case.reviewed",), "check"),
    Act("assess", _("评估"), P.CASE_ASSESS, forms.AssessForm, triage.assess, ("case.assessed",), "gauge"),
    Act("change_level", _("改级别"), P.CASE_ASSESS, forms.LevelForm, triage.change_level, (), "gauge"),
    Act("hold_meeting", _("记会议纪要"), P.CASE_ASSESS, forms.MeetingForm, triage.hold_meeting, ("case.meeting_held",), "user"),
    Act("report_urgent", _("上报紧急"), P.CASE_NOTE, forms.TextForm, triage.report_urgent, (), "bell"),
    Act(
        "acknowledge_urgent", _("确认收到"), P.CASE_ACKNOWLEDGE, forms.EmptyForm, triage.acknowledge_urgent,
        ("case.urgent_acknowledged",), "bell",
    ),
    Act("assign", _("派单"), P.CASE_ASSIGN, forms.AssignForm, handling.assign, ("case.assigned",), "send"),
    Act("reassign", _("转派"), P.CASE_ASSIGN, forms.ReassignForm, handling.reassign, (), "send"),
    Act("return_task", _("退回"), P.CASE_RETURN, forms.ReasonForm, handling.return_task, (), "undo"),
    Act("give_task", _("交办协办"), P.CASE_SOLVE, forms.TaskForm, handling.give_task, (), "plus"),
    Act("ask_support", _("请技术支持"), P.CASE_TELL_CUSTOMER, forms.SupportForm, handling.ask_support, (), "team"),
    Act("finish_task", _("协办完成"), P.CASE_SOLVE, forms.FinishTaskForm, handling.finish_task, ("case.task_done",), "check"),
    Act("file_plan", _("提交方案"), P.CASE_PLAN, forms.PlanForm, handling.file_plan, ("case.plan_filed",), "note"),
    Act("give_eta", _("告知预计时间"), P.CASE_TELL_CUSTOMER, forms.EtaForm, telling.give_eta, ("case.eta_given",), "clock"),
    Act("solve", pgettext_lazy("动作", "登记解决"), P.CASE_SOLVE, forms.SolveForm, handling.solve, ("case.solved",), "check"),
    Act(
        "report_result", _("报结果"), P.CASE_SOLVE, forms.ResultForm, handling.report_result,
        ("case.result_to_service",), "send",
    ),
    Act(
        "tell_result", _("告知结果"), P.CASE_TELL_CUSTOMER, forms.WordForm, telling.tell_result,
        ("case.result_to_customer",), "send",
    ),
    Act(
        "reply", _("回复客户"), P.CASE_TELL_CUSTOMER, forms.WordForm, telling.reply,
        ("case.first_response", "case.progress_told"), "chat",
    ),
    Act("wait", pgettext_lazy("动作", "停表"), P.CASE_PAUSE, forms.WaitForm, telling.wait, (), "pause"),
    Act("resume", _("恢复计时"), P.CASE_PAUSE, forms.ResumeForm, telling.resume, (), "clock"),
    Act("follow_up", _("回访"), P.CASE_FOLLOW_UP, forms.FollowUpForm, rounds.follow_up, ("case.follow_up_call",), "phone"),
    Act("note_follow_up", _("记跟进"), P.CASE_NOTE, forms.TextForm, handling.note_follow_up, ("case.follow_up_noted",), "note"),
    Act("note", _("内部备注"), P.CASE_NOTE, forms.TextForm, handling.note, (), "note"),
    Act("reopen", pgettext_lazy("动作", "重新处理"), P.CASE_FOLLOW_UP, forms.ReasonForm, rounds.reopen, (), "undo"),
    Act("record_cause", _("根因与预防"), P.CASE_SOLVE, forms.CauseForm, rounds.record_cause, (), "search"),
    Act("close", _("关闭"), P.CASE_CLOSE, forms.EmptyForm, rounds.close, (), "check"),
    Act("request_exit", _("申请结束"), P.CASE_CLOSE, forms.ExitForm, rounds.request_exit, (), "x"),
    Act("decide_exit", _("审批结束"), P.CASE_CLOSE_APPROVE, forms.DecideForm, rounds.decide_exit, (), "check"),
    Act("withdraw", _("客户撤回"), P.CASE_TELL_CUSTOMER, forms.WithdrawForm, rounds.withdraw, (), "x"),
    Act("merge", _("合并"), P.CASE_ASSIGN, forms.MergeForm, rounds.merge, (), "copy"),
)  # fmt: skip
A_MINUTE = timedelta(minutes=1)
LEADS_OWN = frozenset({"return_task", "give_task", "file_plan", "solve", "report_result"})
ACTS: Mapping[str, Act] = {act.code: act for act in _ALL}
BY_KIND: Mapping[str, Act] = {kind: act for act in reversed(_ALL) for kind in act.records}


def obstacle(code: str, user: User, case: Case, owed: Iterable[Promise]) -> object | None:
    """What stands in the way besides the state: open tasks, an end that was asked for, and by whom. Or None."""
    running = [promise for promise in owed if promise.is_open]
    if code == "solve":
        tasks = {promise.owner for promise in running if promise.control == "task"}
        return conduct.unfinished(list(owner_names(tasks).values()) if tasks else ())
    if code == "finish_task":
        given = {task.department for task in selectors.tasks(case) if task.done_at is None}
        theirs = not given or any(works_for(user, case, department) for department in given)
        return None if theirs else _("这项协办由接到它的部门来完成。")
    if code == "decide_exit":
        own = bool(case.exit_requested) and any(owes(user, promise) for promise in running)
        return conduct.approve_exit(case.exit_requested, case.exit_requested_by_id, user.pk, own)
    if code in {"review", "request_exit"} and case.exit_requested:
        return _("已经申请结束，等他人批准。")
    return None


def act_named(code: str) -> Act:
    """The act; raises NotFound."""
    if code not in ACTS:
        raise NotFound(_("没有这个动作：%(code)s") % {"code": code})
    return ACTS[code]


def act_for(control: Control) -> Act | None:
    """The act that performs a control's promise: of the first kind that has one."""
    return next((BY_KIND[occasion.kind] for occasion in control.met_by if occasion.kind in BY_KIND), None)


def act_in_row(control: Control | None, promise: Promise | None, user: User, case: Case) -> Act | None:
    """What a row of a list offers this person for a promise, or None: a case that was given back is assigned before
    anything of the lead department's can be done, and what a department does is offered to its people."""
    act = act_for(control) if control is not None else None
    if act is None or promise is None:
        return None
    if act.code in LEADS_OWN and case.stage == Stage.ASSIGN:
        act = ACTS["assign"]
    elif act.code in LEADS_OWN or act.code == "finish_task":
        department = promise.owner if act.code == "finish_task" else case.lead
        holds = promise.holder_id is not None and promise.holder_id in acting_for(user)
        if not (holds or works_in(user, department) or (not department and allows(user, P.CASE_ASSIGN))):
            return None
    return act if act is not None and allows(user, act.permission) else None


def possible_acts(user: User, case: Case, state: CaseState) -> list[Act]:
    """What this person may do and the state allows, in the order of the work."""
    allowed = [act for act in _ALL if allows(user, act.permission) and act.refusal(state) is None]
    return [act for act in allowed if act.not_theirs(user, case) is None]


def perform(
    user: User,
    number: str,
    code: str,
    data: Any,
    *,
    at: datetime,
    files: Any = None,
    source: str = "web",
    rev: int | None = None,
    happened: datetime | None = None,
) -> Case:
    """Do an act as a person; `at` is now, `happened` when it was where that is said apart from the form.

    Raises Denied, NotFound, Invalid (a sentence a field) or Refused.
    """
    act = act_named(code)
    check(user, act.permission)
    case = case_for(user, number)
    foreign = act.not_theirs(user, case)
    if foreign is not None:
        raise Denied(foreign)
    form = act.form(data, files, case=case, user=user)
    if not form.is_valid():
        fields = {name: errors[0] for name, errors in form.errors.items()}
        raise Invalid(_("有 %(n)d 处需要修改。") % {"n": len(fields)}, fields=fields)
    arguments = form.arguments()
    typed = arguments.pop("at", None)
    if typed is not None and not timedelta(0) <= at - typed < A_MINUTE:
        # forms know no seconds: this minute is now
        happened = typed
    if happened is not None:
        at = _checked_instant(act, case, happened, at)
    extra = {"rev": rev} if rev is not None and code in REVISED else {}
    act.run(case.pk, **arguments, **extra, by=Actor("staff", str(user.pk)), at=at, source=source)
    return case_for(user, number)


def _checked_instant(act: Act, case: Case, happened: datetime, now: datetime) -> datetime:
    """When it was, if that can have been. Raises Invalid for the field `at`."""
    sentence: object = ""
    if happened > now + SKEW:
        sentence = _("发生时间不能晚于现在。")
    elif happened < case.received_at:
        sentence = _("不能早于事项的受理时间。")
    elif happened < now:
        before = [fact for fact in facts_of(case.subject) if fact.at <= happened]
        state = fold_state(before, CASE, now)
        reason = act.refusal(state) if state is not None else None
        if reason is not None:
            sentence = _("那时还不能这样做：%(why)s") % {"why": reason}
    if sentence:
        raise Invalid(sentence, fields={"at": sentence})
    return min(happened, now)


REVISED = frozenset(
    {
        "classify",
        "reclassify",
        "review",
        "assess",
        "change_level",
        "assign",
        "reassign",
        "file_plan",
        "solve",
        "close",
    }
)
