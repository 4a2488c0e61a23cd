"""The instant of the request, time-outs, forced steps, and the language people chose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.utils.deprecation import MiddlewareMixin

from keyue.kernel import clock
from keyue.people import rules, sessions
from keyue.people.authentication import password_is_too_old, session_ending, sign_out
from keyue.people.http import to_sign_in, wants_json
from keyue.people.models import User

# how exactly activity is remembered: one write of the session a minute, not one a request
SEEN_EVERY = timedelta(minutes=1)


class Moment(MiddlewareMixin):
    """Asks the clock once and for all: `request.at`."""

    def process_request(self, request: HttpRequest) -> None:
        request.at = clock.now()  # type: ignore[attr-defined]


class Staff(MiddlewareMixin):
    """For people who are signed in: ends sessions that are over, insists on due steps, speaks their language."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        user = request.user
        if not isinstance(user, User):
            return None
        at: datetime = request.at  # type: ignore[attr-defined]
        user.request_at = at  # type: ignore[attr-defined]
        ending = _ending(request, at)
        if ending:
            # what a page left open asks for by itself ends nothing: the person's own next step is told why it is over
            if not _asks_by_itself(request):
                return _expired(request, ending, at)
            return to_sign_in(request, ending.value) if wants_json(request) else _silence()
        if user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        return _due_step(request, user, at)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any) -> None:
        user = getattr(request, "user", None)
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not isinstance(user, User):
            return
        if not (getattr(view, "is_passive", False) or "Ky-By-Itself" in request.headers):
            _seen(request, request.at)  # type: ignore[attr-defined]


def _ending(request: HttpRequest, at: datetime) -> rules.Ending | None:
    session = request.session
    if sessions.STARTED not in session:
        # a session that was not begun by the sign-in page: its clocks begin now
        session[sessions.STARTED] = session[sessions.SEEN] = at.isoformat()
        return None
    return session_ending(session, at)


def _is_stream(request: HttpRequest) -> bool:
    """Whether a script asks for live updates, which could not show a page."""
    return request.headers.get("Accept") == "text/event-stream"


def _asks_by_itself(request: HttpRequest) -> bool:
    """Whether a script of a page asks, not a person: for live updates, as it says itself, or of a view that is marked so."""
    if _is_stream(request) or "Ky-By-Itself" in request.headers:
        return True
    if request.headers.get("Accept", "").startswith("text/html"):  # an address that somebody opened
        return False
    try:
        return getattr(resolve(request.path_info).func, "is_passive", False)
    except Resolver404:
        return False


def _silence() -> HttpResponse:
    """Neither stream nor word: 204 tells an event source that there is nothing to hear, and a fragment to stay as it is."""
    return HttpResponse(status=204)


def _seen(request: HttpRequest, at: datetime) -> None:
    last = datetime.fromisoformat(request.session[sessions.SEEN])
    if not timedelta(0) <= at - last < SEEN_EVERY:
        request.session[sessions.SEEN] = at.isoformat()


def _expired(request: HttpRequest, ending: rules.Ending, at: datetime) -> HttpResponse:
    """Sign out and say so: the sign-in page itself, with 401 and the way back to where the person was."""
    sign_out(request, at=at, reason=ending.value)
    if wants_json(request) or request.headers.get("HX-Request") or request.path == reverse("people:sign_in"):
        return to_sign_in(request, ending.value)
    from keyue.people.views.sign_in import expired_page

    return expired_page(request, ending.value)


def _due_step(request: HttpRequest, user: User, at: datetime) -> HttpResponse | None:
    """A password that must be changed and a second factor that must be set up come before everything else."""
    if user.must_change_password or password_is_too_old(request, at):
        return _first(request, "people:password")
    if request.session.get(sessions.NEEDS_CODE):
        return _first(request, "people:two_factor")
    return None


def _first(request: HttpRequest, name: str) -> HttpResponse | None:
    page = reverse(name)
    free = (page, reverse("people:sign_out"), reverse("people:password"), settings.STATIC_URL)
    if request.path.startswith(free):
        return None
    if _is_stream(request):
        return _silence()
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=403)
        answer["HX-Redirect"] = page
        return answer
    return HttpResponseRedirect(page)
