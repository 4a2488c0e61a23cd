"""What the pages of every room share: rendering a page or a part of it, and going on after a form."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from keyue.ui.components import Crumb

SEE_OTHER, CONFLICT, MISTAKEN = 303, 409, 422


class HtmxRequest(HttpRequest):
    """A request that says which part of a page it asks for."""

    htmx: HtmxDetails


def is_fragment(request: HtmxRequest) -> bool:
    """Whether only a part of the page was asked for."""
    return bool(request.htmx) and not request.htmx.boosted


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    crumbs: Sequence[Crumb] = (),
    status: int = 200,
) -> HttpResponse:
    """Render a page or a fragment."""
    answer = render(request, template, {"crumbs": crumbs, **(context or {})}, status=status)
    # the same address answers with a page or with a part of it
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def see_other(url: str) -> HttpResponse:
    """After a POST: to another page."""
    answer = HttpResponseRedirect(url)
    answer.status_code = SEE_OTHER
    return answer


def go(request: HtmxRequest, url: str, said: str = "", *, undo: str = "") -> HttpResponse:
    """After a POST, also one of a fragment: to another page, with a message for it; `undo` is the address that takes
    the act back."""
    if said:
        messages.success(request, said, extra_tags=undo)
    return HttpResponseClientRedirect(url) if is_fragment(request) else see_other(url)


def download(path: Path, name: str, content_type: str) -> FileResponse:
    """A file that somebody sent. The browser saves it and runs nothing of it. Raises OSError where it is not there."""
    answer = FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
