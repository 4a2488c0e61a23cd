"""The list of contracts, a contract's page, its form, and what is done with it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from keyue.contracts import actions, cards, lists, selectors
from keyue.contracts.cards import ContractCard
from keyue.contracts.enums import CaseSort, Status, What
from keyue.contracts.folding import TERMS
from keyue.contracts.forms import (
    ArchiveForm,
    ChaseForm,
    ContractSheet,
    EndForm,
    FilterForm,
    ReceiveForm,
    RemarkForm,
    RenewalForm,
    ReturnForm,
    SignForm,
    StaffForm,
)
from keyue.contracts.models import Contract
from keyue.contracts.sealed import opened
from keyue.contracts.views._ground import Act, crumbs, found, perform
from keyue.customers import area
from keyue.customers import selectors as customers
from keyue.customers.models import Customer
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.promises import selectors as promises
from keyue.promises.selectors import Score
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page
from keyue.worktime import selectors as worktime

HERE = "contracts:contracts"
SHOWS = (
    ("in_force", gettext_lazy("履行中")),
    ("ending", gettext_lazy("90 天内到期")),
    ("unpaid", gettext_lazy("有逾期未收款")),
    ("drafted", gettext_lazy("起草中")),
    ("reviewed", gettext_lazy("待签署")),
    ("unarchived", gettext_lazy("待归档")),
    ("expired", gettext_lazy("已到期")),
    ("terminated", gettext_lazy("已终止")),
)
ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "review",
            gettext_lazy("评审通过"),
            Permission.CONTRACT_REVIEW,
            RemarkForm,
            actions.review_contract,
            gettext_lazy("评审通过，可以签署。"),
            gettext_lazy("按现在的内容通过；之后再有修改，要重新评审。"),
        ),
        Act(
            "return",
            gettext_lazy("退回修改"),
            Permission.CONTRACT_REVIEW,
            ReturnForm,
            actions.return_contract,
            gettext_lazy("已退回修改。"),
        ),
        Act(
            "sign",
            gettext_lazy("登记签署"),
            Permission.CONTRACT_EDIT,
            SignForm,
            actions.sign_contract,
            gettext_lazy("已登记签署。"),
            gettext_lazy("服务时限从生效日起执行，不早于现在；此前收到的事项不受影响。"),
        ),
        Act(
            "archive",
            gettext_lazy("登记归档"),
            Permission.CONTRACT_EDIT,
            ArchiveForm,
            actions.archive_contract,
            gettext_lazy("已登记归档。"),
        ),
        Act(
            "terminate",
            gettext_lazy("终止合同"),
            Permission.CONTRACT_EDIT,
            EndForm,
            actions.terminate_contract,
            gettext_lazy("合同已终止。"),
            gettext_lazy("立即生效：此后受理的事项不再按合同时限考核，此前的照旧。"),
            is_danger=True,
        ),
        Act(
            "staff",
            gettext_lazy("换负责人"),
            Permission.CONTRACT_EDIT,
            StaffForm,
            actions.change_staff,
            gettext_lazy("已更换合同负责人。"),
        ),
        Act(
            "renewal",
            gettext_lazy("续约沟通日"),
            Permission.CONTRACT_EDIT,
            RenewalForm,
            actions.plan_renewal,
            gettext_lazy("已记下续约沟通日。"),
        ),
    )
}
PAYMENT_ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "receive",
            gettext_lazy("登记到账"),
            Permission.CONTRACT_EDIT,
            ReceiveForm,
            actions.receive_payment,
            gettext_lazy("已登记到账。"),
        ),
        Act(
            "chase",
            gettext_lazy("登记催收"),
            Permission.CONTRACT_EDIT,
            ChaseForm,
            actions.chase_payment,
            gettext_lazy("已登记催收。"),
        ),
    )
}


@never_cache
@staff_page(Permission.CONTRACT_VIEW)
def contract_list(request: StaffRequest) -> HttpResponse:
    """The contracts that the reader sees, the newest first; a fragment request gets the rows alone."""
    form = FilterForm(request.GET, SHOWS)
    form.is_valid()
    wanted = {"show": form.cleaned_data.get("show", ""), "text": form.cleaned_data.get("q", "")}
    today = cards.today_at(request.at)
    found_page = lists.contract_page(request.user, today=today, cursor=request.GET.get("after", ""), **wanted)
    context = {
        "area_tabs": area.tabs_for(request.user, HERE),
        "form": form,
        "is_narrowed": any(wanted.values()),
        "cards": cards.contract_cards(found_page.rows, request.at),
        "next": found_page.next,
        "is_first": not request.GET.get("after"),
        "totals": lists.contract_totals(request.user, today=today, **wanted),
        "may_edit": allows(request.user, Permission.CONTRACT_EDIT),
    }
    template = "contracts/contracts.html" + ("#rows" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs(Crumb(_("合同"))))


@never_cache
@staff_page(Permission.CONTRACT_VIEW)
def contract_page(request: StaffRequest, pk: int) -> HttpResponse:
    """A contract: how it stands, what it says, its service levels with how they were kept, its payments."""
    contract = selectors.contract_for(request.user, pk)
    [card] = cards.contract_cards([contract], request.at)
    [texts] = opened([(contract.customer_id, contract)], (*TERMS, "place"))
    may_edit = allows(request.user, Permission.CONTRACT_EDIT)
    payments = selectors.payments_of(contract)
    today = cards.today_at(request.at)
    context = {
        "contract": contract,
        "card": card,
        "texts": [(label, texts[name]) for name, label in _labels().items()],
        "place": texts["place"],
        "levels": _levels(contract),
        "duty_post": people.owner_names([contract.duty_post]).get(contract.duty_post, ""),
        "payments": payments,
        "received": sum(row.received for row in payments),
        "planned": sum(row.amount for row in payments),
        "today": today,
        "projects": cards.project_cards(selectors.projects_of_contract(request.user, contract), request.at),
        "renews": selectors.renewed_by(request.user, contract),
        "renewals": selectors.renewals_of(request.user, contract),
        "promises": list(promises.promises_of(contract.subject)[:20]),
        "may_edit": may_edit,
        "may_pay": may_edit and contract.is_signed,
        "may_change": may_edit and not contract.is_signed and contract.status != Status.TERMINATED,
        "may_renew": may_edit and contract.is_signed,
        "acts": _possible(request, contract, card),
    }
    trail = crumbs(Crumb(_("合同"), reverse(HERE)), Crumb(contract.number))
    return page(request, "contracts/contract.html", context, crumbs=trail)


def _labels() -> dict[str, str]:
    return {
        "rights": _("权利"),
        "duties": _("义务"),
        "term": _("期限"),
        "limits": _("服务时限（原文）"),
    }


def _levels(contract: Contract) -> list[dict[str, Any]]:
    """The service levels in words, each with how it was kept over the life of the contract."""
    scores, language = selectors.level_scores(contract), get_language() or "zh"
    names = {one.code: one.name for one in worktime.calendars()}
    return [
        {
            "level": level,
            "name": str(What(level.what).label),
            "limit": level.words(language),
            "urgent": level.words(language, level.urgent) if level.urgent is not None else "",
            "types": _("、").join(str(CaseSort(code).label) for code in level.types),
            "calendar": names.get(level.calendar, level.calendar),
            "score": scores.get(level.control, Score({})),
        }
        for level in selectors.levels_of(contract)
    ]


def _possible(request: StaffRequest, contract: Contract, card: ContractCard) -> list[Act]:
    """What the reader may do with the contract as it stands; the first is what comes next."""
    status, own = contract.status, f"staff:{request.user.pk}" in (contract.changed_by, contract.created_by)
    is_ended = status == Status.TERMINATED or card.standing == "expired"
    codes = {
        "sign": status == Status.REVIEWED,
        "review": status == Status.DRAFTED and not own,
        "return": status in (Status.DRAFTED, Status.REVIEWED) and not own,
        "archive": contract.is_signed and contract.archived_at is None,
        "renewal": contract.is_signed and not is_ended,
        "staff": status != Status.TERMINATED,
        "terminate": not is_ended,
    }
    return [ACTS[code] for code, can in codes.items() if can and allows(request.user, ACTS[code].permission)]


# ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(Permission.CONTRACT_EDIT)
def contract_new(request: StaffRequest, number: str) -> HttpResponse:
    """Enter a contract with a customer."""
    customer = customers.customer_for(request.user, number)
    sheet = ContractSheet(request.POST if request.method == "POST" else None)
    return _edit(request, sheet, customer, title=_("登记合同"), back=reverse("customers:page", args=[number]))


@never_cache
@staff_page(Permission.CONTRACT_EDIT)
def contract_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change a contract that nobody has signed."""
    contract = selectors.contract_for(request.user, pk)
    sheet = _sheet_of(request, contract)
    back = reverse("contracts:contract", args=[pk])
    return _edit(request, sheet, contract.customer, contract=contract, title=_("修改合同"), back=back)


