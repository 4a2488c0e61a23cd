"""Following a case with number and code: how it stands, a further word, hurrying, rating, answering, withdrawing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyue.cases.actions.files import path_of
from keyue.cases.models import Case
from keyue.channels.actions import take
from keyue.channels.limits import CODE_OF_ADDRESS
from keyue.channels.webform import actions, selectors, visits
from keyue.channels.webform.actions import CUSTOMER
from keyue.channels.webform.forms import (
    AnswerForm,
    LookupForm,
    MessageForm,
    RateForm,
    WithdrawForm,
    files_hint,
)
from keyue.channels.webform.http import PublicRequest, bounded, page, see_other, sender_of, slow_down
from keyue.channels.webform.rights_forms import ConsentActForm
from keyue.kernel.errors import Invalid, KeyueError, NotFound, TooMany
from keyue.people.guards import public_page

NOTHING_NEW = 204
PLACES = {"rating": "#asked"}
"""Parts of the progress page that a link may lead to."""


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def lookup(request: PublicRequest) -> HttpResponse:
    """Ask for number and code. A wrong number and a wrong code get the same answer, and only so many attempts."""
    if request.method != "POST":
        number, to = request.GET.get("number", "")[:40], request.GET.get("to", "")
        known = _followed(request, number) if to in PLACES else None
        if known is not None:
            return see_other(_place(known.number, to))
        return _asked(request, LookupForm(initial={"number": number, "to": to if to in PLACES else ""}))
    form = LookupForm(request.POST)
    if not form.is_valid():
        return _asked(request, form, status=422)
    try:
        take(CODE_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
        case = selectors.case_by_code(form.cleaned_data["number"], form.cleaned_data["code"])
    except TooMany as error:
        form.add_error(None, str(error))
        return slow_down(_asked(request, form), error)
    except NotFound as error:
        form.add_error(None, str(error))
        return _asked(request, form, status=404)
    answer = see_other(_place(case.number, form.cleaned_data["to"]))
    visits.follow(request, answer, case.pk, request.at)
    return answer


def _place(number: str, to: str) -> str:
    """The page of a case, or the part of it that a mail led to."""
    return reverse("channels:progress", args=[number]) + PLACES.get(to, "")


def _asked(request: HttpRequest, form: LookupForm, *, status: int = 200, kept: str = "") -> HttpResponse:
    return page(request, "channels/lookup.html", {"form": form, "kept": kept}, status=status)


def _followed(request: PublicRequest, number: str) -> Case | None:
    try:
        return selectors.case_followed(visits.followed(request, request.at).keys(), number)
    except NotFound:
        return None


def _to_lookup(number: str) -> HttpResponse:
    return see_other(f"{reverse('channels:lookup')}?number={number[:40]}")


@never_cache
@public_page
@require_safe
def progress(request: PublicRequest, number: str) -> HttpResponse:
    """How a case stands. The page asks for its moving part again every minute; nothing new is an empty answer."""
    case = _followed(request, number)
    if case is None:
        # a page that lay open keeps what somebody wrote on it; it asks for the code when that is sent
        return HttpResponse(status=NOTHING_NEW) if request.htmx else _to_lookup(number)
    if request.htmx and request.GET.get("rev") == str(case.rev):
        answer = HttpResponse(status=NOTHING_NEW)
    else:
        answer = _shown(request, case, {})
    visits.follow(request, answer, case.pk, request.at)
    return answer


def _shown(
    request: PublicRequest, case: Case, bound: dict[str, forms.Form], *, status: int = 200
) -> HttpResponse:
    shown = selectors.progress_of(case, request.at)
    context: dict[str, Any] = {
        "progress": shown,
        "message_form": bound.get("message") or MessageForm(initial={"once": uuid4().hex}),
        "rate_form": bound.get("rate") or RateForm(auto_id="rate_%s"),
        "answer_form": bound.get("answer") or AnswerForm(auto_id="answer_%s"),
        "withdraw_form": bound.get("withdraw") or WithdrawForm(auto_id="withdraw_%s"),
        "opened": next(iter(bound), ""),
        "files_hint": files_hint(),
        "chose_files": bool(request.FILES),
        "consents": [] if request.htmx else selectors.consents_of(case),
        "asked_changed": request.GET.get("asked") not in (None, shown.asked),
    }
    template = "channels/_live.html" if request.htmx and request.method == "GET" else "channels/progress.html"
    return page(request, template, context, status=status)


def _message(request: PublicRequest, case: Case, data: dict[str, Any]) -> str:
    new = actions.add_message(
        case,
        body=data["body"],
        uploads=data["uploads"],
        once=f"{case.pk}:{data['once']}",
        by=CUSTOMER,
        at=request.at,
    )
    return _("已收到您的留言，办理人员会看到。") if new else _("这条留言刚才已经收到，没有重复保存。")


def _remind(request: PublicRequest, case: Case, data: dict[str, Any]) -> str:
    actions.remind(case, by=CUSTOMER, at=request.at)
    return _("已转告办理人员。")


def _rate(request: PublicRequest, case: Case, data: dict[str, Any]) -> str:
    actions.rate(case, score=data["score"], comment=data["comment"], by=CUSTOMER, at=request.at)
    return _("评分已记录。")


def _answer(request: PublicRequest, case: Case, data: dict[str, Any]) -> str:
    actions.answer(case, again=data["again"], reason=data["reason"], by=CUSTOMER, at=request.at)
    return _("已开始新一轮处理。") if data["again"] else _("已记录：不需要重新处理。")


def _withdraw(request: PublicRequest, case: Case, data: dict[str, Any]) -> str:
    actions.withdraw(case, reason=data["reason"], by=CUSTOMER, at=request.at)
    return _("已撤回，不再处理。")


def _consent(request: PublicRequest, case: Case, data: dict[str, Any]) -> str:
    purpose = actions.withdraw_consent(case, consent=data["consent"], by=CUSTOMER, at=request.at)
    return _("已撤回：%(purpose)s。不影响您使用其他服务。") % {"purpose": purpose}


Act = Callable[[PublicRequest, Case, dict[str, Any]], str]
ACTS: dict[str, tuple[type[forms.Form], Act]] = {
    "message": (MessageForm, _message),
    "remind": (forms.Form, _remind),
    "rate": (RateForm, _rate),
    "answer": (AnswerForm, _answer),
    "withdraw": (WithdrawForm, _withdraw),
    "consent": (ConsentActForm, _consent),
}


@never_cache
@public_page
@require_POST
@csrf_exempt  # checked by the next but one, after the size: the middleware would read a body of any size first
@bounded
@csrf_protect
def act(request: PublicRequest, number: str, what: str) -> HttpResponse:
    """One of the acts; back to the page with what has been done, or with what has to be changed."""
    if what not in ACTS:
        raise Http404
    case = _followed(request, number)
    if case is None:
        form = LookupForm(initial={"number": number[:40]})
        return _asked(request, form, status=403, kept=_typed(request))
    form_class, perform = ACTS[what]
    form_of = {"auto_id": f"{what}_%s"} if what not in {"message", "remind"} else {}
    bound = form_class(request.POST, request.FILES, **form_of)  # type: ignore[arg-type]
    if not bound.is_valid():
        return _shown(request, case, {what: bound}, status=422)
    try:
        messages.success(request, perform(request, case, bound.cleaned_data))
    except Invalid as error:
        bound.add_error(None, str(error))
        return _shown(request, case, {what: bound}, status=422)
    except KeyueError as error:
        # nothing has happened: say why, and keep what was typed
        messages.warning(request, str(error))
        kept = {} if what in {"remind", "consent"} else {what: bound}
        answer = _shown(request, case, kept, status=error.status)
        return slow_down(answer, error) if isinstance(error, TooMany) else answer
    answer = see_other(reverse("channels:progress", args=[case.number]))
    visits.follow(request, answer, case.pk, request.at)
    return answer


def _typed(request: HttpRequest) -> str:
    """What somebody wrote whose two hours were over."""
    found = (request.POST.get(name, "").strip() for name in ("body", "comment", "reason"))
    return next((text for text in found if text), "")


@public_page
@require_safe
def attachment(request: PublicRequest, number: str, pk: int) -> HttpResponseBase:
    """A file of the conversation, as a download: nothing in it runs here."""
    case = _followed(request, number)
    if case is None:
        return _to_lookup(number)
    found = selectors.attachment_of(case, pk)
    path = path_of(found.sha256)
    if not path.exists():
        raise NotFound(_("没有这个文件，或者它已被删除。"))
    answer = FileResponse(
        path.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type
    )
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@public_page
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget on this device which cases were looked at."""
    answer = see_other(reverse("channels:lookup"))
    visits.leave(answer)
    messages.success(request, _("本机的查询记录已清除。"))
    return answer
