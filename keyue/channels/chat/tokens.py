"""Who a visitor is: a token that their browser keeps, and what the company's own page vouches for.

A token names a channel and a handle and is signed, so that no table is asked for it. A page that has signed its users in
may name them by a JSON Web Token (RFC 7519) with HMAC SHA-256 under the channel's secret; whoever is named so is the same
visitor in every browser.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

from keyue.conversations.enums import Scheme
from keyue.conversations.sealed import index_of
from keyue.kernel.errors import Denied
from keyue.kernel.jsons import load_json

SALT = "keyue.channels.chat"
LIFE = timedelta(days=180)
NAMED_LIFE = timedelta(days=1)
LONGEST = 4096
NAMED = "u:"


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody at a window: the channel, and by which handle they are known on it."""

    channel: int
    handle: str

    @property
    def is_named(self) -> bool:
        """Whether the page vouched for who this is."""
        return self.handle.startswith(NAMED)

    @property
    def realm(self) -> str:
        """The window alone knows this handle."""
        return f"chat:{self.channel}"

    @property
    def index(self) -> str:
        """By which the party is found."""
        return index_of(Scheme.VISITOR, self.realm, self.handle)


@dataclass(frozen=True, slots=True)
class Identity:
    """What the company's page says of its user."""

    user: str
    email: str = ""
    phone: str = ""
    name: str = ""


def stranger(channel: int) -> Visitor:
    """Somebody whom nobody knows yet."""
    return Visitor(channel, f"a:{secrets.token_urlsafe(18)}")


def named(channel: int, identity: Identity) -> Visitor:
    """Somebody whom the page has named."""
    return Visitor(channel, f"{NAMED}{identity.user}")


def token_of(visitor: Visitor, at: datetime) -> str:
    """What the browser keeps."""
    value = {"c": visitor.channel, "v": visitor.handle, "t": int(at.timestamp())}
    return signing.Signer(salt=SALT).sign_object(value)


def visitor_of(token: str, channel: int, at: datetime) -> Visitor | None:
    """Who this token is of; None for one of another window, too old, or not ours."""
    if not token or len(token) > LONGEST:
        return None
    try:
        value = signing.Signer(salt=SALT).unsign_object(token)
    except signing.BadSignature:
        return None
    visitor = Visitor(int(value["c"]), str(value["v"]))
    age = timedelta(seconds=at.timestamp() - int(value["t"]))
    fresh = age <= (NAMED_LIFE if visitor.is_named else LIFE)
    return visitor if visitor.channel == channel and fresh else None


def read_identity(text: str, secret: str, at: datetime) -> Identity:
    """Whom a page names by a signed token. Raises Denied with what is wrong with it."""
    parts = text.split(".")
    if not secret or len(text) > LONGEST or len(parts) != 3:
        raise Denied(_("身份令牌看不懂，或者渠道没有设置身份密钥。"))
    signed = hmac.new(secret.encode(), f"{parts[0]}.{parts[1]}".encode(), "sha256").digest()
    if _object(parts[0]).get("alg") != "HS256" or not hmac.compare_digest(signed, _bytes(parts[2])):
        raise Denied(_("身份令牌的签名不对。"))
    said = _object(parts[1])
    expires, begins = said.get("exp"), said.get("nbf")
    if not isinstance(expires, int | float) or at.timestamp() >= expires:
        raise Denied(_("身份令牌没有写有效期（exp），或者已经过期。"))
    if isinstance(begins, int | float) and at.timestamp() < begins:
        raise Denied(_("身份令牌还没有生效（nbf）。"))
    user = said.get("sub")
    if not isinstance(user, str) or not user.strip() or len(user) > 100:
        raise Denied(_("身份令牌没有写用户编号（sub）。"))
    return Identity(
        user.strip(), _text(said, "email", 254), _text(said, "phone_number", 40), _text(said, "name", 60)
    )


def _text(said: dict[str, Any], name: str, most: int) -> str:
    value = said.get(name)
    return value.strip()[:most] if isinstance(value, str) else ""


def _bytes(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part.encode() + b"=" * (-len(part) % 4))
    except (ValueError, binascii.Error):
        return b""


def _object(part: str) -> dict[str, Any]:
    try:
        value = load_json(_bytes(part))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
