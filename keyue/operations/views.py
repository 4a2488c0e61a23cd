"""The first run, step by step. Every step can be gone back to; nothing is written before the last one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from django.db import IntegrityError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyue.company.selectors import is_founded
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.operations.actions import found
from keyue.operations.first_run import gate, pages
from keyue.operations.first_run.answers import STEPS, Answers, forget, load, save
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
    "regulations": gettext_lazy("制度"),
    "roles": gettext_lazy("岗位"),
    "check": gettext_lazy("核对"),
}
View = Callable[..., HttpResponse]


def _first_run(view: View) -> View:
    """Only while there is no company, and only for who may set it up: others are asked for the start code."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_founded():
            if request.method == "POST":
                return _render(request, "operations/too_late.html", status=409)
            return HttpResponseRedirect(reverse("people:sign_in"))
        if not gate.may_enter(request):
            return _ask_code(request)
        return view(request, *args, **kwargs)

    return guarded


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
    answer = HttpResponseRedirect(reverse("operations:start_step", args=[step]))
    answer.status_code = 303
    return answer


def _on(request: HttpRequest, step: str, said: Mapping[str, Any]) -> HttpResponse:
    """Keep an answer and go to the next step; back to the summary, where the person came from there."""
    answers = save(request, step, said)
    if request.POST.get("then") == "check" and answers.may_open("check"):
        return _go("check")
    return _go(STEPS[STEPS.index(step) + 1])


def _render(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    return render(request, template, dict(context or {}), status=status)


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
            "name": label,
            "url": reverse("operations:start_step", args=[code]) if answers.may_open(code) else "",
            "tone": "kept" if code in answers.data and code != name else "open" if code == name else "idle",
            "is_current": code == name,
        }
        for code, label in STEP_LABELS.items()
    ]
    shared = {
        "steps": steps,
        "number": place + 1,
        "of": len(STEPS),
        "label": STEP_LABELS[name],
        "company": answers.company,
        "width": "880px",
        "back_url": reverse("operations:start_step", args=[STEPS[place - 1]]) if place else "",
        "may_check": name != "check" and answers.next_step() == "check",
    }
    template = f"operations/start_{name}.html"
    return _render(request, template, {**shared, **context}, status=MISTAKEN if mistaken else 200)


# --- the steps --------------------------------------------------------------------------------------------


def _company(request: HttpRequest, answers: Answers) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    form = CompanyForm(posted, initial=answers.step("company"))
    if posted is not None and form.is_valid():
        return _on(request, "company", form.cleaned_data)
    return _page(request, "company", answers, {"form": form}, mistaken=bool(form.errors))


def _administrators(request: HttpRequest, answers: Answers) -> HttpResponse:
    before = {**answers.step(pages.HALF), **answers.step("administrators")}
    initial = {"joined": before.get("joined", False)}
    for key, person in before.items():
        if isinstance(person, dict):
            initial |= {f"{key}_{name}": person[name] for name in ("name", "username")}
    posted = request.POST if request.method == "POST" else None
    form = AdministratorsForm(posted, company=answers.company, before=before, initial=initial)
    if posted is not None and form.is_valid():
        return _on(request, "administrators", form.cleaned_data)
    if form.errors:
        save(request, pages.HALF, form.right)
    kept = form.right if form.errors else before
    context = {"form": form, "people": pages.administrator_fields(form, kept)}
    return _page(request, "administrators", answers, context, mistaken=bool(form.errors))


def _staff(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "staff", answers, pages.staff_page(answers))
    sent = pages.StaffSent(request, answers)
    if sent.wants_more:
        return _page(request, "staff", answers, sent.context())
    if not sent.is_good:
        return _page(request, "staff", answers, sent.context(), mistaken=True)
    if sent.stays:
        save(request, "staff", sent.said())
        return _go("staff")
    return _on(request, "staff", sent.said())


def _hours(request: HttpRequest, answers: Answers) -> HttpResponse:
    at = request.at  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request, "hours", answers, pages.hours_page(answers.step("hours"), at))
    said, faults = pages.hours_sent(request.POST)
    if request.POST.get("preset"):
        return _page(request, "hours", answers, pages.hours_page(said, at))
    if faults:
        return _page(request, "hours", answers, pages.hours_page(said, at, faults), mistaken=True)
    return _on(request, "hours", said)


def _regulations(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "regulations", answers, pages.regulations_page(answers.step("regulations")))
    said, faults = pages.regulations_sent(request.POST)
    if faults:
        context = pages.regulations_page(said, faults)
        return _page(request, "regulations", answers, context, mistaken=True)
    return _on(request, "regulations", said)


def _roles(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "roles", answers, pages.roles_page(answers))
    holders = {code: request.POST.getlist(f"holders-{code}") for code, _name in answers.posts()}
    return _on(request, "roles", {"holders": holders, "grant": bool(request.POST.get("grant"))})


def _check(request: HttpRequest, answers: Answers) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "check", answers, pages.check_page(answers))
    founding = founding_of(answers)
    try:
        done = found(founding, at=request.at)  # type: ignore[attr-defined]
    except (KeyueError, IntegrityError) as error:
        if is_founded():
            return _render(request, "operations/too_late.html", status=409)
        if isinstance(error, IntegrityError):
            raise
        context = {**pages.check_page(answers), "problem": error, "faults": getattr(error, "fields", {})}
        return _page(request, "check", answers, context, mistaken=not isinstance(error, Refused))
    gate.code_file().unlink(missing_ok=True)
    forget(request)
    return _render(request, "operations/started.html", pages.started_page(founding, done))


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
@_first_run
def staff_sheet(request: HttpRequest) -> HttpResponse:
    """An empty staff sheet to fill in."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "staff.xlsx"
        staff_template(path)
        file = path.open("rb")
    answer = FileResponse(file, as_attachment=True, filename="keyue-staff.xlsx", content_type=XLSX)
    return answer  # type: ignore[return-value]
