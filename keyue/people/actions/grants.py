"""Roles given and taken, with the separation of the three administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import rules
from keyue.people.access import forget
from keyue.people.actions._facts import note, person_behind
from keyue.people.actions.sign_in import _drop_sessions
from keyue.people.enums import Scope
from keyue.people.events import Event
from keyue.people.models import Department, RoleGrant, User
from keyue.people.roles import ADMINISTRATORS, ROLES
from keyue.people.selectors import is_last_administrator
from keyue.people.wording import SEPARATION_SENTENCES


@transaction.atomic
def grant_role(
    *,
    user: User,
    role: str,
    by: Actor,
    at: datetime,
    scope: Scope | str | None = None,
    departments: Sequence[Department] = (),
    joined: bool = False,
) -> RoleGrant:
    """Give a role, or change the scope of one already held. `joined` lets one person be 系统 and 安全 administrator."""
    kind = ROLES.get(role)
    if kind is None:
        raise Invalid(_("没有这个角色。"), fields={"role": _("请从列出的角色中选择。")})
    reach = Scope(scope) if scope else kind.default_scope
    if reach == Scope.CHOSEN and not departments:
        raise Invalid(
            _("请选择部门。"), fields={"departments": _("数据范围为「指定部门」时，至少选一个部门。")}
        )
    asked, user = user, _lock(user)
    if not user.is_active:
        raise Refused(_("%(name)s 已离职，不能授予角色。") % {"name": user.name})
    if person_behind(by) == user.pk:
        raise Refused(_("不能给自己授予角色，请另一位安全管理员操作。"))
    held = set(RoleGrant.objects.filter(user=user).values_list("role", flat=True))
    _check_separation(held, role, joined=joined)
    defaults = {"scope": reach, "granted_by_id": person_behind(by), "granted_at": at}
    grant, _new = RoleGrant.objects.update_or_create(user=user, role=role, defaults=defaults)
    grant.departments.set(departments if reach == Scope.CHOSEN else [])
    _tighten(user, role)
    codes = sorted(d.code for d in departments) if reach == Scope.CHOSEN else []
    data: dict[str, Any] = {"role": role, "scope": str(reach), "departments": codes}
    note(user, Event.USER_ROLE_GRANTED, data, by=by, at=at)
    if role in ADMINISTRATORS and (held & ADMINISTRATORS) - {role}:
        roles = sorted((held | {role}) & ADMINISTRATORS)
        note(user, Event.USER_ADMINISTRATORS_JOINED, {"roles": roles}, by=by, at=at)
    forget(asked)
    return grant


def _lock(user: User) -> User:
    return User.objects.select_for_update().get(pk=user.pk)


def _check_separation(held: set[str], role: str, *, joined: bool) -> None:
    fault = rules.separation_fault(held - {role}, role, joined=joined or role in held)
    if fault:
        raise Refused(SEPARATION_SENTENCES[fault], code=fault.value)


def _tighten(user: User, role: str) -> None:
    """Whoever becomes an administrator signs in anew, and with a password by the administrators' rule."""
    if role not in ADMINISTRATORS:
        return
    _drop_sessions(user)
    if not user.password_is_strong and not user.must_change_password:
        user.must_change_password = True
        user.save(update_fields=["must_change_password"])


@transaction.atomic
def revoke_role(*, user: User, role: str, by: Actor, at: datetime) -> None:
    """Take a role back. The last administrator of a kind keeps it until there is another."""
    asked, user = user, _lock(user)
    if person_behind(by) == user.pk:
        raise Refused(_("不能收回自己的角色，请另一位安全管理员操作。"))
    grant = RoleGrant.objects.filter(user=user, role=role).first()
    if grant is None:
        raise Refused(_("%(name)s 没有这个角色。") % {"name": user.name})
    if role in ADMINISTRATORS and is_last_administrator(user, role):
        raise Refused(
            _("%(name)s 是唯一的%(role)s，先授予另一个人再收回。")
            % {"name": user.name, "role": ROLES[role].display_name}
        )
    grant.delete()
    if role in ADMINISTRATORS:
        _drop_sessions(user)
    note(user, Event.USER_ROLE_REVOKED, {"role": role}, by=by, at=at)
    forget(asked)
