"""Departments as a tree, and posts with the people behind them."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keyue.kernel.errors import Invalid
from keyue.people import actions, names, selectors
from keyue.people.enums import Permission
from keyue.people.forms import DepartmentForm, NewDepartmentForm, NewPostForm, PostForm, show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.people.views._page import back, posted, settings_page


@staff_page(Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE)
def departments(request: StaffRequest) -> HttpResponse:
    """The tree from the company down."""
    context = {
        "rows": selectors.department_rows(),
        "may_manage": allows(request.user, Permission.ORGANISATION_MANAGE),
    }
    return settings_page(request, "people/departments.html", "people:departments", context)


@staff_page(Permission.ORGANISATION_MANAGE)
def new_department(request: StaffRequest) -> HttpResponse:
    """A new department; its code is made of its name where none is given."""
    form = NewDepartmentForm(posted(request), initial={"parent": request.GET.get("under")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        code = values.pop("code") or names.code_from(values["name"])
        try:
            actions.create_department(code=code, **values, by=actor_of(request), at=request.at)
        except Invalid as error:
            show_faults(form, error)
        else:
            return back(request, "people:departments", said=_("部门已建立"))
    status = 422 if form.errors else 200
    context = {"form": form, "title": _("新建部门")}
    return settings_page(
        request, "people/department.html", "people:departments", context, here=_("新建部门"), status=status
    )


@staff_page(Permission.ORGANISATION_MANAGE)
def department(request: StaffRequest, code: str) -> HttpResponse:
    """Rename, move, and say who leads a department."""
    found = selectors.find_department(code)
    initial = {"name": found.name, "parent": found.parent, "head": found.head}
    form = DepartmentForm(posted(request), initial=initial)
    if found.parent_id is None:
        del form.fields["parent"]
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_department(
                department=found,
                name=form.cleaned_data["name"],
                parent=form.cleaned_data.get("parent"),
                head=form.cleaned_data["head"],
                by=actor_of(request),
                at=request.at,
            )
        except Invalid as error:
            show_faults(form, error)
        else:
            return back(request, "people:departments", said=_("已保存"))
    context = {"form": form, "department": found, "title": found.name}
    status = 422 if form.errors else 200
    return settings_page(
        request, "people/department.html", "people:departments", context, here=found.name, status=status
    )


@require_POST
@staff_page(Permission.ORGANISATION_MANAGE)
def close_department(request: StaffRequest, code: str) -> HttpResponse:
    """Dissolve an empty department."""
    found = selectors.find_department(code)
    actions.close_department(department=found, by=actor_of(request), at=request.at)
    return back(request, "people:departments", said=_("部门已撤销"))


@staff_page(Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE, Permission.REGULATION_EDIT)
def posts(request: StaffRequest) -> HttpResponse:
    """Every post and every role that a regulation names, who stands behind it, and which stand empty."""
    rows = selectors.post_rows(request.at)
    context = {
        "rows": rows,
        "empty": [row for row in rows if row.is_empty],
        "may_manage": allows(request.user, Permission.ORGANISATION_MANAGE),
    }
    return settings_page(request, "people/posts.html", "people:posts", context)


@staff_page(Permission.ORGANISATION_MANAGE)
def new_post(request: StaffRequest) -> HttpResponse:
    """A new post; `?code=` comes from a role that a regulation names and nobody has set up."""
    form = NewPostForm(posted(request), initial={"code": request.GET.get("code", "")})
    if request.method == "POST" and form.is_valid():
        try:
            actions.create_post(**form.cleaned_data, by=actor_of(request), at=request.at)
        except Invalid as error:
            show_faults(form, error)
        else:
            return back(request, "people:posts", said=_("岗位已建立"))
    status = 422 if form.errors else 200
    context = {"form": form, "title": _("新建岗位")}
    return settings_page(
        request, "people/post.html", "people:posts", context, here=_("新建岗位"), status=status
    )


@staff_page(Permission.STAFF_VIEW, Permission.ORGANISATION_MANAGE)
def post(request: StaffRequest, code: str) -> HttpResponse:
    """A post, who holds it, and whom an overdue promise of it reaches next."""
    found = selectors.find_post(code)
    initial = {
        "name": found.name,
        "department": found.department,
        "reports_to": found.reports_to,
        "holders": found.holders.all(),
    }
    form = PostForm(posted(request), initial=initial)
    if request.method == "POST":
        check(request.user, Permission.ORGANISATION_MANAGE)
        if form.is_valid():
            try:
                actions.change_post(post=found, **form.cleaned_data, by=actor_of(request), at=request.at)
            except Invalid as error:
                show_faults(form, error)
            else:
                return back(request, "people:posts", said=_("已保存"))
    context = {
        "form": form,
        "post": found,
        "title": found.name,
        "ladder": selectors.ladder_of(code),
        "may_manage": allows(request.user, Permission.ORGANISATION_MANAGE),
    }
    status = 422 if form.errors else 200
    return settings_page(request, "people/post.html", "people:posts", context, here=found.name, status=status)


@require_POST
@staff_page(Permission.ORGANISATION_MANAGE)
def remove_post(request: StaffRequest, code: str) -> HttpResponse:
    """Remove a post that nobody holds."""
    actions.remove_post(post=selectors.find_post(code), by=actor_of(request), at=request.at)
    return back(request, "people:posts", said=_("岗位已删除"))
