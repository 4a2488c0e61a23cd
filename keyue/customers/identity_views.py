"""Duplicates: the queue, two files side by side, merges and how they are undone; identifiers; who is being typed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.customers import actions, area, comparison, identity_selectors, rules, selectors
from keyue.customers.enums import Kind, PairState, SearchState
from keyue.customers.identity_forms import CompareForm, IdentifierForm, LikelyForm
from keyue.customers.likeness import Given
from keyue.customers.models import Customer, DuplicatePair
from keyue.customers.profile_views import crumbs_of
from keyue.kernel.errors import Invalid, KeyueError, NotFound, Refused
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import passive, staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import CONFLICT, MISTAKEN, go, is_fragment, page

QUEUE = "customers:duplicates"
BY_HAND = 0.5
TYPED = ("name", "person", "phone", "email", "uscc", "id_number")
SAID_BY_SOMEBODY = gettext_noop("有人认为是同一个客户")


def _crumbs(*more: Crumb) -> list[Crumb]:
    return [
        Crumb(pgettext("列表", "客户"), reverse("customers:list")),
        Crumb(_("查重"), reverse(QUEUE) if more else ""),
        *more,
    ]


# --- the queue and the search ---


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_MERGE)
def duplicates(request: StaffRequest) -> HttpResponse:
    """What waits for a decision, the surest first, and the search over the whole archive."""
    found = identity_selectors.pairs_page(request.user, cursor=request.GET.get("after", ""))
    n, more = identity_selectors.count_pairs(request.user)
    context = {
        "area_tabs": area.tabs_for(request.user, QUEUE),
        "page": found,
        "count": f"{n}+" if more else str(n),
        "is_first": not request.GET.get("after"),
        **_search_context(request),
    }
    return page(request, "customers/duplicates.html", context, crumbs=_crumbs())


def _search_context(request: StaffRequest) -> dict[str, Any]:
    search = identity_selectors.newest_search()
    return {
        "search": search,
        "is_running": search is not None and search.state == SearchState.RUNNING,
        "percent": _percent(search),
        "merges_by_itself": identity_selectors.merges_by_itself(),
        "may_configure": allows(request.user, Permission.CUSTOMER_CONFIGURE),
    }


def _percent(search: Any) -> int:
    """How far a search is: reading is the first third of it."""
    if search is None or not search.total:
        return 0
    read = min(1.0, search.read / search.total)
    compared = min(1.0, search.compared / search.candidates) if search.candidates else 0.0
    return round(100 * (read / 3 + compared * 2 / 3)) if search.state != SearchState.DONE else 100


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_MERGE)
def duplicate_search(request: StaffRequest) -> HttpResponse:
    """Begin to look through the whole archive, or stop."""
    try:
        if request.POST.get("act") == "stop":
            running = identity_selectors.running_search()
            if running is not None:
                actions.stop_search(search=running, by=actor_of(request), at=request.at)
        else:
            actions.start_search(by=actor_of(request), at=request.at)
    except Refused as error:
        messages.warning(request, str(error))
    return go(request, reverse(QUEUE))


@never_cache
@passive
@require_GET
@staff_page(Permission.CUSTOMER_MERGE)
def duplicate_progress(request: StaffRequest) -> HttpResponse:
    """How far the search is: the page asks every two seconds, until there is nothing more to come."""
    context = _search_context(request)
    if not context["is_running"]:
        return go(request, reverse(QUEUE))
    return page(request, "customers/_search_run.html", context)


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_CONFIGURE)
def duplicate_settings(request: StaffRequest) -> HttpResponse:
    """Whether the search may merge where an identifier says that two files are one."""
    chosen = request.POST.get("merges_by_itself") == "on"
    actions.change_duplicate_settings(merges_by_itself=chosen, by=actor_of(request), at=request.at)
    said = _("标识完全一致时会自动合并。") if chosen else _("今后只提示，不自动合并。")
    return go(request, reverse(QUEUE), said)


# --- a pair ---


@never_cache
@staff_page(Permission.CUSTOMER_MERGE)
def duplicate(request: StaffRequest, pk: int) -> HttpResponse:
    """Two files side by side; which of them stays, or that they are two customers."""
    pair = identity_selectors.pair_for(request.user, pk)
    if request.method == "POST":
        try:
            return _decide(request, pair)
        except (Invalid, Refused) as error:
            status = CONFLICT if isinstance(error, Refused) else MISTAKEN
            return _pair_page(request, pair, problem=error, status=status)
    return _pair_page(request, pair)


def _pair_page(
    request: StaffRequest, pair: DuplicatePair, *, problem: KeyueError | None = None, status: int = 200
) -> HttpResponse:
    card = identity_selectors.pair_card(pair)
    is_one = card.a.id == card.b.id
    sides = () if is_one else comparison.sides_of(card.a, card.b)
    context = {
        "pair": card,
        "is_one": is_one,
        "is_open": card.state == PairState.OPEN and not is_one,
        "is_distinct": card.state == PairState.DISTINCT,
        "sides": sides,
        "lines": () if is_one else comparison.lines_of(card.a, card.b),
        "problem": problem,
    }
    crumbs = _crumbs(Crumb(f"{card.a.number} · {card.b.number}"))
    return page(request, "customers/duplicate.html", context, crumbs=crumbs, status=status)


def _decide(request: StaffRequest, pair: DuplicatePair) -> HttpResponse:
    by, at = actor_of(request), request.at
    if request.POST.get("act") == "distinct":
        actions.find_distinct(pair=pair, by=by, at=at)
        undo = reverse("customers:reopen_pair", args=[pair.pk])
        return go(request, _next(request), _("已记下：是两个客户，不再提示。"), undo=undo)
    keep = request.POST.get("keep", "")
    if not keep:
        sentence = _("请选择保留哪一份档案。")
        raise Invalid(sentence, fields={"keep": sentence})
    stays = selectors.customer_for(request.user, keep)
    merge = actions.merge_pair(pair=pair, keep=stays, by=by, at=at)
    said = _("已并入 %(number)s，两边的记录都在。") % {"number": stays.number}
    return go(request, _next(request), said, undo=reverse("customers:unmerge", args=[merge.pk]))


def _next(request: StaffRequest) -> str:
    """The next pair that waits, or the queue."""
    following = identity_selectors.pairs_page(request.user, size=1).cards
    return reverse("customers:duplicate", args=[following[0].id]) if following else reverse(QUEUE)


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_MERGE)
def reopen_pair(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back that two files are of two customers."""
    pair = identity_selectors.pair_for(request.user, pk)
    here = reverse("customers:duplicate", args=[pair.pk])
    try:
        actions.reopen_pair(pair=pair, by=actor_of(request), at=request.at)
    except Refused as error:
        messages.warning(request, str(error))
    return go(request, here)


