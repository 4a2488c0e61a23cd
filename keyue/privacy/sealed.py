"""Texts of this room under the customer's key, and codes that are derived and stored nowhere."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db.models import Model

from keyue.customers.models import subject_of
from keyue.kernel.ids import CODE_ALPHABET
from keyue.ledger import sealing

CODE_LENGTH = 6
STATUS_LENGTH = 8
LINK_LENGTH = 32


def context(model: str, field: str) -> str:
    """What a sealed value is bound to beside its owner. Never changes."""
    return f"privacy.{model}.{field}"


def seal(customer_id: int, model: str, field: str, text: str) -> str:
    """`text` for a sealed column; the empty text stays empty. Raises Refused where the key was destroyed."""
    return sealing.seal(subject_of(customer_id), text, context(model, field)) if text else ""


def opened(rows: Sequence[Model], *fields: str) -> list[dict[str, str]]:
    """What the sealed columns of rows with a `customer_id` say; empty where the key is gone. One query."""
    values = iter(
        sealing.unseal_many(
            [
                (subject_of(row.customer_id), getattr(row, field), context(type(row).__name__, field))  # type: ignore[attr-defined]
                for row in rows
                for field in fields
            ]
        )
    )
    return [{field: next(values) or "" for field in fields} for _row in rows]


def _derived(purpose: str, uid: UUID, length: int) -> str:
    key = f"privacy {purpose}:{settings.SECRET_KEY}".encode()
    value = int.from_bytes(hmac.new(key, uid.bytes, "sha256").digest())
    signs = []
    for _place in range(length):
        value, sign = divmod(value, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[sign])
    return "".join(signs)


def code_of_check(uid: UUID) -> str:
    """The one-use code of an identity check: six signs."""
    return _derived("code", uid, CODE_LENGTH)


def code_of_request(uid: UUID) -> str:
    """The code by which somebody follows a request, also when nothing is known of them any more."""
    return _derived("status", uid, STATUS_LENGTH)


def token_of_link(uid: UUID) -> str:
    """The secret part of the link to a package."""
    return _derived("link", uid, LINK_LENGTH)


def same(given: str, right: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(given.encode(), right.encode())
