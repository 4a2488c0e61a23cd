"""What the pages of this room share: the tabs of the area, the path, mistakes beside their fields."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from keyue.customers import area
from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid, KeyueError
from keyue.people.http import StaffRequest
from keyue.ui.components import Crumb
from keyue.ui.pages import page


def area_page(
    request: StaffRequest,
    template: str,
    current: str,
    context: dict[str, Any],
    *,
    here: tuple[Crumb, ...] = (),
    status: int = 200,
) -> HttpResponse:
    """A page under 客户, with the tabs of the area; `current` names its tab."""
    crumbs = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), *here]
    more = {"area_tabs": area.tabs_for(request.user, current), "area_label": _("客户")}
    return page(request, template, {**more, **context}, crumbs=crumbs, status=status)


def show_faults(form: BaseForm, error: KeyueError) -> None:
    """Put the sentences of a refusal beside the fields they speak of; what speaks of none stands above the form."""
    fields = error.fields if isinstance(error, Invalid) else {}
    form.is_valid()
    placed = False
    for name, sentence in fields.items():
        if name in form.fields:
            form.add_error(name, str(sentence))
            placed = True
    if not placed:
        form.add_error(None, str(error))


def contact_choices(customer: Customer) -> list[tuple[int, str]]:
    """The customer's contacts under their masks, for a list to choose from."""
    card = customers.customer_card(customer.pk)
    return [
        (
            contact.id,
            " · ".join(part for part in (contact.shown_name, contact.phone or contact.email) if part),
        )
        for contact in card.contacts
        if not contact.is_erased
    ]
