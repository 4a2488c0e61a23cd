"""Decorators that say who may call a view. A view without one of them fails a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from keyue.people.enums import Permission
from keyue.people.http import to_sign_in
from keyue.people.models import User
from keyue.people.permissions import check_any

View = Callable[..., HttpResponseBase]


def staff_page(*any_of: Permission) -> Callable[[View], View]:
    """For staff who are signed in and have at least one of the permissions; none named = every member of staff."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return to_sign_in(request)
            if any_of:
                check_any(request.user, *any_of)
            return view(request, *args, **kwargs)

        guarded.permissions = any_of  # type: ignore[attr-defined]
        guarded.audience = "staff"  # type: ignore[attr-defined]
        return guarded

    return decorate


def public_page(view: View) -> View:
    """For everybody, signed in or not."""
    view.audience = "public"  # type: ignore[attr-defined]
    return view


def passive(view: View) -> View:
    """A view that a page calls by itself (live updates, polling): it does not count as activity."""
    view.is_passive = True  # type: ignore[attr-defined]
    return view
