"""What the API's routers of all rooms share: who asks and when, what they may, and how bodies are read.

The api room mounts the routers, signs people in (`request.auth` is the user behind the token), sets `request.at`,
answers `kernel.errors` as problem documents and remembers idempotency keys.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial, wraps
from typing import Annotated, Any, TypeVar, cast

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Path, Query
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError

from keyue.kernel import clock
from keyue.kernel.errors import Invalid
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
        guarded = _strict(view, any_of)
        contribute_operation_callback(guarded, partial(_name_permissions, any_of))
        return guarded

    return decorate


def without_token(view: View) -> View:
    """For the operations that take no token."""
    return _strict(view, ())


def _strict(view: View, any_of: tuple[Permission, ...]) -> View:
    """The operation for who may, of a query that it knows."""
    known: dict[str, bool] = {}

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if any_of:
            check_any(user_of(request), *any_of)
        _check_query(request, known)
        return view(request, *args, **kwargs)

    # the names in the annotations are those of the view's module
    guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
    guarded.permissions = any_of  # type: ignore[attr-defined]
    contribute_operation_callback(guarded, partial(_learn_query, known))
    return cast(View, guarded)


def _learn_query(known: dict[str, bool], operation: Operation) -> None:
    """The parameters of an operation's query, and which of them may be given more than once."""
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            several = getattr(model, "__ninja_collection_fields__", ())
            known.update({name: name in several for name in model.__ninja_flatten_map__})


def _check_query(request: HttpRequest, known: Mapping[str, bool]) -> None:
    """Raises Invalid for a parameter that is not known, or of which only one value would count."""
    faults: dict[str, object] = {}
    for name, values in request.GET.lists():
        if name not in known:
            faults[name] = _("没有这一项，请检查名称。")
        elif len(values) > 1 and not known[name]:
            faults[name] = _("只能写一次。")
    if faults:
        raise Invalid(_("有 %(n)d 处不符合接口的格式。") % {"n": len(faults)}, fields=faults)


def _name_permissions(any_of: tuple[Permission, ...], operation: Operation) -> None:
    extra = operation.openapi_extra or {}
    operation.openapi_extra = {**extra, "x-permission": [permission.value for permission in any_of]}
