"""Who is this? Passwords with lock-out, the second step, sessions that rotate, API tokens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.sessions.backends.base import SessionBase
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from keyue.kernel import clock
from keyue.kernel.errors import Invalid, KeyueError
from keyue.ledger.facts import Actor
from keyue.ledger.reading import columns_of, instance, width_of
from keyue.people import actions, rules, sessions
from keyue.people.actions.sign_in import unknown_lock
from keyue.people.actions.tokens import digest_of
from keyue.people.enums import SessionEnd
from keyue.people.http import address_of
from keyue.people.models import ApiToken, Department, SecurityPolicy, User
from keyue.people.selectors import (
    has_second_factor,
    is_administrator,
    security_policy,
    token_by_digest,
)

logger = logging.getLogger("keyue.people")
# who acts while nobody is signed in yet
DOOR = Actor("system", "sign-in")
BACKEND = "keyue.people.authentication.StaffBackend"

# one verification takes 19 MiB: however many people sign in at 9 o'clock, no more than two run at a time
_SLOTS = threading.BoundedSemaphore(2)


class ModestArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes, one lane (OWASP's first choice of small memory); two at a time a process."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _SLOTS:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _SLOTS:
            return super().verify(password, encoded)


class Outcome(Enum):
    """What an attempt to sign in led to."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Attempt:
    """The answer to a name and password, or to a code. `left` attempts remain after a wrong one."""

    outcome: Outcome
    user: User | None = None
    left: int = 0
    locked_until: datetime | None = None
    factor: str = ""


class StaffBackend(BaseBackend):
    """Signs staff in by sign-in name or e-mail; counts failures like the sign-in page."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **other: Any,
    ) -> User | None:
        if username is None or password is None:
            return None
        at = getattr(request, "at", None) or clock.now()
        address = address_of(request) if request else ""
        return attempt(username, password, at=at, address=address).user

    def get_user(self, user_id: int) -> User | None:
        return _user_with_department(user_id)


def _user_with_department(user_id: int) -> User | None:
    """Somebody of the staff, with their department; every request of who is signed in asks this. None for who has left."""
    sql = (
        f"SELECT {columns_of(User, 'person')}, {columns_of(Department, 'home')} "  # noqa: S608  names of our own
        "FROM people_user person LEFT JOIN people_department home ON home.id = person.department_id "
        "WHERE person.id = %s AND person.is_active"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [user_id])
        row = cursor.fetchone()
    if row is None:
        return None
    width = width_of(User)
    found = instance(User, row[:width])
    if found.department_id is not None:
        found.department = instance(Department, row[width:])
    return found


def _find(username: str) -> User | None:
    """By sign-in name, else by e-mail."""
    wanted = username.strip().lower()
    people = User.objects.filter(is_active=True)
    found = people.filter(username=wanted).first()
    return found or (people.filter(email=wanted).first() if "@" in wanted else None)


def attempt(username: str, password: str, *, at: datetime, address: str = "") -> Attempt:
    """Try a name and password. An unknown name takes as long, counts and locks like a known one."""
    policy = security_policy()
    username, password = username[:254], password[: rules.MAX_LENGTH + 1]
    user = _find(username)
    if user is None:
        return _unknown(username, password, policy, at)
    if user.is_locked(at):
        return _locked(user.locked_until, user)
    if not check_password(password, user.password, setter=_rehash(user, at)):
        failure = actions.record_failure(
            user=user, what="password", policy=policy, address=address, by=DOOR, at=at
        )
        return Attempt(Outcome.WRONG, None, failure.left, failure.locked_until)
    # wrong guesses sent at the same moment may have locked the account while this one was being verified
    user.refresh_from_db(fields=["locked_until"])
    if user.is_locked(at):
        return _locked(user.locked_until, user)
    return Attempt(Outcome.RIGHT, user)


def _rehash(user: User, at: datetime) -> Callable[[str], None]:
    return lambda raw: actions.rehash_password(user=user, password=raw, by=DOOR, at=at)


def person(user: User) -> Actor:
    """The person as the actor of a fact."""
    return Actor("staff", str(user.pk))


def phone_time(at: datetime) -> datetime:
    """The time on somebody's phone: the moved clock of test mode does not move phones."""
    return at - clock.offset()


def _unknown(username: str, password: str, policy: SecurityPolicy, at: datetime) -> Attempt:
    until = unknown_lock(username, at)
    if until:
        return _locked(until, None)
    make_password(password)
    failure = actions.record_unknown_failure(username=username, policy=policy, by=DOOR, at=at)
    return Attempt(Outcome.WRONG, None, failure.left, failure.locked_until)


def _locked(until: datetime | None, user: User | None) -> Attempt:
    logger.warning("sign-in refused, account %s is locked", user.pk if user else "unknown")
    return Attempt(Outcome.LOCKED, None, 0, until)


def attempt_code(user: User, code: str, *, at: datetime, address: str = "") -> Attempt:
    """Try the second step: six digits from the phone, or a recovery code. Failures count like wrong passwords."""
    if user.is_locked(at):
        return _locked(user.locked_until, user)
    factor = actions.use_code(user=user, code=code, phone_at=phone_time(at), by=person(user), at=at)
    if factor:
        return Attempt(Outcome.RIGHT, user, factor=factor)
    failure = actions.record_failure(
        user=user, what="code", policy=security_policy(), address=address, by=DOOR, at=at
    )
    return Attempt(Outcome.WRONG, None, failure.left, failure.locked_until)


# --- the two steps of the web ---


def needs_code(user: User) -> bool:
    """Whether the password alone is not enough."""
    return has_second_factor(user)


