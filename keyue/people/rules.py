"""Decisions about people that need no database: passwords, separation of administrators, codes, time-outs."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

PERSON = "user:"
"""How the owner code of one person begins: what is owed by a customer's account manager is owed by `user:<id>`."""

# numbers of 等级保护 (GB/T 22239-2019) as spec/DOMAIN.md 2.2 ships them
MIN_LENGTH = 8
MIN_LENGTH_ADMINISTRATOR = 12
MAX_LENGTH = 128
MIN_KINDS = 3
HISTORY = 5
ADMINISTRATOR_PASSWORD_DAYS = 90
LOCK_AFTER = 5
LOCK_MINUTES = 30
IDLE_MINUTES = 30
ABSOLUTE_HOURS = 12
PENDING_CODE_MINUTES = 5

SYSTEM = "system_administrator"
SECURITY = "security_administrator"
AUDIT = "audit_administrator"
ADMINISTRATORS = frozenset({SYSTEM, SECURITY, AUDIT})

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


# --- passwords ---


class PasswordFault(StrEnum):
    """Why a password is not taken. The sentences are in `wording.py`."""

    TOO_SHORT = "too_short"
    TOO_SHORT_ADMINISTRATOR = "too_short_administrator"
    TOO_LONG = "too_long"
    TOO_FEW_KINDS = "too_few_kinds"
    SEQUENCE = "sequence"
    WEAK_WORD = "weak_word"
    LIKE_USERNAME = "like_username"
    LIKE_NAME = "like_name"
    LIKE_COMPANY = "like_company"
    USED_BEFORE = "used_before"


WEAK_WORDS = (
    "password",
    "passwd",
    "passw0rd",
    "admin",
    "root",
    "qwerty",
    "qazwsx",
    "1qaz2wsx",
    "asdf",
    "zxcv",
    "iloveyou",
    "woaini",
    "welcome",
    "letmein",
    "keyue",
    "kehu",
    "mima",
    "5201314",
    "1314520",
    "dragon",
    "monkey",
    "master",
    "login",
    "test1234",
    "changeme",
    "default",
)
SEQUENCES = (
    "0123456789",
    "9876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
)
LEET = str.maketrans({"@": "a", "0": "o", "1": "l", "$": "s", "3": "e", "5": "s", "!": "i", "7": "t"})


@dataclass(frozen=True, slots=True)
class PasswordContext:
    """What a password must not resemble. `name` and `company` are words or pinyin syllables."""

    is_administrator: bool = False
    username: str = ""
    name: tuple[str, ...] = ()
    company: tuple[str, ...] = ()
    was_used: Callable[[str], bool] = field(default=lambda password: False)


def password_faults(password: str, context: PasswordContext) -> list[PasswordFault]:
    """Every reason not to take `password`, cheapest first; the history, which costs hashing, only when all else holds."""
    least = MIN_LENGTH_ADMINISTRATOR if context.is_administrator else MIN_LENGTH
    faults = []
    if len(password) < least:
        short = PasswordFault.TOO_SHORT_ADMINISTRATOR if context.is_administrator else PasswordFault.TOO_SHORT
        faults.append(short)
    if len(password) > MAX_LENGTH:
        faults.append(PasswordFault.TOO_LONG)
    if kinds(password) < MIN_KINDS:
        faults.append(PasswordFault.TOO_FEW_KINDS)
    if _has_sequence(password):
        faults.append(PasswordFault.SEQUENCE)
    if _contains_any(password, WEAK_WORDS):
        faults.append(PasswordFault.WEAK_WORD)
    if _resembles(password, [context.username]):
        faults.append(PasswordFault.LIKE_USERNAME)
    if _resembles(password, spellings(context.name)):
        faults.append(PasswordFault.LIKE_NAME)
    if _resembles(password, spellings(context.company)):
        faults.append(PasswordFault.LIKE_COMPANY)
    if not faults and context.was_used(password):
        faults.append(PasswordFault.USED_BEFORE)
    return faults


