"""Who may follow which case without a login: a signed cookie that names cases whose code was given. It holds no code."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE = "ky_follow"
SALT = "keyue.channels.visits"
PATH = "/feedback/"
LIFE = timedelta(hours=2)
MOST = 5


def followed(request: HttpRequest, at: datetime) -> Mapping[int, int]:
    """Ids of the cases that this browser follows, with the second in which each was last looked at."""
    try:
        held = signing.Signer(salt=SALT).unsign_object(request.COOKIES.get(COOKIE, ""))
    except signing.BadSignature:
        return {}
    oldest = (at - LIFE).timestamp()
    return {int(pk): seen for pk, seen in held.items() if seen >= oldest}


def follow(request: HttpRequest, answer: HttpResponse, case_id: int, at: datetime) -> None:
    """Let this browser follow a case for two hours from now."""
    seen = {**followed(request, at), case_id: int(at.timestamp())}
    newest = sorted(seen.items(), key=lambda item: -item[1])[:MOST]
    answer.set_cookie(
        COOKIE,
        signing.Signer(salt=SALT).sign_object({str(pk): second for pk, second in newest}),
        path=PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def leave(answer: HttpResponse) -> None:
    """Forget what this browser follows."""
    answer.delete_cookie(COOKIE, path=PATH, samesite="Lax")
