"""Entering and changing customers and contacts: each form as a dialog over the page it was opened from, or as a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache

from keyue.customers import actions, selectors
from keyue.customers.actions import watching
from keyue.customers.cards import CustomerCard
from keyue.customers.editing_forms import (
    BackgroundForm,
    ContactForm,
    CustomerForm,
    EditForm,
    ManagerForm,
    StageForm,
)
from keyue.customers.enums import Kind, LegalBasis, Source, Stage
from keyue.customers.models import Contact, Customer
from keyue.customers.profile_views import crumbs_of
from keyue.customers.regions import region_name, region_names
from keyue.customers.sealed import opened_own
from keyue.kernel.errors import Invalid, KeyueError
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

MOST_MANAGERS = 50


def _form(
    request: StaffRequest,
    form: forms.Form,
    title: str,
    crumbs: Sequence[Crumb],
    *,
    back: str,
    button: str = "",
    **more: Any,
) -> HttpResponse:
    """A form as a dialog, where a fragment was asked for, else as a page of its own."""
    context = {"form": form, "title": title, "back": back, "button": button or _("保存"), **more}
    template = "customers/_form.html" if is_fragment(request) else "customers/form.html"
    return page(request, template, context, crumbs=crumbs, status=MISTAKEN if form.errors else 200)


def _tried(form: forms.Form, act: Callable[[dict[str, Any]], Any]) -> Any:
    """Do what the form says; None with the faults beside their fields."""
    if not form.is_valid():
        return None
    try:
        return act(form.cleaned_data)
    except KeyueError as error:
        show_faults(form, error)
        return None


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def new(request: StaffRequest) -> HttpResponse:
    """Enter a customer with the first contact; who enters one looks after them, unless they may not be an account manager."""
    initial = {
        "kind": Kind.ORGANISATION,
        "stage": Stage.PROSPECT,
        "source": Source.VISIT,
        "legal_basis": LegalBasis.CONTRACT,
    }
    form = CustomerForm(request.POST or None, initial=initial)
    if request.method == "POST":
        made = _tried(form, lambda _data: _create(request, form))
        if made is not None:
            said = _("已建档：%(number)s") % {"number": made.number}
            return go(request, reverse("customers:page", args=[made.number]), said)
    crumbs = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), Crumb(_("新建客户"))]
    context = {"form": form, "regions": region_names(), "back": reverse("customers:list")}
    status = MISTAKEN if form.errors else 200
    return page(request, "customers/new.html", context, crumbs=crumbs, status=status)


def _create(request: StaffRequest, form: CustomerForm) -> Customer:
    looks_after = allows(request.user, Permission.LEAD_REGISTER)
    return actions.create_customer(
        **form.given(),
        account_manager=request.user if looks_after else None,
        department=None if looks_after or not request.user.department else request.user.department.code,
        by=actor_of(request),
        at=request.at,
    )


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def edit(request: StaffRequest, number: str) -> HttpResponse:
    """Change what a customer's own file says; a change by somebody else meanwhile is not overwritten."""
    customer = selectors.customer_for(request.user, number)
    watching.note_view(customer=customer, by=actor_of(request), at=request.at)
    card = selectors.customer_card(customer.pk)
    revision = request.POST.get("revision", "")
    form = EditForm(request.POST or None, customer=customer, initial=_initial(customer))
    if request.method == "POST":
        done = _tried(
            form,
            lambda data: actions.change_customer(
                customer=customer,
                changes=data,
                revision=int(revision) if revision.isdecimal() else None,
                by=actor_of(request),
                at=request.at,
            ),
        )
        if done is not None:
            return go(request, card.url, _("资料已更改。"))
    context: dict[str, Any] = {"revision": revision or customer.revision, "regions": region_names()}
    return _form(
        request, form, _("更改资料"), crumbs_of(card, Crumb(_("更改资料"))), back=card.url, **context
    )


