"""Who somebody is, for half an hour on this device, after their one-use code: a signed cookie of contacts' ids."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from keyue.privacy.rules import VISIT_LIFE

COOKIE = "ky_rights"
SALT = "keyue.channels.rights"
# the progress pages of cases have a cookie of their own: each is sent only where it is read
PATH = "/rights/"


def known(request: HttpRequest, at: datetime) -> list[int]:
    """The contacts that somebody on this device has proven to be; none after half an hour."""
    try:
        held = signing.Signer(salt=SALT).unsign_object(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        return []
    since = at.timestamp() - float(held["t"])
    return [int(pk) for pk in held["c"]] if 0 <= since < VISIT_LIFE.total_seconds() else []


def remember(answer: HttpResponse, contact_ids: Sequence[int], at: datetime) -> None:
    """Know these contacts for half an hour from now; it is not prolonged."""
    answer.set_cookie(
        COOKIE,
        signing.Signer(salt=SALT).sign_object({"c": list(contact_ids), "t": int(at.timestamp())}),
        path=PATH,
        max_age=int(VISIT_LIFE.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def leave(answer: HttpResponse) -> None:
    """Forget who it was."""
    answer.delete_cookie(COOKIE, path=PATH, samesite="Lax")
