"""A customer's page: everything about one customer in one place, in tabs, refreshing itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.customers import dealings, guarding, header, profile, rules, selectors
from keyue.customers.actions import watching
from keyue.customers.cards import CustomerCard
from keyue.customers.dealings import OF_NAMES, Of
from keyue.customers.enums import Purpose
from keyue.customers.forms import EraseForm
from keyue.customers.models import Customer
from keyue.customers.sections import Place, sections_of
from keyue.kernel.errors import Invalid
from keyue.kernel.once import once, remember
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import is_fragment, page, see_other

# parts of the page that refresh themselves
FRAGMENTS = {
    "head": "customers/_head.html",
    "body": "customers/_body.html",
    "dealings": "customers/_dealings.html",
}


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def customer_page(request: StaffRequest, number: str) -> HttpResponse:
    """Who a customer is, how they are reached, what is owed to them and what has happened; a fragment request gets the
    part that it names."""
    by = actor_of(request)
    customer = selectors.customer_for_page(
        request.user, number, lambda pk: guarding.lately_opened(pk, by, request.at)
    )
    if customer.merged_into_id:
        return see_other(reverse("customers:page", args=[rules.number_of(customer.merged_into_id)]))
    is_noted = bool(getattr(customer, "is_noted", False))
    watching.note_view(customer=customer, by=by, at=request.at, is_noted=is_noted)
    with once():
        return _drawn(request, customer)


def _drawn(request: StaffRequest, customer: Customer) -> HttpResponse:
    tab = request.GET.get("tab", "")
    tab = tab if tab in profile.PARTS else ""
    family = selectors.family_of(customer)
    last = getattr(customer, "last_contact", None)
    remember("customers last_contact", {customer.pk: last.contacted_at if last else None})
    _remember_names(customer)
    card = selectors.card_of(customer)
    context: dict[str, Any] = {"customer": card, "tab": tab, "url": card.url}
    fill: dict[str, Callable[[], dict[str, Any]]] = {
        "head": lambda: _head(request, customer, card, tab, family),
        "body": lambda: _body(request, customer, card, tab, family),
        "dealings": lambda: _dealings(request, customer, family),
    }
    part = request.GET.get("part", "")
    if is_fragment(request) and part in FRAGMENTS:
        return page(request, FRAGMENTS[part], context | fill[part]())
    # the body counts what the head shows
    context |= fill["body"]()
    context |= fill["head"]()
    return page(request, "customers/page.html", context, crumbs=crumbs_of(card))


def _remember_names(customer: Customer) -> None:
    """Who looks after the customer was read with the row: no part of the page asks for these names again."""
    manager, department = customer.account_manager, getattr(customer, "department_name", None)
    if manager is not None:
        remember("people names", {manager.pk: manager.name})
    if customer.department and department:
        remember("people owner names", {customer.department: department})


def crumbs_of(card: CustomerCard, *more: Crumb) -> list[Crumb]:
    """The way to a customer's page, and on to what stands under it."""
    here = Crumb(card.shown_name, card.url if more else "")
    return [Crumb(pgettext("列表", "客户"), reverse("customers:list")), here, *more]


def _head(
    request: StaffRequest, customer: Customer, card: CustomerCard, tab: str, family: Sequence[int]
) -> dict[str, Any]:
    counts = {"contacts": len(card.people), "promises": profile.open_count(family).n}
    may_erase = allows(request.user, Permission.CUSTOMER_ERASE) and not card.is_erased
    acts = [] if card.is_erased else header.acts_for(request.user, customer)
    return {
        "life": profile.life(customer),
        "stage": customer.get_stage_display(),
        "secrecy": customer.get_secrecy_display() if customer.secrecy != "normal" else "",
        "facts": [text for text in (customer.industry, customer.scale, card.place) if text],
        "acts": acts,
        "flags": header.flags_for(request.user, customer),
        "tabs": profile.tabs(customer, tab, counts),
        "may_erase": may_erase,
        "erase_form": EraseForm(auto_id="erase_%s") if may_erase else None,
    }


def _body(
    request: StaffRequest, customer: Customer, card: CustomerCard, tab: str, family: Sequence[int]
) -> dict[str, Any]:
    sections = sections_of(request, customer, profile.PARTS[tab].places)
    context: dict[str, Any] = {
        "sections": [section for section in sections if section.place != Place.ASIDE],
        "aside": [section for section in sections if section.place == Place.ASIDE],
    }
    if tab in ("", "contacts"):
        context |= {
            "purposes": [(purpose.value, str(purpose.label)) for purpose in Purpose],
            "may_reveal": allows(request.user, Permission.CUSTOMER_REVEAL) and not card.is_erased,
            "may_edit": allows(request.user, Permission.CUSTOMER_EDIT) and not card.is_erased,
        }
    if tab == "":
        context |= {
            "row": customer,
            "department": getattr(customer, "department_name", None) or card.department,
            "duplicates": selectors.possible_duplicates(request.user, customer),
            "owed": profile.owed(family, only_open=True, limit=profile.SHOWN_PROMISES),
        }
    if tab == "promises":
        context["owed"] = profile.owed(family, only_open=False, limit=profile.MOST_PROMISES)
    if tab in ("", "dealings"):
        context |= _dealings(request, customer, family)
    return context


def _dealings(request: StaffRequest, customer: Customer, family: Sequence[int]) -> dict[str, Any]:
    of = request.GET.get("of", "")
    of = Of(of) if of in set(Of) else Of.ALL
    before = _instant(request.GET.get("before", "")) or request.at
    found = dealings.dealings_of(request.user, customer, family, before=before, of=of)
    return {
        "dealings": found,
        "of": of.value,
        "of_choices": [(one.value, str(name)) for one, name in OF_NAMES.items()],
        "is_further": bool(request.GET.get("before")),
    }


def _instant(text: str) -> datetime | None:
    if not text:
        return None
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Invalid(_("翻页标记不对，请从第一页重新开始。"), code="bad_cursor")
    return found
