"""The tab 档案 of a customer's page: the file now and as of a date, its history, verifying, and what somebody learnt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from keyue.customers import file_cards, history, selectors
from keyue.customers.actions import watching
from keyue.customers.actions.revealing_file import reveal_change, reveal_extra
from keyue.customers.actions.upkeep import (
    enter_change,
    learn_change,
    note_information,
    set_extra,
    verify_fields,
)
from keyue.customers.completing import field_rules, own_values
from keyue.customers.enums import Purpose
from keyue.customers.extras import PREFIX
from keyue.customers.models import Customer, LearntChange
from keyue.customers.profile_views import crumbs_of
from keyue.customers.upkeep_forms import AsOfForm, CollectedForm, LearntForm, ValuesForm, VerifyForm
from keyue.customers.upkeep_rules import FieldRule
from keyue.customers.upkeep_words import label_of
from keyue.kernel.errors import KeyueError, NotFound
from keyue.kernel.once import once
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page

# of what is learnt to have changed, these are entered with the contact
OF_CONTACTS = frozenset({"contact", "phone", "email", "decision_makers"})


def file_context(user: User, customer: Customer, request: HttpRequest, now: Any) -> dict[str, Any]:
    """What the tab shows, as of the date in the address where there is one."""
    form = AsOfForm(request.GET if request.GET.get("at") else None)
    at = form.cleaned_data.get("at") if form.is_bound and form.is_valid() else None
    at = at if at is not None and at < now else None
    may_edit = allows(user, Permission.CUSTOMER_EDIT) and not customer.is_erased
    return {
        "row": customer,
        "card": file_cards.file_card(user, customer, now=now, at=at),
        "form": form,
        "may_edit": may_edit,
        "may_reveal": allows(user, Permission.CUSTOMER_REVEAL) and not customer.is_erased,
        "purposes": purposes(),
    }


def purposes() -> list[tuple[str, str]]:
    """What a masked value may be looked at for."""
    return [(purpose.value, str(purpose.label)) for purpose in Purpose]


def render(request: HttpRequest, customer: Customer) -> str:
    """The section of the tab 档案."""
    if not isinstance(request.user, User):
        return ""
    at = getattr(request, "at", None)
    return render_to_string(
        "customers/_file.html", file_context(request.user, customer, request, at), request
    )


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def customer_file(request: StaffRequest, number: str) -> HttpResponse:
    """The file, now or as of a date: a fragment in the tab, else a page of its own."""
    customer = selectors.customer_for(request.user, number)
    watching.note_view(customer=customer, by=actor_of(request), at=request.at)
    with once():
        context = file_context(request.user, customer, request, request.at)
        template = "customers/_file.html" if is_fragment(request) else "customers/file.html"
        crumbs = crumbs_of(selectors.customer_card(customer.pk), Crumb(_("档案")))
        return page(request, template, context, crumbs=crumbs)


@never_cache
@require_GET
@staff_page(Permission.CUSTOMER_VIEW)
def field_history(request: StaffRequest, number: str, field: str) -> HttpResponse:
    """What one field was, or with `all` every field, page by page: a dialog, or a page of its own."""
    customer = selectors.customer_for(request.user, number)
    watching.note_view(customer=customer, by=actor_of(request), at=request.at)
    before = request.GET.get("before", "")
    changes, following = history.changes_of(
        customer, field="" if field == "all" else field, before=int(before) if before.isdecimal() else None
    )
    title = (
        _("全部变更") if field == "all" else _("%(field)s的变更") % {"field": file_cards.field_label(field)}
    )
    context = {
        "row": customer,
        "field": field,
        "title": title,
        "lines": file_cards.change_lines(request.user, customer, changes),
        "next": following,
        "may_reveal": allows(request.user, Permission.CUSTOMER_REVEAL) and not customer.is_erased,
        "purposes": purposes(),
    }
    template = "customers/_history.html" if is_fragment(request) else "customers/history.html"
    crumbs = crumbs_of(selectors.customer_card(customer.pk), Crumb(title))
    return page(request, template, context, crumbs=crumbs)


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_REVEAL)
def reveal_past(request: StaffRequest, number: str, fact: str, field: str) -> HttpResponse:
    """What a masked field was and became; the browser covers it again after 30 seconds."""
    customer = selectors.customer_for(request.user, number)
    old, new = reveal_change(
        customer=customer,
        fact=fact,
        field=field,
        purpose=request.POST.get("purpose", ""),
        by=actor_of(request),
        at=request.at,
    )
    empty = _("未登记")
    value = _("%(old)s → %(new)s") % {"old": old or empty, "new": new or empty}
    return _revealed(request, customer, file_cards.field_label(field), value)


@never_cache
@require_POST
@staff_page(Permission.CUSTOMER_REVEAL)
def reveal_own(request: StaffRequest, number: str, field: str) -> HttpResponse:
    """A personal field of the company's own in the clear."""
    customer = selectors.customer_for(request.user, number)
    value = reveal_extra(
        customer=customer,
        field=field,
        purpose=request.POST.get("purpose", ""),
        by=actor_of(request),
        at=request.at,
    )
    return _revealed(request, customer, file_cards.field_label(field), value)


