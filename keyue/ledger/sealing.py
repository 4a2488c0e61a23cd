"""Personal values, sealed under a key of their owner's own, so that destroying one key erases one owner.

A sealed text is `k1.` and the URL-safe base64 of nonce (12 bytes), ciphertext and tag: AES-256-GCM, with owner and
context as associated data, so that a value moved to another owner or field does not open. `context` names model and
field ("customers.Contact.phone") and never changes. The empty text is sealed as the empty text.

An owner's key lies in `SealKey`, encrypted by the master key. Every call reads its owners' rows, one query for the whole
batch, and nothing is remembered by owner longer than one page is drawn (`kernel.once`): a key destroyed by any process is
destroyed for the next call of every process. What is remembered is how a wrapped key unwraps, of no use to anybody who cannot get the row.
`actions.destroy_key` destroys.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from hmac import digest as hmac_digest

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from keyue.kernel import clock
from keyue.kernel.errors import KeyueError, Refused
from keyue.kernel.once import recalled

from . import keys
from .facts import Subject, canonical
from .insertion import insert_new
from .models import Fact, SealKey

VERSION = "k1."
NONCE = 12
AT_A_TIME = 500
"""Owners a query asks for at most."""


class SealBroken(KeyueError):
    """A sealed value that does not open although its key is there: it was altered, or the keys are not its own."""

    status = 500
    code = "seal_broken"


@dataclass(frozen=True, slots=True)
class OwnerKey:
    """One owner's key, good for this transaction; `cipher` is None where it was destroyed."""

    owner: Subject
    cipher: AESGCM | None

    def seal(self, text: str, context: str) -> str:
        """Raises Refused where the key was destroyed."""
        if not text:
            return ""
        if self.cipher is None:
            raise Refused(_("该客户的个人信息已按要求删除，不能再写入。"), code="key_destroyed")
        nonce = secrets.token_bytes(NONCE)
        content = nonce + self.cipher.encrypt(nonce, text.encode(), _bound_to(self.owner, context))
        return VERSION + base64.urlsafe_b64encode(content).decode()

    def unseal(self, sealed: str, context: str) -> str | None:
        """The text, or None where the key was destroyed. Raises SealBroken."""
        if not sealed:
            return ""
        if self.cipher is None:
            return None
        try:
            if not sealed.startswith(VERSION):
                raise ValueError(sealed[:3])
            content = base64.urlsafe_b64decode(sealed[len(VERSION) :])
            return self.cipher.decrypt(
                content[:NONCE], content[NONCE:], _bound_to(self.owner, context)
            ).decode()
        except (ValueError, InvalidTag) as error:
            raise SealBroken(
                _("%(owner)s 的封存内容（%(context)s）打不开：内容被改动过，或密钥文件不是这个数据库的。")
                % {"owner": self.owner, "context": context}
            ) from error


def key_of(subject: Subject) -> OwnerKey:
    """`subject`'s key, made now if there is none. One query, for sealing or opening any number of values."""
    return keys_of([subject])[subject]


def new_key(subject: Subject) -> OwnerKey:
    """The key of an owner who has just been made, in this transaction: made without looking for one first."""
    return _opened(_make([subject]))[subject]


def keys_of(subjects: Iterable[Subject], *, make: bool = True) -> dict[Subject, OwnerKey]:
    """The keys of many owners, one query for 500 of them; missing ones are made, or left out with `make=False`."""
    wanted = list(dict.fromkeys(subjects))
    rows: dict[Subject, bytes | None] = {}
    for start in range(0, len(wanted), AT_A_TIME):
        rows.update(recalled("ledger keys", wanted[start : start + AT_A_TIME], _rows))
    missing = [subject for subject in wanted if subject not in rows]
    if missing and make:
        if connection.in_atomic_block:
            rows.update(_make(missing))
        else:
            with transaction.atomic():
                # the write lock is ours only now, so look again
                rows.update(_rows(missing))
                rows.update(_make([subject for subject in missing if subject not in rows]))
    return _opened(rows)


def _opened(rows: Mapping[Subject, bytes | None]) -> dict[Subject, OwnerKey]:
    master = keys.master_key() if rows else b""
    return {
        owner: OwnerKey(owner, _unwrapped(master, owner, bytes(wrapped)) if wrapped is not None else None)
        for owner, wrapped in rows.items()
    }


def seal(subject: Subject, text: str, context: str) -> str:
    """`text` under `subject`'s key. Raises Refused where the key was destroyed."""
    return key_of(subject).seal(text, context)


