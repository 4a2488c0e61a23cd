"""The page of all components."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
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
