"""Needs of a customer and the plans that answer them, from the customer's page; and the page behind a plan's link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from keyue.company.selectors import installation
from keyue.customers import selectors as customers
from keyue.kernel.errors import Invalid, NotFound, Refused, TooMany
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.guards import public_page, staff_page
from keyue.people.http import StaffRequest, actor_of, address_of
from keyue.sales import actions, asking, selectors
from keyue.sales.enums import PLAN_TONES, Agreed, PlanState
from keyue.sales.forms import (
    NeedDropForm,
    NeedForm,
    PlanAnswerForm,
    PlanConfirmForm,
    PlanForm,
    ReleaseForm,
)
from keyue.sales.models import Need, ServicePlan
from keyue.sales.sealed import opened_texts
from keyue.sales.views._page import Ask, Done, ask, bound, crumbs, opened_from
from keyue.ui.components import Crumb
from keyue.ui.pages import is_fragment, page, see_other

CUSTOMER = Actor("customer", "portal")
PORTAL = "portal"


def _home(number: str) -> str:
    return reverse("customers:page", args=[number])


@never_cache
@staff_page(Permission.OPPORTUNITY_EDIT)
def need_new(request: StaffRequest, number: str) -> HttpResponse:
    """Note what a customer needs."""
    customer = customers.customer_for(request.user, number)
    known = {contact.id: contact for contact in customers.customer_card(customer.pk).contacts}
    home = _home(customer.number)

    def perform(given: dict[str, Any]) -> Done:
        contact = customers.contact_for(request.user, int(given["contact"])) if given["contact"] else None
        need = actions.note_need(
            customer=customer,
            what=given["what"],
            learned=given["learned"],
            contact=contact,
            user=request.user,
            by=actor_of(request),
            at=request.at,
        )
        return Done(_("已记下需求 %(number)s。") % {"number": need.number}, home)

    choices = [(pk, contact.shown_name) for pk, contact in known.items()]
    asked = Ask(
        _("记录需求"),
        bound(request, NeedForm, contacts=choices),
        _("记录"),
        opened_from(request, home),
        wide=True,
    )
    return ask(request, asked, perform, Crumb(customer.number, home))


@never_cache
@staff_page(Permission.OPPORTUNITY_EDIT)
def need_act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Drop a need, or lay a plan for it before the customer."""
    need = selectors.need_for(request.user, pk)
    home = _home(need.customer.number)
    if code == "drop":
        return _drop(request, need, home)
    if code == "plan":
        return _plan(request, need, home)
    raise Http404


def _drop(request: StaffRequest, need: Need, home: str) -> HttpResponse:
    def perform(given: dict[str, Any]) -> Done:
        actions.drop_need(need=need, by=actor_of(request), at=request.at, **given)
        return Done(_("%(number)s 不再跟进。") % {"number": need.number}, home)

    asked = Ask(_("不再跟进"), bound(request, NeedDropForm), _("不再跟进"), opened_from(request, home))
    return ask(request, asked, perform, Crumb(need.customer.number, home))


def _plan(request: StaffRequest, need: Need, home: str) -> HttpResponse:
    """Its link is shown once, in the answer itself: nobody can read it from the database afterwards."""

    def perform(given: dict[str, Any]) -> Done:
        plan, token = actions.send_plan(
            need=need,
            text=given["text"],
            items=given["items"].splitlines(),
            user=request.user,
            by=actor_of(request),
            at=request.at,
        )
        return Done("", home, answer=_plan_page(request, plan, token))

    asked = Ask(
        _("服务方案"),
        bound(request, PlanForm),
        _("生成确认链接"),
        opened_from(request, home),
        note=_("客户凭链接阅读，不用登录，可以确认或提出修改；链接 30 天内有效，答复一次后失效。"),
        wide=True,
    )
    return ask(request, asked, perform, Crumb(need.customer.number, home))


@never_cache
@staff_page(Permission.OPPORTUNITY_EDIT)
def plan(request: StaffRequest, pk: int) -> HttpResponse:
    """A plan as the customer reads it, what became of it, and its link for whoever has just made it."""
    return _plan_page(request, selectors.plan_for(request.user, pk))


