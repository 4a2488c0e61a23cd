"""May this person? `check` raises `Denied` with a sentence that says what is missing and whom to ask."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext as _

from keyue.kernel.errors import Denied
from keyue.people.access import access_of, holders_of_roles
from keyue.people.enums import PERMISSION_LABELS, Permission
from keyue.people.models import User
from keyue.people.roles import SecurityAdministrator, roles_with


def allows(user: User | AnonymousUser, permission: Permission) -> bool:
    """Whether `user` may; nobody signed in may nothing."""
    return isinstance(user, User) and permission in access_of(user).permissions


def allows_any(user: User | AnonymousUser, *permissions: Permission) -> bool:
    """Whether `user` may at least one of these."""
    return any(allows(user, p) for p in permissions)


def check(user: User | AnonymousUser, permission: Permission) -> None:
    """Pass, or raise `Denied`."""
    if not isinstance(user, User):
        raise Denied(_("请先登录。"), code="not_signed_in")
    if permission not in access_of(user).permissions:
        raise Denied(_sentence(user, permission))


def check_any(user: User | AnonymousUser, *permissions: Permission) -> None:
    """Pass if one of the permissions is there; otherwise the sentence speaks of the first."""
    if not allows_any(user, *permissions):
        check(user, permissions[0])


def _sentence(user: User, permission: Permission) -> str:
    what = PERMISSION_LABELS[permission]
    if access_of(user).token_scopes is not None:
        return _(
            "这个接口令牌没有「%(what)s」权限，或签发人本人没有。请换一个令牌，或请安全管理员授予角色。"
        ) % {"what": what}
    bearers = _("、").join(str(role.display_name) for role in roles_with(permission)) or "—"
    keepers = holders_of_roles(frozenset({SecurityAdministrator.code}))[SecurityAdministrator.code]
    names = _("、").join(keeper.name for keeper in keepers)
    keeper = (
        _("%(role)s（%(names)s）") % {"role": SecurityAdministrator.display_name, "names": names}
        if names
        else SecurityAdministrator.display_name
    )
    return _("您没有「%(what)s」权限。具备它的角色：%(roles)s。请向%(keeper)s申请。") % {
        "what": what,
        "roles": bearers,
        "keeper": keeper,
    }