@never_cache
@staff_page(Permission.CUSTOMER_MERGE)
def compare(request: StaffRequest, number: str) -> HttpResponse:
    """Put two files side by side that somebody thinks are of one customer."""
    customer = _current(selectors.customer_for(request.user, number))
    card = selectors.customer_card(customer.pk)
    form = CompareForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            other = _current(selectors.customer_for(request.user, form.cleaned_data["other"].strip()))
            if other.pk == customer.pk:
                sentence = _("这是同一份档案，请填另一份的编号。")
                raise Invalid(sentence, fields={"other": sentence})
            proposal = actions.Proposal(customer.pk, other.pk, BY_HAND, (SAID_BY_SOMEBODY,))
            pair = actions.propose(proposal=proposal, by=actor_of(request), at=request.at)
        except NotFound as error:
            form.add_error("other", str(error))
        except KeyueError as error:
            show_faults(form, error)
        else:
            return go(request, reverse("customers:duplicate", args=[pair.pk]))
    title = _("与另一份档案比对")
    context = {"form": form, "title": title, "back": card.url, "button": _("并排比对")}
    template = "customers/_form.html" if is_fragment(request) else "customers/form.html"
    crumbs = crumbs_of(card, Crumb(title))
    return page(request, template, context, crumbs=crumbs, status=MISTAKEN if form.errors else 200)


