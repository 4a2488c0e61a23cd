"""What every page for staff says about who is looking at it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from keyue.people.models import User
from keyue.ui.components import Me, MenuItem


def staff(request: HttpRequest) -> dict[str, Any]:
    """A context processor: `now`, and `me` for the account menu. Costs no query."""
    found: dict[str, Any] = {}
    if getattr(request, "at", None):
        found["now"] = request.at  # type: ignore[attr-defined]
    user = getattr(request, "user", None)
    if isinstance(user, User):
        menu = [
            MenuItem(_("我的账户"), reverse("people:me"), "user"),
            MenuItem(_("委托"), reverse("people:delegations"), "swap"),
            MenuItem(_("退出登录"), reverse("people:sign_out"), "right", post=True),
        ]
        place = " · ".join(str(part) for part in (user.department, user.title) if part)
        found["me"] = Me(user.name, place, menu)
    return found
