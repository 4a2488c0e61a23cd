"""Expected errors and whole-page errors as pages, or as fragments where HTMX asked.

`ProblemMiddleware` turns `keyue.kernel.errors` into answers; the four `handler` functions are for the root URLconf
(`handler404 = "keyue.ui.problems.not_found"` …) and `csrf_failure` for CSRF_FAILURE_VIEW. Nothing here asks the
database, so that an error can be shown when the database is the error.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from keyue.kernel.errors import KeyueError, TooMany
from keyue.kernel.ids import new_code

logger = logging.getLogger(__name__)

TITLES = {
    400: gettext_lazy("这个请求看不懂"),
    403: gettext_lazy("您不能做这件事"),
    404: gettext_lazy("找不到这一页"),
    409: gettext_lazy("现在不能这样做"),
    413: gettext_lazy("内容太大"),
    422: gettext_lazy("有内容要改"),
    429: gettext_lazy("太频繁了"),
    500: gettext_lazy("服务器出了错"),
}


def answer(
    request: HttpRequest,
    *,
    status: int,
    message: object = "",
    fields: Mapping[str, object] | None = None,
    number: str = "",
) -> HttpResponse:
    """The error as a page; for a request of HTMX as a banner that the browser puts where the reader is."""
    title = TITLES.get(status, TITLES[500])
    context = {"request": request, "code": status, "title": title, "message": message, "number": number}
    # boosted navigation wants a page; everything else that HTMX asks for is a fragment
    partial = request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"
    template = "ui/_problem.html" if partial else "ui/error.html"
    return HttpResponse(render_to_string(template, {**context, "fields": fields or {}}), status=status)


def number_of(request: HttpRequest) -> str:
    """A short number for this failure, in the log and on the page, so that the two can be brought together."""
    number = f"e-{new_code(6).lower()}"
    logger.error("%s %s %s", number, request.method, request.path)
    return number


class ProblemMiddleware:
    """Answers `KeyueError` with its own sentence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, KeyueError):
            return None
        fields = getattr(exception, "fields", None)
        response = answer(request, status=exception.status, message=exception.message, fields=fields)
        if isinstance(exception, TooMany):
            response["Retry-After"] = str(exception.retry_after)
        return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = _("地址或表单的内容不完整，可能是链接断了。请返回上一页再试。")
    return answer(request, status=400, message=message)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = str(exception) or _("您的角色没有这项权限。需要时，请向部门负责人或系统管理员申请。")
    return answer(request, status=403, message=message)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    message = _("它可能已被合并或移走，或者您没有查看的权限。请检查地址，或从首页重新找。")
    return answer(request, status=404, message=message)


def server_error(request: HttpRequest) -> HttpResponse:
    return answer(request, status=500, number=number_of(request))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _("页面放得太久，或浏览器没有送回凭证。请刷新页面再提交；先把写好的内容复制下来。")
    return answer(request, status=403, message=message)
