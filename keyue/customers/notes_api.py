"""Notes of contacts, next steps and the plan of contacts over the REST API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Status
from pydantic import StrictInt

from keyue.customers import guarding, notes, selectors
from keyue.customers.actions.attaching import add_files
from keyue.customers.actions.notes import NextStep, agree_follow_up, finish_follow_up, record_contact
from keyue.customers.api import Number, looked_at, router
from keyue.customers.enums import ContactWay, FollowUpEnd
from keyue.customers.guard_api import CustomerFileOut, file_dict
from keyue.customers.notes import NoteCard, Planned, Step
from keyue.customers.notes_rules import Coverage
from keyue.customers.rules import number_of
from keyue.kernel.errors import Denied, Invalid, NotFound
from keyue.people import selectors as people
from keyue.people.api import (
    LARGEST_ID,
    VIA,
    Cursor,
    Identity,
    In,
    Instant,
    Limit,
    Out,
    at_of,
    by_of,
    needs,
    shown,
    user_of,
)
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows
from keyue.people.sending import multipart, sent_file
from keyue.ui.uploads import MOST_BYTES as MOST_FILE
from keyue.ui.uploads import uploads_from

follow_ups = Router(tags=["contact notes"])
plan = Router(tags=["contact notes"])
LONGEST = 4000
NoteRef = Annotated[str, Path(max_length=36, description="the note's `ref`")]
StaffId = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]


class NextStepIn(In):
    """A next step; `owner` is whoever was in touch where nobody is named."""

    model_config = shown(examples=[{"what": "给样表", "due": "2026-03-20T18:00:00+08:00"}])

    what: str = Field(max_length=LONGEST)
    due: Instant
    owner: StaffId | None = Field(None, description="id of a member of staff, as `GET /staff` has it")


class NoteIn(In):
    """A note; an important one says attendees, topics, feedback and next steps."""

    model_config = shown(
        examples=[{"way": "phone", "contacted_at": "2026-03-16T09:00:00+08:00", "topics": "药耗月报"}]
    )

    way: Literal[tuple(ContactWay.values)]  # type: ignore[valid-type]
    contacted_at: Instant
    is_important: bool = False
    present: list[Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]] = Field(
        [], max_length=50, description="ids of contacts of this customer who were there"
    )
    attendees: str = Field("", max_length=LONGEST)
    topics: str = Field("", max_length=LONGEST)
    feedback: str = Field("", max_length=LONGEST)
    next_steps: str = Field("", max_length=LONGEST)
    no_opinion: bool = Field(
        False, description="the customer was asked and has no opinion; one that was said is `feedback`"
    )
    follow_ups: list[NextStepIn] = Field([], max_length=10)


class NextStepOut(Out):
    """A next step that was agreed."""

    id: int
    customer: str = Field(examples=["KH-00317"])
    what: str
    due: datetime
    owner: int
    done_at: datetime | None
    outcome: str


class NoteOut(Out):
    """A note with its texts, for whoever may see the customer; names of contacts stand under their masks."""

    ref: str
    customer: str = Field(examples=["KH-00317"])
    way: str
    contacted_at: datetime
    entered_at: datetime
    delay_hours: float
    delay_working_days: int
    staff: str
    is_important: bool
    present: list[int]
    attendees: str
    topics: str
    feedback: str
    next_steps: str
    no_opinion: bool
    follow_ups: list[NextStepOut]
    files: list[CustomerFileOut] = Field(description="`GET /customers/files/{id}` gives the content of each")


class NoteList(Out):
    """A page, the newest first; `next_cursor` leads to the one after it, empty on the last."""

    items: list[NoteOut]
    next_cursor: str


class NextStepList(Out):
    """A page, the soonest first."""

    items: list[NextStepOut]
    next_cursor: str


class NextStepEndIn(In):
    """What became of a next step."""

    outcome: Literal[tuple(FollowUpEnd.values)]  # type: ignore[valid-type]


class ContactPlanRow(Out):
    """When a customer is to be contacted next, by their grade."""

    customer: str = Field(examples=["KH-00317"])
    grade: str
    account_manager: str
    last: datetime | None
    days: int | None
    due: datetime | None


class ContactCoverageOut(Out):
    """Of the customers that have an interval: contacted within it, overdue, never contacted. `rate` null of none."""

    covered: int
    total: int
    overdue: int
    never: int
    rate: float | None


class NamedContactCoverage(ContactCoverageOut):
    """Coverage of one person's customers, or of one department's."""

    name: str


class ContactPlanOut(Out):
    """A page of the plan, the longest overdue first, with the coverage."""

    coverage: ContactCoverageOut
    items: list[ContactPlanRow]
    next_cursor: str


def _step_dict(step: Step) -> dict[str, Any]:
    return {
        "id": step.id, "customer": number_of(step.customer_id), "what": step.what, "due": step.due,
        "owner": step.owner_id, "done_at": step.done_at, "outcome": step.outcome,
    }  # fmt: skip


def _note_dict(card: NoteCard) -> dict[str, Any]:
    same = (
        "ref",
        "contacted_at",
        "entered_at",
        "staff",
        "is_important",
        "attendees",
        "topics",
        "feedback",
        "next_steps",
    )
    return {name: getattr(card, name) for name in same} | {
        "customer": number_of(card.customer_id),
        "way": card.way.value,
        "delay_hours": round(card.delay.hours, 2),
        "delay_working_days": card.delay.working_days,
        "present": [one.id for one in card.present],
        "no_opinion": card.no_opinion,
        "follow_ups": [_step_dict(step) for step in card.steps],
        "files": [file_dict(one) for one in card.files],
    }


def _next_step(data: NextStepIn) -> NextStep:
    return NextStep(data.what, data.due, _staff(data.owner))


def _staff(pk: int | None) -> User | None:
    if pk is None:
        return None
    try:
        return people.find_user(pk)
    except NotFound as error:
        raise Invalid(error.message, fields={"owner": error.message}) from None


@router.get("/{number}/notes", response=NoteList, summary="Notes of contacts with a customer")
@needs(Permission.CUSTOMER_VIEW)
def list_notes(
    request: HttpRequest, number: Number, cursor: Cursor = "", limit: Limit = notes.PAGE
) -> dict[str, Any]:
    """The newest contact first."""
    customer = looked_at(request, number)
    found = notes.notes_of(customer, cursor=cursor, size=limit)
    return {"items": [_note_dict(card) for card in found.cards], "next_cursor": found.next}


@router.post("/{number}/notes", response={201: NoteOut}, summary="Enter a note of a contact")
@needs(Permission.CUSTOMER_EDIT)
def record_note(request: HttpRequest, number: Number, data: NoteIn) -> dict[str, Any]:
    """Whoever the token belongs to was in touch. How late it is entered is measured."""
    sent = {name: getattr(data, name) for name in NoteIn.model_fields if name != "follow_ups"}
    row = record_contact(
        customer=selectors.customer_for(user_of(request), number),
        **sent,
        follow_ups=[_next_step(step) for step in data.follow_ups],
        staff=user_of(request),
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return _note_dict(notes.note_cards([row])[0])


@router.post(
    "/notes/{ref}/files",
    response={201: CustomerFileOut},
    summary="Keep a file with a note, sent as it is",
    openapi_extra=multipart("FileAhead"),
)
@needs(Permission.CUSTOMER_EDIT)
def add_note_file(request: HttpRequest, ref: NoteRef) -> Status[dict[str, Any]]:
    """`multipart/form-data` with one file as `file`, at most 20 MB; it stands with the customer's files too."""
    user = user_of(request)
    note = notes.note_for(user, ref)
    sent, _fields = sent_file(request, most=MOST_FILE)
    [made] = add_files(
        customer=note.customer, uploads=uploads_from([sent]), of_note=note, by=by_of(request),
        at=at_of(request), via=VIA,
    )  # fmt: skip
    return Status(201, file_dict(guarding.file_for(user, made.pk)))


