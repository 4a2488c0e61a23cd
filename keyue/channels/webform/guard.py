"""What keeps programs from filling the public form, without a foreign service and without troubling people.

A form carries a signed token: who sends it has fetched it, not long ago, and the same token sent twice is the same
case. What looks like a program (a field that people do not see, a form sent within three seconds, a text full of
links) is not thrown away: it is asked a small sum.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.http import HttpRequest

from keyue.kernel.ids import CODE_ALPHABET

SALT = "keyue.channels.webform"
SOONEST = timedelta(seconds=3)
LATEST = timedelta(hours=12)
MOST_LINKS = 2
CODE_LENGTH = 8
_LINK = re.compile(r"https?://|www\.|\[url|<a\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A form as it was handed out."""

    nonce: str
    issued_at: datetime

    @property
    def sum(self) -> tuple[int, int]:
        """The two numbers of this form's question, the same each time it is asked."""
        digest = _digest("sum", self.nonce)
        return digest[0] % 8 + 2, digest[1] % 8 + 2

    @property
    def code(self) -> str:
        """The code of the case that this form becomes: a second copy of the form finds the same one, and no table
        holds it."""
        value = int.from_bytes(_digest("code", self.nonce))
        signs = []
        for _place in range(CODE_LENGTH):
            value, sign = divmod(value, len(CODE_ALPHABET))
            signs.append(CODE_ALPHABET[sign])
        return "".join(signs)

    def is_answered_by(self, text: str) -> bool:
        """Whether this is the sum, in whatever digits."""
        plain = unicodedata.normalize("NFKC", text).strip()
        return plain.isdecimal() and len(plain) < 4 and int(plain) == sum(self.sum)


def _digest(purpose: str, nonce: str) -> bytes:
    return hmac.new(f"{SALT}.{purpose}:{settings.SECRET_KEY}".encode(), nonce.encode(), "sha256").digest()


def new_token(at: datetime) -> str:
    """What a fresh form carries."""
    value = {"n": secrets.token_urlsafe(12), "t": int(at.timestamp())}
    return signing.Signer(salt=SALT).sign_object(value)


def read_token(text: str, at: datetime) -> Token | None:
    """The token of a form; None where it was not handed out here, or too long ago."""
    try:
        value = signing.Signer(salt=SALT).unsign_object(text)
    except signing.BadSignature:
        return None
    issued_at = datetime.fromtimestamp(value["t"], at.tzinfo)
    return Token(value["n"], issued_at) if at - issued_at <= LATEST else None


def is_suspicious(*, token: Token, at: datetime, trap: str, text: str) -> bool:
    """Whether a program may have filled this."""
    return bool(trap) or at - token.issued_at < SOONEST or len(_LINK.findall(text)) > MOST_LINKS


def comes_from_here(request: HttpRequest) -> bool:
    """Whether a form was sent from one of our own pages, by what browsers say of it: for pages without cookies."""
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin"):
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    ours = {request.get_host().lower(), urlsplit(settings.BASE_URL).netloc.lower()}
    return urlsplit(origin).netloc.lower() in ours
