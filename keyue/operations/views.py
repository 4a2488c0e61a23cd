"""The first run, step by step. Every step can be gone back to; nothing is written before the last one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from keyue.company.selectors import is_founded
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.operations.actions import found
from keyue.operations.first_run import gate, pages
from keyue.operations.first_run.answers import (
    STEPS,
    Answers,
    end_of,
    finish,
    load,
    put_away,
    save,
    save_draft,
)
from keyue.operations.first_run.founding import founding_of
from keyue.operations.first_run.staff import staff_template
from keyue.operations.forms import AdministratorsForm, CodeForm, CompanyForm
from keyue.people.guards import public_page

MISTAKEN = 422
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STEP_LABELS: dict[str, Promise] = {
    "company": gettext_lazy("公司"),
    "administrators": gettext_lazy("管理员"),
    "staff": gettext_lazy("部门与人员"),
    "hours": gettext_lazy("工作时间"),
    "regulations": pgettext_lazy("列表", "制度"),
    "roles": pgettext_lazy("列表", "岗位"),
    "check": gettext_lazy("核对"),
}
View = Callable[..., HttpResponse]


def _first_run(view: View) -> View:
    """Only while there is no company, and only for who may set it up: others are asked for the start code."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_founded():
            return _afterwards(request)
        if not gate.may_enter(request):
            return _ask_code(request)
        return view(request, *args, **kwargs)

    return guarded


def _afterwards(request: HttpRequest) -> HttpResponse:
    """There is a company: on to its last page for who founded it, whatever was pressed twice."""
    if end_of(request, at=request.at):  # type: ignore[attr-defined]
        return _see_other(reverse("operations:started"))
    if request.method == "POST":
        return _render(request, "operations/too_late.html", status=409)
    return HttpResponseRedirect(reverse("people:sign_in"))


@public_page
@never_cache
@_first_run
def start(request: HttpRequest) -> HttpResponse:
    """On to the first step that is not answered."""
    return _go(load(request).next_step())


def _ask_code(request: HttpRequest) -> HttpResponse:
    form = CodeForm(request.POST if "code" in request.POST else None)
    if request.method == "POST" and form.is_valid():
        try:
            gate.enter(request, form.cleaned_data["code"], at=request.at)  # type: ignore[attr-defined]
        except Invalid as error:
            form.add_error("code", str(error))
        else:
            return _go(load(request).next_step())
    # without a code in hand nobody learns more than that there is nothing here yet
    return _render(
        request, "operations/start_code.html", {"form": form}, status=MISTAKEN if form.errors else 200
    )


@public_page
@never_cache
@sensitive_post_parameters()
@_first_run
def step(request: HttpRequest, step: str) -> HttpResponse:
    """One step: what was answered before, and the answer that is sent."""
    if step not in STEPS:
        raise Http404
    answers = load(request)
    if not answers.may_open(step):
        return _go(answers.next_step())
    return _STEPS[step](request, answers)


def _go(step: str) -> HttpResponse:
    return _see_other(reverse("operations:start_step", args=[step]))


def _see_other(url: str) -> HttpResponse:
    answer = HttpResponseRedirect(url)
    answer.status_code = 303
    return answer


def _wanted(request: HttpRequest) -> str:
    """The step that was asked for instead of the next one; empty for none."""
    then = request.POST.get("then", "")
    return then if then in STEPS else ""


def _goes_back(request: HttpRequest, step: str) -> bool:
    wanted = _wanted(request)
    return bool(wanted) and STEPS.index(wanted) < STEPS.index(step)


