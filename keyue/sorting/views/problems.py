"""Problems: those that an alarm suspects, those that somebody looks into, and the cases behind each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.cases import selectors as cases
from keyue.cases.enums import Stage
from keyue.cases.links import case_url
from keyue.cases.wording import label
from keyue.kernel.errors import Denied, Invalid, KeyueError, NotFound, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.sorting import actions, selectors
from keyue.sorting.alike import alike_open
from keyue.sorting.enums import PROBLEM_TONES, ProblemState
from keyue.sorting.forms import ActionForm, AlarmForm, CaseForm, CauseForm, Form, ProblemForm, ReasonForm
from keyue.sorting.models import Problem
from keyue.sorting.views._page import TUNE, sorting_page
from keyue.ui.pages import CONFLICT, MISTAKEN, go

PART = "sorting:problems"


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done with a problem in some states."""

    code: str
    label: Promise
    form: type[Form]
    do: Callable[..., Any]
    states: tuple[str, ...]
    said: Promise


ACTS = {
    act.code: act
    for act in (
        Act("open", _t("立为问题"), ProblemForm, actions.open_problem, ("suspected",), _t("已立为问题。")),
        Act("cause", _t("写明原因"), CauseForm, actions.find_cause, ("open", "known"), _t("原因已记录。")),
        Act("solve", _t("登记措施"), ActionForm, actions.solve, ("known",), _t("问题已解决。")),
        Act(
            "dismiss", _t("不是同一问题"), ReasonForm, actions.dismiss, ("suspected", "open"),
            _t("已记下：不是同一问题。"),
        ),
        Act(
            "reopen", _t("重新查找"), ReasonForm, actions.reopen, ("known", "solved", "dismissed"),
            _t("重新查找原因。"),
        ),
        Act("link", _t("关联事项"), CaseForm, actions.link_case, ("suspected", "open", "known", "solved"), _t("已关联。")),
        Act(
            "unlink", _t("取消关联"), CaseForm, actions.unlink_case, ("suspected", "open", "known", "solved"),
            _t("已取消关联，事项本身没有变。"),
        ),
    )
}  # fmt: skip


@never_cache
@require_GET
@staff_page(Permission.CASE_VIEW)
def problems(request: StaffRequest) -> HttpResponse:
    """Those that run, or those that are over."""
    return _list(request)


def _list(request: StaffRequest, alarm: AlarmForm | None = None, status: int = 200) -> HttpResponse:
    running = request.GET.get("show") != "over"
    rows = selectors.problems(running=running)
    names = people.owner_names({row.owner for row in rows if row.owner})
    settings = selectors.alarm_settings()
    initial = {"alike": settings.alike, "days": settings.days, "rev": settings.rev}
    context = {
        "rows": [(row, *_state(row), names.get(row.owner, "")) for row in rows],
        "running": running,
        "settings": settings,
        "alarm": alarm or AlarmForm(initial=initial),
        "may_tune": allows(request.user, TUNE),
    }
    return sorting_page(request, "sorting/problems.html", PART, context, status=status)


def _state(problem: Problem) -> tuple[str, str]:
    return str(ProblemState(problem.state).label), PROBLEM_TONES[problem.state]


@never_cache
@require_POST
@staff_page(TUNE)
def alarm(request: StaffRequest) -> HttpResponse:
    """Change when there is an alarm."""
    form = AlarmForm(request.POST)
    if not form.is_valid():
        return _list(request, form, MISTAKEN)
    try:
        actions.change_alarm(**form.cleaned_data, by=actor_of(request), at=request.at)
    except Refused as error:
        form.add_error(None, str(error))
        return _list(request, form, CONFLICT)
    return go(request, reverse(PART), _("报警条件已保存。"))


@never_cache
@staff_page(TUNE)
def new_problem(request: StaffRequest) -> HttpResponse:
    """A problem behind a case (`case`) and the open ones that say the same, those that are ticked."""
    number = request.POST.get("case") or request.GET.get("case", "")
    case = cases.case_for(request.user, number) if number else None
    alike = alike_open(request.user, case, request.at, most=20) if case is not None and case.content else []
    posted = request.method == "POST"
    form = ProblemForm(request.POST) if posted else ProblemForm(initial={"title": case.title if case else ""})
    if posted and form.is_valid():
        chosen = cases.cases_of(request.user, request.POST.getlist("pick")[:50])
        members = [case, *(one for one in chosen if one != case)] if case is not None else chosen
        try:
            made = actions.open_problem(
                **form.cleaned_data, cases=members, by=actor_of(request), at=request.at
            )
        except Invalid as error:
            form.take(error.fields or {"": str(error)})
        else:
            return go(request, reverse("sorting:problem", args=[made.pk]), _("已立为问题。"))
    context = {
        "form": form,
        "case": case,
        "alike": alike,
        "picked": request.POST.getlist("pick") if posted else None,
    }
    here = _("立为问题")
    return sorting_page(
        request, "sorting/new_problem.html", PART, context, here=here, status=MISTAKEN if posted else 200
    )


@never_cache
@require_GET
@staff_page(Permission.CASE_VIEW)
def problem(request: StaffRequest, pk: int) -> HttpResponse:
    """One problem, its cases as far as the reader may see them, and what can be done."""
    return _page(request, selectors.problem_by_id(pk))


def _page(
    request: StaffRequest, row: Problem, act: Act | None = None, form: Form | None = None, status: int = 200
) -> HttpResponse:
    seen, hidden = selectors.linked_cases(request.user, row)
    may_work = selectors.may_work_on(request.user, row)
    state, tone = _state(row)
    possible = [one for one in ACTS.values() if row.state in one.states and may_work]
    context = {
        "problem": row,
        "state": state,
        "tone": tone,
        "owner": people.owner_names([row.owner]).get(row.owner, "") if row.owner else "",
        "cases": [(case, case_url(case.number), label(Stage, case.stage)) for case in seen],
        "hidden": hidden,
        "acts": [one for one in possible if one.code not in {"link", "unlink"}],
        "link": next((one for one in possible if one.code == "link"), None),
        "act": act,
        "form": form,
    }
    return sorting_page(request, "sorting/problem.html", PART, context, here=row.title, status=status)


@never_cache
@staff_page(Permission.CASE_VIEW)
def act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Do something with a problem; a mistake keeps what was typed."""
    row = selectors.problem_by_id(pk)
    found = ACTS.get(code)
    if found is None:
        raise NotFound(_("没有这个动作：%(code)s") % {"code": code[:40]})
    if not selectors.may_work_on(request.user, row):
        raise Denied(_("问题由负责派单的人和查找原因的部门处理。"))
    if request.method != "POST":
        return _page(request, row, found, _form(found, row))
    form = found.form(request.POST)
    if not form.is_valid():
        return _page(request, row, found, form, MISTAKEN)
    arguments = dict(form.cleaned_data)
    try:
        if "number" in arguments:
            arguments = {"case": cases.case_for(request.user, arguments.pop("number"))}
        found.do(problem=row, **arguments, by=actor_of(request), at=request.at)
    except Invalid as error:
        form.take(error.fields or {"": str(error)})
        return _page(request, selectors.problem_by_id(pk), found, form, MISTAKEN)
    except KeyueError as error:
        form.add_error(None, str(error))
        return _page(request, selectors.problem_by_id(pk), found, form, CONFLICT)
    return go(request, reverse("sorting:problem", args=[pk]), str(found.said))


def _form(found: Act, row: Problem) -> Form:
    initial = {"title": row.title, "owner": row.owner, "cause": row.cause, "action": row.action}
    return found.form(initial=initial)