def _revealed(request: StaffRequest, customer: Customer, label: str, value: str) -> HttpResponse:
    card = selectors.customer_card(customer.pk)
    context = {"value": value, "label": label, "back": f"{card.url}?tab=file"}
    template = "customers/revealed.html" + ("#value" if is_fragment(request) else "")
    return page(request, template, context, crumbs=crumbs_of(card, Crumb(label)))


# --- acts, each a dialog or a page ---


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def verify(request: StaffRequest, number: str) -> HttpResponse:
    """Say which fields were found right, and how. With `change`, what had been learnt was a mistake."""
    customer = selectors.customer_for(request.user, number)
    rules = _rules(customer)
    change = request.GET.get("change") or request.POST.get("change") or ""
    learnt = _open_change(customer, change) if change else None
    initial = {"fields_": learnt.fields if learnt else request.GET.getlist("field")}
    form = VerifyForm(request.POST or None, choices=_choices(rules), initial=initial)
    if request.method == "POST" and _done(
        form,
        lambda data: verify_fields(
            customer=customer,
            fields=data["fields_"],
            how=data["how"],
            change=change,
            by=actor_of(request),
            at=request.at,
        ),
    ):
        return go(request, _back(customer), _("已记下核实结果。"))
    return _form(request, customer, form, _("核实档案"), _("核实无误"), change=change)


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def learn(request: StaffRequest, number: str) -> HttpResponse:
    """Note that something on file is no longer right, and when it was learnt."""
    customer = selectors.customer_for(request.user, number)
    initial = {"learnt_at": request.at, "fields_": request.GET.getlist("field")}
    form = LearntForm(request.POST or None, choices=_choices(_rules(customer)), initial=initial)
    if request.method == "POST" and _done(
        form,
        lambda data: learn_change(
            customer=customer,
            fields=data["fields_"],
            learnt_at=data["learnt_at"],
            by=actor_of(request),
            at=request.at,
        ),
    ):
        return go(request, _back(customer), _("已记下，请尽快更新档案。"))
    return _form(request, customer, form, _("我得知有变化"), _("记下"))


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def collected(request: StaffRequest, number: str) -> HttpResponse:
    """Say when information was got outside the system that has been entered: how late that was is measured."""
    customer = selectors.customer_for(request.user, number)
    form = CollectedForm(request.POST or None, initial={"collected_at": request.at})
    if request.method == "POST" and _done(
        form,
        lambda data: note_information(
            customer=customer, collected_at=data["collected_at"], by=actor_of(request), at=request.at
        ),
    ):
        return go(request, _back(customer), _("已记下收集和录入的时间。"))
    return _form(request, customer, form, _("补录系统外收集的信息"), _("记下"))


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def enter(request: StaffRequest, number: str, change: str) -> HttpResponse:
    """Enter what is so now, for a change that was learnt."""
    customer = selectors.customer_for(request.user, number)
    learnt = _open_change(customer, change)
    rules = [r for r in _rules(customer) if r.key in learnt.fields and _is_entered_here(customer, r)]
    values = {rule.key: "" if rule.is_personal else _text(customer, rule) for rule in rules}
    form = ValuesForm(request.POST or None, rules=rules, values=values)
    if request.method == "POST" and _done(
        form,
        lambda data: enter_change(
            customer=customer,
            change=change,
            values={key: value for key, value in data.items() if value or not _is_masked(rules, key)},
            revision=int(rev) if (rev := request.POST.get("revision", "")).isdecimal() else None,
            by=actor_of(request),
            at=request.at,
        ),
    ):
        return go(request, _back(customer), _("档案已更新。"))
    return _form(
        request, customer, form, _("更新档案"), _("更新"), has_contacts=len(rules) < len(learnt.fields)
    )


