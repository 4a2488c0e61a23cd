"""The door of the API: who comes with which token, in which language, and whether they have said this before.

The middleware stands innermost, so that the token is known before anything else is done, and an idempotent answer is
only given to a token that still works.
"""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from django.utils.translation import gettext as _

from keyue.api.idempotency import LONGEST, once
from keyue.api.problems import PREFIX, failed, of_error, plain, problem
from keyue.kernel import clock
from keyue.kernel.errors import KeyueError
from keyue.people.authentication import token_from
from keyue.people.models import ApiToken

HEADER = "Idempotency-Key"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def token_of(request: HttpRequest) -> ApiToken | None:
    """The token that the request came with, looked up once; None where there is none that works."""
    if not hasattr(request, "api_token"):
        scheme, _space, raw = request.headers.get("Authorization", "").partition(" ")
        at = getattr(request, "at", None) or clock.now()
        found = token_from(raw.strip(), at) if scheme.lower() == "bearer" else None
        request.api_token = found  # type: ignore[attr-defined]
    return request.api_token  # type: ignore[attr-defined]


class Gate:
    """Middleware for everything under /api/."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        try:
            response = self._answer(request)
        except RequestDataTooBig:
            response = plain(413)
        except (UnreadablePostError, MultiPartParserError, SuspiciousOperation):
            response = plain(400)
        except KeyueError as error:
            response = of_error(error)
        except Exception as error:  # a program gets a document, whatever has happened
            response = failed(request, error)
        if "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response

    def _answer(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return plain(400)
        token = token_of(request)
        if token is not None and token.user.language and "Accept-Language" not in request.headers:
            translation.activate(token.user.language)
        key = request.headers.get(HEADER)
        if key is None or token is None or request.method not in WRITING:
            return self.get_response(request)
        if len(key) > LONGEST:
            return problem(422, "bad_idempotency_key", _("幂等键最多 %(most)d 个字符。") % {"most": LONGEST})
        if not key.strip():
            return problem(422, "bad_idempotency_key", _("幂等键是空的。请写一个，或去掉这个请求头。"))
        return once(request, key, self.get_response)
