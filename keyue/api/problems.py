"""Errors as problem documents (RFC 9457): what is wrong, what to do, and a sentence for each field at fault.

`type` and `code` are stable, for programs; `title` says what sort of problem it is and `detail` what happened here, in
the reader's language. Whatever refuses a request under /api/, this room or one before it, the answer has this form.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from keyue.api import faults
from keyue.kernel.errors import KeyueError, TooMany
from keyue.ui.problems import number_of

logger = logging.getLogger(__name__)

PREFIX = "/api/"
MEDIA_TYPE = "application/problem+json"
BUSY_SECONDS = 2

TITLES: Mapping[int, object] = {
    400: gettext_lazy("请求看不懂"),
    401: gettext_lazy("没有有效的令牌"),
    403: gettext_lazy("没有权限"),
    404: gettext_lazy("没有这个对象"),
    405: gettext_lazy("这个地址不支持这种方法"),
    409: gettext_lazy("现在不能这样做"),
    413: gettext_lazy("请求太大"),
    415: gettext_lazy("内容类型不对"),
    422: gettext_lazy("有内容要改"),
    429: gettext_lazy("太频繁了"),
    500: gettext_lazy("服务器出了错"),
    503: gettext_lazy("暂时不能办理"),
}
SENTENCES: Mapping[int, tuple[str, object]] = {
    400: ("bad_request", gettext_lazy("请求不完整或格式不对。请对照接口文档检查。")),
    401: ("not_signed_in", gettext_lazy("请在 Authorization 头里带上有效的令牌：Bearer ky_…")),
    403: ("denied", gettext_lazy("没有权限。")),
    404: ("not_found", gettext_lazy("没有这个地址。请对照接口文档检查。")),
    405: ("method_not_allowed", gettext_lazy("这个地址不支持这种方法；Allow 头列出了支持的。")),
    413: (
        "too_large",
        gettext_lazy(
            "一个 JSON 请求最多 4 MiB；更大的文件请用 multipart/form-data 发送，见接口文档的 Files。"
        ),
    ),
    415: ("unsupported_media_type", gettext_lazy("请用 Content-Type: application/json 发送 JSON。")),
    500: (
        "server_error",
        gettext_lazy("服务器出了错，已经记录。请稍后再试；还不行，请把编号告诉系统管理员。"),
    ),
    503: ("busy", gettext_lazy("数据库正忙，请稍后再试。")),
}
"""What is said where nobody before has said it better."""


def problem(
    status: int,
    code: str,
    detail: object,
    *,
    fields: Mapping[str, object] | None = None,
    retry_after: int | None = None,
    instance: str = "",
) -> HttpResponse:
    """A problem document; `fields` has a sentence for each field at fault."""
    body: dict[str, Any] = {
        "type": f"urn:keyue:problem:{code}",
        "title": str(TITLES.get(status, TITLES[400])),
        "status": status,
        "detail": str(detail),
        "code": code,
    }
    if instance:
        body["instance"] = instance
    if fields:
        body["errors"] = [{"field": name, "message": str(sentence)} for name, sentence in fields.items()]
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
        status=status,
        content_type=MEDIA_TYPE,
    )
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def plain(status: int, **more: Any) -> HttpResponse:
    """The problem of this status in general words."""
    code, sentence = SENTENCES.get(status, SENTENCES[400])
    return problem(status, code, sentence, **more)


def of_error(error: KeyueError) -> HttpResponse:
    """An expected error in its own words."""
    retry = error.retry_after if isinstance(error, TooMany) else None
    return problem(
        error.status, error.code, error.message, fields=getattr(error, "fields", None), retry_after=retry
    )


def register(api: NinjaAPI) -> None:
    """Let every error of the API be a problem document."""

    @api.exception_handler(Exception)
    def unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
        return failed(request, error)

    @api.exception_handler(KeyueError)
    def expected(request: HttpRequest, error: KeyueError) -> HttpResponse:
        return of_error(error)

    @api.exception_handler(ValidationError)
    def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
        found = faults.sentences(error.errors)
        detail = _("有 %(n)d 处不符合接口的格式。") % {"n": len(found)}
        return problem(422, "invalid", detail, fields=found)

    @api.exception_handler(AuthenticationError)
    def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return plain(401)

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        cause = error.__cause__
        if isinstance(cause, KeyueError):
            return of_error(cause)
        if isinstance(cause, HttpError):
            return plain(cause.status_code)
        # the parser's: about JSON that is none
        return problem(400, "malformed_json", faults.not_json(error))

    @api.exception_handler(RequestDataTooBig)
    def too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return plain(413)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return plain(404)

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return plain(403)


def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """What nobody expected: a number in the log and in the answer, and no word about the inside."""
    if isinstance(error, OperationalError) and "locked" in str(error):
        return plain(503, retry_after=BUSY_SECONDS)
    number = number_of(request)
    logger.error("%s", number, exc_info=error)
    return plain(500, instance=f"urn:keyue:failure:{number}")


class Problems:
    """The outermost middleware: what any layer has refused under /api/ becomes a problem document."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code < 400 or not request.path_info.startswith(PREFIX):
            return response
        if response.get("Content-Type", "").startswith(MEDIA_TYPE):
            return response
        with translation.override(translation.get_language_from_request(request)):
            document = plain(response.status_code)
        for header in ("Allow", "Retry-After"):
            if header in response:
                document[header] = response[header]
        return document
