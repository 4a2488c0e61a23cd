"""Leads: the list, registering, a lead's page and what is done about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.customers import rules as names
from keyue.customers import selectors as customers
from keyue.customers.area import tabs_for
from keyue.customers.enums import Purpose
from keyue.kernel.errors import Denied
from keyue.ledger.facts import Actor
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import User
from keyue.people.permissions import allows, check
from keyue.promises.selectors import zone
from keyue.sales import actions, selectors
from keyue.sales.enums import LeadState, Settlement
from keyue.sales.forms import (
    ColleagueForm,
    ContactForm,
    DropForm,
    EraseLeadForm,
    ExtendForm,
    LeadFilter,
    LeadForm,
    QualifyForm,
    SettleForm,
)
from keyue.sales.models import Lead
from keyue.sales.views._page import Ask, Done, ask, bound, crumbs, opened_from
from keyue.ui.components import Crumb
from keyue.ui.pages import is_fragment, page

HERE = "sales:leads"


def _path(*last: Crumb) -> list[Crumb]:
    return crumbs(Crumb(_("线索"), reverse(HERE)), *last)


@never_cache
@require_safe
@staff_page(Permission.LEAD_REGISTER)
def lead_list(request: StaffRequest) -> HttpResponse:
    """The newest leads; a fragment request gets the rows alone."""
    form = LeadFilter(request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    found = selectors.lead_page(
        request.user,
        state=given.get("state", ""),
        mine=given.get("whose") == "mine",
        text=given.get("q", ""),
        cursor=request.GET.get("after", ""),
    )
    context = {
        "form": form,
        "page": found,
        "is_first": not request.GET.get("after"),
        "is_filtered": any(given.values()),
        "conflicts": selectors.conflicts_waiting(request.user),
        "tabs": tabs_for(request.user, HERE),
        "rules": selectors.company_rules(),
        "may_manage": allows(request.user, Permission.LEAD_MANAGE),
    }
    template = "sales/leads.html" + ("#rows" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs(Crumb(_("线索"))))


@never_cache
@staff_page(Permission.LEAD_REGISTER)
def lead_new(request: StaffRequest) -> HttpResponse:
    """Register a lead; what is a colleague's already is registered too, and waits for a decision."""

    def perform(given: dict[str, Any]) -> Done:
        contacted = given.pop("contacted")
        lead = actions.register_lead(
            registration=actions.Registration(**given),
            staff=request.user,
            contacted=contacted,
            by=actor_of(request),
            at=request.at,
        )
        url = reverse("sales:lead", args=[lead.number])
        if lead.state == LeadState.CONFLICT:
            return Done(
                _("%(number)s 与同事的线索或客户相近，等销售负责人裁定。") % {"number": lead.number}, url
            )
        return Done(_("已报备 %(number)s。") % {"number": lead.number}, url)

    days = selectors.company_rules().protection_days
    asked = Ask(
        _("报备线索"),
        bound(request, LeadForm),
        _("报备"),
        reverse(HERE),
        note=_("报备后保护 %(n)d 天：这期间同事再报备，由销售负责人裁定。") % {"n": days},
        wide=True,
        likely=reverse("customers:likely"),
    )
    return ask(request, asked, perform, Crumb(_("线索"), reverse(HERE)))


@never_cache
@require_safe
@staff_page(Permission.LEAD_REGISTER)
def lead_page(request: StaffRequest, number: str) -> HttpResponse:
    """A lead: who it is, how long it is protected, what has happened, and what may be done."""
    lead = selectors.lead_for(request.user, number)
    [card] = selectors.lead_cards([lead])
    context = {
        "card": card,
        "lead": lead,
        "acts": [act for act in ACTS.values() if act.may(request.user, lead)],
        "history": selectors.lead_history(lead),
        "reasons": [_(reason) for reason in lead.conflict_reasons],
        "settlement": Settlement(lead.settlement).label if lead.settlement else "",
        "holder": selectors.holder_of(lead),
        "may_reveal": allows(request.user, Permission.CUSTOMER_REVEAL)
        and _follows(request.user, lead)
        and lead.erased_at is None,
        "purposes": [(purpose.value, str(purpose.label)) for purpose in Purpose],
        "customer": customers.customer_card(lead.customer_id) if lead.customer_id else None,
    }
    return page(request, "sales/lead.html", context, crumbs=_path(Crumb(card.name)))


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_REVEAL)
def lead_reveal(request: StaffRequest, number: str, field: str) -> HttpResponse:
    """One field in the clear, for the purpose that the viewer named; the browser covers it again."""
    lead = selectors.lead_for(request.user, number)
    if not _follows(request.user, lead):
        raise Denied(_("只有报备人或销售负责人可以查看。"))
    clear = actions.reveal_lead(
        lead=lead, field=field, purpose=request.POST.get("purpose", ""), by=actor_of(request), at=request.at
    )
    context = {
        "value": names.format_phone(clear) if field == "phone" else clear,
        "label": _("个人信息"),
        "back": reverse("sales:lead", args=[lead.number]),
    }
    template = "customers/revealed.html" + ("#value" if request.htmx else "")
    return page(request, template, context, crumbs=_path(Crumb(lead.number)))


