"""Signing in, the second step, signing out."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from keyue.people import authentication
from keyue.people.authentication import Attempt, Outcome
from keyue.people.enums import SessionEnd
from keyue.people.forms import CodeForm, SignInForm
from keyue.people.guards import public_page
from keyue.people.http import address_of, safe_next, where_to_return
from keyue.people.models import User
from keyue.people.selectors import company_name
from keyue.people.views._page import page, posted

YEAR = 365 * 24 * 3600


@public_page
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Name and password; then in, or on to the second step."""
    target = safe_next(request, request.GET.get("next"))
    if request.GET.get("lang") in dict(settings.LANGUAGES):
        return _in_language(request, request.GET["lang"])
    if isinstance(request.user, User):
        return HttpResponseRedirect(target)
    if request.method != "POST":
        return _form(request, SignInForm(), ended=request.GET.get("ended", ""))
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _form(request, form, status=422)
    at: datetime = request.at  # type: ignore[attr-defined]
    values = form.cleaned_data
    attempt = authentication.attempt(
        values["username"], values["password"], at=at, address=address_of(request)
    )
    if attempt.outcome is not Outcome.RIGHT or attempt.user is None:
        return _form(request, form, attempt=attempt, status=_status(attempt))
    if authentication.needs_code(attempt.user):
        authentication.hold_for_code(request, attempt.user, at)
        return _redirect(request, f"{reverse('people:sign_in_code')}?{urlencode({'next': target})}")
    return _enter(request, attempt.user, ["password"], target)


@public_page
@never_cache
@sensitive_post_parameters("code")
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: a code from the phone, or a recovery code."""
    at: datetime = request.at  # type: ignore[attr-defined]
    target = safe_next(request, request.GET.get("next"))
    user = authentication.held_user(request, at)
    if user is None:
        return _redirect(request, f"{reverse('people:sign_in')}?{urlencode({'next': target})}")
    form = CodeForm(posted(request))
    context: dict[str, object] = {"form": form, "next": target, "company": company_name()}
    if request.method != "POST" or not form.is_valid():
        return render(request, "people/sign_in_code.html", context, status=422 if form.errors else 200)
    attempt = authentication.attempt_code(user, form.cleaned_data["code"], at=at, address=address_of(request))
    if attempt.outcome is Outcome.RIGHT:
        return _enter(request, user, ["password", attempt.factor], target)
    context |= {"message": _message(attempt, at, _("口令不对，或已经用过，还可尝试 %(left)s 次。"))}
    return render(request, "people/sign_in_code.html", context, status=_status(attempt))


@public_page
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """A POST ends the session; a GET asks first, so that no link or image signs anybody out."""
    if not isinstance(request.user, User):
        return _redirect(request, reverse("people:sign_in"))
    if request.method != "POST":
        return page(request, "people/sign_out.html")
    authentication.sign_out(request, at=request.at)  # type: ignore[attr-defined]
    return _redirect(request, f"{reverse('people:sign_in')}?ended={SessionEnd.SIGNED_OUT}")


def expired_page(request: HttpRequest, ended: str) -> HttpResponse:
    """The sign-in page in place of the page asked for, with 401: the session is over."""
    return _form(request, SignInForm(), ended=ended, target=where_to_return(request), status=401)


def remember_preferences(answer: HttpResponse, user: User) -> None:
    """Hand the person's preferences to this browser, where the layout reads them."""
    chosen = {
        "ky_theme": user.theme,
        "ky_density": user.density,
        "ky_nav": "rail" if user.nav_rail else "",
        "ky_keys": "" if user.single_keys else "off",
        settings.LANGUAGE_COOKIE_NAME: user.language,
    }
    for name, value in chosen.items():
        if value:
            answer.set_cookie(
                name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
        else:
            answer.delete_cookie(name, samesite="Lax")


def _enter(request: HttpRequest, user: User, factors: list[str], target: str) -> HttpResponse:
    authentication.sign_in(request, user, at=request.at, factors=factors)  # type: ignore[attr-defined]
    answer = _redirect(request, target)
    if user.theme or user.density or user.language or user.nav_rail or not user.single_keys:
        remember_preferences(answer, user)
    return answer


def _redirect(request: HttpRequest, to: str) -> HttpResponseRedirect:
    answer = HttpResponseRedirect(to)
    if request.method == "POST":
        answer.status_code = 303
    return answer


def _in_language(request: HttpRequest, language: str) -> HttpResponse:
    query = request.GET.copy()
    del query["lang"]
    answer = HttpResponseRedirect(f"{request.path}?{query.urlencode()}" if query else request.path)
    answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax")
    return answer


def _status(attempt: Attempt) -> int:
    return 423 if attempt.outcome is Outcome.LOCKED else 401


def _message(attempt: Attempt, at: datetime, wrong: str) -> str:
    if attempt.locked_until:
        minutes = max(1, -(-int((attempt.locked_until - at).total_seconds()) // 60))
        until = timezone.localtime(attempt.locked_until)
        return _(
            "连续多次输错，这个账号已锁定，%(until)s 自动解锁（还剩 %(minutes)s 分）。急用请找系统管理员或安全管理员解锁。"
        ) % {"until": f"{until:%H:%M}", "minutes": minutes}
    return wrong % {"left": attempt.left}


def _form(
    request: HttpRequest,
    form: SignInForm,
    *,
    attempt: Attempt | None = None,
    ended: str = "",
    target: str = "",
    status: int = 200,
) -> HttpResponse:
    at: datetime = request.at  # type: ignore[attr-defined]
    message = _message(attempt, at, _("工号或密码不对，还可尝试 %(left)s 次。")) if attempt else ""
    context = {
        "form": form,
        "message": message,
        "ended": SessionEnd(ended).label if ended in SessionEnd.values else "",
        "forgot": "forgot" in request.GET,
        "next": target or safe_next(request, request.GET.get("next")),
        "company": company_name(),
        "other_language": "en" if (translation.get_language() or "").startswith("zh") else "zh-hans",
    }
    answer = render(request, "people/sign_in.html", context, status=status)
    if status == 423 and attempt and attempt.locked_until:
        answer["Retry-After"] = str(max(1, int((attempt.locked_until - at).total_seconds())))
    return answer
