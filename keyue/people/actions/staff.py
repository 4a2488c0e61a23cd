"""Accounts: created, changed, closed when somebody leaves, opened again; and what people set for themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import leaving, names, rules, selectors
from keyue.people.actions._facts import note, person_behind
from keyue.people.actions.credentials import _store_password, checked_password
from keyue.people.actions.sign_in import _drop_sessions
from keyue.people.enums import PERMISSION_LABELS, Density, Language, Permission, Theme
from keyue.people.events import Event
from keyue.people.models import ApiToken, Delegation, Department, RoleGrant, User
from keyue.people.permissions import allows

PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,30}")
CHANGEABLE = ("name", "email", "phone", "department", "title")
PREFERENCES = ("language", "theme", "density", "nav_rail", "single_keys", "notify_by_mail")


@transaction.atomic
def create_staff(
    *,
    username: str,
    name: str,
    by: Actor,
    at: datetime,
    email: str = "",
    phone: str = "",
    department: Department | None = None,
    title: str = "",
    password: str | None = None,
    must_change_password: bool = True,
    for_administrator: bool = False,
) -> User:
    """Open an account. Without `password` nobody can sign in to it until one is set or reset."""
    fields = _clean({"name": name, "email": email, "phone": phone, "title": title}, username=username)
    user = User(username=fields.pop("username"), joined_at=at, department=department, **fields)
    _spell(user)
    user.set_unusable_password()
    user.save()
    if password is not None:
        checked_password(user, password, is_administrator=for_administrator)
        _store_password(user, password, at=at, must_change=must_change_password)
    data = {"department": department.code if department else None, "password": password is not None}
    note(user, Event.USER_CREATED, data, by=by, at=at)
    return user


def _spell(user: User) -> None:
    user.name_pinyin = names.pinyin_of(user.name)
    user.name_key = names.search_key(user.name_pinyin)


@transaction.atomic
def change_staff(*, user: User, changes: Mapping[str, Any], by: Actor, at: datetime) -> User:
    """Change name, email, phone, department or title. The fact names the fields, not what is in them."""
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise ValueError(f"not changeable here: {sorted(unknown)}")
    texts = {k: v for k, v in changes.items() if k != "department"}
    cleaned: dict[str, Any] = _clean(texts, user=user)
    if "department" in changes:
        cleaned["department"] = changes["department"]
    changed = sorted(k for k, v in cleaned.items() if getattr(user, k) != v)
    if not changed:
        return user
    for key in changed:
        setattr(user, key, cleaned[key])
    if "name" in changed:
        _spell(user)
    user.save(update_fields=[*changed, "name_pinyin", "name_key"])
    data: dict[str, Any] = {"fields": changed}
    if "department" in changed:
        data["department"] = user.department.code if user.department else None
    note(user, Event.USER_CHANGED, data, by=by, at=at)
    return user


def _clean(
    values: Mapping[str, str], *, user: User | None = None, username: str | None = None
) -> dict[str, str]:
    """Texts without blanks around them; Invalid with a sentence for each field at fault."""
    cleaned = {key: " ".join(str(value).split()) for key, value in values.items()}
    faults: dict[str, object] = {}
    if username is not None:
        cleaned["username"] = username.strip().lower()
        if not rules.is_username(cleaned["username"]):
            faults["username"] = _("工号用小写字母、数字、点、横线或下划线，2 至 64 个字符，如 lin.zhixia。")
        elif User.objects.filter(username=cleaned["username"]).exists():
            faults["username"] = _("工号「%(name)s」已经有人使用。") % {"name": cleaned["username"]}
    if "name" in cleaned and not 1 <= len(cleaned["name"]) <= 60:
        faults["name"] = _("请填写姓名，最多 60 个字。")
    if len(cleaned.get("title", "")) > 60:
        faults["title"] = _("职务最多 60 个字。")
    if cleaned.get("phone") and not PHONE.fullmatch(cleaned["phone"]):
        faults["phone"] = _("手机号只能含数字、空格、横线与开头的加号。")
    if cleaned.get("email"):
        cleaned["email"] = cleaned["email"].lower()
        fault = _email_fault(cleaned["email"], user)
        if fault:
            faults["email"] = fault
    if faults:
        raise Invalid(_("有几项填写不正确，请按提示修改。"), fields=faults)
    return cleaned


def _email_fault(email: str, user: User | None) -> str | None:
    try:
        validate_email(email)
    except ValidationError:
        return _("邮箱的格式不对。")
    others = User.objects.filter(email__iexact=email)
    if user is not None:
        others = others.exclude(pk=user.pk)
    return _("这个邮箱已经属于另一个账号。") if others.exists() else None


@transaction.atomic
def deactivate(*, user: User, by: Actor, at: datetime, heir: User | None = None) -> User:
    """Close the account of somebody who leaves. What is still with them must go to `heir`, or the account stays open.

    Promises and the like are asked for through `leaving`; departments led, posts held alone and administrator
    roles are this room's own. Raises `leaving.StillOpen` with what is left.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise Refused(_("%(name)s 的账号已经停用。") % {"name": user.name})
    if person_behind(by) == user.pk:
        raise Refused(_("不能停用自己的账号，请另一位系统管理员操作。"))
    if heir is not None:
        _hand_over(user, heir, by, at)
    remainders = selectors.remainders_of(user, at)
    if remainders:
        raise leaving.StillOpen(
            _("%(name)s 还有未交接的工作，账号暂不能停用。请指定接手人，或先逐项转交。")
            % {"name": user.name},
            remainders,
        )
    posts = sorted(user.posts.values_list("code", flat=True))
    user.posts.clear()
    roles = sorted(RoleGrant.objects.filter(user=user).values_list("role", flat=True))
    RoleGrant.objects.filter(user=user).delete()
    ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    Delegation.objects.filter(giver=user, ended_at=None, until__gt=at).update(ended_at=at)
    Delegation.objects.filter(taker=user, ended_at=None, until__gt=at).update(ended_at=at)
    user.is_active, user.left_at = False, at
    user.save(update_fields=["is_active", "left_at"])
    _drop_sessions(user)
    data = {"heir": str(heir.pk) if heir else None, "posts": posts, "roles": roles}
    note(user, Event.USER_LEFT, data, by=by, at=at)
    return user