@never_cache
@staff_page(Permission.CUSTOMER_EDIT)
def own_fields(request: StaffRequest, number: str) -> HttpResponse:
    """Fill in the company's own fields. A personal one that is left empty stays as it is."""
    customer = selectors.customer_for(request.user, number)
    rules = [rule for rule in _rules(customer) if not rule.is_standard]
    if not rules:
        raise NotFound(_("还没有公司自定义的字段。"))
    now = own_values([customer])[0]
    values = {rule.key: "" if rule.is_personal else now.get(rule.key, "") for rule in rules}
    form = ValuesForm(request.POST or None, rules=rules, values=values)
    if request.method == "POST" and _done(
        form,
        lambda data: set_extra(
            customer=customer,
            values={key: value for key, value in data.items() if value or not _is_masked(rules, key)},
            revision=int(rev) if (rev := request.POST.get("revision", "")).isdecimal() else None,
            by=actor_of(request),
            at=request.at,
        ),
    ):
        return go(request, _back(customer), _("已保存。"))
    return _form(request, customer, form, _("填写自定义字段"), _("保存"))


def _rules(customer: Customer) -> list[FieldRule]:
    return [rule for rule in field_rules() if rule.holds_for(customer.kind)]


def _choices(rules: list[FieldRule]) -> list[tuple[str, str]]:
    return [(rule.key, label_of(rule)) for rule in rules]


def _is_masked(rules: list[FieldRule], key: str) -> bool:
    return any(rule.key == key and rule.is_personal for rule in rules)


def _is_entered_here(customer: Customer, rule: FieldRule) -> bool:
    """Whether a field stands in the customer's own row, not in a contact."""
    of_person = customer.is_person and rule.key in {"name", "address"}
    return rule.key not in OF_CONTACTS and not of_person


def _text(customer: Customer, rule: FieldRule) -> str:
    if rule.key.startswith(PREFIX):
        return own_values([customer])[0].get(rule.key, "")
    # what may name people is typed anew rather than shown in a form
    found = "" if rule.key in file_cards.WRITTEN else getattr(customer, rule.key, "")
    return "" if found is None else str(found)


def _open_change(customer: Customer, change: str) -> LearntChange:
    row = customer.learnt_changes.filter(change=change, entered_at=None).first()
    if row is None:
        raise NotFound(_("没有这项变更，或已经更新过了。"))
    return row


def _done(form: forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Whether the act was done; else its faults stand beside their fields."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except KeyueError as error:
        show_faults(form, error)
        return False
    return True


def _back(customer: Customer) -> str:
    return f"{selectors.customer_card(customer.pk).url}?tab=file"


def _form(
    request: StaffRequest, customer: Customer, form: forms.Form, title: str, button: str, **more: Any
) -> HttpResponse:
    card = selectors.customer_card(customer.pk)
    context = {
        "form": form,
        "title": title,
        "button": button,
        "back": _back(customer),
        "revision": request.POST.get("revision") or customer.revision,
        **more,
    }
    template = "customers/_upkeep_form.html" if is_fragment(request) else "customers/upkeep_form.html"
    status = MISTAKEN if form.errors else 200
    return page(request, template, context, crumbs=crumbs_of(card, Crumb(title)), status=status)
