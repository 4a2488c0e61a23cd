"""Promises over the REST API: what is owed, and handing over, waivers and extensions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Status
from pydantic import StrictBool

from keyue.kernel.errors import Invalid
from keyue.people import selectors as people
from keyue.people.api import VIA, Cursor, Identity, In, Instant, Limit, Out, at_of, needs, shown, user_of
from keyue.people.enums import Permission
from keyue.promises import actions, selectors, subjects
from keyue.promises.models import Promise, PromiseRequest

router = Router(tags=["promises"])
LONGEST_REASON = 500


class PromiseOut(Out):
    """A promise. `number` names its subject, as `TS-2611-000142`; empty where the subject is not the reader's to see."""

    id: int
    subject: str = Field(examples=["case"])
    number: str = Field(examples=["TS-2611-000142"])
    regulation: str = Field(examples=["feedback"])
    control: str = Field(examples=["classify"])
    clause: str = Field(examples=["4.1.1"])
    name: str
    cycle: int = Field(description="the round")
    seq: int
    state: str = Field(description="pending, met, met_late, breached, waived or cancelled")
    start: datetime
    due: datetime | None
    closed_at: datetime | None
    breached_at: datetime | None
    paused: bool
    owner: str | None = Field(
        description="code of the post or department that owes it", examples=["service_desk"]
    )
    holder: str | None = Field(description="username of the person who took it or was given it")


class PromisePage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[PromiseOut]
    next_cursor: str


class DueCounts(Out):
    """How many open promises there are, each counted to 100 at most."""

    late: int
    today: int
    week: int
    later: int


class GiveIn(In):
    """To whom."""

    to: str = Field(max_length=64, description="username of a person behind the owner", examples=["chen"])


class RequestIn(In):
    """What is asked for, and why; `due` is the new instant of an extension."""

    model_config = shown(
        examples=[
            {"kind": "waiver", "reason": "客户要求暂缓到下月"},
            {"kind": "extension", "reason": "备件周三到货", "due": "2026-11-27T18:00:00+08:00"},
        ]
    )

    kind: Literal["waiver", "extension"]
    reason: str = Field(max_length=20_000)
    due: Instant | None = None


class DecideIn(In):
    """Yes, or no with a reason."""

    model_config = shown(examples=[{"approve": False, "reason": "客户没有同意"}])

    approve: StrictBool
    reason: str = Field("", max_length=LONGEST_REASON)


class RequestOut(Out):
    """A request; `approved` is null until somebody has decided."""

    id: int
    promise: int
    kind: str
    reason: str
    due: datetime | None
    requested_by: str
    requested_at: datetime
    approved: bool | None


class RequestPage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[RequestOut]
    next_cursor: str


def promise_out(row: Promise, number: str, *, public: bool = False) -> dict[str, Any]:
    """A promise as plain data; the public hears no names of people or posts."""
    return {
        "id": row.pk, "subject": row.subject_kind, "number": number, "regulation": row.regulation,
        "control": row.control, "clause": row.clause, "name": row.name, "cycle": row.cycle, "seq": row.seq,
        "state": row.state, "start": row.start, "due": row.due, "closed_at": row.closed_at,
        "breached_at": row.breached_at, "paused": row.paused, "owner": None if public else row.owner,
        "holder": None if public or row.holder is None else row.holder.username,
    }  # fmt: skip


def promises_out(rows: Iterable[Promise]) -> list[dict[str, Any]]:
    """Promises that are the reader's, each with the number of its subject."""
    listed = list(rows)
    numbers = subjects.numbers_of((row.subject_kind, row.subject_id) for row in listed)
    return [promise_out(row, numbers.get((row.subject_kind, row.subject_id), "")) for row in listed]


def requests_out(rows: Iterable[PromiseRequest]) -> list[dict[str, Any]]:
    """Requests as plain data, with their reasons."""
    listed = list(rows)
    reasons = selectors.reasons_of(listed)
    return [
        {
            "id": made.pk,
            "promise": made.promise_id,
            "kind": made.kind,
            "reason": reasons.get(made.pk, ""),
            "due": made.due,
            "requested_by": made.requested_by.username,
            "requested_at": made.requested_at,
            "approved": made.approved,
        }
        for made in listed
    ]


Scope = Annotated[
    Literal["mine", "team"],
    Query(description="one's own, or those of the departments one belongs to or sees"),
]


