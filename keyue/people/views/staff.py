"""The staff list and accounts: opened, changed, unlocked, closed; staff from a spreadsheet."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from keyue.kernel.errors import Invalid, KeyueError
from keyue.people import actions, leaving, selectors
from keyue.people.access import forget
from keyue.people.enums import Permission
from keyue.people.forms import LeaveForm, NewStaffForm, SheetForm, StaffFilterForm, StaffForm, show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.people.sheets import LARGEST, read_rows
from keyue.people.views._page import back, posted, settings_page

A_PAGE = 50
PART = "people:staff"


@staff_page(Permission.STAFF_VIEW)
def staff_list(request: StaffRequest) -> HttpResponse:
    """Everybody, with search and filters; a fragment request gets the rows alone."""
    form = StaffFilterForm(request.GET or None)
    values = form.cleaned_data if form.is_valid() else {}
    department = values.get("department")
    state = values.get("state") or "active"
    staff = selectors.staff_for(
        request.user,
        text=values.get("q") or "",
        department=department.code if department else "",
        state=state,
    )
    context = {
        "form": form,
        "page": Paginator(staff, A_PAGE).get_page(request.GET.get("page")),
        "filtered": bool(values.get("q") or department or state != "active"),
        "may_manage": allows(request.user, Permission.STAFF_MANAGE),
        "vacant": selectors.vacant_administrators(),
    }
    fragment = request.htmx and not request.htmx.boosted
    return settings_page(request, "people/staff.html" + ("#rows" if fragment else ""), PART, context)


@never_cache
@staff_page(Permission.STAFF_MANAGE)
def new(request: StaffRequest) -> HttpResponse:
    """Open an account; its first password is shown once."""
    form = NewStaffForm(posted(request))
    if request.method == "POST" and form.is_valid():
        by, at = actor_of(request), request.at
        try:
            password = actions.random_password()
            user = actions.create_staff(**form.cleaned_data, password=password, by=by, at=at)
        except Invalid as error:
            show_faults(form, error)
        else:
            context = {"person": user, "password": password, "is_new": True}
            return settings_page(request, "people/password_issued.html", PART, context, here=user.name)
    status = 422 if form.errors else 200
    context = {"form": form}
    return settings_page(request, "people/staff_new.html", PART, context, here=_("新增人员"), status=status)


@never_cache
@staff_page(Permission.STAFF_VIEW)
def detail(request: StaffRequest, pk: int) -> HttpResponse:
    """One account: its fields, roles, posts and the state of its sign-in."""
    person = selectors.staff_detail(request.user, pk)
    names = [*StaffForm.base_fields]
    initial = {name: getattr(person, name) for name in names}
    form = StaffForm(posted(request), initial=initial | {"department": person.department})
    if request.method == "POST":
        check(request.user, Permission.STAFF_MANAGE)
        if form.is_valid():
            try:
                actions.change_staff(
                    user=person, changes=form.cleaned_data, by=actor_of(request), at=request.at
                )
            except Invalid as error:
                show_faults(form, error)
            else:
                return back(request, "people:person", pk, said=_("已保存"))
    context = {
        "form": form,
        "person": person,
        "grants": selectors.grants_of(person),
        "posts": person.posts.all(),
        "heads": person.heads.all(),
        "is_locked": person.is_locked(request.at),
        "has_code": selectors.has_second_factor(person),
        "may_manage": allows(request.user, Permission.STAFF_MANAGE),
        "may_unlock": allows(request.user, Permission.STAFF_UNLOCK),
        "may_secure": allows(request.user, Permission.SECURITY_MANAGE),
        "is_self": person.pk == request.user.pk,
    }
    status = 422 if form.errors else 200
    return settings_page(request, "people/person.html", PART, context, here=person.name, status=status)


@require_POST
@never_cache
@staff_page(Permission.STAFF_MANAGE)
def reset_password(request: StaffRequest, pk: int) -> HttpResponse:
    """A new password, shown once."""
    person = selectors.user_for(request.user, pk)
    password = actions.reset_password(user=person, by=actor_of(request), at=request.at)
    context = {"person": person, "password": password}
    return settings_page(request, "people/password_issued.html", PART, context, here=person.name)


@require_POST
@staff_page(Permission.STAFF_UNLOCK)
def unlock(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a locked person try again now."""
    person = selectors.user_for(request.user, pk)
    actions.unlock(user=person, by=actor_of(request), at=request.at)
    return back(request, "people:person", pk, said=_("已解锁"))


@require_POST
@staff_page(Permission.SECURITY_MANAGE)
def remove_code(request: StaffRequest, pk: int) -> HttpResponse:
    """Turn somebody's second factor off, when the phone and the recovery codes are lost."""
    person = selectors.user_for(request.user, pk)
    actions.remove_code(user=person, by=actor_of(request), at=request.at)
    return back(request, "people:person", pk, said=_("动态口令已停用"))


@require_POST
@staff_page(Permission.SECURITY_MANAGE, Permission.STAFF_MANAGE)
def end_sessions(request: StaffRequest, pk: int) -> HttpResponse:
    """Sign somebody out everywhere."""
    person = selectors.user_for(request.user, pk)
    keep = request.session.session_key if person.pk == request.user.pk else None
    actions.end_sessions(user=person, keep=keep, by=actor_of(request), at=request.at)
    return back(request, "people:person", pk, said=_("已退出其全部登录"))


@never_cache
@staff_page(Permission.STAFF_MANAGE)
def leave(request: StaffRequest, pk: int) -> HttpResponse:
    """Close the account of a leaver, with what must be handed over first."""
    person = selectors.user_for(request.user, pk)
    form = LeaveForm(posted(request), person=person, at=request.at)
    remainders: list[leaving.Remainder] = []
    if request.method == "POST" and form.is_valid():
        heir = form.cleaned_data["heir"]
        try:
            actions.deactivate(user=person, heir=heir, by=actor_of(request), at=request.at)
        except leaving.StillOpen as error:
            remainders = error.remainders
            show_faults(form, error)
        except KeyueError as error:
            show_faults(form, error)
        else:
            return back(request, "people:person", pk, said=_("账号已停用"))
    else:
        remainders = selectors.remainders_of(person, request.at)
    context = {"form": form, "person": person, "remainders": remainders}
    status = 409 if form.errors else 200
    return settings_page(request, "people/leave.html", PART, context, here=person.name, status=status)


@require_POST
@staff_page(Permission.STAFF_MANAGE)
def come_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Open a leaver's account again."""
    person = selectors.user_for(request.user, pk)
    actions.reactivate(user=person, by=actor_of(request), at=request.at)
    forget(person)
    return back(request, "people:person", pk, said=_("账号已重新启用，请重设密码并授予角色"))


@never_cache
@staff_page(Permission.STAFF_MANAGE)
def import_sheet(request: StaffRequest) -> HttpResponse:
    """Staff from a spreadsheet; rows that were not taken come back with their reasons."""
    form = SheetForm(posted(request), request.FILES if request.method == "POST" else None)
    result = None
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["sheet"]
        try:
            # one byte more than allowed is enough to refuse it
            rows = read_rows(upload.read(LARGEST + 1), upload.name)
            result = actions.import_staff(rows, by=actor_of(request), at=request.at)
        except Invalid as error:
            form.add_error("sheet", str(error))
    context = {"form": form, "result": result}
    status = 422 if form.errors else 200
    return settings_page(request, "people/import.html", PART, context, here=_("导入人员"), status=status)
