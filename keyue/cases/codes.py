"""The code with which a sender follows a case without a login. Only its digest is kept."""

from __future__ import annotations

import hmac

from django.conf import settings

from keyue.cases.models import Case
from keyue.kernel.ids import CODE_ALPHABET

LENGTH = 8


def code_digest(code: str) -> str:
    """HMAC of a code, so that a copy of the database gives no codes away."""
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    return hmac.new(f"case-code:{settings.SECRET_KEY}".encode(), plain.encode(), "sha256").hexdigest()


def code_opens(case: Case, code: str) -> bool:
    """Whether this code belongs to the case; compared in constant time."""
    return bool(case.code_digest) and hmac.compare_digest(case.code_digest, code_digest(code))


def code_of(form: str) -> str:
    """The code of the case that a form becomes: sent twice it finds the same one, and nothing holds it meanwhile."""
    key = f"case-code-of-form:{settings.SECRET_KEY}".encode()
    value = int.from_bytes(hmac.new(key, form.encode(), "sha256").digest())
    signs = []
    for _place in range(LENGTH):
        value, sign = divmod(value, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[sign])
    return "".join(signs)
