"""The code with which a sender follows a case without a login. Only its digest is kept."""

from __future__ import annotations

import hmac

from django.conf import settings

from keyue.cases.models import Case


def code_digest(code: str) -> str:
    """HMAC of a code, so that a copy of the database gives no codes away."""
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    return hmac.new(f"case-code:{settings.SECRET_KEY}".encode(), plain.encode(), "sha256").hexdigest()


def code_opens(case: Case, code: str) -> bool:
    """Whether this code belongs to the case; compared in constant time."""
    return bool(case.code_digest) and hmac.compare_digest(case.code_digest, code_digest(code))
