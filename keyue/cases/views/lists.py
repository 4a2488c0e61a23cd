"""The list of cases, with its saved views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.cases import selectors
from keyue.cases.actions import titles
from keyue.cases.book import Book
from keyue.cases.cards import Chip, ViewTab
from keyue.cases.enums import LEVEL_BARS
from keyue.cases.models import SavedView
from keyue.cases.page_forms import FilterForm, ViewForm, query_of, read_query
from keyue.cases.rows import rows_of
from keyue.cases.selectors import Filters, Moment
from keyue.cases.views._page import crumbs, opened_from, show_faults
from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

BUILT_IN: tuple[tuple[LazyText, Mapping[str, str], Filters], ...] = (
    (_t("待我处理"), {"mine": "1"}, Filters(mine=True)),
    (_t("全部未关闭"), {}, Filters()),
    (_t("未关闭投诉"), {"type": "complaint"}, Filters(type="complaint")),
    (_t("重大事项"), {"level": "major"}, Filters(level="major")),
    (_t("本周到期"), {"due": "week"}, Filters(due="week")),
    (_t("已停表"), {"state": "waiting"}, Filters(state="waiting")),
    (_t("已关闭"), {"state": "closed"}, Filters(state="closed")),
)
BULK = (
    ("classify", Permission.CASE_CLASSIFY),
    ("assign", Permission.CASE_ASSIGN),
    ("review", Permission.CASE_REVIEW),
    ("give", Permission.CASE_HAND_OUT),
)
# what a session keeps of the view that was dropped last
DROPPED = "dropped_view"
MORE = ("category", "channel", "phase", "state", "due", "from", "to")


@never_cache
@staff_page(Permission.CASE_VIEW)
def case_list(request: StaffRequest) -> HttpResponse:
    """The list; a fragment request gets the rows, and the tabs beside them."""
    when = selectors.moment(request.at)
    form = FilterForm(request.GET)
    wanted = form.wanted()
    filters = form.filters(when)
    # a word too short to be looked for matches nothing: a list without it would be another one than was asked for
    too_short = next(iter(form.errors.get("q", ())), "")
    found = selectors.Page([]) if too_short else _page_of(request, filters, when)
    book = Book(when.now, when.zone)
    query = query_of(wanted)
    tabs, count = _tabs(request, form, filters, None if too_short else query, when)
    context = {
        "form": form,
        "more": [form[name] for name in MORE],
        "more_count": sum(1 for name in MORE if name in wanted),
        "tabs": tabs,
        "rows": rows_of(request.user, found.cases, book, owed=found.owed),
        "page": found,
        "query": query,
        "too_short": too_short,
        "here": request.get_full_path(),
        "count": None if filters.text or too_short else count,
        "chips": _chips(form, wanted),
        "by_due": filters.by_due,
        "bulk": [name for name, needed in BULK if allows(request.user, needed)],
        "may_register": allows(request.user, Permission.CASE_REGISTER),
        "may_review": allows(request.user, Permission.CASE_REVIEW),
        "may_import": allows(request.user, Permission.CASE_IMPORT),
        "max_level": max(LEVEL_BARS.values()),
    }
    if not found.cases and not too_short:
        context["without"] = _without(request, form, wanted, filters, when)
    if is_fragment(request):
        return page(request, "cases/_list_answer.html", context)
    return page(request, "cases/list.html", context, crumbs=[Crumb(pgettext("列表", "事项"))])


def _page_of(request: StaffRequest, filters: Filters, when: Moment) -> selectors.Page:
    back = request.GET.get("before", "")
    cursor = back or request.GET.get("after", "")
    return selectors.queue(request.user, filters, when=when, cursor=cursor, back=bool(back))


# --- tabs ---


def _tabs(
    request: StaffRequest, form: FilterForm, filters: Filters, query: str | None, when: Moment
) -> tuple[list[ViewTab], int]:
    """The built-in views and the reader's own, each with its count; and the count of the list itself."""
    own = selectors.saved_views(request.user)
    several = (
        [f for _label, _query, f in BUILT_IN] + [_kept(view.query, form, when) for view in own] + [filters]
    )
    found = selectors.counts(request.user, several, when=when)
    base = reverse("cases:list")
    tabs = [
        ViewTab(str(label), _address(base, query_of(said)), n, query_of(said) == query)
        for (label, said, _filters), n in zip(BUILT_IN, found, strict=False)
    ]
    for view, n, narrowed in zip(own, found[len(BUILT_IN) :], several[len(BUILT_IN) :], strict=False):
        tabs.append(
            ViewTab(
                view.name,
                _address(base, view.query),
                None if narrowed.text else n,
                view.query == query,
                reverse("cases:view", args=[view.pk]) if view.user_id else "",
            )
        )
    return tabs, found[-1]


def _kept(query: str, form: FilterForm, when: Moment) -> Filters:
    return read_query(query, form.departments).filters(when)


