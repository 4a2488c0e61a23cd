"""Access for a time, the trail and the files of customers over the REST API, by the rules of the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from ninja import Field, Router, Status

from keyue.customers import guard_views, guarding, selectors
from keyue.customers.actions import attaching, granting
from keyue.customers.api import Number
from keyue.customers.api import router as customers
from keyue.customers.enums import GrantState
from keyue.customers.exchange_api import RefusalIn, Why, before_of
from keyue.customers.guard_words import look
from keyue.customers.models import AccessGrant
from keyue.kernel import cursors
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.people.api import VIA, Cursor, Identity, In, Instant, Limit, Out, at_of, by_of, needs, user_of
from keyue.people.enums import Permission
from keyue.people.sending import multipart, sent_file
from keyue.ui.uploads import MOST_BYTES as MOST_FILE
from keyue.ui.uploads import uploads_from

grants = Router(tags=["customers"])


# --- access ---


class AccessIn(In):
    """Whom to see until when: a customer by number, or the customers of a department."""

    number: str = Field("", max_length=24, examples=["KH-00317"])
    department: str = Field("", max_length=40)
    purpose: Why  # type: ignore[valid-type]
    remark: str = Field(min_length=1, max_length=1000)
    until: Instant


class ApproveAccessIn(In):
    """Until when, where it is not what was asked."""

    until: Instant | None = Field(None, examples=["2026-03-20T18:00:00+08:00"])


class AccessOut(Out):
    """A request or a grant. Whether there is a customer of that number is not said."""

    id: int
    user: int
    number: str
    department: str
    purpose: str
    state: Literal[tuple(GrantState.values)]  # type: ignore[valid-type]
    asked_at: datetime
    asked_until: datetime
    decided_by: int | None
    decided_at: datetime | None
    ends_at: datetime | None
    withdrawn_at: datetime | None


class GrantPage(Out):
    items: list[AccessOut]
    next_cursor: str


@grants.post("", response={201: AccessOut}, summary="Ask to see a customer for a time")
@needs(Permission.CUSTOMER_VIEW)
def ask_access_grant(request: HttpRequest, data: AccessIn) -> Status[dict[str, Any]]:
    """A number that names nobody is taken like any other."""
    if bool(data.number) == bool(data.department):
        sentence = _("请填一个客户编号，或者选一个部门。")
        raise Invalid(sentence, fields={"number": sentence})
    made = granting.ask_access(
        user=user_of(request), by=by_of(request), at=at_of(request), via=VIA, **data.model_dump()
    )
    return Status(201, grant_dict(made))


@grants.get("", response=GrantPage, summary="Requests to see customers, newest first")
@needs(Permission.CUSTOMER_VIEW)
def list_access_grants(request: HttpRequest, cursor: Cursor = "") -> dict[str, Any]:
    rows, more = guarding.grants_for(user_of(request), before=before_of(cursor))
    return {"items": [grant_dict(row) for row in rows], "next_cursor": str(more or "")}


@grants.post("/{pk}/approve", response=AccessOut, summary="Approve a request to see a customer")
@needs(Permission.ACCESS_APPROVE)
def approve_access_grant(request: HttpRequest, pk: Identity, data: ApproveAccessIn) -> dict[str, Any]:
    """Not one's own."""
    user = user_of(request)
    grant = guarding.grant_for(user, pk)
    done = granting.approve_access(
        grant=grant, user=user, until=data.until, by=by_of(request), at=at_of(request), via=VIA
    )
    return grant_dict(done)


@grants.post("/{pk}/refuse", response=AccessOut, summary="Refuse a request to see a customer")
@needs(Permission.ACCESS_APPROVE)
def refuse_access_grant(request: HttpRequest, pk: Identity, data: RefusalIn) -> dict[str, Any]:
    user = user_of(request)
    grant = guarding.grant_for(user, pk)
    done = granting.refuse_access(
        grant=grant, user=user, refusal=data.refusal, by=by_of(request), at=at_of(request), via=VIA
    )
    return grant_dict(done)


