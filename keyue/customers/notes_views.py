"""Notes of contacts on a customer's page, the quick entry at a customer's door, next steps, and the plan of contacts."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from keyue.customers import area, lists, notes, rules, selectors
from keyue.customers.actions import watching
from keyue.customers.actions.notes import agree_follow_up, finish_follow_up, record_contact, record_opinion
from keyue.customers.models import ContactNote, Customer
from keyue.customers.notes_forms import EndForm, NoteForm, OpinionForm, QuickForm, StepForm
from keyue.customers.profile_views import crumbs_of
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.promises import selectors as promised
from keyue.ui import workbooks
from keyue.ui.components import Crumb, Tab
from keyue.ui.pages import MISTAKEN, go, is_fragment, page
from keyue.ui.uploads import uploads_from

SHOWN = 3
SHOWN_STEPS = 10
FOUND = 8
MOST_COLLEAGUES = 50


# --- sections of the customer's page ---


def render_notes(request: HttpRequest, customer: Customer) -> str:
    """The latest notes, and the way to write one."""
    if not isinstance(request.user, User):
        return ""
    found = _overview(request, customer)
    context = {
        "row": customer,
        "cards": found.cards,
        "more": found.has_more,
        "may_edit": allows(request.user, Permission.CUSTOMER_EDIT) and not customer.is_erased,
    }
    return render_to_string("customers/_notes.html", context, request)


def _overview(request: HttpRequest, customer: Customer) -> notes.Overview:
    """What both sections show, read once a request."""
    kept: dict[int, notes.Overview] = request.__dict__.setdefault("_customers_overview", {})
    if customer.pk not in kept:
        kept[customer.pk] = notes.overview_of(customer, size=SHOWN)
    return kept[customer.pk]


def render_plan(request: HttpRequest, customer: Customer) -> str:
    """When the customer is to be contacted next, and what was agreed; nothing where neither is known."""
    if not isinstance(request.user, User) or customer.is_erased:
        return ""
    plan, steps = notes.plan_of(customer), _overview(request, customer).steps[:SHOWN_STEPS]
    if plan.due is None and not steps and plan.last is None:
        return ""
    context = {
        "row": customer,
        "plan": plan,
        "steps": steps,
        "now": getattr(request, "at", None),
        "may_edit": allows(request.user, Permission.CUSTOMER_EDIT),
    }
    return render_to_string("customers/_contact_plan.html", context, request)


# --- notes ---


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def note_list(request: StaffRequest, number: str) -> HttpResponse:
    """All notes about a customer, page by page."""
    customer = selectors.customer_for(request.user, number)
    watching.note_view(customer=customer, by=actor_of(request), at=request.at)
    found = notes.notes_of(customer, cursor=request.GET.get("after", ""))
    card = selectors.customer_card(customer.pk)
    context = {
        "row": customer,
        "customer": card,
        "cards": found.cards,
        "next": found.next,
        "is_first": not request.GET.get("after"),
        "may_edit": allows(request.user, Permission.CUSTOMER_EDIT) and not customer.is_erased,
    }
    crumbs = crumbs_of(card, Crumb(_("沟通记录")))
    return page(request, "customers/notes.html", context, crumbs=crumbs)


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def note_new(request: StaffRequest, number: str) -> HttpResponse:
    """Write a note about a customer: a dialog over their page, or a page of its own."""
    customer = selectors.customer_for(request.user, number)
    card = selectors.customer_card(customer.pk)
    contacts = [(str(one.id), one.shown_name) for one in card.contacts]
    form = NoteForm(request.POST or None, contacts=contacts, initial={"contacted_at": request.at})
    if request.method == "POST" and _recorded(request, customer, form) is not None:
        return go(request, card.url, _("已记下这次沟通。"))
    context = {"form": form, "row": customer, "back": card.url, "colleagues": _colleagues()}
    template = "customers/_note_form.html" if is_fragment(request) else "customers/note_form.html"
    status = MISTAKEN if form.errors else 200
    return page(request, template, context, crumbs=crumbs_of(card, Crumb(_("记一笔"))), status=status)


def _recorded(request: StaffRequest, customer: Customer, form: NoteForm) -> ContactNote | None:
    """The note that the form says; None with the faults beside their fields."""
    if not form.is_valid():
        return None
    try:
        return record_contact(
            customer=customer,
            staff=request.user,
            uploads=uploads_from(request.FILES.getlist("files")),
            by=actor_of(request),
            at=request.at,
            **form.given(),
        )
    except KeyueError as error:
        show_faults(form, error)
        return None


def _colleagues() -> list[User]:
    return list(people.active_staff()[:MOST_COLLEAGUES])


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def quick_note(request: StaffRequest) -> HttpResponse:
    """A note written at a customer's door: pick the customer, say what was spoken of, done. A fragment request with `q`
    gets the customers that it finds."""
    if is_fragment(request) and request.method == "GET":
        return page(
            request,
            "customers/_note_found.html",
            {"found": _found(request), "text": request.GET.get("q", "")},
        )
    number = request.POST.get("customer") or request.GET.get("customer") or ""
    chosen = selectors.customer_for(request.user, number) if number else None
    initial = {"contacted_at": request.at, "customer": number}
    form = QuickForm(request.POST or None, initial=initial)
    if request.method == "POST" and chosen is not None and _recorded(request, chosen, form) is not None:
        return go(request, reverse("customers:page", args=[chosen.number]), _("已记下这次沟通。"))
    if request.method == "POST" and chosen is None:
        form.is_valid()
    context = {
        "form": form,
        "chosen": selectors.customer_card(chosen.pk) if chosen else None,
        "found": _found(request) if request.GET.get("q") and chosen is None else [],
        "text": request.GET.get("q", ""),
        "colleagues": _colleagues(),
    }
    crumbs = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), Crumb(_("记一笔"))]
    return page(
        request, "customers/quick_note.html", context, crumbs=crumbs, status=MISTAKEN if form.errors else 200
    )


def _found(request: StaffRequest) -> list[Any]:
    text = request.GET.get("q", "").strip()[:120]
    return lists.customer_page(request.user, text=text, size=FOUND).cards if text else []


# --- next steps ---


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def step_new(request: StaffRequest, ref: str) -> HttpResponse:
    """Agree a further next step after a contact."""
    note = notes.note_for(request.user, ref)
    card = selectors.customer_card(note.customer_id)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            step = form.step()
            if step is None:
                raise Invalid(_("请写明下一步要做什么。"), fields={"what": _("请写明下一步要做什么")})
            agree_follow_up(row=note, step=step, by=actor_of(request), at=request.at)
            return go(request, card.url, _("已约定下一步。"))
        except KeyueError as error:
            show_faults(form, error)
    return _step_form(request, card, form, _("约定下一步"), _("约定"))


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def opinion(request: StaffRequest, ref: str) -> HttpResponse:
    """Add what the customer thinks to a note that left it open (S3 3.2.3)."""
    row = notes.note_for(request.user, ref)
    card = selectors.customer_card(row.customer_id)
    form = OpinionForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            record_opinion(row=row, by=actor_of(request), at=request.at, **form.cleaned_data)
            return go(request, card.url, _("客户意见已登记。"))
        except KeyueError as error:
            show_faults(form, error)
    return _step_form(request, card, form, _("补记客户意见"), _("登记"))


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def step_done(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that a next step was done, or is needless now."""
    row = notes.follow_up_for(request.user, pk)
    if row.owner_id != request.user.pk and not allows(request.user, Permission.CUSTOMER_EDIT):
        raise NotFound(_("没有这项后续行动，或您看不到该客户。"))
    card = selectors.customer_card(row.customer_id)
    form = EndForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        outcome = form.cleaned_data["outcome"]
        finish_follow_up(follow_up=row, outcome=outcome, by=actor_of(request), at=request.at)
        seen = selectors.visible_to(request.user).filter(pk=row.customer_id).exists()
        return go(request, card.url if seen else reverse("customers:contact_plan"), _("已记下结果。"))
    [step] = notes.steps_of([row])
    return _step_form(request, card, form, _("后续行动的结果"), _("记下"), hint=step.what)