def _plan_page(request: StaffRequest, row: ServicePlan, token: str = "") -> HttpResponse:
    [clear] = opened_texts([row], "text", "items", "wish")
    home = _home(row.customer.number)
    context = {
        "plan": row,
        "text": clear["text"],
        "items": clear["items"].splitlines(),
        "wish": clear["wish"],
        "link": settings.BASE_URL + reverse("sales:plan_link", args=[token]) if token else "",
        "state": PlanState(row.state).label,
        "tone": PLAN_TONES[row.state],
        "how": Agreed(row.agreed_how).label if row.agreed_how else "",
        "customer": customers.customer_card(row.customer_id),
    }
    if is_fragment(request):
        return page(request, "sales/_plan_made.html", context)
    return page(
        request,
        "sales/plan.html",
        context,
        crumbs=crumbs(Crumb(row.customer.number, home), Crumb(row.number)),
    )


@never_cache
@staff_page(Permission.OPPORTUNITY_EDIT)
def plan_act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Note that the customer said yes by telephone or on paper; or take a plan back."""
    row = selectors.plan_for(request.user, pk)
    url = reverse("sales:plan", args=[row.pk])
    home = _home(row.customer.number)

    def confirm(given: dict[str, Any]) -> Done:
        actions.confirm_plan(plan=row, how=given["how"], by=actor_of(request), at=request.at)
        return Done(_("已记下客户的确认。"), url)

    def withdraw(given: dict[str, Any]) -> Done:
        actions.withdraw_plan(plan=row, by=actor_of(request), at=request.at)
        return Done(_("方案已撤回，链接失效。"), home)

    back = opened_from(request, url)
    if code == "confirm":
        asked = Ask(_("登记客户确认"), bound(request, PlanConfirmForm), _("登记"), back)
        return ask(request, asked, confirm, Crumb(row.customer.number, home), Crumb(row.number, url))
    if code == "withdraw":
        note = _("客户手里的链接随即失效。")
        asked = Ask(_("撤回方案"), bound(request, ReleaseForm), _("撤回"), back, note=note, is_danger=True)
        return ask(request, asked, withdraw, Crumb(row.customer.number, home), Crumb(row.number, url))
    raise Http404


# --- the public ---


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
def plan_link(request: StaffRequest, token: str) -> HttpResponse:
    """What the link in the customer's hands opens: the plan, to say yes to or to ask for changes; no login."""
    try:
        asking.count_one(request)
        row = selectors.plan_by_token(token, request.at)
    except TooMany as error:
        answer = _public(request, None, error=str(error), status=error.status)
        answer["Retry-After"] = str(error.retry_after)
        return answer
    except NotFound as error:
        return _public(request, None, error=str(error), status=error.status)
    if request.method != "POST":
        return _public(request, row)
    form = PlanAnswerForm(request.POST)
    if not form.is_valid():
        return _public(request, row, form=form, status=422)
    given: dict[str, Any] = {"by": CUSTOMER, "at": request.at, "address": address_of(request), "via": PORTAL}
    try:
        if request.POST.get("answer") == "yes":
            actions.confirm_plan(plan=row, how=Agreed.LINK, **given)
            messages.success(request, _("已确认，谢谢。"))
        else:
            actions.ask_changes(plan=row, what=form.cleaned_data["what"], how=Agreed.LINK, **given)
            messages.success(request, _("您的意见已转给客户经理。"))
    except Invalid as error:
        form.add_error("what", str(error))
        return _public(request, row, form=form, status=422)
    except Refused as error:
        row.refresh_from_db()
        return _public(request, row, error=str(error), status=error.status)
    return see_other(reverse("sales:plan_link", args=[token]))


def _public(
    request: StaffRequest,
    row: ServicePlan | None,
    *,
    form: PlanAnswerForm | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    found = installation()
    context: dict[str, Any] = {
        "company": _("%(company)s 客户服务") % {"company": found.company} if found else "",
        "phone": found.service_phone if found else "",
        "demo": found.is_demo if found else False,
        "plan": row,
        "error": error,
        "form": form or PlanAnswerForm(),
    }
    if row is not None:
        [clear] = opened_texts([row], "text", "items", "wish")
        context |= {"text": clear["text"], "items": clear["items"].splitlines(), "wish": clear["wish"]}
        context["answered"] = row.answered_at
    answer = page(request, "sales/plan_link.html", context, status=status)
    # the address is the key: it stays out of search engines; to other sites the house sends no address of its own
    answer["X-Robots-Tag"] = "noindex"
    return answer
