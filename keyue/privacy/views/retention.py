"""How long data is kept: whose time is over, the company's rules, and the holds that stand."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from keyue.customers import selectors as customers
from keyue.kernel.errors import KeyueError
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.permissions import allows, check
from keyue.privacy import actions, selectors
from keyue.privacy.enums import RetentionDecision
from keyue.privacy.forms import DecideForm, RuleForm
from keyue.privacy.sealed import opened
from keyue.privacy.views._page import area_page, show_faults
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, see_other


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.PRIVACY_HANDLE, Permission.LEGAL_HOLD)
def retention(request: StaffRequest) -> HttpResponse:
    """Whose time is over, the rules, and the holds; POST sets a rule."""
    may_rule = allows(request.user, Permission.LEGAL_HOLD)
    form = RuleForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        check(request.user, Permission.LEGAL_HOLD)
        if form.is_valid():
            try:
                actions.set_rule(**form.cleaned_data, user=request.user, at=request.at)
                messages.success(request, _("规则已生效，今天起检查全部客户。"))
                return see_other(reverse("privacy:retention"))
            except KeyueError as error:
                show_faults(form, error)
    rows, following = selectors.candidates_page(request.user, cursor=request.GET.get("after", ""))
    holds = selectors.holds_standing(request.user)
    cards = customers.customer_cards(
        [*(row.customer_id for row in rows), *(one.customer_id for one in holds)]
    )
    context = {
        "rows": [(row, cards[row.customer_id]) for row in rows],
        "next": following,
        "is_first": not request.GET.get("after"),
        "rules": selectors.rules_of_retention(),
        "holds": [
            (hold, cards[hold.customer_id], clear["why"])
            for hold, clear in zip(holds, opened(holds, "why"), strict=True)
        ],
        "form": form,
        "may_rule": may_rule,
        "may_decide": allows(request.user, Permission.PRIVACY_HANDLE),
    }
    here = (Crumb(_("保存期限与保全")),)
    status = MISTAKEN if form.errors else 200
    return area_page(
        request, "privacy/retention.html", "privacy:retention", context, here=here, status=status
    )


@require_POST
@staff_page(Permission.LEGAL_HOLD)
def end_rule(request: StaffRequest, pk: int) -> HttpResponse:
    """A rule works no more."""
    rule = actions.end_rule(rule=selectors.rule_by_id(pk), user=request.user, at=request.at)
    messages.success(request, _("「%(name)s」已停用。") % {"name": rule.name})
    return see_other(reverse("privacy:retention"))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Permission.PRIVACY_HANDLE)
def decide(request: StaffRequest, pk: int) -> HttpResponse:
    """Decide what becomes of a customer whose time is over."""
    found = selectors.candidate_for(request.user, pk)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            if form.cleaned_data["decision"] == RetentionDecision.ERASE:
                check(request.user, Permission.CUSTOMER_ERASE)
            actions.decide_candidate(candidate=found, **form.cleaned_data, user=request.user, at=request.at)
            messages.success(request, _("决定已记录。"))
            return see_other(reverse("privacy:retention"))
        except KeyueError as error:
            show_faults(form, error)
    card = customers.customer_card(found.customer_id)
    context = {
        "found": found,
        "card": card,
        "form": form,
        "held": selectors.sentences_of_holds([found.customer_id]).get(found.customer_id, ""),
    }
    here = (Crumb(_("保存期限与保全"), reverse("privacy:retention")), Crumb(card.shown_name))
    status = MISTAKEN if form.errors else 200
    return area_page(request, "privacy/decide.html", "privacy:retention", context, here=here, status=status)
