"""Looking at what is masked on a customer's page, and erasing what is personal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.customers import actions, rules, selectors
from keyue.customers.enums import Revealable
from keyue.customers.forms import EraseForm
from keyue.kernel.errors import NotFound
from keyue.people.context import staff
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.components import Crumb


def _page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, template, {**staff(request), **context}, status=status)


def _see_other(url: str) -> HttpResponse:
    answer = HttpResponseRedirect(url)
    answer.status_code = 303
    return answer


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_REVEAL)
def reveal(request: StaffRequest, contact_id: int, field: str) -> HttpResponse:
    """One field in the clear, for the purpose that the viewer named; the browser covers it again after 30 seconds."""
    if field not in Revealable.values:
        raise NotFound(_("没有这个字段。"))
    contact = selectors.contact_for(request.user, contact_id)
    clear = actions.reveal(
        contact=contact,
        fields=[field],
        purpose=request.POST.get("purpose", ""),
        by=actor_of(request),
        at=request.at,
    )[field]
    context = {
        "value": rules.format_phone(clear) if field == Revealable.PHONE else clear,
        "label": Revealable(field).label,
        "back": reverse("customers:page", args=[rules.number_of(contact.customer_id)]),
        "crumbs": [
            Crumb(pgettext("列表", "客户"), reverse("customers:list")),
            Crumb(rules.number_of(contact.customer_id)),
        ],
    }
    return _page(request, "customers/revealed.html" + ("#value" if request.htmx else ""), context)


@require_POST
@staff_page(Permission.CUSTOMER_ERASE)
def erase(request: StaffRequest, number: str) -> HttpResponse:
    """Erase what is personal about a customer, for good."""
    customer = selectors.customer_for(request.user, number)
    form = EraseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("没有删除：请选择原因，并确认知道删除后无法恢复。"))
    else:
        reason = form.cleaned_data["reason"]
        actions.erase(customer=customer, reason=reason, by=actor_of(request), at=request.at)
        messages.success(request, _("个人信息已删除，密钥已销毁。事实链保持完整。"))
    return _see_other(reverse("customers:page", args=[customer.number]))
