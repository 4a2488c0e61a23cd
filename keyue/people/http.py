"""What a request carries once the middleware of this room has seen it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from keyue.ledger.facts import Actor
from keyue.people.enums import SessionEnd
from keyue.people.models import User
from keyue.ui.pages import HtmxRequest


class StaffRequest(HtmxRequest):
    """A request of somebody signed in; `at` is the one instant of the request."""

    user: User
    at: datetime


def actor_of(request: HttpRequest) -> Actor:
    """The person at the screen, as the actor of a fact."""
    return Actor("staff", str(request.user.pk))


def address_of(request: HttpRequest) -> str:
    """Where the request came from. Only behind TLS is there a proxy of ours whose word counts, and only its last one."""
    if getattr(settings, "BEHIND_TLS", False):
        hops = request.headers.get("X-Forwarded-For", "").split(",")
        if hops[-1].strip():
            return hops[-1].strip()[:64]
    return str(request.META.get("REMOTE_ADDR", ""))[:64]


def safe_next(request: HttpRequest, target: str | None) -> str:
    """`target` if it stays on this site, else the first page."""
    hosts = {request.get_host()}
    if (
        target
        and target.startswith("/")
        and url_has_allowed_host_and_scheme(target, hosts, request.is_secure())
    ):
        return target
    return settings.LOGIN_REDIRECT_URL


def where_to_return(request: HttpRequest) -> str:
    """The page to come back to after signing in: this one, or the page that sent a form or a fragment request."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return request.get_full_path()
    origin = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    if origin.netloc and origin.netloc != request.get_host():
        return settings.LOGIN_REDIRECT_URL
    return safe_next(request, f"{origin.path}?{origin.query}" if origin.query else origin.path)


def sign_in_url(request: HttpRequest, ended: str = "") -> str:
    """The sign-in page with the way back."""
    parts = {"next": where_to_return(request)}
    if ended:
        parts["ended"] = ended
    return f"{reverse('people:sign_in')}?{urlencode(parts)}"


def wants_json(request: HttpRequest) -> bool:
    """Whether a program asks: the API, or anything that accepts JSON and not HTML."""
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("json" in accept and "html" not in accept)


def problem(status: int, code: str, title: str) -> JsonResponse:
    """A problem document (RFC 9457)."""
    body = {"type": "about:blank", "title": title, "status": status, "code": code}
    return JsonResponse(
        body,
        status=status,
        content_type="application/problem+json",
        json_dumps_params={"ensure_ascii": False},
    )


def to_sign_in(request: HttpRequest, ended: str = "") -> HttpResponse:
    """Send somebody who is not signed in to the sign-in page; programs and fragments get 401."""
    if wants_json(request):
        return problem(401, "not_signed_in", _("请先登录。"))
    if not ended and settings.SESSION_COOKIE_NAME in request.COOKIES and not request.session.session_key:
        # the browser still holds the key of a session that is gone
        ended = SessionEnd.ELSEWHERE
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = sign_in_url(request, ended)
        return answer
    return HttpResponseRedirect(sign_in_url(request, ended))
