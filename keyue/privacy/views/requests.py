"""The queue of requests, a request with its steps, and entering one on behalf of somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from keyue.customers import selectors as customers
from keyue.kernel.errors import KeyueError
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.privacy import actions, explanations, selectors
from keyue.privacy.enums import COPIES, Right, Step
from keyue.privacy.forms import (
    AcceptForm,
    AnswerForm,
    CorrectForm,
    FilterForm,
    MissingForm,
    NewRequestForm,
    ReturnForm,
    SureForm,
    upload_of,
)
from keyue.privacy.models import RightRequest
from keyue.privacy.sealed import code_of_request, opened
from keyue.privacy.views._page import area_page, contact_choices, show_faults
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, is_fragment, see_other

HANDLING = selectors.HANDLING


@never_cache
@require_safe
@staff_page(Permission.PRIVACY_HANDLE)
def requests(request: StaffRequest) -> HttpResponse:
    """The requests, the newest first, with what is promised about each."""
    form = FilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else {}
    step = chosen.get("step", "")
    rows, following = selectors.requests_page(
        request.user, step=step, right=chosen.get("right", ""), cursor=request.GET.get("after", "")
    )
    promised = selectors.promises_of(rows)
    cards = customers.customer_cards(row.customer_id for row in rows)
    context = {
        "form": form,
        "rows": [(row, cards[row.customer_id], _next(promised[row.pk])) for row in rows],
        "next": following,
        "is_first": not request.GET.get("after"),
        "is_filtered": any(chosen.values()),
        "open_count": selectors.open_requests_count(request.user),
    }
    template = "privacy/requests.html" + ("#rows" if is_fragment(request) else "")
    return area_page(request, template, "privacy:requests", context, here=(Crumb(_("权益请求")),))


def _next(promises: list[Any]) -> Any:
    """The open promise that is due first, else the one closed last."""
    waiting = [row for row in promises if row.is_open]
    return waiting[0] if waiting else (promises[-1] if promises else None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*HANDLING)
def new_request(request: StaffRequest, number: str) -> HttpResponse:
    """Enter a request that somebody made by telephone, on paper or in person."""
    customer = customers.customer_for(request.user, number)
    data = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = NewRequestForm(*data, contacts=contact_choices(customer))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = actions.register_request(
                contact=customers.contact_for(request.user, int(values["contact"])),
                right=values["right"],
                via=values["via"],
                person=values["person"],
                identity=values["identity"],
                paper=upload_of(form),
                what=values["what"],
                by=actor_of(request),
                at=request.at,
            )
            messages.success(request, _("已登记 %(number)s。") % {"number": made.number})
            return see_other(reverse("privacy:request", args=[made.pk]))
        except KeyueError as error:
            show_faults(form, error)
    card = customers.customer_card(customer.pk)
    context = {"form": form, "card": card}
    here = (Crumb(card.shown_name, card.url), Crumb(_("登记权益请求")))
    status = MISTAKEN if form.errors else 200
    return area_page(request, "privacy/new_request.html", "", context, here=here, status=status)


@never_cache
@require_safe
@staff_page(*HANDLING)
def request_page(request: StaffRequest, pk: int) -> HttpResponse:
    """A request: what is asked, what is promised, what was done, and what may be done now."""
    return _shown(request, selectors.request_for(request.user, pk), {})


def _shown(
    request: StaffRequest, found: RightRequest, bound: dict[str, forms.Form], *, status: int = 200
) -> HttpResponse:
    may_handle = allows(request.user, Permission.PRIVACY_HANDLE)
    [clear] = opened([found], "what", "missing", "answer", "answer_note")
    customer = customers.customer_card(found.customer_id)
    contact = customers.contact_cards([found.contact_id])[found.contact_id]
    hand_over = found.hand_overs.order_by("-pk").first()
    in_person = hand_over is not None and hand_over.used_at is None and hand_over.expires_at > request.at
    context: dict[str, Any] = {
        "found": found,
        "clear": clear,
        "customer": customer,
        "contact": contact,
        "promises": selectors.promises_of([found])[found.pk],
        "code": code_of_request(found.uid) if may_handle else "",
        "may_handle": may_handle,
        "may_erase": may_handle and allows(request.user, Permission.CUSTOMER_ERASE),
        "may_approve": may_handle and found.proposed_by_id != request.user.pk,
        "acts": _acts(found, may_handle),
        "held": selectors.sentences_of_holds([found.customer_id]).get(found.customer_id, ""),
        "hand_over": hand_over,
        "link": reverse("channels:package", args=[selectors.link_of(hand_over)])
        if hand_over is not None and in_person and may_handle and not contact.email
        else "",
        "reasons": explanations.reasons_of(found.customer, request.at)
        if found.right in {Right.EXPLANATION, Right.HUMAN_REVIEW} and found.is_open and may_handle
        else [],
        **_forms(found, bound),
    }
    here = (Crumb(_("权益请求"), reverse("privacy:requests")), Crumb(found.number))
    return area_page(request, "privacy/request.html", "privacy:requests", context, here=here, status=status)


def _forms(found: RightRequest, bound: dict[str, forms.Form]) -> dict[str, forms.Form]:
    fresh: dict[str, forms.Form] = {
        "accept": AcceptForm(auto_id="accept_%s"),
        "missing": MissingForm(auto_id="missing_%s"),
        "answer": AnswerForm(auto_id="answer_%s"),
        "return": ReturnForm(auto_id="return_%s"),
        "correct": CorrectForm(auto_id="correct_%s"),
        "erase": SureForm(auto_id="erase_%s"),
        "clear": SureForm(auto_id="clear_%s"),
    }
    return {f"{name}_form": form for name, form in {**fresh, **bound}.items()}


def _acts(found: RightRequest, may_handle: bool) -> set[str]:
    """What may be done with a request as it stands."""
    if found.step in {Step.RECEIVED, Step.MISSING}:
        return {"accept", "missing"}
    if not may_handle or found.step == Step.ANSWERED:
        return set()
    if found.step == Step.PROPOSED:
        return {"approve", "return"}
    acts = {"answer"}
    if found.right in COPIES:
        acts.add("hand_over")
    if found.right == Right.CORRECTION:
        acts.add("correct")
    if found.right == Right.DELETION:
        acts.add("erase" if found.customer.is_person else "clear")
    return acts


Perform = Callable[[StaffRequest, RightRequest, dict[str, Any]], str]


def _accept(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    identity = data.get("identity", "")
    actions.accept_request(request=found, identity=identity, user=request.user, at=request.at)
    return _("已受理。")


def _missing(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    actions.say_missing(request=found, missing=data["missing"], user=request.user, at=request.at)
    return _("已告知还缺什么。")


def _answer(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    answered = actions.answer_request(request=found, user=request.user, at=request.at, **data)
    return _("已答复。") if answered.step == Step.ANSWERED else _("已提交，等另一位批准。")


def _approve(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    actions.approve_answer(request=found, user=request.user, at=request.at)
    return _("已批准并答复。")


def _return(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    actions.return_answer(request=found, why=data["why"], user=request.user, at=request.at)
    return _("已退回经办人。")


def _hand_over(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    actions.hand_over(request=found, user=request.user, at=request.at)
    return _("已答复，取资料的链接已备好。")


def _correct(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    answer = data.pop("answer", "")
    changes = {field: text for field, text in data.items() if text.strip()}
    actions.correct_and_answer(
        request=found, changes=changes, answer=answer, user=request.user, at=request.at
    )
    return _("资料已更正，已答复。")


def _erase(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    check(request.user, Permission.CUSTOMER_ERASE)
    actions.erase_and_answer(request=found, user=request.user, at=request.at)
    return _("个人信息已删除，密钥已销毁。事实链保持完整。")


def _clear(request: StaffRequest, found: RightRequest, data: dict[str, Any]) -> str:
    check(request.user, Permission.CUSTOMER_ERASE)
    actions.clear_and_propose(request=found, user=request.user, at=request.at)
    return _("联系人已清空，答复等另一位批准。")


ACTS: dict[str, tuple[type[forms.Form], Perform]] = {
    "accept": (AcceptForm, _accept),
    "missing": (MissingForm, _missing),
    "answer": (AnswerForm, _answer),
    "approve": (forms.Form, _approve),
    "return": (ReturnForm, _return),
    "hand_over": (forms.Form, _hand_over),
    "correct": (CorrectForm, _correct),
    "erase": (SureForm, _erase),
    "clear": (SureForm, _clear),
}
BEFORE_HANDLING = frozenset({"accept", "missing"})


@require_POST
@staff_page(*HANDLING)
def act(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """One of the acts; back to the page with what was done, or with what has to be changed."""
    if what not in ACTS:
        raise Http404
    found = selectors.request_for(request.user, pk)
    if what not in BEFORE_HANDLING:
        check(request.user, Permission.PRIVACY_HANDLE)
    form_class, perform = ACTS[what]
    if what == "accept" and found.identity:
        form_class = forms.Form
    form = form_class(request.POST, auto_id=f"{what}_%s")
    if not form.is_valid():
        return _shown(request, found, {what: form}, status=MISTAKEN)
    try:
        messages.success(request, perform(request, found, dict(form.cleaned_data)))
    except KeyueError as error:
        show_faults(form, error)
        if form_class is forms.Form:
            messages.warning(request, str(error))
        return _shown(request, selectors.request_for(request.user, pk), {what: form}, status=error.status)
    return see_other(reverse("privacy:request", args=[found.pk]))