def _step_form(
    request: StaffRequest, card: Any, form: forms.Form, title: str, button: str, *, hint: str = ""
) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "back": card.url, "hint": hint}
    template = "customers/_upkeep_form.html" if is_fragment(request) else "customers/upkeep_form.html"
    status = MISTAKEN if form.errors else 200
    return page(request, template, context, crumbs=crumbs_of(card, Crumb(title)), status=status)


# --- the plan ---


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def contact_plan(request: StaffRequest) -> HttpResponse:
    """Whom to contact next, mine or of everybody whom I may see, with the coverage; a page at a time."""
    mine = request.GET.get("of") != "all"
    overdue = request.GET.get("state") == "overdue"
    found = notes.contact_plan(
        request.user, now=request.at, mine=mine, overdue=overdue, cursor=request.GET.get("after", "")
    )
    cards = selectors.customer_cards(row.customer_id for row in found.rows)
    own, _more = notes.steps_owed_by(request.user, size=10)
    whom = selectors.customer_cards(step.customer_id for step in own)
    context = {
        "area_tabs": area.tabs_for(request.user, "customers:contact_plan"),
        "views": _views(mine, overdue),
        "rows": [(row, cards[row.customer_id]) for row in found.rows if row.customer_id in cards],
        "next": found.next,
        "is_first": not request.GET.get("after"),
        "mine": mine,
        "overdue": overdue,
        "coverage": notes.coverage(request.user, now=request.at, mine=mine),
        "by_person": [] if mine else notes.coverage_by(request.user, now=request.at, by="account_manager"),
        "by_department": [] if mine else notes.coverage_by(request.user, now=request.at, by="department"),
        "steps": [(step, whom.get(step.customer_id)) for step in own] if mine else [],
        "may_edit": allows(request.user, Permission.CUSTOMER_EDIT),
    }
    crumbs = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), Crumb(_("联络计划"))]
    return page(request, "customers/contact_plan.html", context, crumbs=crumbs)


