"""One's own account: preferences, password, second factor, sessions, API tokens."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import qrcode  # type: ignore[import-untyped]
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from keyue.kernel.errors import Invalid, KeyueError, Refused
from keyue.people import actions, authentication, selectors, sessions, totp
from keyue.people.access import access_of
from keyue.people.enums import SessionEnd
from keyue.people.forms import CodeForm, ConfirmForm, PasswordForm, PreferencesForm, TokenForm, show_faults
from keyue.people.guards import staff_page
from keyue.people.http import StaffRequest, actor_of
from keyue.people.roles import ROLES
from keyue.people.views._page import back, page, posted
from keyue.people.views.sign_in import remember_preferences
from keyue.ui.components import Crumb

SETUP_SECRET = "code_setup_secret"  # noqa: S105  a key of the session


def _crumbs(here: str = "") -> list[Crumb]:
    return [Crumb(_("我的账户"), reverse("people:me")), *([Crumb(here)] if here else [])]


@never_cache
@staff_page()
def me(request: StaffRequest) -> HttpResponse:
    """The account and its preferences, and where the person is signed in."""
    user = request.user
    names = [*PreferencesForm.base_fields]
    form = PreferencesForm(posted(request), initial={name: getattr(user, name) for name in names})
    if request.method == "POST" and form.is_valid():
        changes = {name: form.cleaned_data[name] for name in names}
        user = actions.change_preferences(user=user, changes=changes, by=actor_of(request), at=request.at)
        answer = back(request, "people:me", said=_("偏好已保存"))
        remember_preferences(answer, user)
        return answer
    access = access_of(user)
    context = {
        "form": form,
        "person": user,
        "roles": [ROLES[code] for code in ROLES if code in access.roles],
        "owners": selectors.owner_names(access.owner_codes),
        "sessions": selectors.sessions_of(user, request.at),
        "session_key": request.session.session_key,
        "has_code": selectors.has_second_factor(user),
        "recovery_left": selectors.recovery_codes_left(user),
    }
    return page(request, "people/me.html", context, crumbs=_crumbs(), status=422 if form.errors else 200)


@never_cache
@sensitive_post_parameters()
@staff_page()
def password(request: StaffRequest) -> HttpResponse:
    """Change one's password; the page that a due change forces."""
    form = PasswordForm(posted(request))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            authentication.confirm(request, values["old"], field="old")
            actions.change_password(
                user=request.user,
                old=values["old"],
                new=values["password"],
                keep_session=request.session.session_key,
                by=actor_of(request),
                at=request.at,
            )
        except authentication.Locked:
            return _locked_out()
        except Invalid as error:
            show_faults(form, error)
        else:
            authentication.after_password_change(request)
            return back(request, "people:me", said=_("密码已更改，其他设备上的登录已全部退出"))
    context = {
        "form": form,
        "forced": request.user.must_change_password,
        "too_old": authentication.password_is_too_old(request, request.at),
        "for_administrator": selectors.is_administrator(request.user),
    }
    status = 422 if form.errors else 200
    return page(request, "people/password.html", context, crumbs=_crumbs(_("更改密码")), status=status)


@never_cache
@sensitive_post_parameters()
@staff_page()
def two_factor(request: StaffRequest) -> HttpResponse:
    """Set the second factor up with a QR code, or see its state."""
    user = request.user
    if selectors.has_second_factor(user):
        context = {
            "factor": user.second_factor,
            "recovery_left": selectors.recovery_codes_left(user),
            "confirm": ConfirmForm(),
        }
        return page(request, "people/two_factor.html", context, crumbs=_crumbs(_("动态口令")))
    secret: str = request.session.get(SETUP_SECRET) or totp.new_secret()
    request.session[SETUP_SECRET] = secret
    form = CodeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            codes = actions.set_up_code(
                user=user,
                secret=secret,
                code=form.cleaned_data["code"],
                phone_at=authentication.phone_time(request.at),
                by=actor_of(request),
                at=request.at,
            )
        except KeyueError as error:
            show_faults(form, error)
        else:
            del request.session[SETUP_SECRET]
            request.session[sessions.NEEDS_CODE] = False
            return _codes_page(request, codes)
    issuer = selectors.company_name() or "Keyue"
    context = {
        "form": form,
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "qr": qr_svg(totp.otpauth_uri(secret, account=user.username, issuer=issuer)),
        "forced": request.session.get(sessions.NEEDS_CODE, False),
    }
    status = 422 if form.errors else 200
    return page(
        request, "people/two_factor_setup.html", context, crumbs=_crumbs(_("动态口令")), status=status
    )


