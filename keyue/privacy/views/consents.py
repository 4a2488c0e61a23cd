"""The company's purposes and their texts; a customer's consents, holds and requests on one page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import KeyueError
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, allows_any
from keyue.privacy import actions, selectors
from keyue.privacy.forms import (
    ConsentForm,
    EndPurposeForm,
    HoldForm,
    PurposeForm,
    ReleaseForm,
    RestrictForm,
    TextForm,
    WithdrawForm,
    upload_of,
)
from keyue.privacy.sealed import opened
from keyue.privacy.views._page import area_page, contact_choices, show_faults
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, see_other

HANDLING = (*selectors.HANDLING, Permission.LEGAL_HOLD)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.PRIVACY_HANDLE)
def purposes(request: StaffRequest) -> HttpResponse:
    """The purposes, what has still to be stopped, and a form for another purpose."""
    form = PurposeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_purpose(**form.cleaned_data, user=request.user, at=request.at)
            messages.success(request, _("已发布「%(name)s」第 1 版。") % {"name": made.name})
            return see_other(reverse("privacy:purpose", args=[made.code]))
        except KeyueError as error:
            show_faults(form, error)
    rows = selectors.purposes(with_retired=True)
    texts = selectors.texts_in_force(rows, request.at)
    to_stop = selectors.uses_to_stop(request.user)
    cards = customers.customer_cards(consent.customer_id for consent in to_stop)
    context = {
        "rows": [(row, texts.get(row.pk)) for row in rows],
        "to_stop": [(consent, cards[consent.customer_id]) for consent in to_stop],
        "form": form,
        "opened": bool(form.errors) or not rows,
    }
    here = (Crumb(_("同意文本")),)
    status = MISTAKEN if form.errors else 200
    return area_page(request, "privacy/purposes.html", "privacy:purposes", context, here=here, status=status)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.PRIVACY_HANDLE)
def purpose(request: StaffRequest, code: str) -> HttpResponse:
    """A purpose with every version of its text, and a form for the next one."""
    found = selectors.purpose_by_code(code)
    texts = selectors.texts_of(found)
    form = TextForm(
        request.POST if request.method == "POST" else None,
        initial={"text": texts[0].text, "read": texts[0].n},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.publish_text(purpose=found, **form.cleaned_data, user=request.user, at=request.at)
            messages.success(request, _("已发布第 %(n)d 版。") % {"n": made.n})
            return see_other(reverse("privacy:purpose", args=[found.code]))
        except KeyueError as error:
            show_faults(form, error)
    context = {"purpose": found, "texts": texts, "form": form}
    here = (Crumb(_("同意文本"), reverse("privacy:purposes")), Crumb(found.name))
    status = MISTAKEN if form.errors else 200
    return area_page(request, "privacy/purpose.html", "privacy:purposes", context, here=here, status=status)


@require_POST
@staff_page(Permission.PRIVACY_HANDLE)
def retire(request: StaffRequest, code: str) -> HttpResponse:
    """Ask nobody for this purpose any more."""
    found = actions.retire_purpose(purpose=selectors.purpose_by_code(code), user=request.user, at=request.at)
    messages.success(request, _("「%(name)s」已停用。") % {"name": found.name})
    return see_other(reverse("privacy:purpose", args=[found.code]))


# --- a customer ---


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*HANDLING)
def customer(request: StaffRequest, number: str) -> HttpResponse:
    """A customer's consents, requests and holds; POST enters a consent."""
    found = customers.customer_for(request.user, number)
    may_enter = allows_any(request.user, *selectors.HANDLING)
    form = _consent_form(found, request if request.method == "POST" else None)
    if request.method == "POST" and may_enter and form.is_valid():
        values = form.cleaned_data
        try:
            actions.give_consent(
                contact=customers.contact_for(request.user, int(values["contact"])),
                purpose=selectors.purpose_by_code(values["purpose"]),
                via=values["via"],
                paper=upload_of(form),
                is_minor=values["is_minor"],
                guardian=values["guardian"],
                by=actor_of(request),
                at=request.at,
            )
            messages.success(request, _("同意已登记。"))
            return see_other(_page_of(found))
        except KeyueError as error:
            show_faults(form, error)
    return _shown(request, found, {"consent_form": form}, status=MISTAKEN if form.errors else 200)


def _consent_form(found: Customer, sent: StaffRequest | None = None) -> ConsentForm:
    data = (sent.POST, sent.FILES) if sent is not None else (None, None)
    return ConsentForm(
        *data,
        contacts=contact_choices(found),
        purposes=[(one.code, one.name) for one in selectors.purposes()],
        auto_id="consent_%s",
    )


def _end_form(sent: StaffRequest | None = None) -> EndPurposeForm:
    purposes = [(one.code, one.name) for one in selectors.purposes()]
    return EndPurposeForm(sent.POST if sent is not None else None, purposes=purposes, auto_id="end_%s")


@require_POST
@staff_page(Permission.PRIVACY_HANDLE)
def end_purpose(request: StaffRequest, number: str) -> HttpResponse:
    """What a customer's data was kept for is done: from now on it is to be deleted, or no longer used."""
    found = customers.customer_for(request.user, number)
    form = _end_form(request)
    if form.is_valid():
        try:
            purpose = selectors.purpose_by_code(form.cleaned_data["purpose"])
            actions.end_purpose(customer=found, purpose=purpose, by=actor_of(request), at=request.at)
            messages.success(request, _("已记下目的已实现。请按下面所列删除或停止使用。"))
            return see_other(_page_of(found))
        except KeyueError as error:
            show_faults(form, error)
    return _shown(request, found, {"end_form": form}, status=MISTAKEN)


