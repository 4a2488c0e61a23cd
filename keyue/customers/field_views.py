"""Setting the archive up: its fields, what is required, how it weighs, which stages are checked, contact intervals."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.customers import area, treatments
from keyue.customers.actions.checking import checked_stages
from keyue.customers.actions.fields import (
    CHANGEABLE,
    CHANGEABLE_OF_STANDARD,
    change_field,
    define_field,
    restore_field,
    retire_field,
    set_upkeep,
)
from keyue.customers.completing import field_rules
from keyue.customers.extras import PREFIX
from keyue.customers.upkeep_forms import FieldForm, UpkeepForm
from keyue.customers.upkeep_rules import LEAST, FieldRule
from keyue.customers.upkeep_words import label_of
from keyue.kernel.errors import KeyueError, NotFound
from keyue.people.enums import Permission
from keyue.people.forms import show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.ui.components import Crumb
from keyue.ui.pages import MISTAKEN, go, is_fragment, page


@never_cache
@staff_page(Permission.CUSTOMER_CONFIGURE)
def field_list(request: StaffRequest) -> HttpResponse:
    """All fields of the archive in their order, and how files are checked and customers contacted."""
    days = treatments.company_days()
    initial = {"stages": list(checked_stages()), **{f"days_{grade}": n for grade, n in days.items()}}
    form = UpkeepForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            set_upkeep(**form.given(), by=actor_of(request), at=request.at)
            return go(request, reverse("customers:fields"), _("已保存。"))
        except KeyueError as error:
            show_faults(form, error)
    context = {
        "area_tabs": area.tabs_for(request.user, "customers:fields"),
        "rules": [
            (rule, label_of(rule), rule.key.removeprefix(PREFIX), rule.key in LEAST) for rule in _every()
        ],
        "form": form,
        "is_graded": treatments.is_graded_elsewhere(),
    }
    status = MISTAKEN if form.errors else 200
    return page(request, "customers/fields.html", context, crumbs=_crumbs(), status=status)


def _every() -> list[FieldRule]:
    return sorted(field_rules(retired=True), key=lambda rule: rule.is_retired)


@never_cache
@staff_page(Permission.CUSTOMER_CONFIGURE)
def field_new(request: StaffRequest) -> HttpResponse:
    """Give the archive a further field."""
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = define_field(**form.given(), by=actor_of(request), at=request.at)
            return go(
                request, reverse("customers:fields"), _("已增加字段「%(label)s」。") % {"label": row.label}
            )
        except KeyueError as error:
            show_faults(form, error)
    return _form(request, form, _("增加字段"), _("增加"))


@never_cache
@staff_page(Permission.CUSTOMER_CONFIGURE)
def field_edit(request: StaffRequest, key: str) -> HttpResponse:
    """Change what the company says of a field."""
    rule = _rule(key)
    form = FieldForm(request.POST or None, initial=_initial(rule))
    may = set(CHANGEABLE_OF_STANDARD if rule.is_standard else CHANGEABLE)
    if rule.kind != "choice":
        may.discard("options")
    if rule.key in LEAST:
        may.discard("required")
    form.keep(*may)
    if request.method == "POST" and form.is_valid():
        try:
            change_field(key=key, changes=form.given(), by=actor_of(request), at=request.at)
            return go(request, reverse("customers:fields"), _("已保存，完整度会在下一次检查时全部重算。"))
        except KeyueError as error:
            show_faults(form, error)
    return _form(request, form, _("更改字段「%(label)s」") % {"label": label_of(rule)}, _("保存"))


@require_POST
@staff_page(Permission.CUSTOMER_CONFIGURE)
def field_retire(request: StaffRequest, key: str) -> HttpResponse:
    """Use a field no more, or use it again; what stands in it stays on file."""
    rule = _rule(key)
    act = restore_field if rule.is_retired else retire_field
    act(key=key, by=actor_of(request), at=request.at)
    said = _("「%(label)s」已恢复使用。") if rule.is_retired else _("「%(label)s」已停用，原有内容保留。")
    return go(request, reverse("customers:fields"), said % {"label": label_of(rule)})


def _rule(key: str) -> FieldRule:
    found = next((r for r in field_rules(retired=True) if r.key.removeprefix(PREFIX) == key), None)
    if found is None:
        raise NotFound(_("没有这个字段。"))
    return found


def _initial(rule: FieldRule) -> dict[str, object]:
    return {
        "label": rule.label,
        "options": "\n".join(rule.options),
        "for_organisations": rule.for_organisations,
        "for_persons": rule.for_persons,
        "required": rule.required,
        "weight": rule.weight,
        "order": rule.order,
    }


def _crumbs(*more: Crumb) -> list[Crumb]:
    here = Crumb(_("档案设置"), reverse("customers:fields") if more else "")
    return [Crumb(pgettext("列表", "客户"), reverse("customers:list")), here, *more]


def _form(request: StaffRequest, form: FieldForm, title: str, button: str) -> HttpResponse:
    context = {"form": form, "title": title, "button": button, "back": reverse("customers:fields")}
    template = "customers/_upkeep_form.html" if is_fragment(request) else "customers/upkeep_form.html"
    status = MISTAKEN if form.errors else 200
    return page(request, template, context, crumbs=_crumbs(Crumb(title)), status=status)