@require_POST
@never_cache
@sensitive_post_parameters()
@staff_page()
def two_factor_change(request: StaffRequest, what: str) -> HttpResponse:
    """`remove` the second factor or make new `codes`, after the password once more."""
    if not selectors.has_second_factor(request.user):
        raise Refused(_("请先启用动态口令。"))
    form = ConfirmForm(request.POST)
    by, at = actor_of(request), request.at
    try:
        authentication.confirm(request, request.POST.get("password", ""), field="password")
        if what == "codes":
            return _codes_page(request, actions.make_recovery_codes(user=request.user, by=by, at=at))
        actions.remove_code(user=request.user, by=by, at=at)
    except authentication.Locked:
        return _locked_out()
    except Invalid as error:
        form.is_valid()
        show_faults(form, error)
        context = {
            "factor": request.user.second_factor,
            "recovery_left": selectors.recovery_codes_left(request.user),
            "confirm": form,
        }
        return page(request, "people/two_factor.html", context, crumbs=_crumbs(_("动态口令")), status=422)
    return back(request, "people:me", said=_("动态口令已停用"))


def _locked_out() -> HttpResponse:
    answer = HttpResponseRedirect(f"{reverse('people:sign_in')}?ended={SessionEnd.LOCKED}")
    answer.status_code = 303
    return answer


def _codes_page(request: StaffRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "copy": "\n".join(codes)}
    return page(request, "people/recovery_codes.html", context, crumbs=_crumbs(_("恢复码")))


def qr_svg(text: str) -> SafeString:
    """A QR code as inline SVG: one path in the text colour, on white whatever the theme."""
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    matrix = code.get_matrix()
    size = len(matrix)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, dark in enumerate(row) if dark)
    return format_html(
        '<svg class="qr" viewBox="0 0 {} {}" width="208" height="208" shape-rendering="crispEdges" role="img"'
        ' aria-label="{}"><path fill="#fff" d="M0 0h{}v{}H0z"/><path fill="#000" d="{}"/></svg>',
        size,
        size,
        _("供验证器应用扫描的二维码"),
        size,
        size,
        path,
    )


@require_POST
@staff_page()
def end_session(request: StaffRequest) -> HttpResponse:
    """End one of one's other sessions, or all of them."""
    by, at = actor_of(request), request.at
    here = request.session.session_key
    start = request.POST.get("session", "")
    if start == "others":
        actions.end_sessions(user=request.user, keep=here, by=by, at=at)
    for session in selectors.sessions_of(request.user, at):
        if session.handle == start and session.session_key != here:
            actions.end_session(session=session, by=by, at=at)
    return back(request, "people:me", said=_("会话已结束"))


@never_cache
@staff_page()
def tokens(request: StaffRequest) -> HttpResponse:
    """One's own API tokens; a new one is shown once."""
    user = request.user
    permissions = access_of(user).permissions
    form = TokenForm(posted(request), permissions=permissions)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            token, raw = actions.issue_token(
                user=user,
                name=values["name"],
                scopes=values["scopes"],
                expires_at=_end_of(values["expires_on"]),
                by=actor_of(request),
                at=request.at,
            )
        except KeyueError as error:
            show_faults(form, error)
        else:
            return page(
                request,
                "people/token_issued.html",
                {"token": token, "raw": raw},
                crumbs=_crumbs(_("接口令牌")),
            )
    context = {
        "form": form,
        "tokens": selectors.tokens_of(user),
        "has_permissions": bool(permissions),
    }
    status = 422 if form.errors else 200
    return page(request, "people/my_tokens.html", context, crumbs=_crumbs(_("接口令牌")), status=status)


def _end_of(day: object) -> datetime | None:
    """The last instant of a date, as people mean a date of expiry."""
    if not isinstance(day, date):
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time(0)))


@require_POST
@staff_page()
def revoke_token(request: StaffRequest, pk: int) -> HttpResponse:
    """Revoke a token: one's own, or anybody's for who manages them."""
    token = selectors.token_for(request.user, pk)
    actions.revoke_token(token=token, by=actor_of(request), at=request.at)
    own = token.user_id == request.user.pk
    return back(request, "people:my_tokens" if own else "people:tokens", said=_("令牌已作废"))
