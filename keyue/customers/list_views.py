"""The list of customers: what it is narrowed to, its pages, and what many of them are given at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.customers import area, bulk_selectors, lists, rules, selectors
from keyue.customers.actions import changing_many
from keyue.customers.enums import BulkItemState, BulkKind, Stage
from keyue.customers.list_cards import BulkLine, Chip
from keyue.customers.list_forms import (
    MORE,
    CategoryForm,
    ListForm,
    ManagerForm,
    StageForm,
    query_of,
    read_query,
)
from keyue.customers.models import BulkChange, BulkChangeItem
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

MOST_LINES = 100
FORMS: Mapping[BulkKind, type[ManagerForm | StageForm | CategoryForm]] = {
    BulkKind.MANAGER: ManagerForm,
    BulkKind.STAGE: StageForm,
    BulkKind.CATEGORY: CategoryForm,
}


@never_cache
@staff_page(Permission.CUSTOMER_VIEW)
def customer_list(request: StaffRequest) -> HttpResponse:
    """The customers that somebody may see, narrowed and in an order; a fragment request gets the rows alone."""
    form = ListForm(request.GET, at=request.at)
    wanted = form.wanted()
    filters = form.filters()
    after = request.GET.get("after", "")
    order = wanted.get("order", lists.NEWEST)
    found = lists.customer_page(request.user, filters=filters, order=order, cursor=after)
    count = found.count or lists.count_customers(request.user, filters=filters)
    context = {
        "form": form,
        "more": [form[name] for name in MORE],
        "more_count": sum(1 for name in MORE if name in wanted),
        "page": found,
        "count": count,
        "is_first": not after,
        "query": query_of(wanted),
        "chips": _chips(form, wanted),
        "order": order,
        "text": filters.text,
        "bulk": [kind for kind, needed in changing_many.NEEDS.items() if allows(request.user, needed)],
        "may_edit": allows(request.user, Permission.CUSTOMER_EDIT),
        "area_tabs": area.tabs_for(request.user, "customers:list"),
    }
    if not found.cards and wanted:
        context["without"] = _without(request, form, wanted)
    if not is_fragment(request):
        return page(request, "customers/list.html", context, crumbs=[Crumb(pgettext("列表", "客户"))])
    answer = page(request, "customers/_list.html", context)
    if rules.may_be_contact(filters.text):
        # somebody's number stays out of the address bar and the browser's history
        answer["HX-Push-Url"] = "false"
    return answer


def _chips(form: ListForm, wanted: Mapping[str, str]) -> list[Chip]:
    """The conditions that hold, each with the address of the list without it."""
    return [
        Chip(_condition(form, name, value), _address(query_of({**wanted, name: ""})))
        for name, value in wanted.items()
        if name != "order"
    ]


def _condition(form: ListForm, name: str, value: str) -> str:
    """A condition in words: 阶段：签约客户."""
    said = dict(getattr(form.fields[name], "choices", ())).get(value, value)
    return _("%(label)s：%(value)s") % {"label": form.fields[name].label, "value": said}


def _without(request: StaffRequest, form: ListForm, wanted: Mapping[str, str]) -> list[Chip]:
    """For an empty list: which condition, taken away, leaves how many."""
    found = []
    for name, value in wanted.items():
        query = query_of({**wanted, name: ""})
        count = lists.count_customers(request.user, filters=read_query(query, at=request.at).filters())
        if count.n and name != "order":
            found.append(Chip(_condition(form, name, value), _address(query), str(count)))
    return found


def _address(query: str) -> str:
    base = reverse("customers:list")
    return f"{base}?{query}" if query else base


# --- many at once ---


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_EDIT, Permission.CUSTOMER_ASSIGN)
def bulk(request: StaffRequest, what: str) -> HttpResponse:
    """Say what many are to be given (first step), or begin to give it (with `go`)."""
    if what not in BulkKind.values:
        raise NotFound(_("没有这个批量操作。"))
    kind = BulkKind(what)
    check(request.user, changing_many.NEEDS[kind])
    given: Any = request.POST if request.POST.get("go") else None
    form = FORMS[kind](given, user=request.user, at=request.at)
    ids = _picked(request)
    if given is not None and form.is_valid():
        try:
            change = changing_many.start_change(
                user=request.user,
                kind=kind,
                value=form.cleaned_data[what],
                reason=form.cleaned_data.get("reason", ""),
                customer_ids=ids,
                by=actor_of(request),
                at=request.at,
            )
        except KeyueError as error:
            show_faults(form, error)
        else:
            return go(request, reverse("customers:change", args=[change.pk]))
    count = lists.count_customers(
        request.user, filters=read_query(request.POST.get("query", ""), at=request.at).filters()
    )
    context = {
        "kind": kind,
        "form": form,
        "picked": request.POST.getlist("pick"),
        "n": len(ids),
        "query": request.POST.get("query", ""),
        "is_all": bool(request.POST.get("all")),
        "count": count,
        "most": changing_many.MOST,
        "known": getattr(form, "known", ()),
        "back": reverse("customers:list"),
    }
    template = "customers/_bulk.html" if is_fragment(request) else "customers/bulk.html"
    crumbs = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), Crumb(str(kind.label))]
    return page(request, template, context, crumbs=crumbs, status=MISTAKEN if form.errors else 200)


def _picked(request: StaffRequest) -> list[int]:
    """The ids of the chosen customers that this person may see: those that were ticked, or all that the list found."""
    if request.POST.get("all"):
        filters = read_query(request.POST.get("query", ""), at=request.at).filters()
        return lists.customer_ids(request.user, filters=filters, most=changing_many.MOST + 1)
    given = [rules.parse_number(number) for number in dict.fromkeys(request.POST.getlist("pick"))]
    wanted = [pk for pk in given if pk]
    if len(wanted) > lists.MOST_PAGE:
        raise Invalid(
            _("一次最多勾选 %(most)d 位，现在选了 %(n)d 位。") % {"most": lists.MOST_PAGE, "n": len(wanted)}
        )
    seen = set(selectors.visible_to(request.user).filter(pk__in=wanted).values_list("pk", flat=True))
    if not seen:
        raise Invalid(_("没有选中任何客户。请先勾选，再点批量操作。"))
    return [pk for pk in wanted if pk in seen]


@never_cache
@staff_page(Permission.CUSTOMER_EDIT, Permission.CUSTOMER_ASSIGN)
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """How far a change of many has come, and who was left out and why; it refreshes itself until it is finished."""
    run = bulk_selectors.change_for(request.user, pk)
    counts = bulk_selectors.counts_of(run)
    done = run.total - counts.get(BulkItemState.WAITING, 0)
    context = {
        "run": run,
        "label": BulkKind(run.kind).label,
        "to": _target(run),
        "counts": {str(state.value): counts.get(state, 0) for state in BulkItemState},
        "done": done,
        "percent": 100 * done / run.total if run.total else 100,
        "lines": [_line(item) for item in bulk_selectors.left_out(run, MOST_LINES)],
        "may_undo": run.finished_at and not run.undoes_id and not bulk_selectors.is_undone(run),
        "back": reverse("customers:list"),
    }
    template = "customers/change.html" + ("#progress" if is_fragment(request) else "")
    crumbs = [Crumb(pgettext("列表", "客户"), reverse("customers:list")), Crumb(_("批量变更"))]
    return page(request, template, context, crumbs=crumbs)


def _target(run: BulkChange) -> str:
    if run.undoes_id:
        return _("恢复原来的内容")
    if run.kind == BulkKind.MANAGER:
        return bulk_selectors.name_of(run.value) or _("没有客户经理")
    if run.kind == BulkKind.STAGE:
        return str(Stage(run.value).label)
    return run.value or _("没有分类")


def _line(item: BulkChangeItem) -> BulkLine:
    state = BulkItemState(item.state)
    tone = "late" if state == BulkItemState.FAILED else "idle"
    number = rules.number_of(item.customer_id)
    return BulkLine(number, reverse("customers:page", args=[number]), tone, str(state.label), item.problem)


@require_POST
@staff_page(Permission.CUSTOMER_EDIT, Permission.CUSTOMER_ASSIGN)
def undo_change(request: StaffRequest, pk: int) -> HttpResponse:
    """Give everybody back what they had before a change of many, by a second one."""
    run = bulk_selectors.change_for(request.user, pk)
    back = changing_many.undo_change(change=run, user=request.user, by=actor_of(request), at=request.at)
    return go(request, reverse("customers:change", args=[back.pk]))
