"""What the API's routers of all rooms share: who asks and when, what they may, and how bodies are read.

The api room mounts the routers, signs people in (`request.auth` is the user behind the token), sets `request.at`,
answers `kernel.errors` as problem documents and remembers idempotency keys.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import datetime
from functools import partial, wraps
from typing import Annotated, Any, TypeVar, cast

from django.http import HttpRequest
from ninja import Path, Query
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from keyue.kernel import clock
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import check_any

VIA = "api"
"""The source of facts, and the way of looks, that came through the API."""
MOST = 200
"""Rows a page at most."""
LARGEST_ID = 2**63 - 1
YEARS = range(2000, 2101)

View = TypeVar("View", bound=Callable[..., Any])


class In(BaseModel):
    """A body. A field that is not known is a mistake and is named, never passed over in silence."""

    model_config = ConfigDict(extra="forbid")


def shown(*, examples: list[dict[str, Any]]) -> ConfigDict:
    """The configuration of a body with examples, for the document and for whoever tries the API from it."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": list(examples)})


class Out(BaseModel):
    """An answer."""


def _instant(value: Any) -> Any:
    """Text alone: a number or a bare date would be read as some instant that nobody meant."""
    if not isinstance(value, str) or "T" not in value.upper() or not value[:4].isdecimal():
        raise PydanticCustomError("instant_text", "write an instant such as 2026-11-22T10:00:00+08:00")
    if int(value[:4]) not in YEARS:
        raise PydanticCustomError("instant_range", "the year is between 2000 and 2100")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_instant, json_schema_input_type=datetime)]
"""An instant with its offset: a bare wall time is refused, because nobody knows whose wall."""
Limit = Annotated[int, Query(ge=1, le=MOST, description="rows a page")]
Cursor = Annotated[
    str, Query(max_length=200, description="`next_cursor` of the page before; empty for the first")
]
Identity = Annotated[int, Path(ge=1, le=LARGEST_ID)]


def user_of(request: HttpRequest) -> User:
    """The person behind the token, within the token's scopes."""
    return cast(User, cast(Any, request).auth)


def at_of(request: HttpRequest) -> datetime:
    """The instant of the request."""
    return getattr(request, "at", None) or clock.now()


def by_of(request: HttpRequest) -> Actor:
    """The person behind the token, as the actor of a fact."""
    return Actor("staff", str(user_of(request).pk))


def needs(*any_of: Permission) -> Callable[[View], View]:
    """For operations: at least one of these permissions, none named = every token. The document names them."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if any_of:
                check_any(user_of(request), *any_of)
            return view(request, *args, **kwargs)

        # the names in the annotations are those of the view's module
        guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        guarded.permissions = any_of  # type: ignore[attr-defined]
        contribute_operation_callback(guarded, partial(_name_permissions, any_of))
        return cast(View, guarded)

    return decorate


def _name_permissions(any_of: tuple[Permission, ...], operation: Operation) -> None:
    extra = operation.openapi_extra or {}
    operation.openapi_extra = {**extra, "x-permission": [permission.value for permission in any_of]}