@follow_ups.get("", response=NextStepList, summary="The next steps that I owe")
@needs(Permission.CUSTOMER_VIEW)
def list_follow_ups(request: HttpRequest, cursor: Cursor = "", limit: Limit = notes.PAGE) -> dict[str, Any]:
    """Those of the person behind the token, still open."""
    found, following = notes.steps_owed_by(user_of(request), cursor=cursor, size=limit)
    return {"items": [_step_dict(step) for step in found], "next_cursor": following}


@follow_ups.post("/of/{ref}", response={201: NextStepOut}, summary="Agree a next step after a note")
@needs(Permission.CUSTOMER_EDIT)
def agree_next_step(request: HttpRequest, ref: NoteRef, data: NextStepIn) -> dict[str, Any]:
    """A further one than those entered with the note."""
    note = notes.note_for(user_of(request), ref)
    row = agree_follow_up(row=note, step=_next_step(data), by=by_of(request), at=at_of(request), via=VIA)
    return _step_dict(notes.steps_of([row])[0])


@follow_ups.post("/{step_id}/finish", response=NextStepOut, summary="Say what became of a next step")
@needs(Permission.CUSTOMER_VIEW)
def finish_next_step(request: HttpRequest, step_id: Identity, data: NextStepEndIn) -> dict[str, Any]:
    """By its owner, or by whoever may maintain the customer's file. Doing it twice does it once."""
    user = user_of(request)
    row = notes.follow_up_for(user, step_id)
    if row.owner_id != user.pk and not allows(user, Permission.CUSTOMER_EDIT):
        raise Denied(_("这项后续行动由别人负责，您没有维护客户档案的权限。"))
    row = finish_follow_up(follow_up=row, outcome=data.outcome, by=by_of(request), at=at_of(request), via=VIA)
    return _step_dict(notes.steps_of([row])[0])


@plan.get("", response=ContactPlanOut, summary="Whom to contact next")
@needs(Permission.CUSTOMER_VIEW)
def get_contact_plan(
    request: HttpRequest,
    mine: Annotated[bool, Query(description="only the customers that I look after")] = False,
    overdue: Annotated[bool, Query(description="only those whose interval is over")] = False,
    cursor: Cursor = "",
    limit: Limit = notes.PAGE,
) -> dict[str, Any]:
    """By grade, of the customers that the person behind the token may see."""
    user, now = user_of(request), at_of(request)
    found = notes.contact_plan(user, now=now, mine=mine, overdue=overdue, cursor=cursor, size=limit)
    return {
        "coverage": _coverage_dict(notes.coverage(user, now=now, mine=mine)),
        "items": [_plan_dict(row) for row in found.rows],
        "next_cursor": found.next,
    }


@plan.get("/coverage", response=list[NamedContactCoverage], summary="Coverage by person or department")
@needs(Permission.CUSTOMER_VIEW)
def get_contact_coverage(
    request: HttpRequest, by: Annotated[Literal["account_manager", "department"], Query()] = "department"
) -> list[dict[str, Any]]:
    """The worst first, each with its denominator."""
    rows = notes.coverage_by(user_of(request), now=at_of(request), by=by)
    return [{"name": row.name, **_coverage_dict(row.coverage)} for row in rows]


def _plan_dict(row: Planned) -> dict[str, Any]:
    return {
        "customer": number_of(row.customer_id), "grade": row.grade, "account_manager": row.manager,
        "last": row.last, "days": row.days, "due": row.due,
    }  # fmt: skip


def _coverage_dict(one: Coverage) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ContactCoverageOut.model_fields}