def _initial(customer: Customer) -> dict[str, Any]:
    names = (
        "name",
        "city",
        "category",
        "industry",
        "scale",
        "address",
        "credit",
        "source",
        "legal_basis",
        "secrecy",
    )
    limit = "" if customer.credit_limit is None else str(customer.credit_limit)
    return {
        **{name: getattr(customer, name) for name in names},
        **opened_own(customer),
        "credit_limit": limit,
        "region": region_name(customer.region, "zh"),
    }


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def contact_new(request: StaffRequest, number: str) -> HttpResponse:
    """Add a contact to a customer."""
    customer = selectors.customer_for(request.user, number)
    card = selectors.customer_card(customer.pk)
    form = ContactForm(request.POST or None, others=_others(card))
    if request.method == "POST":

        def add(data: dict[str, Any]) -> Contact:
            superior = _superior(request.user, data.pop("reports_to"))
            return actions.add_contact(
                customer=customer, reports_to=superior, by=actor_of(request), at=request.at, **data
            )

        if _tried(form, add) is not None:
            return go(request, f"{card.url}?tab=contacts", _("联系人已添加。"))
    title = _("添加联系人")
    return _form(
        request, form, title, crumbs_of(card, Crumb(title)), back=f"{card.url}?tab=contacts", button=title
    )


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def contact_edit(request: StaffRequest, contact_id: int) -> HttpResponse:
    """Change a contact. What is masked stays masked here: a field left empty stays as it is, `clear` empties one."""
    contact = selectors.contact_for(request.user, contact_id)
    card = selectors.customer_card(contact.customer_id)
    form = ContactForm(
        request.POST or None, others=_others(card, contact.pk), initial=ContactForm.initial_of(contact)
    )
    masked = next((one for one in card.contacts if one.id == contact.pk), None)
    if request.method == "POST":

        def change(data: dict[str, Any]) -> Contact:
            cleared = set(request.POST.getlist("clear"))
            texts = ("name", "role", "phone", "email", "address")
            changes = {name: data[name] for name in texts if data[name] or name in cleared}
            changes |= {name: data[name] for name in data if name not in texts and name != "reports_to"}
            changes["reports_to"] = _superior(request.user, data["reports_to"])
            return actions.change_contact(
                contact=contact, changes=changes, by=actor_of(request), at=request.at
            )

        if _tried(form, change) is not None:
            return go(request, f"{card.url}?tab=contacts", _("联系人已更改。"))
    title = _("更改联系人")
    return _form(
        request, form, title, crumbs_of(card, Crumb(title)), back=f"{card.url}?tab=contacts", masked=masked
    )


def _others(card: CustomerCard, but: int = 0) -> list[tuple[int, str]]:
    return [(one.id, f"{one.shown_name} {one.role}".strip()) for one in card.contacts if one.id != but]


def _superior(user: User, pk: str) -> Contact | None:
    return selectors.contact_for(user, int(pk)) if pk.isdecimal() else None


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def stage(request: StaffRequest, number: str) -> HttpResponse:
    """Move a customer to another stage, with the reason."""
    customer = selectors.customer_for(request.user, number)
    card = selectors.customer_card(customer.pk)
    form = StageForm(request.POST or None, initial={"stage": customer.stage})
    if request.method == "POST" and _tried(form, lambda data: _move(request, customer, data)) is not None:
        return go(request, card.url, _("阶段已变更。"))
    title = _("变更阶段")
    return _form(request, form, title, crumbs_of(card, Crumb(title)), back=card.url, button=title)


def _move(request: StaffRequest, customer: Customer, data: dict[str, Any]) -> Customer:
    by, at = actor_of(request), request.at
    if data["stage"] == Stage.PAST:
        if not data["loss"]:
            raise Invalid(_("请选择流失原因。"), fields={"loss": _("请选择流失原因")})
        return actions.lose_customer(
            customer=customer,
            reason=data["loss"],
            win_back=data["win_back"],
            remark=data["reason"],
            by=by,
            at=at,
        )
    return actions.change_stage(
        customer=customer, stage=data["stage"], reason=data["reason"], happened=data["happened"], by=by, at=at
    )


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def background(request: StaffRequest, number: str) -> HttpResponse:
    """Write down what came of looking into background and credit."""
    customer = selectors.customer_for(request.user, number)
    card = selectors.customer_card(customer.pk)
    form = BackgroundForm(request.POST or None)

    def check(data: dict[str, Any]) -> Customer:
        return actions.check_background(customer=customer, **data, by=actor_of(request), at=request.at)

    if request.method == "POST" and _tried(form, check) is not None:
        return go(request, card.url, _("背景与信用的查询结果已记下。"))
    title = _("登记背景与信用")
    return _form(request, form, title, crumbs_of(card, Crumb(title)), back=card.url)


@never_cache
@staff_page(Permission.CUSTOMER_ASSIGN)
def manager(request: StaffRequest, number: str) -> HttpResponse:
    """Say who looks after a customer."""
    customer = selectors.customer_for(request.user, number)
    card = selectors.customer_card(customer.pk)
    form = ManagerForm(request.POST or None, initial={"account_manager": card.account_manager})
    if request.method == "POST":
        done = _tried(
            form,
            lambda data: actions.assign_account_manager(
                customer=customer,
                user=_member(request, data["account_manager"]),
                by=actor_of(request),
                at=request.at,
            ),
        )
        if done is not None:
            return go(request, card.url, _("客户经理已指派。"))
    title = _("指派客户经理")
    staff, _next = people.colleagues_page(text="", behind="", at=request.at, after="", size=MOST_MANAGERS)
    return _form(
        request, form, title, crumbs_of(card, Crumb(title)), back=card.url, button=title, managers=staff
    )


def _member(request: StaffRequest, text: str) -> User | None:
    """The colleague whom a name or sign-in name means; None of nothing. Raises Invalid."""
    text = text.strip()
    if not text:
        return None
    found, _next = people.colleagues_page(text=text, behind="", at=request.at, after="", size=20)
    exact = [user for user in found if text in (user.name, user.username)]
    if len(exact) == 1:
        return exact[0]
    sentence = (
        _("有几位同事叫「%(name)s」，请填登录名。") if exact else _("没有叫「%(name)s」的在职同事。")
    ) % {"name": text[:20]}
    raise Invalid(sentence, fields={"account_manager": sentence})
