"""Problems: one cause behind several cases. Cases are linked, never merged and never changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from keyue.cases.models import Case
from keyue.kernel.errors import Invalid, Refused
from keyue.kernel.events import Event
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.promises import actions as promises
from keyue.promises.enums import NoticeKind
from keyue.sorting.actions._ground import note, signature, tidy
from keyue.sorting.enums import ProblemState
from keyue.sorting.events import (
    ProblemCaseLinked,
    ProblemCaseUnlinked,
    ProblemCauseFound,
    ProblemDismissed,
    ProblemOpened,
    ProblemReopened,
    ProblemSolved,
    ProblemSuspected,
)
from keyue.sorting.models import Problem, ProblemCase

TELLS = ("service_head", "service_supervisor", "quality_head")
"""Posts that hear of an alarm; where nobody holds any of them, everybody who assigns cases does."""
LONGEST = 4000
MOST_CASES = 500


@transaction.atomic
def suspect(
    *, cases: Sequence[Case], words: Sequence[str], days: int, by: Actor, at: datetime, source: str
) -> Problem:
    """So many alike cases came in: an alarm to those who answer for service and quality (S3-5.1.2), and a problem that
    somebody has to confirm. Nothing is merged."""
    said = _("、").join(words)
    n = len(cases)
    title = _("%(n)d 件相似的事项：%(words)s") % {"n": n, "words": said or cases[0].title[:40]}
    row = Problem.objects.create(title=title[:120], state=ProblemState.SUSPECTED, found_at=at)
    ProblemCase.objects.bulk_create(
        [ProblemCase(problem=row, case=case, linked_at=at, linked_by=signature(by)) for case in cases]
    )
    ids = tuple(case.pk for case in cases)
    note(row.subject, ProblemSuspected(cases=ids, days=days), by=by, at=at, source=source, begins=True)
    detail = {"what": "sorting_alarm", "at": [row.pk], "n": n, "days": days, "words": said}
    known = {user.pk for code in TELLS for user in people.people_behind(code, at)}
    promises.tell_each(
        sorted(known or people.who_may(Permission.CASE_ASSIGN, at=at)),
        key=f"sorting_alarm:{row.pk}",
        kind=NoticeKind.ESCALATE,
        at=at,
        detail=detail,
    )
    return row


@transaction.atomic
def open_problem(
    *,
    title: str,
    owner: str,
    cases: Sequence[Case] = (),
    problem: Problem | None = None,
    by: Actor,
    at: datetime,
    source: str = "web",
) -> Problem:
    """Somebody looks for the cause: a problem that was suspected is confirmed, or a new one begins. Raises Invalid, Refused."""
    if problem is not None and problem.state != ProblemState.SUSPECTED:
        raise Refused(_("这个问题已经有人在查。"))
    said = tidy(title, "title", most=120, missing=_("请写一句话说明是什么问题。"))
    if owner not in {row.code for row in people.working_departments()}:
        raise Invalid(fault := _("请选择负责查找原因的部门。"), fields={"owner": fault})
    if problem is None:
        row = Problem.objects.create(title=said, owner=owner, state=ProblemState.OPEN, found_at=at)
    else:
        row = problem
        _change(row, ProblemState.OPEN, title=said, owner=owner)
    event = ProblemOpened(owner=owner)
    note(row.subject, event, by=by, at=at, source=source, sealed={"title": said}, begins=problem is None)
    for case in cases:
        link_case(problem=row, case=case, by=by, at=at, source=source)
    return row


@transaction.atomic
def link_case(*, problem: Problem, case: Case, by: Actor, at: datetime, source: str = "web") -> None:
    """A case comes from this cause too; again changes nothing. Raises Refused."""
    if problem.links.count() >= MOST_CASES:
        raise Refused(_("一个问题最多关联 %(n)d 个事项。") % {"n": MOST_CASES})
    _link, is_new = ProblemCase.objects.get_or_create(
        problem=problem, case=case, defaults={"linked_at": at, "linked_by": signature(by)}
    )
    if is_new:
        note(problem.subject, ProblemCaseLinked(case=case.pk), by=by, at=at, source=source)


@transaction.atomic
def unlink_case(*, problem: Problem, case: Case, by: Actor, at: datetime, source: str = "web") -> None:
    """A case does not come from this cause; again changes nothing."""
    if ProblemCase.objects.filter(problem=problem, case=case).delete()[0]:
        note(problem.subject, ProblemCaseUnlinked(case=case.pk), by=by, at=at, source=source)


@transaction.atomic
def find_cause(*, problem: Problem, cause: str, by: Actor, at: datetime, source: str = "web") -> None:
    """The cause is known, or better known than before."""
    said = tidy(cause, "cause", most=LONGEST, missing=_("请写明原因。"))
    _expect(problem, ProblemState.OPEN, ProblemState.KNOWN)
    _change(problem, ProblemState.KNOWN, cause=said)
    _note(problem, ProblemCauseFound(), {"cause": said}, by, at, source)


@transaction.atomic
def solve(*, problem: Problem, action: str, by: Actor, at: datetime, source: str = "web") -> None:
    """What was done so that it does not come again. The cause is found first."""
    said = tidy(action, "action", most=LONGEST, missing=_("请写明采取的措施。"))
    if problem.state == ProblemState.OPEN:
        raise Refused(_("先写明原因，再登记措施。"))
    _expect(problem, ProblemState.KNOWN)
    _change(problem, ProblemState.SOLVED, action=said)
    _note(problem, ProblemSolved(), {"action": said}, by, at, source)


@transaction.atomic
def dismiss(*, problem: Problem, reason: str, by: Actor, at: datetime, source: str = "web") -> None:
    """The cases have no cause in common; they raise no alarm together again."""
    said = tidy(reason, "reason", most=500, missing=_("请写明为什么不是同一问题。"))
    _expect(problem, ProblemState.SUSPECTED, ProblemState.OPEN)
    _change(problem, ProblemState.DISMISSED)
    _note(problem, ProblemDismissed(), {"reason": said}, by, at, source)


@transaction.atomic
def reopen(*, problem: Problem, reason: str, by: Actor, at: datetime, source: str = "web") -> None:
    """It came again, or the cause was another."""
    said = tidy(reason, "reason", most=500, missing=_("请写明为什么重新查找。"))
    _expect(problem, ProblemState.SOLVED, ProblemState.DISMISSED, ProblemState.KNOWN)
    if not problem.owner:
        raise Refused(_("这个问题没有立过，请从事项里另立一个。"))
    _change(problem, ProblemState.OPEN)
    _note(problem, ProblemReopened(), {"reason": said}, by, at, source)


def _expect(problem: Problem, *states: str) -> None:
    if problem.state not in states:
        raise Refused(
            _("问题现在是「%(state)s」，不能这样做。") % {"state": ProblemState(problem.state).label}
        )


def _change(problem: Problem, state: str, **columns: str) -> None:
    """Compare and set: what somebody else has changed meanwhile is not written over."""
    fresh = Problem.objects.filter(pk=problem.pk, rev=problem.rev)
    if not fresh.update(state=state, rev=F("rev") + 1, **columns):
        raise Refused(_("这个问题刚被别人改过，请核对后再提交。"), code="conflict")
    problem.refresh_from_db()


def _note(
    problem: Problem, event: Event, sealed: dict[str, str], by: Actor, at: datetime, source: str
) -> None:
    note(problem.subject, event, by=by, at=at, source=source, sealed=sealed)
