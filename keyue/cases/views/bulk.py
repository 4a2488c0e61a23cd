"""Acts on many cases at once: first how many, which are left out and why; then a result for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _t
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.cases import acts, selectors
from keyue.cases.cards import BulkItem
from keyue.cases.links import case_url
from keyue.cases.models import Case
from keyue.cases.page_forms import GiveForm
from keyue.cases.rules import CASE
from keyue.cases.views._page import crumbs, opened_from
from keyue.kernel.errors import Invalid, KeyueError, NotFound
from keyue.ledger import selectors as ledger
from keyue.people import selectors as people
from keyue.people.enums import Permission
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest
from keyue.people.models import User
from keyue.people.permissions import check
from keyue.promises import actions as promises
from keyue.promises import selectors as owed
from keyue.promises.knowledge import fold_state
from keyue.promises.models import Promise
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, is_fragment, page

MOST = 100


@dataclass(frozen=True, slots=True)
class Kind:
    """A batch: who may, what it is called before and after, and how one case is done."""

    code: str
    label: LazyText
    permission: Permission
    done: LazyText


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("classify", _t("批量分类"), Permission.CASE_CLASSIFY, _t("已分类")),
        Kind("assign", _t("批量派单"), Permission.CASE_ASSIGN, _t("已派单")),
        Kind("review", _t("批量审核"), Permission.CASE_REVIEW, _t("已审核")),
        Kind("give", _t("批量派给"), Permission.CASE_HAND_OUT, _t("已派给")),
    )
}
Refusals = Mapping[int, str]


@never_cache
@require_POST
@staff_page(
    Permission.CASE_CLASSIFY, Permission.CASE_ASSIGN, Permission.CASE_REVIEW, Permission.CASE_HAND_OUT
)
def bulk(request: StaffRequest, what: str) -> HttpResponse:
    """Say what would be done (first step), or do it (with `go`): each case by itself, so that one fault stops none."""
    kind = KINDS.get(what)
    if kind is None:
        raise NotFound(_("没有这个批量操作。"))
    check(request.user, kind.permission)
    cases = _picked(request)
    if kind.code == "give":
        return _give(request, kind, cases)
    refusals = _refusals(request, kind, cases)
    form = _form_of(request, kind)
    if request.POST.get("go") and form.is_valid() and len(refusals) < len(cases):
        return _run(request, kind, cases, refusals, _acting(request, kind))
    return _preview(request, kind, cases, refusals, form)


def _give(request: StaffRequest, kind: Kind, cases: Sequence[Case]) -> HttpResponse:
    """Which promises of each go to whom. Whom a person cannot be given is said before it is done."""
    handing = _handing(request, cases)
    form = GiveForm(request.POST if request.POST.get("go") else None, colleagues=handing.colleagues())
    to = form.colleagues[form.cleaned_data["to"]] if form.is_bound and form.is_valid() else None
    refusals = {case.pk: why for case in cases if (why := _not_to_give(case, handing, to))}
    said = {case.pk: handing.said(case, to) for case in cases if case.pk not in refusals}
    if to is not None and said:
        is_plain = all(case.pk in said or _not_to_give(case, handing) for case in cases)
        if is_plain or request.POST.get("seen_for") == str(to.pk):
            return _run(request, kind, cases, refusals, _giving(request, to, handing))
    more = {"seen_for": to.pk if to is not None else "", "may_choose": bool(form.colleagues)}
    return _preview(request, kind, cases, refusals, form, said=said, **more)


def _picked(request: StaffRequest) -> list[Case]:
    """The chosen cases that this person may see, in the order of the list."""
    numbers = list(dict.fromkeys(request.POST.getlist("pick")))
    if len(numbers) > MOST:
        sentence = _("一次最多 %(most)d 条，现在选了 %(n)d 条。") % {"most": MOST, "n": len(numbers)}
        raise Invalid(sentence)
    found = selectors.cases_of(request.user, numbers)
    if not found:
        raise Invalid(_("没有选中任何事项。请先勾选，再点批量操作。"))
    return found


@dataclass(frozen=True, slots=True)
class Handing:
    """What can be given to a person: the open promises that nobody holds, and who stands behind their owners."""

    promises: Mapping[int, Sequence[Promise]]
    behind: Mapping[str, Sequence[User]]
    names: Mapping[str, str]

    def colleagues(self) -> list[User]:
        found = {user.pk: user for users in self.behind.values() for user in users}
        return sorted(found.values(), key=lambda user: user.name_pinyin)

    def of(self, case: Case, to: User) -> list[Promise]:
        """The promises about a case that this person may be given."""
        return [p for p in self.promises.get(case.pk, ()) if to in self.behind.get(p.owner, ())]

    def said(self, case: Case, to: User | None) -> str:
        """The promises about a case that this person would be given; of nobody yet, all with whose they are."""
        if to is not None:
            return joined(self.of(case, to))
        by_owner: dict[str, list[Promise]] = {}
        for promise in self.promises.get(case.pk, ()):
            by_owner.setdefault(promise.owner, []).append(promise)
        parts = [
            _("%(owner)s：%(promises)s") % {"owner": self.names[owner], "promises": joined(some)}
            for owner, some in by_owner.items()
        ]
        return _("；").join(parts)


def joined(some: Sequence[Promise]) -> str:
    """Promises by name."""
    return _("、").join(dict.fromkeys(promise.name for promise in some))


def _handing(request: StaffRequest, cases: Sequence[Case]) -> Handing:
    unheld = selectors.unheld_promises([case for case in cases if case.is_open])
    owners = {promise.owner for some in unheld.values() for promise in some}
    return Handing(unheld, owed.colleagues(owners, request.at), people.owner_names(owners))


def _refusals(request: StaffRequest, kind: Kind, cases: Sequence[Case]) -> Refusals:
    """Those that are left out, each with the reason."""
    act = acts.act_named(kind.code)
    facts = ledger.facts_of_many(case.subject for case in cases)
    found: dict[int, str] = {}
    for case in cases:
        state = fold_state(facts[case.subject], CASE, request.at)
        reason: object = act.refusal(state) if state is not None else _("没有这个事项，或者您无权查看。")
        if reason is not None:
            found[case.pk] = str(reason)
    return found


def _not_to_give(case: Case, handing: Handing, to: User | None = None) -> str:
    if not case.is_open:
        return _("事项已经结束，不能再办理。")
    if not handing.promises.get(case.pk):
        return _("没有等人领取的约定。")
    if to is not None and not handing.of(case, to):
        return _("没有%(name)s所在部门或岗位的约定。") % {"name": to.name}
    return ""


def _form_of(request: StaffRequest, kind: Kind) -> forms.Form:
    data: Any = request.POST if request.POST.get("go") else None
    form = acts.act_named(kind.code).form
    return form(data, initial={name: request.POST[name] for name in form.base_fields if name in request.POST})


def _run(
    request: StaffRequest,
    kind: Kind,
    cases: Sequence[Case],
    refusals: Refusals,
    do: Callable[[Case], str],
) -> HttpResponse:
    items, done, failed = [], 0, 0
    for case in cases:
        if case.pk in refusals:
            items.append(_item(case, "idle", _("跳过：%(why)s") % {"why": refusals[case.pk]}))
            continue
        try:
            said = do(case)
        except KeyueError as error:
            failed += 1
            items.append(_item(case, "late", _("没有办成：%(why)s") % {"why": _reasons(error)}))
        else:
            done += 1
            items.append(_item(case, "kept", said))
    context = {
        "kind": kind,
        "items": sorted(items, key=lambda item: ("late", "idle", "kept").index(item.tone)),
        "done": done,
        "failed": failed,
        "left_out": len(refusals),
        "back": _back(request),
    }
    return _answer(request, kind, "bulk_result", context)


def _acting(request: StaffRequest, kind: Kind) -> Callable[[Case], str]:
    def act(case: Case) -> str:
        acts.perform(request.user, case.number, kind.code, request.POST, at=request.at)
        return str(kind.done)

    return act


def _giving(request: StaffRequest, to: User, handing: Handing) -> Callable[[Case], str]:
    def give(case: Case) -> str:
        mine = handing.of(case, to)
        for promise in mine:
            promises.give(promise.pk, to=to, user=request.user, at=request.at)
        return _("已派给%(name)s：%(promises)s") % {"name": to.name, "promises": joined(mine)}

    return give


def _reasons(error: KeyueError) -> str:
    said = [str(sentence) for sentence in error.fields.values()] if isinstance(error, Invalid) else []
    return " ".join(dict.fromkeys(said or [str(error)]))


def _preview(
    request: StaffRequest,
    kind: Kind,
    cases: Sequence[Case],
    refusals: Refusals,
    form: forms.Form,
    *,
    said: Mapping[int, str] | None = None,
    **more: Any,
) -> HttpResponse:
    context = {
        **more,
        "giving": [_item(case, "idle", said[case.pk]) for case in cases if said and case.pk in said],
        "kind": kind,
        "form": form,
        "fit": [case for case in cases if case.pk not in refusals],
        "left_out": [_item(case, "idle", refusals[case.pk]) for case in cases if case.pk in refusals],
        "picked": [case.number for case in cases],
        "back": _back(request),
    }
    return _answer(request, kind, "bulk", context, status=MISTAKEN if form.errors else 200)


def _item(case: Case, tone: str, text: str) -> BulkItem:
    return BulkItem(case.number, case_url(case.number), case.title, tone, text)


def _back(request: StaffRequest) -> str:
    return opened_from(request, reverse("cases:list"))


def _answer(
    request: StaffRequest, kind: Kind, name: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    template = f"cases/_{name}.html" if is_fragment(request) else f"cases/{name}.html"
    return page(request, template, context, crumbs=crumbs(Crumb(str(kind.label))), status=status)
