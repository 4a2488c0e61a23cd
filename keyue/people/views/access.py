"""Roles, delegations, everybody's API tokens, and the rules of signing in."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from keyue.kernel.errors import KeyueError
from keyue.people import actions, selectors
from keyue.people.enums import PERMISSION_LABELS, Permission
from keyue.people.forms import DelegationForm, GrantForm, PolicyForm, show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.permissions import allows, check
from keyue.people.views._page import back, posted, settings_page


@staff_page(Permission.STAFF_VIEW)
def roles(request: StaffRequest) -> HttpResponse:
    """Every role, what it may do, and who holds it; the grant of one."""
    form = GrantForm(posted(request), initial={"user": request.GET.get("user")})
    if request.method == "POST":
        check(request.user, Permission.ROLES_MANAGE)
        if form.is_valid():
            try:
                actions.grant_role(**form.cleaned_data, by=actor_of(request), at=request.at)
            except KeyueError as error:
                show_faults(form, error)
            else:
                return back(request, "people:roles", said=_("角色已授予"))
    context = {
        "form": form,
        "rows": selectors.role_rows(request.user),
        "labels": PERMISSION_LABELS,
        "joined": selectors.joined_administrators(),
        "vacant": selectors.vacant_administrators(),
        "may_manage": allows(request.user, Permission.ROLES_MANAGE),
    }
    return settings_page(
        request, "people/roles.html", "people:roles", context, status=422 if form.errors else 200
    )


@require_POST
@staff_page(Permission.ROLES_MANAGE)
def revoke_role(request: StaffRequest, pk: int, role: str) -> HttpResponse:
    """Take a role back."""
    person = selectors.user_for(request.user, pk)
    actions.revoke_role(user=person, role=role, by=actor_of(request), at=request.at)
    return back(request, "people:roles", said=_("角色已收回"))


@staff_page()
def delegations(request: StaffRequest) -> HttpResponse:
    """One's own delegations; who manages staff sees and makes everybody's."""
    for_others = allows(request.user, Permission.STAFF_MANAGE)
    form = DelegationForm(posted(request), for_others=for_others)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        giver = values.pop("giver", None) or request.user
        try:
            actions.delegate(giver=giver, **values, by=actor_of(request), at=request.at)
        except KeyueError as error:
            show_faults(form, error)
        else:
            return back(request, "people:delegations", said=_("委托已登记"))
    context = {
        "form": form,
        "rows": selectors.delegations_for(request.user, request.at),
        "for_others": for_others,
    }
    return settings_page(
        request, "people/delegations.html", "people:delegations", context, status=422 if form.errors else 200
    )


@require_POST
@staff_page()
def end_delegation(request: StaffRequest, pk: int) -> HttpResponse:
    """End a delegation early: whoever gave it, took it, or manages staff."""
    delegation = selectors.delegation_for(request.user, pk, request.at)
    actions.end_delegation(delegation=delegation, by=actor_of(request), at=request.at)
    return back(request, "people:delegations", said=_("委托已结束"))


@staff_page(Permission.TOKENS_MANAGE)
def tokens(request: StaffRequest) -> HttpResponse:
    """Everybody's API tokens."""
    context = {"tokens": selectors.tokens_for(request.user)}
    return settings_page(request, "people/tokens.html", "people:tokens", context)


@staff_page(Permission.SECURITY_MANAGE, Permission.AUDIT_READ)
def security(request: StaffRequest) -> HttpResponse:
    """The rules of signing in."""
    policy = selectors.security_policy()
    form = PolicyForm(posted(request), instance=policy)
    if request.method == "POST":
        check(request.user, Permission.SECURITY_MANAGE)
        if form.is_valid():
            try:
                actions.change_security_policy(changes=form.cleaned_data, by=actor_of(request), at=request.at)
            except KeyueError as error:
                show_faults(form, error)
            else:
                return back(request, "people:security", said=_("已保存，从下一次登录起生效"))
    context = {"form": form, "may_manage": allows(request.user, Permission.SECURITY_MANAGE)}
    return settings_page(
        request, "people/security.html", "people:security", context, status=422 if form.errors else 200
    )