def _address(base: str, query: str) -> str:
    return f"{base}?{query}" if query else base


# --- conditions ---


def _chips(form: FilterForm, wanted: Mapping[str, Any]) -> list[Chip]:
    """The conditions that hold, each with the address of the list without it."""
    base = reverse("cases:list")
    return [
        Chip(name, _condition(form, name, value), _address(base, query_of({**wanted, name: ""})))
        for name, value in wanted.items()
    ]


def _condition(form: FilterForm, name: str, value: Any) -> str:
    """A condition in words: 类型：投诉."""
    if value is True:
        return str(form.fields[name].label)
    choices = dict(getattr(form.fields[name], "choices", ()))
    said = choices.get(value, value)
    return _("%(label)s：%(value)s") % {"label": form.fields[name].label, "value": said}


def _without(
    request: StaffRequest, form: FilterForm, wanted: Mapping[str, Any], filters: Filters, when: Moment
) -> Sequence[Chip]:
    """For an empty list: which condition, taken away, leaves how many; the most first."""
    chips = _chips(form, wanted)
    fewer = [_kept(query_of({**wanted, chip.name: ""}), form, when) for chip in chips]
    found = selectors.counts(request.user, [replace(f, text="") for f in fewer], when=when)
    counted = [
        replace(chip, count=n)
        for chip, narrowed, n in zip(chips, fewer, found, strict=True)
        if n and not narrowed.text
    ]
    return sorted(counted, key=lambda chip: -(chip.count or 0))


# --- the reader's own views ---


@never_cache
@staff_page(Permission.CASE_VIEW)
def new_view(request: StaffRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    form = ViewForm(request.POST or None, initial={"query": _clean_query(request.GET.urlencode())})
    if request.method == "POST" and form.is_valid():
        query = _clean_query(form.cleaned_data["query"])
        try:
            view = titles.save_view(
                name=form.cleaned_data["name"], query=query, by=actor_of(request), at=request.at
            )
        except KeyueError as error:
            show_faults(form, error)
        else:
            said = _("视图「%(name)s」已保存。") % {"name": view.name}
            return go(request, _address(reverse("cases:list"), view.query), said)
    return _view_form(request, form, None)


@never_cache
@staff_page(Permission.CASE_VIEW)
def view(request: StaffRequest, pk: int) -> HttpResponse:
    """Rename a view of one's own, or go on to delete it."""
    mine = selectors.saved_view_for(request.user, pk)
    form = ViewForm(request.POST or None, initial={"name": mine.name})
    if request.method == "POST" and form.is_valid():
        try:
            titles.rename_view(pk, name=form.cleaned_data["name"], by=actor_of(request), at=request.at)
        except KeyueError as error:
            show_faults(form, error)
        else:
            return go(request, _address(reverse("cases:list"), mine.query), _("已改名。"))
    return _view_form(request, form, mine)


@require_POST
@staff_page(Permission.CASE_VIEW)
def delete_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Drop a view of one's own."""
    mine = selectors.saved_view_for(request.user, pk)
    gone = titles.delete_view(pk, by=actor_of(request), at=request.at)
    request.session[DROPPED] = {str(pk): {**asdict(gone), "at": gone.at.isoformat()}}
    said = _("视图「%(name)s」已删除。") % {"name": mine.name}
    return go(request, reverse("cases:list"), said, undo=reverse("cases:restore_view", args=[pk]))


@require_POST
@staff_page(Permission.CASE_VIEW)
def restore_view(request: StaffRequest, pk: int) -> HttpResponse:
    """Take back the dropping of the view that was dropped last; where that is refused, the list says why."""
    kept = request.session.pop(DROPPED, {}).get(str(pk))
    try:
        if kept is None:
            raise Refused(_("没有可撤销的删除。"))
        gone = titles.Dropped(**{**kept, "at": datetime.fromisoformat(kept["at"])})
        view = titles.restore_view(dropped=gone, by=actor_of(request), at=request.at)
    except (Invalid, Refused) as error:
        messages.error(request, str(error))
        return go(request, reverse("cases:list"))
    said = _("已撤销，视图「%(name)s」还在。") % {"name": view.name}
    return go(request, _address(reverse("cases:list"), view.query), said)


def _view_form(request: StaffRequest, form: ViewForm, mine: SavedView | None) -> HttpResponse:
    status = MISTAKEN if form.errors else 200
    title = _("视图「%(name)s」") % {"name": mine.name} if mine else _("保存当前视图")
    context = {
        "form": form,
        "mine": mine,
        "title": title,
        "back": opened_from(request, reverse("cases:list")),
    }
    template = "cases/_view_form.html" if is_fragment(request) else "cases/view_form.html"
    return page(request, template, context, crumbs=crumbs(Crumb(title)), status=status)


def _clean_query(text: str) -> str:
    return query_of(read_query(text).wanted())
