"""The feedback form, on its own page and inside foreign ones, and the receipt that follows it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

import keyue.channels
from keyue.cases.codes import code_opens
from keyue.channels.actions import take
from keyue.channels.limits import FORM_OF_ADDRESS, FORM_OF_ALL
from keyue.channels.webform import actions, selectors
from keyue.channels.webform.actions import CUSTOMER
from keyue.channels.webform.forms import TYPES, FeedbackForm, LookupForm, files_hint
from keyue.channels.webform.guard import Token, comes_from_here, new_token, read_token
from keyue.channels.webform.http import PublicRequest, about, bounded, framed, page, sender_of, slow_down
from keyue.channels.webform.notice import notice_of
from keyue.kernel.errors import Denied, Invalid, TooMany
from keyue.people.guards import public_page

SCRIPT = Path(keyue.channels.__file__).parent / "static" / "channels" / "embed.js"
LANGUAGES = {"zh": "zh-hans", "en": "en"}
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a sender keeps: the number, and the code that nobody can show again."""

    number: str
    code: str
    is_anonymous: bool


@never_cache
@public_page
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # checked by the next but one, after the size: the middleware would read a body of any size first
@bounded
@csrf_protect
def feedback(request: PublicRequest) -> HttpResponse:
    """The form on its own page."""
    return _form(request, "channels/feedback.html", is_embedded=False)


@never_cache
@public_page
@framed
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # inside a foreign page there are no cookies; a signed token and the browser's word replace them
@bounded
def embedded(request: PublicRequest) -> HttpResponse:
    """The form inside a foreign page: no cookies, `lang` and `theme` by the address."""
    if request.method == "POST" and not comes_from_here(request):
        raise Denied(_("这张表单不是从我们的页面提交的。请刷新页面再试。"))
    language = LANGUAGES.get(request.GET.get("lang", ""), get_language() or "zh-hans")
    with translation.override(language):
        response = _form(request, "channels/embedded.html", is_embedded=True)
    response["Content-Language"] = language
    return response


def _form(request: PublicRequest, template: str, *, is_embedded: bool) -> HttpResponse:
    token = read_token(request.POST.get("token", ""), request.at) if request.method == "POST" else None
    if token is not None:
        return _received(request, template, token, is_embedded=is_embedded)
    text = new_token(request.at)
    fresh = _token(text, request)
    if request.method == "POST":
        # handed out too long ago, or not by us: everything stays, and the next attempt counts
        form = _bound(request, fresh)
        form.add_error(None, _("页面放得太久了。您填的内容都在，请再提交一次。"))
        return _shown(request, template, form, text, is_embedded=is_embedded, status=422)
    kind = request.GET.get("type", "")
    form = FeedbackForm(
        initial={"type": kind if kind in TYPES else ""},
        token=fresh,
        at=request.at,
        language=get_language() or "zh",
    )
    return _shown(request, template, form, text, is_embedded=is_embedded)


def _token(text: str, request: PublicRequest) -> Token:
    token = read_token(text, request.at)
    assert token is not None  # noqa: S101  made this instant
    return token


def _bound(request: PublicRequest, token: Token) -> FeedbackForm:
    return FeedbackForm(
        request.POST, request.FILES, token=token, at=request.at, language=get_language() or "zh"
    )


def _received(request: PublicRequest, template: str, token: Token, *, is_embedded: bool) -> HttpResponse:
    form, text = _bound(request, token), request.POST["token"]
    status = 422
    if form.is_valid():
        try:
            take(FORM_OF_ADDRESS, sender_of(request), by=CUSTOMER, at=request.at)
            take(FORM_OF_ALL, "", by=CUSTOMER, at=request.at)
            receipt = _submitted(request, form, token)
            if receipt is not None:
                return _shown(request, template, form, text, receipt=receipt, is_embedded=is_embedded)
            text = new_token(request.at)
            form.add_error(
                None, _("这张表单刚才已经提交过。要再提交一份，请再按一次提交；要补充，请到进度页留言。")
            )
            status = 409
        except Invalid as error:
            _name_faults(form, error)
        except TooMany as error:
            if request.htmx:
                raise
            kept = _("您填的内容还在。")
            form.add_error(None, f"{error}{kept}")
            response = _shown(request, template, form, text, is_embedded=is_embedded)
            return slow_down(response, error)
    return _shown(request, template, form, text, is_embedded=is_embedded, status=status)


def _submitted(request: PublicRequest, form: FeedbackForm, token: Token) -> Receipt | None:
    """The receipt; None where this form has become a case before and now says something else."""
    notice = selectors.agreed_notice(request.POST.get("notice", ""))
    intake = form.intake(notice.version)
    registered = actions.submit(intake, token=token, notice=notice, by=CUSTOMER, at=request.at)
    case = registered.case
    if not registered.is_new and case.content != intake.content:
        return None
    code = token.code if code_opens(case, token.code) else ""
    return Receipt(case.number, code, case.is_anonymous)


def _name_faults(form: FeedbackForm, error: Invalid) -> None:
    for field, sentence in error.fields.items():
        name = "uploads" if field == "files" else field
        form.add_error(name if name in form.fields else None, str(sentence))
    if not error.fields:
        form.add_error(None, str(error))


def _shown(
    request: PublicRequest,
    template: str,
    form: FeedbackForm,
    token: str,
    *,
    is_embedded: bool,
    receipt: Receipt | None = None,
    status: int = 200,
) -> HttpResponse:
    found = selectors.installation()
    headline, outlook = selectors.promised(request.at)
    theme = request.GET.get("theme", "")
    context: dict[str, Any] = {
        **about(found),
        "form": form,
        "token": token,
        "files_hint": files_hint(),
        "chose_files": bool(request.FILES),
        "notice": notice_of(found),
        "receipt": receipt,
        "headline": headline,
        "is_embedded": is_embedded,
        "action": request.get_full_path(),
        "theme": theme if theme in THEMES else "",
    }
    if request.htmx:
        return page(request, "channels/_portal.html", context, status=status)
    if not is_embedded:
        context |= {"lookup": LookupForm(auto_id="lookup_%s"), "outlook": outlook}
    return page(request, template, context, status=status)


@public_page
@require_safe
def privacy(request: HttpRequest, version: str = "") -> HttpResponse:
    """What senders are told about their personal data; a version of it, as it was when somebody agreed to it."""
    now = notice_of(selectors.installation())
    notice = selectors.notice_of_version(version) if version else now
    context = {"notice": notice, "is_old": notice.version != now.version}
    return page(request, "channels/privacy.html", context)


@public_page
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The script of the tag on foreign pages, under an address that never changes."""
    response = HttpResponse(_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "public, max-age=3600"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@cache
def _script() -> bytes:
    return SCRIPT.read_bytes()
