"""What the addresses of a window share: who asks, in which language, and answers as JSON."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from keyue.channels.chat import selectors
from keyue.channels.chat.limits import MOST_BYTES, MOST_TEXT
from keyue.channels.chat.setup import Setup
from keyue.channels.chat.tokens import Visitor, visitor_of
from keyue.channels.webform.guard import comes_from_here
from keyue.channels.webform.http import PublicRequest
from keyue.conversations.models import Channel
from keyue.kernel.errors import Denied, Invalid, KeyueError, TooMany
from keyue.kernel.jsons import load_json
from keyue.people.guards import public_page

LANGUAGES = {"zh": "zh-hans", "en": "en"}
View = Callable[..., HttpResponseBase]


class ChatRequest(PublicRequest):
    """A request of a window; `channel` is the window's."""

    channel: Channel


def spoken(view: View) -> View:
    """In the language that the window was opened in (`lang`), else the browser's."""

    @wraps(view)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        language = LANGUAGES.get(request.GET.get("lang", ""))
        if language is None:
            return view(request, *args, **kwargs)
        with translation.override(language):
            response = view(request, *args, **kwargs)
        response["Content-Language"] = language
        return response

    return speaking


def called(view: Callable[..., dict[str, Any]]) -> View:
    """An address that the window's own script calls: POST, small or multipart, from our own page alone. Errors are
    sentences in JSON."""

    @wraps(view)
    def answered(request: ChatRequest, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            _refuse_large(request)
            if not comes_from_here(request):
                raise Denied(_("这条消息不是从我们的窗口发出的。请刷新页面再试。"))
            request.channel = selectors.channel_of(pk)
            return JsonResponse(view(request, *args, **kwargs), json_dumps_params={"ensure_ascii": False})
        except KeyueError as error:
            return _problem(error)

    guarded: View = csrf_exempt(never_cache(require_POST(spoken(answered))))
    return public_page(guarded)


def _refuse_large(request: HttpRequest) -> None:
    """Before a byte of the content is read."""
    most = MOST_BYTES if (request.content_type or "").startswith("multipart/") else MOST_TEXT
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > most:
        raise TooLarge(_("内容太大，没有收下。一次最多 %(most)d MB。") % {"most": MOST_BYTES >> 20})


class TooLarge(KeyueError):
    """More than a window may send at once."""

    status = 413


def _problem(error: KeyueError) -> JsonResponse:
    body: dict[str, Any] = {"said": str(error), "code": error.code}
    if isinstance(error, Invalid) and error.fields:
        body["fields"] = {name: str(said) for name, said in error.fields.items()}
    answer = JsonResponse(body, status=error.status, json_dumps_params={"ensure_ascii": False})
    if isinstance(error, TooMany):
        answer["Retry-After"] = str(error.retry_after)
    return answer


def json_of(request: HttpRequest) -> dict[str, Any]:
    """The object that was sent, an empty one where nothing like it was. Raises Invalid."""
    if request.content_type != "application/json":
        return {}
    try:
        value = load_json(request.body or b"{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Invalid(_("看不懂这个请求。请刷新页面再试。"))
    return value


def whole(value: object, most: int = 2**53) -> int:
    """A whole number that was sent, 0 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most else 0


def visitor_at(request: ChatRequest) -> Visitor:
    """Who asks. Raises Denied: the window begins anew then."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    found = visitor_of(token.strip(), request.channel.pk, request.at) if scheme.lower() == "bearer" else None
    if found is None:
        raise Denied(_("会话凭证已经失效，请刷新页面。"), code="token")
    return found


def framed(view: View, setup: Setup) -> View:
    """May be shown on the pages that the channel names, else those of KEYUE_EMBED_ORIGINS."""
    replaced: View = csp_replace({"frame-ancestors": list(setup.sites) or settings.EMBED_ORIGINS})(view)
    return xframe_options_exempt(replaced)
