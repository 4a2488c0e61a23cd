"""The public pool, and the rules of developing customers."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.customers import selectors as customers
from keyue.customers.area import tabs_for
from keyue.kernel.errors import Denied, Invalid, Refused
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.sales import actions, selectors
from keyue.sales.enums import PoolReason
from keyue.sales.forms import PoolFilter, ReleaseForm, RulesForm, read_stages, stages_text
from keyue.sales.views._page import Ask, Done, ask, bound, crumbs, opened_from, show_faults
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page

HERE = "sales:pool"
SETTINGS = (
    "protection_days protection_warn_days most_leads pick_per_day most_held lock_days warn_days "
    "idle_a idle_b idle_c idle_d idle_none keeps_signed"
).split()


@never_cache
@require_safe
@staff_page(Permission.LEAD_REGISTER)
def pool(request: StaffRequest) -> HttpResponse:
    """What lies in the public pool; a fragment request gets the rows alone."""
    form = PoolFilter(request.GET)
    grade = form.cleaned_data["grade"] if form.is_valid() else ""
    settings = selectors.company_rules()
    picked = selectors.picked_today(request.user, request.at)
    context = {
        "form": form,
        "page": selectors.pool_page(
            request.user, request.at, grade=grade, cursor=request.GET.get("after", "")
        ),
        "count": selectors.pool_count(request.user),
        "is_first": not request.GET.get("after"),
        "is_filtered": bool(grade),
        "rules": settings,
        "left_today": max(0, settings.pick_per_day - picked),
        "held": selectors.held_by(request.user, settings),
        "may_manage": allows(request.user, Permission.LEAD_MANAGE),
        "tabs": tabs_for(request.user, HERE),
    }
    template = "sales/pool.html" + ("#rows" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs(Crumb(_("公海"))))


@never_cache
@require_POST
@staff_page(Permission.LEAD_REGISTER)
def pick(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a customer out of the pool."""
    entry = selectors.pool_entry_for(request.user, pk)
    made = actions.pick_customer(entry=entry, user=request.user, by=actor_of(request), at=request.at)
    said = _("已领取 %(number)s，您是客户经理了。") % {"number": made.number}
    return go(request, reverse("customers:page", args=[made.number]), said)


@never_cache
@require_POST
@staff_page(Permission.LEAD_REGISTER)
def put_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back that a customer was put into the pool."""
    entry = selectors.pool_entry_for(request.user, pk)
    made = actions.put_back(
        entry=entry,
        user=request.user,
        manages=allows(request.user, Permission.LEAD_MANAGE),
        by=actor_of(request),
        at=request.at,
    )
    return go(request, reverse(HERE), _("已撤销，%(number)s 仍由原客户经理跟进。") % {"number": made.number})


@never_cache
@staff_page(Permission.LEAD_REGISTER)
def release(request: StaffRequest, number: str) -> HttpResponse:
    """Put a customer into the pool: by the account manager, or by who manages the pool."""
    customer = customers.customer_for(request.user, number)
    is_own = customer.account_manager_id in people.acting_for(request.user)
    if not is_own and not allows(request.user, Permission.LEAD_MANAGE):
        raise Denied(_("只有客户经理本人或销售负责人可以放入公海。"))

    def perform(given: dict[str, Any]) -> Done:
        entry = actions.release_customer(
            customer=customer,
            reason=PoolReason.RELEASED if is_own else PoolReason.MANAGER,
            by=actor_of(request),
            at=request.at,
        )
        undo = reverse("sales:put_back", args=[entry.pk]) if entry.previous_id else ""
        return Done(_("已放入公海，同事可以领取。"), reverse(HERE), undo)

    days = selectors.company_rules().lock_days
    asked = Ask(
        _("放入公海"),
        bound(request, ReleaseForm),
        _("放入公海"),
        opened_from(request, reverse("customers:page", args=[customer.number])),
        note=_("客户不再有客户经理，同事可以领取；原客户经理 %(n)d 天内不能再领。") % {"n": days},
        is_danger=True,
    )
    return ask(request, asked, perform, Crumb(customer.number))


@never_cache
@staff_page(Permission.LEAD_MANAGE)
def rules(request: StaffRequest) -> HttpResponse:
    """The company's rules of developing customers."""
    row = selectors.company_rules()
    stages = selectors.company_stages()
    if request.method != "POST":
        initial = {name: getattr(row, name) for name in SETTINGS}
        form = RulesForm(initial={**initial, "stages": stages_text(stages), "revision": row.revision})
        return _rules_page(request, form)
    form = RulesForm(request.POST)
    if not form.is_valid():
        return _rules_page(request, form, status=MISTAKEN)
    given = dict(form.cleaned_data)
    revision = given.pop("revision")
    given["stages"] = read_stages(given["stages"], stages)
    try:
        actions.change_rules(changes=given, revision=revision, by=actor_of(request), at=request.at)
    except (Invalid, Refused) as error:
        show_faults(form, error)
        return _rules_page(request, form, status=CONFLICT if isinstance(error, Refused) else MISTAKEN)
    return go(request, reverse("sales:rules"), _("规则已保存，从现在起按新的规则。"))


def _rules_page(request: StaffRequest, form: RulesForm, *, status: int = 200) -> HttpResponse:
    path = crumbs(Crumb(_("公海"), reverse(HERE)), Crumb(_("客户开发规则")))
    return page(request, "sales/rules.html", {"form": form}, crumbs=path, status=status)
