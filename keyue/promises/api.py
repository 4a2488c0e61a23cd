"""Promises over the REST API: what is owed, and handing over, waivers and extensions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.promises import actions, selectors
from keyue.promises.models import Promise, PromiseRequest

router = Router(tags=["promises"])
MOST = 200


class PromiseOut(Schema):
    """A promise; `number` of its subject is `subject` and `subject_id`."""

    id: int
    subject: str
    subject_id: int
    regulation: str
    control: str
    clause: str
    name: str
    cycle: int
    seq: int
    state: str
    start: datetime
    due: datetime | None
    closed_at: datetime | None
    breached_at: datetime | None
    paused: bool
    owner: str | None
    holder: str | None


class PromisePage(Schema):
    items: list[PromiseOut]
    next_cursor: str


class GiveIn(Schema):
    to: str = Field(description="username of a person behind the owner")


class RequestIn(Schema):
    kind: str = Field(examples=["waiver", "extension"])
    reason: str
    due: datetime | None = None


class DecideIn(Schema):
    approve: bool
    reason: str = ""


class RequestOut(Schema):
    id: int
    promise: int
    kind: str
    due: datetime | None
    requested_by: str
    requested_at: datetime
    approved: bool | None


def promise_out(row: Promise, *, public: bool = False) -> dict[str, Any]:
    """A promise as plain data; the public hears no names of people or posts."""
    return {
        "id": row.pk, "subject": row.subject_kind, "subject_id": row.subject_id, "regulation": row.regulation,
        "control": row.control, "clause": row.clause, "name": row.name, "cycle": row.cycle, "seq": row.seq,
        "state": row.state, "start": row.start, "due": row.due, "closed_at": row.closed_at,
        "breached_at": row.breached_at, "paused": row.paused, "owner": None if public else row.owner,
        "holder": None if public or row.holder is None else row.holder.username,
    }  # fmt: skip


def request_out(made: PromiseRequest) -> dict[str, Any]:
    """A request as plain data."""
    return {
        "id": made.pk,
        "promise": made.promise_id,
        "kind": made.kind,
        "due": made.due,
        "requested_by": made.requested_by.username,
        "requested_at": made.requested_at,
        "approved": made.approved,
    }


def _at(request: HttpRequest) -> datetime:
    return getattr(request, "at", None) or clock.now()


@router.get("", response=PromisePage, summary="Open promises by due: one's own, or one's departments'")
def promise_list(
    request: HttpRequest,
    scope: str = Query("mine", description="mine or team"),
    due: str = Query("", description="late, today, week or empty"),
    cursor: str = "",
    limit: int = Query(50, ge=1, le=MOST),
) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    owed = selectors.owed_in(user) if scope == "team" else selectors.owed_by(user)
    rows, next_cursor = selectors.page_by_due(owed, _at(request), due=due, cursor=cursor, size=limit)
    return {"items": [promise_out(row) for row in rows], "next_cursor": next_cursor}


@router.post("/{pk}/take", response=PromiseOut, summary="Take a promise of one's post or department")
def take(request: HttpRequest, pk: int) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    selectors.promise_for(user, pk)
    return promise_out(actions.take(pk, user=user, at=_at(request), source="api"))


@router.post("/{pk}/give", response=PromiseOut, summary="Give a promise to a person")
def give(request: HttpRequest, pk: int, payload: GiveIn) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    selectors.promise_for(user, pk)
    to = people.by_username(payload.to)
    if to is None:
        raise Invalid(_("没有这个人。"), fields={"to": _("没有这个人。")})
    return promise_out(actions.give(pk, to=to, user=user, at=_at(request), source="api"))


@router.post("/{pk}/put_back", response=PromiseOut, summary="Put a promise back to the department")
def put_back(request: HttpRequest, pk: int) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    selectors.promise_for(user, pk)
    return promise_out(actions.put_back(pk, user=user, at=_at(request), source="api"))


@router.post("/{pk}/requests", response={201: RequestOut}, summary="Ask for a waiver or an extension")
def ask(request: HttpRequest, pk: int, payload: RequestIn) -> tuple[int, dict[str, Any]]:
    user = request.auth  # type: ignore[attr-defined]
    selectors.promise_for(user, pk)
    if payload.due is not None and payload.due.tzinfo is None:
        raise Invalid(_("时刻要带时区。"), fields={"due": _("时刻要带时区。")})
    made = actions.request(
        pk,
        kind=payload.kind,
        reason=payload.reason,
        due=payload.due,
        user=user,
        at=_at(request),
        source="api",
    )
    return 201, request_out(made)


@router.get("/requests", response=list[RequestOut], summary="Requests that wait for a yes")
def requests(request: HttpRequest) -> list[dict[str, Any]]:
    user = request.auth  # type: ignore[attr-defined]
    return [request_out(made) for made in selectors.open_requests(user)[:MOST]]


@router.post("/requests/{pk}/decide", response=RequestOut, summary="Approve or decline a request")
def decide(request: HttpRequest, pk: int, payload: DecideIn) -> dict[str, Any]:
    user = request.auth  # type: ignore[attr-defined]
    selectors.request_for(user, pk)
    made = actions.decide(
        pk, approve=payload.approve, reason=payload.reason, user=user, at=_at(request), source="api"
    )
    return request_out(made)
