"""What the public pages share: rendering, sizes of requests, who sent them, and who may frame them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from csp.decorators import csp_replace
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django_htmx.middleware import HtmxDetails

from keyue.channels.limits import network_of
from keyue.channels.webform.forms import MOST_TOTAL
from keyue.channels.webform.selectors import installation
from keyue.company.models import Installation
from keyue.kernel.errors import TooMany
from keyue.people.http import address_of
from keyue.ui.problems import answer

View = Callable[..., HttpResponseBase]
MOST_REQUEST = MOST_TOTAL + 1024 * 1024


class PublicRequest(HttpRequest):
    """A request of anybody; `at` is the one instant of the request."""

    at: datetime
    htmx: HtmxDetails


def page(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page for customers, under the company's name."""
    known = context if "portal_url" in context else {**about(installation()), **context}
    return render(request, template, known, status=status)


def about(found: Installation | None) -> dict[str, Any]:
    """What the layout of public pages says of the company."""
    return {
        "company": _("%(company)s 客户服务") % {"company": found.company} if found else "",
        "phone": found.service_phone if found else "",
        "portal_url": reverse("channels:feedback"),
        "demo": found.is_demo if found else False,
    }


def see_other(url: str) -> HttpResponse:
    """To another page, after a form."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def sender_of(request: HttpRequest) -> str:
    """The network address that limits count."""
    return network_of(address_of(request))


def slow_down(response: HttpResponse, error: TooMany) -> HttpResponse:
    """A page that was answered because of a limit."""
    response.status_code = error.status
    response["Retry-After"] = str(error.retry_after)
    return response


def bounded(view: View) -> View:
    """Refuse what is larger than any form may be before a byte of it is read."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_REQUEST:
            sentence = _("文件合计超过 %(total)d MB。请返回上一页，减少文件后再提交；写好的内容还在。")
            return answer(request, status=413, message=sentence % {"total": MOST_TOTAL >> 20})
        return view(request, *args, **kwargs)

    return guarded


def framed(view: View) -> View:
    """May be shown inside pages of KEYUE_EMBED_ORIGINS, and only these: the rest of the policy stays as it is."""

    @wraps(view)
    def open_to_frames(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        replaced: View = csp_replace({"frame-ancestors": settings.EMBED_ORIGINS})(view)
        return replaced(request, *args, **kwargs)

    return xframe_options_exempt(open_to_frames)
