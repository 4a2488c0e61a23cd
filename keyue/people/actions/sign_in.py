"""The counters and the trail of signing in: failures, locks, sessions, signing out."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from keyue.kernel.errors import Refused
from keyue.ledger.facts import Actor
from keyue.people import rules
from keyue.people.actions._facts import note
from keyue.people.events import Event
from keyue.people.models import SecurityPolicy, StaffSession, UnknownSignIn, User
from keyue.people.selectors import is_administrator

logger = logging.getLogger("keyue.people")
UNKNOWN_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Failure:
    """What a wrong password leads to: attempts left before the lock, or the lock itself."""

    left: int
    locked_until: datetime | None


@transaction.atomic
def record_failure(
    *, user: User, what: str, policy: SecurityPolicy, by: Actor, at: datetime, address: str = ""
) -> Failure:
    """Count a wrong password or code (`what`); the one that reaches the limit locks the account."""
    fresh = User.objects.select_for_update().get(pk=user.pk)
    failures = 1 if fresh.locked_until and fresh.locked_until <= at else fresh.failed_sign_ins + 1
    until = rules.lock_until(failures, at, after=policy.lock_after, minutes=policy.lock_minutes)
    fresh.failed_sign_ins, fresh.locked_until = failures, until
    fresh.save(update_fields=["failed_sign_ins", "locked_until"])
    user.failed_sign_ins, user.locked_until = failures, until
    note(
        fresh, Event.USER_SIGN_IN_FAILED, {"what": what, "failures": failures}, by=by, at=at, address=address
    )
    if until:
        minutes = policy.lock_minutes
        note(fresh, Event.USER_LOCKED, {"failures": failures, "minutes": minutes}, by=by, at=at)
        logger.warning("account %s locked for %s minutes after %s failures", fresh.pk, minutes, failures)
    return Failure(max(0, policy.lock_after - failures), until)


@transaction.atomic
def record_unknown_failure(*, username: str, policy: SecurityPolicy, by: Actor, at: datetime) -> Failure:
    """Count under a name that nobody has exactly as under a real one. There is no subject for a fact: a log line."""
    digest = hashlib.sha256(username.strip().lower().encode("utf-8", "replace")).hexdigest()
    row = UnknownSignIn.objects.select_for_update().filter(pk=digest).first()
    row = row or UnknownSignIn(pk=digest)
    expired = row.locked_until is not None and row.locked_until <= at
    row.failures = 1 if expired else min(row.failures + 1, 1000)
    row.locked_until = rules.lock_until(
        row.failures, at, after=policy.lock_after, minutes=policy.lock_minutes
    )
    row.last_at = at
    row.save()
    logger.info("%s: sign-in under an unknown name, failure %s", by.id, row.failures)
    return Failure(max(0, policy.lock_after - row.failures), row.locked_until)


def unknown_lock(username: str, at: datetime) -> datetime | None:
    """Until when a name that nobody has is locked."""
    digest = hashlib.sha256(username.strip().lower().encode("utf-8", "replace")).hexdigest()
    row = UnknownSignIn.objects.filter(pk=digest, locked_until__gt=at).first()
    return row.locked_until if row else None


@transaction.atomic
def record_sign_in(*, user: User, factors: list[str], by: Actor, at: datetime, address: str = "") -> None:
    """A person is in: counters back to zero; an administrator's other sessions end."""
    user.failed_sign_ins, user.locked_until, user.last_sign_in_at = 0, None, at
    user.save(update_fields=["failed_sign_ins", "locked_until", "last_sign_in_at"])
    ended = _drop_sessions(user) if is_administrator(user) else 0
    data = {"factors": factors, "ended_sessions": ended}
    note(user, Event.USER_SIGNED_IN, data, by=by, at=at, address=address)


@transaction.atomic
def record_sign_out(*, user: User, by: Actor, at: datetime, reason: str = "own") -> None:
    """A person went, or a time-out ended the session (`reason` idle or absolute)."""
    note(user, Event.USER_SIGNED_OUT, {"reason": reason}, by=by, at=at)


@transaction.atomic
def unlock(*, user: User, by: Actor, at: datetime) -> None:
    """Let a locked person try again now."""
    if not user.is_locked(at):
        raise Refused(_("%(name)s 的账号没有被锁定。") % {"name": user.name})
    user.failed_sign_ins, user.locked_until = 0, None
    user.save(update_fields=["failed_sign_ins", "locked_until"])
    note(user, Event.USER_UNLOCKED, by=by, at=at)


@transaction.atomic
def end_session(*, session: StaffSession, by: Actor, at: datetime) -> None:
    """End one session of somebody's."""
    user = session.user
    session.delete()
    if user is not None:
        note(user, Event.USER_SESSION_ENDED, {"sessions": 1}, by=by, at=at)


@transaction.atomic
def end_sessions(*, user: User, by: Actor, at: datetime, keep: str | None = None) -> int:
    """End all sessions of `user` but the one whose key is `keep`."""
    ended = _drop_sessions(user, keep=keep)
    if ended:
        note(user, Event.USER_SESSION_ENDED, {"sessions": ended}, by=by, at=at)
    return ended


def _drop_sessions(user: User, keep: str | None = None) -> int:
    """Delete session rows; part of other actions, which record why."""
    rows = StaffSession.objects.filter(user=user)
    if keep:
        rows = rows.exclude(session_key=keep)
    return rows.delete()[0]


@transaction.atomic
def tidy(*, by: Actor, at: datetime) -> int:
    """Remove sessions that are over and old counts under unknown names: left-over data, no fact."""
    gone = StaffSession.objects.filter(expire_date__lt=at).delete()[0]
    gone += UnknownSignIn.objects.filter(last_at__lt=at - UNKNOWN_KEPT).delete()[0]
    logger.info("%s removed %s left-over rows", by.id, gone)
    return gone
