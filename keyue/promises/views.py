"""Taking, giving and putting back promises; asking for waivers and extensions, and deciding them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.http import require_http_methods, require_POST

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Subject
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, safe_next, where_to_return
from keyue.promises import actions, selectors, subjects
from keyue.promises.enums import RequestKind
from keyue.promises.forms import DecideForm, GiveForm, RequestForm
from keyue.promises.models import Promise
from keyue.ui.components import Crumb

SIZE = 50
# what the answer to a request changes, said before it is asked
HINTS = {
    RequestKind.EXTENSION: _t("批准前时限不变；批准后按新的到期算。已经逾期的不能延期。"),
    RequestKind.WAIVER: _t("批准前时限不变；批准后这条约定不再要求，连同理由和批准人单独列示。"),
}


def _back(request: StaffRequest, sentence: str, held: Promise | None = None) -> HttpResponse:
    """Back to the page the form came from, with a word; for HTMX the page refreshes itself.

    With the promise whose holder has just changed, the word has a way to take that back.
    """
    fact = actions.undoable(held, user=request.user, at=request.at) if held else ""
    undo_url = reverse("promises:undo", args=[held.pk, fact]) if held and fact else ""
    messages.success(request, sentence, extra_tags=undo_url)
    return _return(request)


def _return(request: StaffRequest) -> HttpResponse:
    if request.htmx:
        answer = HttpResponse(status=204)
        answer["HX-Refresh"] = "true"
        return answer
    target = request.POST.get("next") or where_to_return(request)
    return HttpResponseRedirect(safe_next(request, target) or "/")


def _opened_from(request: StaffRequest) -> str:
    """The page over which the form was opened; of a page of its own, the one whose link led to it."""
    if request.htmx:
        return where_to_return(request)
    link = urlsplit(request.headers.get("Referer", ""))
    ours = link.netloc == request.get_host() and link.path != request.path
    return safe_next(request, f"{link.path}?{link.query}" if link.query else link.path) if ours else "/"


def _form(
    request: StaffRequest, form: forms.Form, title: str, button: str, promise: Promise, **context: Any
) -> HttpResponse:
    """The form as a dialog for HTMX, as a page otherwise; 422 with its faults."""
    template = "promises/form.html" + ("#dialog" if request.htmx else "")
    found = {
        "form": form,
        "title": title,
        "button": button,
        "promise": promise,
        "about": _number_of(promise),
        "next": request.POST.get("next") or _opened_from(request),
        "crumbs": [Crumb(_("工作台"), "/"), Crumb(title)],
        **context,
    }
    return render(request, template, found, status=422 if form.is_bound else 200)


def _number_of(promise: Promise) -> str:
    """What people call the subject of a promise."""
    kind = subjects.kind_of(Subject(promise.subject_kind, str(promise.subject_id)))
    return kind.numbers([promise.subject_id]).get(promise.subject_id, "") if kind else ""


def _blame(form: forms.Form, error: Invalid) -> None:
    for field, sentence in error.fields.items():
        form.add_error(field if field in form.fields else None, str(sentence))
    if not error.fields:
        form.add_error(None, str(error))


@require_POST
@staff_page(Permission.CASE_TAKE)
def take(request: StaffRequest, pk: int) -> HttpResponse:
    """The person takes a promise."""
    selectors.promise_for(request.user, pk)
    taken = actions.take(pk, user=request.user, at=request.at)
    return _back(request, _("已领取，这条约定由您办理。"), taken)


@require_http_methods(["GET", "POST"])
@staff_page(Permission.CASE_HAND_OUT)
def give(request: StaffRequest, pk: int) -> HttpResponse:
    """A head gives a promise to somebody."""
    promise = selectors.promise_for(request.user, pk)
    form = GiveForm(request.POST or None, promise=promise, at=request.at)
    if request.method == "POST" and form.is_valid():
        try:
            given = actions.give(pk, to=form.person(), user=request.user, at=request.at)
        except Invalid as error:
            _blame(form, error)
        else:
            return _back(request, _("已派给%(name)s。") % {"name": form.person().name}, given)
    alone = "" if form.behind else _("责任部门或岗位里没有别人可以派。")
    return _form(request, form, _("派给个人"), _("派给"), promise, hint=alone)


@require_POST
@staff_page(Permission.CASE_TAKE, Permission.CASE_HAND_OUT)
def put_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Back to the department."""
    selectors.promise_for(request.user, pk)
    left = actions.put_back(pk, user=request.user, at=request.at)
    return _back(request, _("已放回部门，大家都能领取。"), left)


@require_POST
@staff_page(Permission.CASE_TAKE, Permission.CASE_HAND_OUT)
def undo(request: StaffRequest, pk: int, fact: UUID) -> HttpResponse:
    """Take back one's own taking, giving or putting back; where that is refused, the page says why."""
    selectors.promise_for(request.user, pk)
    try:
        promise = actions.undo(pk, fact=str(fact), user=request.user, at=request.at)
    except Refused as error:
        messages.error(request, str(error))
        return _return(request)
    holder = promise.holder
    if holder is None:
        return _back(request, _("已撤销，这条约定回到部门。"))
    return _back(request, _("已撤销，这条约定仍由%(name)s办理。") % {"name": holder.name})


@require_http_methods(["GET", "POST"])
@staff_page(Permission.WAIVER_REQUEST)
def ask(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask for a waiver or an extension."""
    promise = selectors.promise_for(request.user, pk)
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    form = RequestForm(
        request.POST or None, kind=kind if kind in RequestKind.values else RequestKind.EXTENSION
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.request(
                pk,
                kind=data["kind"],
                reason=data["reason"],
                due=data["due"],
                user=request.user,
                at=request.at,
            )
        except Invalid as error:
            _blame(form, error)
        else:
            return _back(request, _("申请已提交，批准前时限不变。"))
    title = _("申请%(kind)s") % {"kind": form.of.label}
    return _form(request, form, title, _("提交申请"), promise, hint=HINTS[form.of])


@require_http_methods(["GET", "POST"])
@staff_page(Permission.WAIVER_APPROVE, Permission.EXTENSION_APPROVE)
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Approve or decline a request."""
    made = selectors.request_for(request.user, pk)
    if not made.promise.is_open:
        # what came of it needs no answer any more; the form would only be refused
        raise Refused(_("这条约定已经了结。"))
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.decide(
                pk, approve=data["approve"], reason=data["reason"], user=request.user, at=request.at
            )
        except Invalid as error:
            _blame(form, error)
        else:
            return _back(request, _("已审批。"))
    reason = selectors.reasons_of([made]).get(made.pk, "")
    return _form(
        request,
        form,
        _("审批%(kind)s") % {"kind": made.get_kind_display()},
        _("提交决定"),
        made.promise,
        made=made,
        reason=reason,
    )