@grants.post("/{pk}/withdraw", response=AccessOut, summary="Take access back before its time")
@needs(Permission.CUSTOMER_VIEW)
def withdraw_access_grant(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    user = user_of(request)
    grant = guarding.grant_for(user, pk)
    done = granting.withdraw_access(grant=grant, user=user, by=by_of(request), at=at_of(request), via=VIA)
    return grant_dict(done)


def grant_dict(row: AccessGrant) -> dict[str, Any]:
    """A grant as the API gives it: nothing of a customer but the number that was typed."""
    names = ("number", "department", "purpose", "state", "asked_at", "asked_until")
    more = ("decided_at", "ends_at", "withdrawn_at")
    said = {name: getattr(row, name) for name in (*names, *more)}
    return {**said, "id": row.pk, "user": row.user_id, "decided_by": row.decided_by_id}


# --- the trail and the files of a customer ---


class LookOut(Out):
    at: datetime
    who: str
    what: str
    purpose: str
    via: str


class TrailOut(Out):
    items: list[LookOut]
    next_cursor: str


class CustomerFileOut(Out):
    id: int
    name: str
    content_type: str
    size: int
    sha256: str
    added_at: datetime


@customers.get("/{number}/trail", response=TrailOut, summary="Who looked at a customer, when, what for")
@needs(Permission.CUSTOMER_VIEW)
def list_customer_trail(
    request: HttpRequest, number: Number, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """For the account manager and who keeps watch."""
    user = user_of(request)
    customer = selectors.customer_for(user, number)
    guard_views.check_trail(user, customer)
    rows = guarding.trail_of(customer)
    if cursor:
        try:
            rows = guarding.before(rows, *cursors.place(cursor))
        except ValueError:
            sentence = _("cursor 不是上一页给出的 next_cursor。")
            raise Invalid(sentence, fields={"cursor": sentence}, code="bad_cursor") from None
    found = list(rows[: limit + 1])
    names = people.names_of(int(row.actor_id) for row in found if row.actor_id.isdecimal())
    items = [look(row, names) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return {"items": items, "next_cursor": cursors.mark(last.at, last.pk) if last else ""}


@customers.get("/{number}/files", response=list[CustomerFileOut], summary="A customer's files")
@needs(Permission.CUSTOMER_VIEW)
def list_customer_files(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    return [file_dict(one) for one in guarding.files_of(selectors.customer_for(user_of(request), number))]


@customers.post(
    "/{number}/files",
    response={201: CustomerFileOut},
    summary="Keep a file with a customer, sent as it is",
    openapi_extra=multipart("FileAhead"),
)
@needs(Permission.CUSTOMER_EDIT)
def add_customer_file(request: HttpRequest, number: Number) -> Status[dict[str, Any]]:
    """`multipart/form-data` with one file as `file`, at most 20 MB."""
    customer = selectors.customer_for(user_of(request), number)
    sent, _fields = sent_file(request, most=MOST_FILE)
    [made] = attaching.add_files(
        customer=customer, uploads=uploads_from([sent]), by=by_of(request), at=at_of(request), via=VIA
    )
    return Status(201, file_dict(guarding.file_for(user_of(request), made.pk)))


@customers.get("/files/{file_id}", summary="A customer's file as it was sent")
@needs(Permission.CUSTOMER_VIEW)
def download_customer_file(request: HttpRequest, file_id: Identity) -> HttpResponseBase:
    """Every download is recorded."""
    found = guarding.file_for(user_of(request), file_id)
    return guard_views.file_answer(found, by=by_of(request), at=at_of(request), via=VIA)


@customers.delete("/files/{file_id}", response={204: None}, summary="Take a customer's file away for good")
@needs(Permission.CUSTOMER_EDIT)
def remove_customer_file(request: HttpRequest, file_id: Identity) -> Status[None]:
    found = guarding.file_for(user_of(request), file_id)
    attaching.remove_file(file=found.row, by=by_of(request), at=at_of(request), via=VIA)
    return Status(204, None)


def file_dict(one: guarding.FileLine) -> dict[str, Any]:
    """A file of a customer as the API gives it."""
    names = ("content_type", "size", "sha256", "added_at")
    return {"id": one.row.pk, "name": one.name, **{name: getattr(one.row, name) for name in names}}
