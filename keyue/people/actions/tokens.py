"""API tokens: issued once in the clear, kept as a digest, revoked for good."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people.actions._facts import note, person_behind
from keyue.people.enums import ADMINISTRATION, Permission
from keyue.people.events import Event
from keyue.people.models import ApiToken, User

PREFIX = "ky_"
START = 9
USED_EVERY = timedelta(minutes=1)
GRANTABLE = frozenset(p.value for p in Permission if p not in ADMINISTRATION)
"""What a token may do where nothing is said: the work of the day. What administrators do has to be named."""
EVERY = frozenset(p.value for p in Permission)
ADMINISTERS = timedelta(days=90)
"""For how long a token that administers works at most: nobody types a second factor into a program."""


def digest_of(raw: str) -> str:
    """What is kept of a token. It has 256 random bits, so a fast hash is enough."""
    return hashlib.sha256(raw.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def issue_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[str],
    by: Actor,
    at: datetime,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new token for `user`, limited to `scopes` (permission codes); the text is returned this once."""
    name = " ".join(name.split())
    wanted = sorted(set(scopes))
    faults: dict[str, object] = {}
    if not 1 <= len(name) <= 80:
        faults["name"] = _("请给令牌起个名字，最多 80 个字。")
    if not wanted or not set(wanted) <= EVERY:
        faults["scopes"] = _("请至少选一项权限。")
    if expires_at is not None and expires_at <= at:
        faults["expires_at"] = _("到期时间要晚于现在。")
    elif not set(wanted) <= GRANTABLE and (
        # the last day counts to its end
        expires_at is None or expires_at > at + ADMINISTERS + timedelta(days=1)
    ):
        faults["expires_at"] = _("含管理权限的令牌要写到期日，最长 %(days)d 天。") % {
            "days": ADMINISTERS.days
        }
    if faults:
        raise Invalid(_("有几项填写不正确，请按提示修改。"), fields=faults)
    if not user.is_active:
        raise Refused(_("%(name)s 已离职，不能签发令牌。") % {"name": user.name})
    raw = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        user=user,
        start=raw[:START],
        digest=digest_of(raw),
        scopes=wanted,
        created_at=at,
        created_by_id=person_behind(by),
        expires_at=expires_at,
    )
    data = {"token": token.pk, "scopes": wanted, "expires": expires_at.isoformat() if expires_at else None}
    note(user, Event.USER_TOKEN_ISSUED, data, by=by, at=at)
    return token, raw


@transaction.atomic
def revoke_token(*, token: ApiToken, by: Actor, at: datetime) -> None:
    """Let a token work no more."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at):
        raise Refused(_("这个令牌已经作废。"))
    note(token.user, Event.USER_TOKEN_REVOKED, {"token": token.pk}, by=by, at=at)


def is_to_touch(token: ApiToken, at: datetime) -> bool:
    """Whether its last use is to be noted: asked before a transaction is begun, which every request would wait for."""
    return token.last_used_at is None or at - token.last_used_at >= USED_EVERY


@transaction.atomic
def touch_token(*, token: ApiToken, by: Actor, at: datetime) -> None:
    """Note when a token was last used, once a minute at most; each act it does has its own fact."""
    if is_to_touch(token, at):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
