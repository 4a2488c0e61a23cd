"""Errors as problem documents (RFC 9457): what is wrong, what to do, and a sentence for each field at fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from keyue.kernel.errors import KeyueError, TooMany


def problem(
    status: int,
    code: str,
    title: object,
    *,
    fields: Mapping[str, object] | None = None,
    retry_after: int | None = None,
) -> HttpResponse:
    """A problem document; `code` is stable, `title` a sentence in the reader's language."""
    body: dict[str, Any] = {
        "type": f"about:blank#{code}",
        "title": str(title),
        "status": status,
        "code": code,
    }
    if fields:
        body["errors"] = [{"field": name, "message": str(sentence)} for name, sentence in fields.items()]
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status=status,
        content_type="application/problem+json; charset=utf-8",
    )
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def register(api: NinjaAPI) -> None:
    """Let every error of the API be a problem document."""

    @api.exception_handler(KeyueError)
    def expected(request: HttpRequest, error: KeyueError) -> HttpResponse:
        retry = error.retry_after if isinstance(error, TooMany) else None
        return problem(
            error.status, error.code, error.message, fields=getattr(error, "fields", None), retry_after=retry
        )

    @api.exception_handler(ValidationError)
    def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = {_name(fault["loc"]): fault["msg"] for fault in error.errors}
        return problem(422, "invalid", _("请求的内容不符合接口的格式。"), fields=fields)

    @api.exception_handler(AuthenticationError)
    def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, "not_signed_in", _("请在 Authorization 头里带上有效的令牌：Bearer …"))

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, "bad_request", error)

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, "not_found", _("没有这个地址或对象。"))

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403, "denied", _("没有权限。"))


def _name(location: Any) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])