def kinds(password: str) -> int:
    """How many of the four kinds occur: lower case, upper case, digits, anything else."""
    return sum(
        (
            any(c.islower() for c in password),
            any(c.isupper() for c in password),
            any(c.isdigit() for c in password),
            any(not (c.islower() or c.isupper() or c.isdigit()) for c in password),
        )
    )


def spellings(syllables: tuple[str, ...]) -> list[str]:
    """Ways people write a name in a password: linzhixia, zhixialin, linzhi, zhixia, lzx."""
    words = [s.lower() for s in syllables if s]
    initials = "".join(w[0] for w in words)
    return [
        "".join(words),
        "".join([*words[1:], *words[:1]]),
        "".join(words[:2]),
        "".join(words[1:]),
        initials,
    ]


def _has_sequence(password: str) -> bool:
    low = password.lower()
    if any(len(set(low[i : i + 4])) == 1 for i in range(len(low) - 3)):
        return True
    return any(low[i : i + 5] in run for run in SEQUENCES for i in range(len(low) - 4))


def _forms(password: str) -> tuple[str, str]:
    low = password.lower()
    return low, low.translate(LEET)


def _contains_any(password: str, words: Iterable[str]) -> bool:
    forms = _forms(password)
    return any(word in form for word in words for form in forms)


def _resembles(password: str, words: Iterable[str]) -> bool:
    """A word of four letters and more may not occur; a shorter one may not be all the letters there are."""
    forms = _forms(password)
    letters = "".join(c for c in forms[0] if c.isalpha())
    for word in words:
        if len(word) >= 4 and any(word in form for form in forms):
            return True
        if 2 <= len(word) < 4 and letters == word:
            return True
    return False


# --- the three administrators ---


class SeparationFault(StrEnum):
    """Why a person cannot hold an administrator role beside another. The sentences are in `wording.py`."""

    AUDIT_STANDS_ALONE = "audit_stands_alone"
    MUST_BE_JOINED = "must_be_joined"


def separation_fault(held: Collection[str], new: str, *, joined: bool = False) -> SeparationFault | None:
    """Whether role `new` may stand beside the roles held: 系统 and 安全 only when knowingly joined, 审计 never."""
    administrators = (set(held) | {new}) & ADMINISTRATORS
    if new not in ADMINISTRATORS or len(administrators) < 2:
        return None
    if AUDIT in administrators:
        return SeparationFault.AUDIT_STANDS_ALONE
    return None if joined else SeparationFault.MUST_BE_JOINED


# --- codes and the department tree ---


def is_code(text: str) -> bool:
    """Whether `text` can be the code of a department or post: what regulations write as an owner."""
    return bool(CODE.fullmatch(text))


def is_username(text: str) -> bool:
    """Whether `text` can be a sign-in name: lower case letters, digits, dot, dash, underscore; two and more."""
    return bool(USERNAME.fullmatch(text))


def path_under(parent_path: str, code: str) -> str:
    """The materialised path of a department: `company/service/`."""
    return f"{parent_path}{code}/"


def is_within(path: str, ancestor_path: str) -> bool:
    """Whether the department at `path` is the ancestor itself or below it."""
    return path.startswith(ancestor_path)


# --- sign-in ---


class Ending(StrEnum):
    """Why a session is over."""

    IDLE = "idle"
    ABSOLUTE = "absolute"


def session_over(
    *, started: datetime, seen: datetime, now: datetime, idle: timedelta, absolute: timedelta
) -> Ending | None:
    """Whether a session has been idle too long or has lasted too long."""
    if now - started >= absolute:
        return Ending.ABSOLUTE
    return Ending.IDLE if now - seen >= idle else None


def lock_until(failures: int, now: datetime, *, after: int, minutes: int) -> datetime | None:
    """Until when the account is locked once `failures` wrong attempts have been made."""
    return now + timedelta(minutes=minutes) if failures >= after else None


def password_until(changed: datetime | None, *, days: int) -> datetime | None:
    """The instant at which a password is too old; None = never."""
    return changed + timedelta(days=days) if changed and days else None