def hold_for_code(request: HttpRequest, user: User, at: datetime) -> None:
    """Remember in a fresh, still anonymous session that the password was right."""
    request.session.flush()
    request.session[sessions.PENDING] = {
        "user": user.pk,
        "at": at.isoformat(),
        "seal": user.get_session_auth_hash(),
    }


def held_user(request: HttpRequest, at: datetime) -> User | None:
    """Who gave a right password in this session within five minutes and has not changed it since."""
    held = request.session.get(sessions.PENDING)
    if not held:
        return None
    if at - datetime.fromisoformat(held["at"]) > timedelta(minutes=rules.PENDING_CODE_MINUTES):
        del request.session[sessions.PENDING]
        return None
    user = User.objects.filter(pk=held["user"], is_active=True).first()
    return user if user and user.get_session_auth_hash() == held["seal"] else None


def sign_in(request: HttpRequest, user: User, *, at: datetime, factors: list[str]) -> None:
    """Begin the session: new key, clocks, and what the middleware must know without asking the database again."""
    policy = security_policy()
    address = address_of(request)
    administrator = is_administrator(user)
    actions.record_sign_in(user=user, factors=factors, by=person(user), at=at, address=address)
    login(request, user, backend=BACKEND)
    session = request.session
    session.pop(sessions.PENDING, None)
    session[sessions.STARTED] = session[sessions.SEEN] = at.isoformat()
    session[sessions.IDLE_SECONDS] = policy.idle_minutes * 60
    session[sessions.ABSOLUTE_SECONDS] = policy.absolute_hours * 3600
    session[sessions.ADDRESS] = address
    session[sessions.AGENT] = request.headers.get("User-Agent", "")[:200]
    _remember_password_age(request, user, days=_password_days(policy, administrator))
    session[sessions.NEEDS_CODE] = (
        administrator and policy.administrators_need_code and factors == ["password"]
    )


def session_ending(session: Mapping[str, Any] | SessionBase, at: datetime) -> rules.Ending | None:
    """Why the session is over at this instant, if it is."""
    return rules.session_over(
        started=datetime.fromisoformat(session[sessions.STARTED]),
        seen=datetime.fromisoformat(session[sessions.SEEN]),
        now=at,
        idle=timedelta(seconds=session.get(sessions.IDLE_SECONDS, rules.IDLE_MINUTES * 60)),
        absolute=timedelta(seconds=session.get(sessions.ABSOLUTE_SECONDS, rules.ABSOLUTE_HOURS * 3600)),
    )


def is_still_signed_in(request: HttpRequest, at: datetime) -> bool:
    """For a connection that outlives its request (live updates): asks the database whether the session still holds."""
    key = request.session.session_key
    data = sessions.SessionStore(key).load() if key else {}
    return sessions.STARTED in data and "_auth_user_id" in data and session_ending(data, at) is None


def password_is_too_old(request: HttpRequest, at: datetime) -> bool:
    """Whether the password's days are over; known since sign-in without asking the database."""
    until = request.session.get(sessions.PASSWORD_UNTIL)
    return until is not None and datetime.fromisoformat(until) <= at


def _remember_password_age(request: HttpRequest, user: User, *, days: int) -> None:
    until = rules.password_until(user.password_changed_at, days=days)
    if until:
        request.session[sessions.PASSWORD_UNTIL] = until.isoformat()
    else:
        request.session.pop(sessions.PASSWORD_UNTIL, None)


class Locked(KeyueError):
    """The account has just been locked, and this session is over; views lead to the sign-in page."""

    status = 423
    code = "locked"


def confirm(request: HttpRequest, password: str, *, field: str) -> None:
    """The password once more. A wrong one counts like one at the door, and may lock the account."""
    user = request.user
    at: datetime = request.at  # type: ignore[attr-defined]
    if not isinstance(user, User) or check_password(password, user.password):
        return
    failure = actions.record_failure(
        user=user, what="password", policy=security_policy(), address=address_of(request), by=DOOR, at=at
    )
    if failure.locked_until:
        sign_out(request, at=at, reason="locked")
        raise Locked(SessionEnd.LOCKED.label)
    wrong = _("密码不对，还可尝试 %(left)s 次。") % {"left": failure.left}
    raise Invalid(wrong, fields={field: wrong})


def after_password_change(request: HttpRequest) -> None:
    """Keep this session, under a new key, for who has just changed the password."""
    user = request.user
    if isinstance(user, User):
        update_session_auth_hash(request, user)
        _remember_password_age(request, user, days=_password_days(security_policy(), is_administrator(user)))


def _password_days(policy: SecurityPolicy, administrator: bool) -> int:
    return policy.administrator_password_days if administrator else policy.staff_password_days


def sign_out(request: HttpRequest, *, at: datetime, reason: str = "own") -> None:
    """End the session; `reason` idle or absolute where a time-out ended it."""
    user = request.user
    if isinstance(user, User):
        actions.record_sign_out(user=user, by=person(user), at=at, reason=reason)
    logout(request)


# --- the API ---


def token_from(raw: str, at: datetime) -> ApiToken | None:
    """The token that `raw` is, if it works at this instant. Its `user` carries the limits of its scopes."""
    if not raw.startswith("ky_"):
        return None
    found = token_by_digest(digest_of(raw))
    if found is None or not found.user.is_active or (found.expires_at and found.expires_at <= at):
        return None
    user: Any = found.user
    user.token_scopes = frozenset(found.scopes)
    user.request_at = at
    if actions.is_to_touch(found, at):
        actions.touch_token(token=found, by=Actor("token", str(found.pk)), at=at)
    return found