def _on(
    request: HttpRequest,
    step: str,
    answers: Answers,
    said: Mapping[str, Any],
    draft: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Keep an answer and go to the step that is asked for. Going back answers nothing that was open before."""
    wanted = _wanted(request)
    if _goes_back(request, step) and step not in answers.data:
        save_draft(request, step, said if draft is None else draft)
        return _go(wanted)
    answers = save(request, step, said)
    if wanted and answers.may_open(wanted):
        return _go(wanted)
    return _go(STEPS[STEPS.index(step) + 1])


def _mistaken(
    request: HttpRequest, step: str, answers: Answers, draft: Mapping[str, Any], context: Mapping[str, Any]
) -> HttpResponse:
    """What is wrong stays as it was typed: on the page, or for when the person comes back from an earlier step."""
    save_draft(request, step, draft)
    if _goes_back(request, step):
        return _go(_wanted(request))
    return _page(request, step, answers, context, mistaken=True)


def _render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    return render(request, template, dict(context or {}), status=status)


def _tone(code: str, current: str, answers: Answers) -> str:
    if code == current:
        return "open"
    return "idle" if code not in answers.data else "soon" if code in answers.unsaved() else "kept"


def _page(
    request: HttpRequest,
    name: str,
    answers: Answers,
    context: Mapping[str, Any],
    *,
    mistaken: bool = False,
) -> HttpResponse:
    place = STEPS.index(name)
    steps = [
        {
            "code": code,
            "name": label,
            "url": reverse("operations:start_step", args=[code]) if answers.may_open(code) else "",
            "tone": _tone(code, name, answers),
            "is_current": code == name,
        }
        for code, label in STEP_LABELS.items()
    ]
    shared = {
        "steps": steps,
        "step_name": name,
        "number": place + 1,
        "of": len(STEPS),
        "label": STEP_LABELS[name],
        "company": answers.company,
        "width": "880px",
        "back": STEPS[place - 1] if place else "",
        "unsaved": [STEP_LABELS[code] for code in answers.unsaved()] if name == "check" else [],
        "may_check": name != "check" and answers.next_step() == "check",
    }
    template = f"operations/start_{name}.html"
    return _render(request, template, {**shared, **context}, status=MISTAKEN if mistaken else 200)


# --- the steps --------------------------------------------------------------------------------------------


def _company(request: HttpRequest, answers: Answers) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = CompanyForm(posted, initial=answers.shown("company"))
    if posted is None:
        return _page(request, "company", answers, {"form": form})
    if form.is_valid():
        return _on(request, "company", answers, form.cleaned_data)
    draft = {name: str(form[name].value() or "") for name in form.fields}
    return _mistaken(request, "company", answers, draft, {"form": form})


def _administrators(request: HttpRequest, answers: Answers) -> HttpResponse:
    before = pages.administrators_before(answers)
    initial = {"joined": before["joined"]}
    for key, person in before.items():
        if isinstance(person, dict):
            initial |= {f"{key}_{name}": person.get(name, "") for name in ("name", "username")}
    posted = request.POST if request.method == "POST" else None
    staff = Answers({**answers.data, "administrators": {}}).people()
    form = AdministratorsForm(
        posted,
        company=answers.company,
        before=before,
        initial=initial,
        taken=[person.username for person in staff],
    )
    if posted is None:
        kept = {key for key, person in before.items() if isinstance(person, dict) and person["password"]}
        context = {"form": form, "people": pages.administrator_fields(form, kept)}
        return _page(request, "administrators", answers, context)
    is_good, draft = form.is_valid(), pages.administrators_draft(form)
    if not is_good or _goes_back(request, "administrators"):
        save(request, pages.HALF, {**answers.step(pages.HALF), **form.right})
    if is_good:
        return _on(request, "administrators", answers, form.cleaned_data, draft)
    context = {"form": form, "people": pages.administrator_fields(form, set(form.right))}
    return _mistaken(request, "administrators", answers, draft, context)


def _staff(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "staff", answers, pages.staff_page(answers))
    sent = pages.StaffSent(request, answers)
    if sent.wants_more:
        save_draft(request, "staff", sent.draft())
        return _page(request, "staff", answers, sent.context())
    if not sent.is_good:
        return _mistaken(request, "staff", answers, sent.draft(), sent.context())
    if sent.stays:
        save_draft(request, "staff", sent.draft())
        return _go("staff")
    return _on(request, "staff", answers, sent.said())


def _hours(request: HttpRequest, answers: Answers) -> HttpResponse:
    at = request.at  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request, "hours", answers, pages.hours_page(answers.shown("hours"), at))
    said, faults = pages.hours_sent(request.POST)
    if request.POST.get("preset"):
        save_draft(request, "hours", said)
        return _page(request, "hours", answers, pages.hours_page(said, at))
    if faults:
        return _mistaken(request, "hours", answers, said, pages.hours_page(said, at, faults))
    return _on(request, "hours", answers, said)


def _regulations(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        context = pages.regulations_page(answers.shown("regulations"))
        return _page(request, "regulations", answers, context)
    said, faults = pages.regulations_sent(request.POST)
    if faults:
        return _mistaken(request, "regulations", answers, said, pages.regulations_page(said, faults))
    return _on(request, "regulations", answers, said)


def _roles(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "roles", answers, pages.roles_page(answers))
    holders = {code: request.POST.getlist(f"holders-{code}") for code, _name in answers.posts()}
    return _on(request, "roles", answers, {"holders": holders, "grant": bool(request.POST.get("grant"))})


def _check(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "check", answers, pages.check_page(answers))
    if _wanted(request):
        return _go(_wanted(request))
    founding = founding_of(answers)
    at = request.at  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            done = found(founding, at=at)
            finish(request, pages.started_page(founding, done), at=at)
    except (KeyueError, IntegrityError) as error:
        if is_founded():
            return _afterwards(request)
        if isinstance(error, IntegrityError):
            raise
        context = {**pages.check_page(answers), "problem": error, "faults": getattr(error, "fields", {})}
        return _page(request, "check", answers, context, mistaken=not isinstance(error, Refused))
    gate.code_file().unlink(missing_ok=True)
    return _see_other(reverse("operations:started"))


_STEPS: dict[str, Callable[[HttpRequest, Answers], HttpResponse]] = {
    "company": _company,
    "administrators": _administrators,
    "staff": _staff,
    "hours": _hours,
    "regulations": _regulations,
    "roles": _roles,
    "check": _check,
}


@public_page
@never_cache
@require_http_methods(["GET", "POST"])
def started(request: HttpRequest) -> HttpResponse:
    """The end, for the browser that founded the company: reloading shows it again, until its passwords are noted."""
    end = end_of(request, at=request.at)  # type: ignore[attr-defined]
    if end is not None and request.method == "GET":
        return _render(request, "operations/started.html", end)
    if end is not None:
        put_away(request)
    return _see_other(reverse("people:sign_in" if is_founded() else "operations:start"))


@public_page
@never_cache
@_first_run
def staff_sheet(request: HttpRequest) -> HttpResponse:
    """An empty staff sheet to fill in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "staff.xlsx"
        staff_template(path)
        file = path.open("rb")
    answer = FileResponse(file, as_attachment=True, filename="keyue-staff.xlsx", content_type=XLSX)
    return answer  # type: ignore[return-value]