# --- acts ---


def _follows(user: User, lead: Lead) -> bool:
    return lead.staff_id in people.acting_for(user) or allows(user, Permission.LEAD_MANAGE)


Perform = Callable[[StaffRequest, Lead, dict[str, Any], Actor], str]


@dataclass(frozen=True, slots=True)
class Act:
    """Something to be done about a lead; `manages`: only by who manages leads."""

    code: str
    label: Any
    form: type[Form]
    perform: Perform
    states: frozenset[str] = frozenset({LeadState.OPEN})
    manages: bool = False
    needs: Permission | None = None
    is_danger: bool = False

    def may(self, user: User, lead: Lead) -> bool:
        """Whether this person may do it, as the lead stands."""
        if lead.state not in self.states or (self.needs is not None and not allows(user, self.needs)):
            return False
        if self.needs is not None:
            return lead.erased_at is None
        return allows(user, Permission.LEAD_MANAGE) if self.manages else _follows(user, lead)


def _contact(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    actions.contact_lead(lead=lead, by=by, at=request.at, **given)
    return _("已记下这次联系。")


def _extend(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    until = datetime.combine(given["until"], time(23, 59, 59), zone())
    actions.extend_lead(lead=lead, until=until, why=given["why"], by=by, at=request.at)
    return _("保护期已延长。")


def _drop(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    actions.drop_lead(lead=lead, by=by, at=request.at, **given)
    return _("已放弃这条线索，同事可以报备。")


def _qualify(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    typed = given["customer"].strip()
    customer = customers.customer_for(request.user, typed) if typed else None
    made = actions.qualify_lead(lead=lead, customer=customer, by=by, at=request.at)
    return _("已成为客户 %(number)s。") % {"number": made.number}


def _hand_over(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    heir = people.find_user(int(given["staff"]))
    actions.hand_over_lead(lead=lead, staff=heir, by=by, at=request.at)
    return _("已交给%(name)s跟进。") % {"name": heir.name}


def _settle(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    actions.settle_conflict(lead=lead, by=by, at=request.at, **given)
    return _("已裁定，双方都会收到通知。")


def _erase(request: StaffRequest, lead: Lead, given: dict[str, Any], by: Actor) -> str:
    actions.erase_lead(lead=lead, reason=given["reason"], by=by, at=request.at)
    return _("个人信息已删除，密钥已销毁。")


BOTH = frozenset({LeadState.OPEN, LeadState.CONFLICT})
ACTS: Mapping[str, Act] = {
    act.code: act
    for act in (
        Act("contact", gettext_lazy("记联系"), ContactForm, _contact),
        Act("qualify", gettext_lazy("转为客户"), QualifyForm, _qualify),
        Act("settle", gettext_lazy("裁定撞单"), SettleForm, _settle, frozenset({LeadState.CONFLICT}), True),
        Act("extend", gettext_lazy("延长保护"), ExtendForm, _extend, manages=True),
        Act("hand-over", gettext_lazy("交给别人"), ColleagueForm, _hand_over, BOTH, True),
        Act("drop", gettext_lazy("放弃"), DropForm, _drop),
        Act(
            "erase", gettext_lazy("删除个人信息"), EraseLeadForm, _erase, frozenset(LeadState.values),
            needs=Permission.CUSTOMER_ERASE, is_danger=True,
        ),
    )
}  # fmt: skip


@never_cache
@staff_page(Permission.LEAD_REGISTER)
def lead_act(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """The form of an act about a lead, and doing it."""
    act = ACTS.get(code)
    if act is None:
        raise Http404
    lead = selectors.lead_for(request.user, number)
    if act.manages:
        check(request.user, Permission.LEAD_MANAGE)
    if act.needs is not None:
        check(request.user, act.needs)
    elif not _follows(request.user, lead):
        raise Denied(_("只有报备人或销售负责人可以操作这条线索。"))
    url = reverse("sales:lead", args=[lead.number])
    more = (
        {"colleagues": [(user.pk, user.name) for user in selectors.colleagues_of_sales(request.at)]}
        if act.form is ColleagueForm
        else {}
    )
    asked = Ask(
        str(act.label),
        bound(request, act.form, **more),
        str(act.label),
        opened_from(request, url),
        is_danger=act.is_danger,
    )

    def perform(given: dict[str, Any]) -> Done:
        return Done(act.perform(request, lead, given, actor_of(request)), url)

    return ask(request, asked, perform, Crumb(_("线索"), reverse(HERE)), Crumb(lead.number, url))