@never_cache
@staff_page(Permission.CONTRACT_EDIT)
def contract_renew(request: StaffRequest, pk: int) -> HttpResponse:
    """Draft the contract that follows this one, from what it says."""
    contract = selectors.contract_for(request.user, pk)
    sheet = _sheet_of(request, contract, renews=True)
    back = reverse("contracts:contract", args=[pk])
    return _edit(request, sheet, contract.customer, renews=contract, title=_("续签合同"), back=back)


def _sheet_of(request: StaffRequest, contract: Contract, *, renews: bool = False) -> ContractSheet:
    if request.method == "POST":
        return ContractSheet(request.POST)
    [texts] = opened([(contract.customer_id, contract)], ("title", *TERMS))
    levels, payments = selectors.levels_of(contract), selectors.payments_of(contract)
    return ContractSheet(contract=contract, renews=renews, levels=levels, payments=payments, texts=texts)


def _edit(
    request: StaffRequest,
    sheet: ContractSheet,
    customer: Customer,
    *,
    title: str,
    back: str,
    contract: Contract | None = None,
    renews: Contract | None = None,
) -> HttpResponse:
    status, act = 200, request.POST.get("act", "")
    if act in ("level", "payment"):
        sheet.add(act)
    elif request.method == "POST":
        status = MISTAKEN
        if sheet.is_valid():
            try:
                kept = _keep(request, sheet, customer, contract, renews)
                return go(request, reverse("contracts:contract", args=[kept.pk]), _("合同已保存。"))
            except Invalid as error:
                sheet.take(error.fields or {"": str(error)})
    context = {
        "sheet": sheet,
        "title": title,
        "customer": customers.customer_card(customer.pk),
        "contract": contract,
        "renews": renews,
        "back": back,
    }
    trail = crumbs(Crumb(_("合同"), reverse(HERE)), Crumb(title))
    return page(request, "contracts/contract_edit.html", context, crumbs=trail, status=status)