def _page_of(found: Customer) -> str:
    return reverse("privacy:customer", args=[found.number])


def _shown(
    request: StaffRequest, found: Customer, bound: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    user = request.user
    card = customers.customer_card(found.pk)
    consents = selectors.consents_of(found)
    names = customers.contact_cards([consent.contact_id for consent in consents])
    may_handle = allows(user, Permission.PRIVACY_HANDLE)
    may_hold = allows(user, Permission.LEGAL_HOLD)
    holds = selectors.holds_of(found) if may_handle or may_hold else []
    guardians = opened(consents, "guardian")
    disclosures = selectors.disclosures_of(found) if may_handle else []
    provisions = selectors.provisions_of(found) if may_handle else []
    context = {
        "customer": card,
        "disclosures": list(
            zip(disclosures, opened(disclosures, "what", "recipient", "remedy"), strict=True)
        ),
        "provisions": list(zip(provisions, opened(provisions, "recipient", "purpose"), strict=True)),
        "consents": [
            (consent, names[consent.contact_id].shown_name, clear["guardian"])
            for consent, clear in zip(consents, guardians, strict=True)
        ],
        "holds": list(zip(holds, opened(holds, "why", "release_why"), strict=True)),
        "requests": selectors.requests_of(found),
        "restriction": selectors.restriction_of(found),
        "ended": selectors.ended_purposes(found),
        "end_form": bound.get("end_form") or _end_form(),
        "may_erase": allows(user, Permission.CUSTOMER_ERASE) and not found.is_erased,
        "may_enter": allows_any(user, *selectors.HANDLING) and not found.is_erased,
        "may_hold": may_hold and not found.is_erased,
        "may_restrict": may_handle and not found.is_erased,
        "consent_form": bound.get("consent_form") or _consent_form(found),
        "withdraw_form": WithdrawForm(auto_id=False),
        "hold_form": bound.get("hold_form") or HoldForm(auto_id="hold_%s"),
        "release_form": ReleaseForm(auto_id=False),
        "restrict_form": bound.get("restrict_form") or RestrictForm(auto_id="restrict_%s"),
    }
    here = (Crumb(card.shown_name, card.url), Crumb(_("个人信息权益")))
    return area_page(request, "privacy/customer.html", "", context, here=here, status=status)


@require_POST
@staff_page(*selectors.HANDLING)
def consent_act(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """A consent is withdrawn, or its use has stopped everywhere."""
    consent = selectors.consent_for(request.user, pk)
    back = _page_of(consent.customer)
    if what == "withdraw":
        form = WithdrawForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("没有撤回：请选择撤回方式。"))
            return see_other(back)
        actions.withdraw_consent(
            consent=consent, via=form.cleaned_data["via"], by=actor_of(request), at=request.at
        )
        messages.success(request, _("已撤回。"))
    elif what == "stopped":
        actions.stop_use(consent=consent, by=actor_of(request), at=request.at)
        messages.success(request, _("已记录：各处都已停用。"))
    else:
        raise Http404
    return see_other(back)


@require_POST
@staff_page(Permission.LEGAL_HOLD)
def place_hold(request: StaffRequest, number: str) -> HttpResponse:
    """Keep a customer's data from being erased."""
    found = customers.customer_for(request.user, number)
    form = HoldForm(request.POST, auto_id="hold_%s")
    if form.is_valid():
        try:
            actions.place_hold(customer=found, **form.cleaned_data, user=request.user, at=request.at)
            messages.success(request, _("已保全，解除以前不能删除。"))
            return see_other(_page_of(found))
        except KeyueError as error:
            show_faults(form, error)
    return _shown(request, found, {"hold_form": form}, status=MISTAKEN)


@require_POST
@staff_page(Permission.LEGAL_HOLD)
def release_hold(request: StaffRequest, pk: int) -> HttpResponse:
    """Lift a hold, with why."""
    hold = selectors.hold_for(request.user, pk)
    form = ReleaseForm(request.POST)
    if form.is_valid():
        actions.release_hold(hold=hold, why=form.cleaned_data["why"], user=request.user, at=request.at)
        messages.success(request, _("保全已解除。"))
    else:
        messages.error(request, _("没有解除：请写明解除依据。"))
    return see_other(_page_of(hold.customer))


@require_POST
@staff_page(Permission.PRIVACY_HANDLE)
def restrict(request: StaffRequest, number: str) -> HttpResponse:
    """Keep a customer's data and use it no longer."""
    found = customers.customer_for(request.user, number)
    form = RestrictForm(request.POST, auto_id="restrict_%s")
    if form.is_valid():
        actions.restrict(
            customer=found, reason=form.cleaned_data["reason"], by=actor_of(request), at=request.at
        )
        messages.success(request, _("已停止使用，只保存。"))
        return see_other(_page_of(found))
    return _shown(request, found, {"restrict_form": form}, status=MISTAKEN)


@require_POST
@staff_page(*selectors.HANDLING)
def proof(request: StaffRequest, pk: int) -> HttpResponseBase:
    """A paper, as a download: the look is recorded."""
    found = selectors.proof_for(request.user, pk)
    file = actions.open_proof(proof=found, by=actor_of(request), at=request.at)
    answer = FileResponse(
        iter([file.content]), as_attachment=True, filename=file.name, content_type=found.content_type
    )
    answer["Cache-Control"] = "private, no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
