"""Passwords: set, changed by their owner, reset by an administrator; the last five are remembered."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.contrib.auth.hashers import check_password, is_password_usable, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, Refused
from keyue.ledger.facts import Actor
from keyue.people import names, rules
from keyue.people.actions._facts import note
from keyue.people.actions.sign_in import _drop_sessions
from keyue.people.events import Event
from keyue.people.models import PasswordHistory, User
from keyue.people.rules import PasswordContext, password_faults
from keyue.people.selectors import company_name, is_administrator
from keyue.people.wording import PASSWORD_SENTENCES

# no letters that look alike: somebody reads it out or types it once
LOWER, UPPER, DIGITS, MARKS = "abcdefghjkmnpqrstwxyz", "ABCDEFGHJKMNPQRSTWXYZ", "23456789", "#%+=?"


@transaction.atomic
def change_password(
    *, user: User, old: str, new: str, by: Actor, at: datetime, keep_session: str | None = None
) -> None:
    """The owner's own change: the old password first, then a new one by the rules; other sessions end."""
    if not check_password(old, user.password):
        raise Invalid(_("原密码不对。"), fields={"old": _("原密码不对，请重新输入。")})
    checked_password(user, new, is_administrator=is_administrator(user))
    _store_password(user, new, at=at, must_change=False)
    _drop_sessions(user, keep=keep_session)
    note(user, Event.USER_PASSWORD_CHANGED, by=by, at=at)


@transaction.atomic
def set_password(*, user: User, password: str, by: Actor, at: datetime, must_change: bool = True) -> None:
    """Give `user` this password, by the rules; for the command line and the first run."""
    checked_password(user, password, is_administrator=is_administrator(user))
    _store_password(user, password, at=at, must_change=must_change)
    _drop_sessions(user)
    note(user, Event.USER_PASSWORD_RESET, {"must_change": must_change}, by=by, at=at)


@transaction.atomic
def reset_password(*, user: User, by: Actor, at: datetime) -> str:
    """A new random password, returned once and to be changed at the next sign-in; unlocks the account."""
    if not user.is_active:
        raise Refused(_("%(name)s 已离职，不能重设密码。") % {"name": user.name})
    password = random_password()
    _store_password(user, password, at=at, must_change=True)
    _drop_sessions(user)
    note(user, Event.USER_PASSWORD_RESET, {"must_change": True}, by=by, at=at)
    return password


def random_password() -> str:
    """Sixteen characters of all four kinds that break no rule."""
    pool = LOWER + UPPER + DIGITS + MARKS
    while True:
        start = [secrets.choice(kind) for kind in (UPPER, LOWER, DIGITS, MARKS)]
        password = "".join(start + [secrets.choice(pool) for _ in range(12)])
        if not password_faults(password, PasswordContext(is_administrator=True)):
            return password


def checked_password(user: User, password: str, *, is_administrator: bool) -> None:
    """Pass, or raise Invalid with every reason not to take this password."""
    faults = password_faults(password, _context(user, is_administrator=is_administrator))
    if faults:
        sentence = " ".join(str(PASSWORD_SENTENCES[fault]) for fault in faults)
        raise Invalid(_("这个密码不符合要求。"), fields={"password": sentence}, code="weak_password")


def _context(user: User, *, is_administrator: bool) -> PasswordContext:
    company = company_name()
    return PasswordContext(
        is_administrator=is_administrator,
        username=user.username,
        name=names.syllables(user.name_pinyin),
        company=names.company_words(company) if company else (),
        was_used=lambda password: _was_used(user, password),
    )


def _was_used(user: User, password: str) -> bool:
    old = PasswordHistory.objects.filter(user=user).values_list("password", flat=True)
    return any(check_password(password, hashed) for hashed in old[: rules.HISTORY])


def _store_password(user: User, password: str, *, at: datetime, must_change: bool) -> None:
    """Write the hash and the history. Part of other actions: it records no fact of its own."""
    hashed = make_password(password)
    user.password = hashed
    user.password_changed_at = at
    user.must_change_password = must_change
    user.password_is_strong = not password_faults(password, PasswordContext(is_administrator=True))
    user.failed_sign_ins, user.locked_until = 0, None
    fields = ["password", "password_changed_at", "must_change_password", "password_is_strong"]
    user.save(update_fields=[*fields, "failed_sign_ins", "locked_until"])
    PasswordHistory.objects.create(user=user, password=hashed, at=at)
    keep = PasswordHistory.objects.filter(user=user).values_list("pk", flat=True)[: rules.HISTORY]
    PasswordHistory.objects.filter(user=user).exclude(pk__in=list(keep)).delete()


@transaction.atomic
def rehash_password(*, user: User, password: str, by: Actor, at: datetime) -> None:
    """Hash the same password again with the present parameters; nothing about the person changes, so no fact."""
    if is_password_usable(user.password):
        User.objects.filter(pk=user.pk, password=user.password).update(password=make_password(password))