def _views(mine: bool, overdue: bool) -> list[Tab]:
    url = reverse("customers:contact_plan")
    return [
        Tab(_("我的客户"), url, current=mine and not overdue),
        Tab(_("我的逾期"), f"{url}?state=overdue", current=mine and overdue),
        Tab(_("全部可见"), f"{url}?of=all", current=not mine and not overdue),
        Tab(_("全部逾期"), f"{url}?of=all&state=overdue", current=not mine and overdue),
    ]


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def coverage_sheet(request: StaffRequest) -> HttpResponse:
    """The coverage by person and by department as a workbook. It holds figures only: customers leave the system by a
    request that somebody approves."""
    zone = promised.zone()
    rows = []
    for what, by in ((_("客户经理"), "account_manager"), (_("部门"), "department")):
        for row in notes.coverage_by(request.user, now=request.at, by=by):
            one = row.coverage
            rate = "" if one.rate is None else f"{one.rate:.1f}%"
            rows.append(
                [what, row.name, *map(str, (one.covered, one.total)), rate, str(one.overdue), str(one.never)]
            )
    target = BytesIO()
    workbooks.write(
        target,
        rows,
        name=_("联络覆盖率"),
        headings=[
            _("口径"),
            _("名称"),
            _("间隔内联系过"),
            _("应联系"),
            _("覆盖率"),
            _("逾期"),
            _("从未联系"),
        ],
        widths=[12, 24, 14, 10, 10, 8, 10],
        note=[
            (_("导出人"), f"{request.user.name} {request.user.username}"),
            (_("导出时间"), workbooks.stamp(request.at, zone)),
            (_("内容"), _("按分级的联系间隔计算的覆盖率，不含客户资料")),
        ],
    )
    answer = HttpResponse(target.getvalue(), content_type=workbooks.XLSX)
    name = f"contact-coverage-{request.at.astimezone(zone):%Y%m%d}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def quick_url(customer: Customer) -> str:
    """The quick entry for one customer."""
    return f"{reverse('customers:quick_note')}?customer={rules.number_of(customer.pk)}"