def _hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    if heir.pk == leaver.pk or not heir.is_active:
        raise Invalid(_("请选一位在职的同事接手。"), fields={"heir": _("接手人必须在职，且不是本人。")})
    lacks = next((p for p in Permission if p in leaving.needed(leaver, at) and not allows(heir, p)), None)
    if lacks is not None:
        sentence = _("%(name)s 没有「%(what)s」权限，办不了要交接的工作。请另选接手人，或先授予角色。") % {
            "name": heir.name,
            "what": PERMISSION_LABELS[lacks],
        }
        raise Invalid(sentence, fields={"heir": sentence})
    leaving.hand_over(leaver, heir, by, at)
    for department in Department.objects.filter(head=leaver, closed_at=None):
        department.head = heir
        department.save(update_fields=["head"])
        data = {"head": str(heir.pk), "before": str(leaver.pk)}
        note(department, Event.DEPARTMENT_HEAD_SET, data, by=by, at=at)
    for post in leaver.posts.all():
        post.holders.add(heir)
        post.holders.remove(leaver)
        holders = sorted(str(pk) for pk in post.holders.values_list("pk", flat=True))
        note(post, Event.POST_HOLDERS_SET, {"holders": holders, "removed": [str(leaver.pk)]}, by=by, at=at)


@transaction.atomic
def reactivate(*, user: User, by: Actor, at: datetime) -> User:
    """Open the account of somebody who came back: no roles, no posts, and a password that must be reset first."""
    if user.is_active:
        raise Refused(_("%(name)s 的账号本来就在用。") % {"name": user.name})
    user.is_active, user.left_at, user.locked_until, user.failed_sign_ins = True, None, None, 0
    user.must_change_password = True
    user.set_unusable_password()
    user.save()
    note(user, Event.USER_RETURNED, by=by, at=at)
    return user


@transaction.atomic
def change_preferences(*, user: User, changes: Mapping[str, Any], by: Actor, at: datetime) -> User:
    """What people set for themselves: language, theme, density, side bar, single keys, mail notices."""
    allowed = {"language": Language.values, "theme": Theme.values, "density": Density.values}
    for key, value in changes.items():
        if key not in PREFERENCES or (key in allowed and value not in allowed[key]):
            raise Invalid(_("没有这个选项。"), fields={key: _("请从列出的选项中选择。")})
    changed = sorted(key for key, value in changes.items() if getattr(user, key) != value)
    if not changed:
        return user
    for key in changed:
        setattr(user, key, changes[key])
    user.save(update_fields=changed)
    note(user, Event.USER_CHANGED, {"fields": changed}, by=by, at=at)
    return user