@router.get("", response=PromisePage, summary="Open promises with a due instant, in its order")
@needs()
def promise_list(
    request: HttpRequest,
    limit: Limit = 50,
    cursor: Cursor = "",
    scope: Scope = "mine",
    due: Annotated[Literal["", "late", "today", "week"], Query()] = "",
) -> dict[str, Any]:
    """What is this person's to keep: taken, given, or standing with a post or department of theirs."""
    user = user_of(request)
    rows = selectors.owed_in(user) if scope == "team" else selectors.owed_by(user)
    found, next_cursor = selectors.page_by_due(rows, at_of(request), due=due, cursor=cursor, size=limit)
    return {"items": promises_out(found), "next_cursor": next_cursor}


@router.get("/counts", response=DueCounts, summary="How many are overdue, due today, due this week")
@needs()
def promise_counts(request: HttpRequest, scope: Scope = "mine") -> dict[str, int]:
    """The figures of the workbench; a count of 100 means 100 or more."""
    user = user_of(request)
    rows = selectors.owed_in(user) if scope == "team" else selectors.owed_by(user)
    return dict(rows.buckets(selectors.today_at(at_of(request)), limit=1).counts)


@router.get(
    "/requests", response=RequestPage, summary="Requests that wait for somebody else's yes, oldest first"
)
@needs(Permission.WAIVER_APPROVE, Permission.EXTENSION_APPROVE)
def request_list(request: HttpRequest, limit: Limit = 50, cursor: Cursor = "") -> dict[str, Any]:
    """About promises that this person may see, and that they have not asked for themselves."""
    found, next_cursor = selectors.requests_page(user_of(request), cursor=cursor, size=limit)
    return {"items": requests_out(found), "next_cursor": next_cursor}


@router.post("/requests/{pk}/decide", response=RequestOut, summary="Approve or decline a request")
@needs(Permission.WAIVER_APPROVE, Permission.EXTENSION_APPROVE)
def decide_request(request: HttpRequest, pk: Identity, payload: DecideIn) -> dict[str, Any]:
    """Whoever approves has neither asked nor owes; a refusal needs a reason."""
    user = user_of(request)
    selectors.request_for(user, pk)
    made = actions.decide(
        pk, approve=payload.approve, reason=payload.reason, user=user, at=at_of(request), source=VIA
    )
    return requests_out([made])[0]


@router.get("/{pk}", response=PromiseOut, summary="One promise")
@needs()
def promise_detail(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """One that this person may see."""
    return promises_out([selectors.promise_for(user_of(request), pk)])[0]


@router.post("/{pk}/take", response=PromiseOut, summary="Take a promise of one's post or department")
@needs(Permission.CASE_TAKE)
def take_promise(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """Taken by another it stays theirs: 409 `taken`."""
    user = user_of(request)
    selectors.promise_for(user, pk)
    return promises_out([actions.take(pk, user=user, at=at_of(request), source=VIA)])[0]


@router.post("/{pk}/give", response=PromiseOut, summary="Give a promise to a person")
@needs(Permission.CASE_HAND_OUT)
def give_promise(request: HttpRequest, pk: Identity, payload: GiveIn) -> dict[str, Any]:
    """To one of those who stand behind its owner; `GET /staff?behind=` lists them."""
    user = user_of(request)
    selectors.promise_for(user, pk)
    to = people.by_username(payload.to)
    if to is None:
        raise Invalid(_("没有这个人。"), fields={"to": _("没有这个人。")})
    return promises_out([actions.give(pk, to=to, user=user, at=at_of(request), source=VIA)])[0]


@router.post("/{pk}/put_back", response=PromiseOut, summary="Put a promise back to the department")
@needs()
def put_back_promise(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """By its holder, or by who may hand out."""
    user = user_of(request)
    selectors.promise_for(user, pk)
    return promises_out([actions.put_back(pk, user=user, at=at_of(request), source=VIA)])[0]


@router.post("/{pk}/requests", response={201: RequestOut}, summary="Ask for a waiver or an extension")
@needs(Permission.WAIVER_REQUEST)
def ask(request: HttpRequest, pk: Identity, payload: RequestIn) -> Status[dict[str, Any]]:
    """Another person decides. One open request of a kind at a time."""
    user = user_of(request)
    selectors.promise_for(user, pk)
    made = actions.request(
        pk,
        kind=payload.kind,
        reason=payload.reason,
        due=payload.due,
        user=user,
        at=at_of(request),
        source=VIA,
    )
    return Status(201, requests_out([made])[0])
