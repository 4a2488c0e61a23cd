"""Until there is a company, every page leads to the first run."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _

from keyue.api.problems import problem
from keyue.operations.first_run import gate
from keyue.people.http import wants_json
from keyue.people.models import User

START = "/start/"
# what a program may read about the interface is the same with and without a company
FREE = (
    START,
    settings.STATIC_URL,
    "/favicon.ico",
    "/api/v1/docs",
    "/api/v1/openapi.json",
    "/api/v1/installation",
)


class FirstRun(MiddlewareMixin):
    """Sends everybody to /start/ while nothing is set up; programs get 503. Costs nothing afterwards."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path.startswith(FREE) or _is_signed_in(request) or gate.is_in_use():
            return None
        if wants_json(request) or request.path.startswith("/live/"):
            return problem(
                503,
                "not_founded",
                _("还没有建立公司。请先在网页上完成首次设置：/start/，或 POST /api/v1/installation"),
            )
        if request.headers.get("HX-Request"):
            answer = HttpResponse(status=403)
            answer["HX-Redirect"] = START
            return answer
        return HttpResponseRedirect(START)


def _is_signed_in(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES and isinstance(request.user, User)