def _current(customer: Customer) -> Customer:
    return customer.merged_into or customer


# --- merges ---


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_MERGE)
def merges(request: StaffRequest) -> HttpResponse:
    """What was merged, the newest first, each with its way back."""
    found, following = identity_selectors.merges_page(request.user, cursor=request.GET.get("after", ""))
    names = identity_selectors.names_of(by for one in found for by in (one.merged_by, one.undone_by))
    context = {
        "area_tabs": area.tabs_for(request.user, QUEUE),
        "rows": [(one, names.get(one.merged_by, ""), names.get(one.undone_by, "")) for one in found],
        "next": following,
        "is_first": not request.GET.get("after"),
    }
    return page(request, "customers/merges.html", context, crumbs=_crumbs(Crumb(_("合并记录"))))


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_MERGE)
def unmerge(request: StaffRequest, pk: int) -> HttpResponse:
    """Take two files apart again; whatever was merged or written since stays where it is."""
    merge = identity_selectors.merge_for(request.user, pk)
    try:
        actions.unmerge(merge=merge, by=actor_of(request), at=request.at)
    except Refused as error:
        messages.warning(request, str(error))
        return go(request, reverse("customers:merges"))
    said = _("已拆开，%(number)s 又是独立的档案。") % {"number": merge.loser.number}
    return go(request, reverse("customers:page", args=[merge.loser.number]), said)


# --- identifiers ---


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def add_identifier(request: StaffRequest, number: str) -> HttpResponse:
    """A code or a further name of a customer."""
    customer = _current(selectors.customer_for(request.user, number))
    card = selectors.customer_card(customer.pk)
    form = IdentifierForm(request.POST or None, customer=customer)
    back = f"{card.url}?tab=file"
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_identifier(
                customer=customer, **form.cleaned_data, by=actor_of(request), at=request.at
            )
        except KeyueError as error:
            show_faults(form, error)
        else:
            return go(request, back, _("已登记。"))
    title = _("登记标识")
    context = {"form": form, "title": title, "back": back, "button": _("登记")}
    template = "customers/_form.html" if is_fragment(request) else "customers/form.html"
    crumbs = crumbs_of(card, Crumb(title))
    return page(request, template, context, crumbs=crumbs, status=MISTAKEN if form.errors else 200)


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_EDIT)
def end_identifier(request: StaffRequest, pk: int) -> HttpResponse:
    """A code or name is the customer's no more."""
    identifier = identity_selectors.identifier_for(request.user, pk)
    customer = identifier.customer
    number = rules.number_of(customer.merged_into_id or customer.pk)
    here = f"{reverse('customers:page', args=[number])}?tab=file"
    try:
        actions.end_identifier(identifier=identifier, by=actor_of(request), at=request.at)
    except Refused as error:
        messages.warning(request, str(error))
        return go(request, here)
    return go(request, here, _("已停用，原来的记录保留。"))


# --- who is it? ---


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_EDIT)
def likely(request: StaffRequest) -> HttpResponse:
    """Who on file may be the one that is being typed: a fragment under the form of a new customer."""
    form = LikelyForm(request.POST)
    said = form.cleaned_data if form.is_valid() else {}

    def text(field: str) -> str:
        return said.get(field) or ""

    kind = text("kind") or Kind.ORGANISATION.value
    given = Given(
        kind=kind,
        name=text("person") or text("name") if kind == Kind.PERSON else text("name"),
        phone=text("phone"),
        email=text("email"),
        uscc=text("uscc"),
        id_number=text("id_number"),
    )
    found = identity_selectors.likely_same(request.user, given) if any(map(text, TYPED)) else None
    return page(request, "customers/_likely.html", {"found": found})
