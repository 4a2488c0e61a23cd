"""May this act be done now? Each question answers with a sentence that says why not, or None. No database.

Whether the person may is `people.permissions`; here only the state of the case counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from keyue.cases.enums import Exit, FollowUpOutcome
from keyue.cases.rules import OPINIONS, CaseState, seeks_satisfaction

Reason = object | None
MAX_ETA_MOVES = 3
NEEDED_ATTEMPTS = 3


def ended(state: CaseState) -> Reason:
    return _("事项已经结束，不能再办理。") if state.ended else None


def classify(state: CaseState) -> Reason:
    return _("已经分类过；要改请用「改分类」。") if state.classified else None


def reclassify(state: CaseState) -> Reason:
    return None if state.classified else _("还没有分类。")


def review(state: CaseState) -> Reason:
    if state.type not in OPINIONS:
        return _("这类事项不需要审核。")
    if not state.classified:
        return _("先分类，再审核。")
    # found invalid and yet open: the end was not agreed to, and only another review lets it go on
    return _("已经审核过。") if state.reviewed and state.valid is not False else None


def assess(state: CaseState) -> Reason:
    if state.valid is False:
        return _("审核为无效，不再评估。")
    if not state.reviewed and state.type in OPINIONS:
        return _("先审核，再评估。")
    return _("已经解决，不再评估。") if state.solved else None


def change_level(state: CaseState) -> Reason:
    return _("还没有评估。") if not state.assessed else solved(state)


def solved(state: CaseState) -> Reason:
    return _("本轮已经解决。") if state.solved else None


def assign(state: CaseState) -> Reason:
    if state.valid is False:
        return _("审核为无效，不再派单。")
    if not state.classified:
        return _("先分类，再派单。")
    if state.lead:
        return _("已经派给牵头部门；要换请用「转派」。")
    return solved(state)


def reassign(state: CaseState) -> Reason:
    return _("还没有派单。") if not state.lead else solved(state)


def in_hand(state: CaseState) -> Reason:
    """For what the lead department does while it works on the case."""
    return _("还没有派给牵头部门。") if not state.lead else solved(state)


def solve(state: CaseState) -> Reason:
    return solved(state) if state.classified else _("请先分类，再登记解决。")


def report(state: CaseState) -> Reason:
    if not state.solved:
        return _("还没有登记解决。")
    return _("结果已经报给客户服务部。") if state.reported else None


def tell_result(state: CaseState) -> Reason:
    if not state.solved:
        return _("还没有登记解决，不能告知结果。")
    return _("本轮结果已经告知客户。") if state.told else None


def wait(state: CaseState) -> Reason:
    if state.waiting:
        return _("已经停表。")
    return in_hand(state)


def resume(state: CaseState) -> Reason:
    return None if state.waiting else _("没有停表。")


def follow_up(state: CaseState) -> Reason:
    if not state.solved:
        return _("还没有解决，不能回访。")
    if not state.told:
        return _("结果还没有告知客户，不能回访。")
    return _("客户已经表示满意。") if state.outcome == FollowUpOutcome.SATISFIED else None


def reopen(state: CaseState) -> Reason:
    return None if state.solved else _("本轮还没有解决，不需要重新处理。")


def close(state: CaseState) -> Reason:
    """Closing by satisfaction; root cause and prevention are asked apart."""
    if seeks_satisfaction(state):
        if state.outcome != FollowUpOutcome.SATISFIED:
            return _("客户还没有表示满意；其他结束方式需要申请并批准。")
        return None
    if not state.classified:
        return _("先分类，再关闭。")
    return None if state.responded else _("还没有答复客户。")


def unfinished(departments: Sequence[str]) -> Reason:
    """32: no solution while a task of a collaborating department is open."""
    if not departments:
        return None
    names = _("、").join(departments)
    return _("%(names)s的协办任务还没有完成，也没有免除，不能登记解决。") % {"names": names}


def approve_exit(requested: str, requested_by: int | None, approver: int, owes: bool) -> Reason:
    """34 and 39: the approver is neither the requester nor who owes what the end would cancel."""
    if not requested:
        return _("没有待批准的结束申请。")
    if approver == requested_by:
        return _("申请人不能批准自己的申请。")
    return _("责任人不能批准自己事项的结束申请。") if owes else None


def request_exit(exit_: str, attempts: int) -> Reason:
    if exit_ in {Exit.SATISFIED, Exit.ANSWERED, Exit.MERGED, Exit.WITHDRAWN}:
        return _("这种结束方式不需要申请。")
    if exit_ == Exit.UNREACHABLE and attempts < NEEDED_ATTEMPTS:
        return _("联系不上至少要有 %(needed)d 次联系记录，现在是 %(n)d 次。") % {
            "needed": NEEDED_ATTEMPTS,
            "n": attempts,
        }
    return None


QUESTIONS: Mapping[str, Callable[[CaseState], Reason]] = {
    "classify": classify,
    "reclassify": reclassify,
    "review": review,
    "assess": assess,
    "change_level": change_level,
    "assign": assign,
    "reassign": reassign,
    "return_task": in_hand,
    "give_task": in_hand,
    "file_plan": in_hand,
    "give_eta": in_hand,
    "solve": solve,
    "report_result": report,
    "tell_result": tell_result,
    "wait": wait,
    "resume": resume,
    "follow_up": follow_up,
    "reopen": reopen,
    "close": close,
}
