"""What of a customer is given to others, what got out, and what was done about it: each form in a dialog or on a page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.customers.profile_views import crumbs_of
from keyue.kernel.errors import KeyueError
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, allows_any
from keyue.privacy import actions, selectors
from keyue.privacy.outward_forms import DiscloseForm, ProvideForm, RemedyForm
from keyue.privacy.views._page import show_faults
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.PRIVACY_HANDLE)
def provide(request: StaffRequest, number: str) -> HttpResponse:
    """Give personal data of a customer to somebody outside."""
    found = customers.customer_for(request.user, number)
    standing = {one.pk: one for one in selectors.separate_consents(found, request.at)}
    names = customers.contact_cards([one.contact_id for one in standing.values()])
    offered = [
        (
            pk,
            _("%(who)s：%(purpose)s")
            % {"who": names[one.contact_id].shown_name, "purpose": one.purpose.name},
        )
        for pk, one in standing.items()
    ]
    form = ProvideForm(request.POST or None, consents=offered)

    def act(data: dict[str, Any]) -> None:
        consent = standing[int(data["consent"])] if data["consent"] else None
        given = {**data, "consent": consent}
        actions.provide_data(customer=found, **given, user=request.user, at=request.at)

    if request.method == "POST" and _done(form, act):
        return go(request, _page_of(request, found), _("对外提供已登记。"))
    return _form(request, found, form, _("对外提供个人信息"), _("登记"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.CUSTOMER_VIEW)
def disclose(request: StaffRequest, number: str) -> HttpResponse:
    """Report that something about a customer got out: whoever may see the customer."""
    found = customers.customer_for(request.user, number)
    may_handle = allows(request.user, Permission.PRIVACY_HANDLE)
    form = DiscloseForm(request.POST or None, initial={"happened_at": request.at}, may_handle=may_handle)
    if request.method == "POST" and _done(
        form,
        lambda data: actions.report_disclosure(customer=found, **data, by=actor_of(request), at=request.at),
    ):
        return go(request, _page_of(request, found), _("已报告，个人信息负责人会收到通知。"))
    return _form(request, found, form, _("报告信息泄露"), _("报告"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.PRIVACY_HANDLE)
def remedy(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter what was done about something that got out."""
    disclosure = selectors.disclosure_for(request.user, pk)
    form = RemedyForm(request.POST or None)
    if request.method == "POST" and _done(
        form,
        lambda data: actions.remedy_disclosure(
            disclosure=disclosure, **data, user=request.user, at=request.at
        ),
    ):
        return go(request, _page_of(request, disclosure.customer), _("补救已登记。"))
    return _form(request, disclosure.customer, form, _("登记补救"), _("登记"))


def _done(form: forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Whether the act was done; else its faults stand beside their fields."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except KeyueError as error:
        show_faults(form, error)
        return False
    return True


def _page_of(request: StaffRequest, customer: Customer) -> str:
    """The page on which the reader sees what was entered."""
    if allows_any(request.user, *selectors.HANDLING, Permission.LEGAL_HOLD):
        return reverse("privacy:customer", args=[customer.number])
    return customers.customer_card(customer.pk).url


def _form(
    request: StaffRequest, customer: Customer, form: forms.Form, title: str, button: str
) -> HttpResponse:
    card = customers.customer_card(customer.pk)
    context = {"form": form, "title": title, "button": button, "back": _page_of(request, customer)}
    template = "customers/_form.html" if is_fragment(request) else "customers/form.html"
    status = MISTAKEN if form.errors else 200
    return page(request, template, context, crumbs=crumbs_of(card, Crumb(title)), status=status)