def _keep(
    request: StaffRequest,
    sheet: ContractSheet,
    customer: Customer,
    contract: Contract | None,
    renews: Contract | None,
) -> Contract:
    given: dict[str, Any] = {"terms": sheet.terms(), "by": actor_of(request), "at": request.at}
    if renews is not None:
        return actions.renew_contract(contract=renews, **given)
    if contract is None:
        return actions.draft_contract(customer=customer, **given)
    return actions.change_contract(contract=contract, revision=revision_of(request), **given)


def revision_of(request: StaffRequest) -> int | None:
    """The revision that was read, where the form says it."""
    text = request.POST.get("revision", "")
    return int(text) if text.isdecimal() and len(text) < 9 else None


# ── acts ──────────────────────────────────────────────────────────────────────────────────────────────────────


@never_cache
@staff_page(Permission.CONTRACT_EDIT, Permission.CONTRACT_REVIEW)
def contract_act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """Review, sign, archive, end a contract, or say who looks after it."""
    act = found(ACTS, code)
    contract = selectors.contract_for(request.user, pk)
    back = reverse("contracts:contract", args=[pk])
    first = {
        "signed_on": cards.today_at(request.at),
        "effective_on": contract.effective_on,
        "staff": contract.staff_id,
        "on": contract.renew_on,
    }
    return perform(
        request,
        act,
        url=reverse("contracts:contract_act", args=[pk, code]),
        back=back,
        about=contract.number,
        trail=crumbs(Crumb(_("合同"), reverse(HERE)), Crumb(contract.number, back)),
        given={"contract": contract},
        initial=first,
    )


@never_cache
@staff_page(Permission.CONTRACT_EDIT)
def payment_act(request: StaffRequest, pk: int, payment: int, code: str) -> HttpResponse:
    """Enter what came in for a payment, or that the customer was reminded of it."""
    act = found(PAYMENT_ACTS, code)
    row = selectors.payment_for(request.user, pk, payment)
    back = reverse("contracts:contract", args=[pk])
    about = _("%(number)s 第 %(n)d 期") % {"number": row.contract.number, "n": row.n}
    return perform(
        request,
        act,
        url=reverse("contracts:payment_act", args=[pk, payment, code]),
        back=back,
        about=about,
        trail=crumbs(Crumb(_("合同"), reverse(HERE)), Crumb(row.contract.number, back)),
        given={"payment": row},
        initial={"amount": row.open, "received_on": cards.today_at(request.at)},
    )
