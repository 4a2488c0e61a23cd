"""Opportunities: the board, the list, an opportunity's page and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from keyue.customers import selectors as customers
from keyue.customers.area import tabs_for
from keyue.kernel.errors import Denied
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.sales import actions, board, selectors
from keyue.sales.enums import LossReason
from keyue.sales.forms import ColleagueForm, LoseForm, OpportunityForm, ReopenForm
from keyue.sales.models import Opportunity
from keyue.sales.views._page import Ask, Done, ask, bound, crumbs, opened_from
from keyue.ui.components import Crumb
from keyue.ui.pages import go, is_fragment, page

HERE = "sales:board"


def _path(*last: Crumb) -> list[Crumb]:
    return crumbs(Crumb(_("商机"), reverse(HERE)), *last)


def _owner(request: StaffRequest) -> int | None:
    return request.user.pk if request.GET.get("whose") == "mine" else None


@never_cache
@require_safe
@staff_page(Permission.OPPORTUNITY_EDIT)
def opportunity_board(request: StaffRequest) -> HttpResponse:
    """The opportunities by stage; a fragment request gets the columns alone."""
    return _board(request)


def _board(
    request: StaffRequest, *, moved: Opportunity | None = None, said: str = "", undo: str = ""
) -> HttpResponse:
    context = {
        "columns": board.board(request.user, owner=_owner(request)),
        "whose": "mine" if _owner(request) is not None else "",
        "tabs": tabs_for(request.user, HERE),
        "moved": moved.pk if moved is not None else None,
        "said": said,
        "undo": undo,
    }
    template = "sales/board.html" + ("#columns" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs(Crumb(_("商机"))))


@never_cache
@require_safe
@staff_page(Permission.OPPORTUNITY_EDIT)
def opportunity_list(request: StaffRequest) -> HttpResponse:
    """The opportunities as a list, the newest first; of one stage where that is asked for."""
    stage = request.GET.get("stage", "")[:20]
    stages = selectors.company_stages()
    context = {
        "page": board.opportunity_page(
            request.user, stage=stage, owner=_owner(request), cursor=request.GET.get("after", "")
        ),
        "is_first": not request.GET.get("after"),
        "stage": stage,
        "stages": stages,
        "whose": "mine" if _owner(request) is not None else "",
        "tabs": tabs_for(request.user, HERE),
    }
    return page(request, "sales/opportunities.html", context, crumbs=_path(Crumb(_("列表"))))


@never_cache
@require_POST
@staff_page(Permission.OPPORTUNITY_EDIT)
def move(request: StaffRequest, number: str, stage: str, revision: int) -> HttpResponse:
    """Move a card to another stage; the board comes back, with a way to take it back."""
    row = selectors.opportunity_for(request.user, number)
    before = row.stage
    after = actions.move_opportunity(
        opportunity=row, stage=stage, revision=revision, by=actor_of(request), at=request.at
    )
    name = next((one.name for one in selectors.company_stages() if one.code == after.stage), after.stage)
    said = _("%(number)s 已移到「%(stage)s」。") % {"number": after.number, "stage": name}
    undo = reverse("sales:unmove", args=[after.number, before, after.revision])
    if is_fragment(request):
        return _board(request, moved=after, said=said, undo=undo)
    return go(request, reverse(HERE), said, undo=undo)


@never_cache
@require_POST
@staff_page(Permission.OPPORTUNITY_EDIT)
def unmove(request: StaffRequest, number: str, stage: str, revision: int) -> HttpResponse:
    """Take a move back, as long as nothing else has happened to the card."""
    row = selectors.opportunity_for(request.user, number)
    after = actions.move_opportunity(
        opportunity=row, stage=stage, revision=revision, undoes=True, by=actor_of(request), at=request.at
    )
    return go(request, reverse(HERE), _("已撤销，%(number)s 回到原来的阶段。") % {"number": after.number})


@never_cache
@require_safe
@staff_page(Permission.OPPORTUNITY_EDIT)
def opportunity(request: StaffRequest, number: str) -> HttpResponse:
    """An opportunity: where it stands, for how much, what comes next, and what has happened."""
    row = selectors.opportunity_for(request.user, number)
    [card] = board.cards_of([row])
    context = {
        "card": card,
        "row": row,
        "loss": LossReason(row.loss_reason).label if row.loss_reason else "",
        "stages": [stage for stage in selectors.company_stages() if not row.end and stage.end != "lost"],
        "history": selectors.history_of(row.subject),
    }
    return page(request, "sales/opportunity.html", context, crumbs=_path(Crumb(card.title)))


@never_cache
@staff_page(Permission.OPPORTUNITY_EDIT)
def opportunity_new(request: StaffRequest, number: str) -> HttpResponse:
    """Open an opportunity with a customer, for a need where it comes from one (`?need=`)."""
    customer = customers.customer_for(request.user, number)
    home = reverse("customers:page", args=[customer.number])
    asked_for = request.GET.get("need", "")
    need = selectors.need_for(request.user, int(asked_for)) if asked_for.isdecimal() else None

    def perform(given: dict[str, Any]) -> Done:
        made = actions.open_opportunity(
            customer=customer, need=need, owner=request.user, by=actor_of(request), at=request.at, **given
        )
        url = reverse("sales:opportunity", args=[made.number])
        return Done(_("已建立商机 %(number)s。") % {"number": made.number}, url)

    asked = Ask(
        _("建立商机"),
        bound(request, OpportunityForm, stages=selectors.company_stages()),
        _("建立"),
        opened_from(request, home),
        wide=True,
    )
    return ask(request, asked, perform, Crumb(customer.number, home))


Act = Callable[[StaffRequest, Opportunity, str], HttpResponse]


@never_cache
@staff_page(Permission.OPPORTUNITY_EDIT)
def opportunity_act(request: StaffRequest, number: str, code: str) -> HttpResponse:
    """Change an opportunity, lose it, open it again, or hand it over."""
    if code not in ACTS:
        raise Http404
    row = selectors.opportunity_for(request.user, number)
    return ACTS[code](request, row, reverse("sales:opportunity", args=[row.number]))


def _answer(
    request: StaffRequest, row: Opportunity, asked: Ask, perform: Callable[[dict[str, Any]], Done]
) -> HttpResponse:
    url = reverse("sales:opportunity", args=[row.number])
    return ask(request, asked, perform, Crumb(_("商机"), reverse(HERE)), Crumb(row.number, url))


def _edit(request: StaffRequest, row: Opportunity, url: str) -> HttpResponse:
    [card] = board.cards_of([row])
    initial = {
        "title": card.title,
        "next_step": card.next_step,
        "amount": row.amount,
        "expected_on": row.expected_on,
        "next_on": row.next_on,
    }

    def perform(given: dict[str, Any]) -> Done:
        actions.change_opportunity(opportunity=row, changes=given, by=actor_of(request), at=request.at)
        return Done(_("已保存。"), url)

    form = bound(request, OpportunityForm, initial=initial)
    return _answer(
        request, row, Ask(_("修改商机"), form, _("保存"), opened_from(request, url), wide=True), perform
    )


def _lose(request: StaffRequest, row: Opportunity, url: str) -> HttpResponse:
    def perform(given: dict[str, Any]) -> Done:
        actions.lose_opportunity(opportunity=row, by=actor_of(request), at=request.at, **given)
        return Done(_("%(number)s 已记为输单。") % {"number": row.number}, url)

    asked = Ask(_("输单"), bound(request, LoseForm), _("记为输单"), opened_from(request, url))
    return _answer(request, row, asked, perform)


def _reopen(request: StaffRequest, row: Opportunity, url: str) -> HttpResponse:
    def perform(given: dict[str, Any]) -> Done:
        actions.reopen_opportunity(opportunity=row, by=actor_of(request), at=request.at, **given)
        return Done(_("%(number)s 已重新打开。") % {"number": row.number}, url)

    form = bound(request, ReopenForm, stages=selectors.company_stages())
    return _answer(request, row, Ask(_("重新打开"), form, _("重新打开"), opened_from(request, url)), perform)


def _hand_over(request: StaffRequest, row: Opportunity, url: str) -> HttpResponse:
    if row.owner_id not in people.acting_for(request.user) and not allows(
        request.user, Permission.LEAD_MANAGE
    ):
        raise Denied(_("只有负责人本人或销售负责人可以交给别人。"))

    def perform(given: dict[str, Any]) -> Done:
        heir = people.find_user(int(given["staff"]))
        actions.hand_over_opportunity(opportunity=row, owner=heir, by=actor_of(request), at=request.at)
        return Done(_("已交给%(name)s跟进。") % {"name": heir.name}, url)

    colleagues = [(user.pk, user.name) for user in selectors.colleagues_of_sales(request.at)]
    form = bound(request, ColleagueForm, colleagues=colleagues)
    return _answer(request, row, Ask(_("交给别人"), form, _("交给别人"), opened_from(request, url)), perform)


ACTS: dict[str, Act] = {"edit": _edit, "lose": _lose, "reopen": _reopen, "hand-over": _hand_over}