def seal_many(subject: Subject, texts: Mapping[str, str]) -> dict[str, str]:
    """Several fields of one owner by context, for one query."""
    key = key_of(subject)
    return {context: key.seal(text, context) for context, text in texts.items()}


def unseal(subject: Subject, sealed: str, context: str) -> str | None:
    """The text that was sealed; None where the key has been destroyed. Raises SealBroken."""
    return unseal_many([(subject, sealed, context)])[0]


def unseal_many(items: Sequence[tuple[Subject, str, str]]) -> list[str | None]:
    """What `(subject, sealed, context)` open to, in their order: one query for a page, whatever its length."""
    owners = keys_of([subject for subject, sealed, _context in items if sealed], make=False)
    return [_open(owners.get(subject), subject, sealed, context) for subject, sealed, context in items]


def sealed_values(facts: Iterable[Fact]) -> list[dict[str, str | None]]:
    """The sealed fields of each fact, opened: None for a field whose key has been destroyed."""
    facts = list(facts)
    items = [
        (Subject(*fact.sealed["owner"]), sealed, fact_context(fact.kind, field))
        for fact in facts
        for field, sealed in fact.sealed.get("values", {}).items()
    ]
    opened = iter(unseal_many(items))
    return [{field: next(opened) for field in fact.sealed.get("values", {})} for fact in facts]


def fact_context(kind: str, field: str) -> str:
    """The context of a value sealed into a fact of this kind."""
    return f"ledger.Fact.{kind}.{field}"


def blind_index(text: str, purpose: str) -> str:
    """64 hexadecimal digits by which equal texts find each other, and which say nothing without the master key.

    HMAC-SHA256. Normalise before (phone to E.164, e-mail to small letters); `purpose` keeps fields apart
    ("customers.Contact.phone").
    """
    return hmac_digest(keys.derived(keys.master_key(), f"blind index {purpose}"), text.encode(), sha256).hex()


def forget_unwrapped() -> None:
    """Drop unwrapped keys from this process's memory, as after destroying one."""
    _unwrapped.cache_clear()


def _open(key: OwnerKey | None, subject: Subject, sealed: str, context: str) -> str | None:
    if not sealed:
        return ""
    if key is None:
        raise SealBroken(_("%(owner)s 的密钥不在数据库里，其封存内容打不开。") % {"owner": subject})
    return key.unseal(sealed, context)


def _bound_to(owner: Subject, context: str) -> bytes:
    return canonical([VERSION, owner.kind, owner.ref, context])


def _rows(owners: Collection[Subject]) -> dict[Subject, bytes | None]:
    by_kind: dict[str, list[str]] = {}
    for owner in owners:
        by_kind.setdefault(owner.kind, []).append(owner.ref)
    condition = Q(pk__in=())
    for kind, refs in by_kind.items():
        condition |= Q(owner_kind=kind, owner_ref__in=refs)
    found = SealKey.objects.filter(condition).values_list("owner_kind", "owner_ref", "wrapped")
    return {Subject(kind, ref): None if wrapped is None else bytes(wrapped) for kind, ref, wrapped in found}


def _make(owners: Sequence[Subject]) -> dict[Subject, bytes | None]:
    """Keys for owners without one. Who comes second takes the first one's: nothing is sealed under a key not stored."""
    master, at = keys.master_key(), clock.now()
    made = insert_new(
        SealKey,
        ("owner_kind", "owner_ref", "wrapped", "created_at"),
        [
            (owner.kind, owner.ref, _wrapped(master, owner), at)
            for owner in sorted(owners, key=lambda o: (o.kind, o.ref))
        ],
        returning=("owner_kind", "owner_ref", "wrapped"),
    )
    keys_now: dict[Subject, bytes | None] = {Subject(kind, ref): wrapped for kind, ref, wrapped in made}
    others = [owner for owner in owners if owner not in keys_now]
    return keys_now | _rows(others) if others else keys_now


def _wrapping(master: bytes) -> AESGCM:
    return AESGCM(keys.derived(master, "seal keys"))


def _wrapped(master: bytes, owner: Subject) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + _wrapping(master).encrypt(nonce, AESGCM.generate_key(256), _bound_to(owner, "key"))


@lru_cache(maxsize=1024)
def _unwrapped(master: bytes, owner: Subject, wrapped: bytes) -> AESGCM:
    try:
        return AESGCM(_wrapping(master).decrypt(wrapped[:NONCE], wrapped[NONCE:], _bound_to(owner, "key")))
    except InvalidTag:
        raise SealBroken(
            _("%(owner)s 的密钥打不开：密钥文件 master.key 不是这个数据库的。请恢复与它一起备份的密钥文件。")
            % {"owner": owner}
        ) from None
