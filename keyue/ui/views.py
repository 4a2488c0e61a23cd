"""The page of all components."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from keyue.ui import samples


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state: for those who build pages, and the base of our screenshots.

    Everybody may see it in a demo; elsewhere it is for staff, as it tells what the product can do.
    """
    open_to_all = settings.DEBUG or getattr(settings, "DEMO", False)
    user = getattr(request, "user", None)
    if not open_to_all and not (user and user.is_authenticated):
        return redirect_to_login(request.get_full_path())
    return render(request, "ui/components.html", samples.context())


# said by hand: the decorators of the room `people` lie above this one
components.audience = "staff"  # type: ignore[attr-defined]


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """The icon where browsers ask for it by themselves: for answers without a <head>, such as files and the API."""
    answer = HttpResponseRedirect(static("ui/favicon.ico"))
    answer["Cache-Control"] = "public, max-age=86400"
    return answer


favicon.audience = "public"  # type: ignore[attr-defined]
