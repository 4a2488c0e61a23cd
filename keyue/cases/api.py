"""Cases over the REST API: registering, listing, reading, and every act by its name."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema

from keyue.cases import acts, lists, selectors
from keyue.cases.actions import intake, rounds, telling
from keyue.cases.actions.core import state_of
from keyue.cases.actions.files import Upload, checked
from keyue.cases.enums import STAGE_PUBLIC_SENTENCES, Channel
from keyue.cases.models import Case, Message
from keyue.kernel import clock
from keyue.kernel.errors import Invalid
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.http import StaffRequest
from keyue.people.permissions import check
from keyue.promises import selectors as promises
from keyue.promises.api import PromiseOut, promise_out

router = Router(tags=["cases"])
PORTAL = Actor("customer", "portal")
MOST = 200


class FileIn(Schema):
    """A file in base64."""

    name: str
    content: str = Field(description="base64")


class CaseIn(Schema):
    """An opinion as it reached the company."""

    type: str = Field(examples=["complaint"])
    content: str
    title: str = ""
    channel: str = Channel.API.value
    phase: str = ""
    region: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    anonymous: bool = False
    received_at: datetime | None = Field(None, description="when it happened; now where absent")
    source_key: str | None = Field(
        None, max_length=150, description="your own id: the same again gives the same case"
    )
    consent_version: str = ""
    files: list[FileIn] = []


class CaseOut(Schema):
    """A case as lists show it."""

    number: str = Field(examples=["TS-2611-000142"])
    type: str
    category: str
    stage: str
    level: str
    priority: str
    title: str
    channel: str
    phase: str
    region: str
    lead: str
    collaborators: list[str]
    round: int
    is_open: bool
    is_waiting: bool
    exit: str
    received_at: datetime
    registered_at: datetime
    due: datetime | None
    rev: int


class CaseDetail(CaseOut):
    content: str
    promises: list[PromiseOut]
    acts: list[str] = Field(description="what this token's user may do now")


class Registered(Schema):
    number: str
    code: str = Field(description="shown once: with the number, the sender's only way back")
    is_new: bool


class CasePage(Schema):
    items: list[CaseOut]
    next_cursor: str


class MessageOut(Schema):
    uid: str
    kind: str
    via: str
    body: str
    at: datetime
    author: str | None
    is_public: bool
    detail: dict[str, Any]


class FactOut(Schema):
    uid: str
    kind: str
    at: datetime
    recorded_at: datetime
    by: str
    source: str
    data: dict[str, Any]
    evidence: list[Any]
    hash: str


class Progress(Schema):
    """What the sender of a case may know."""

    number: str
    stage: str
    sentence: str
    round: int
    promises: list[PromiseOut]
    may_rate: bool


class ProgressIn(Schema):
    number: str
    code: str


class ProgressMessageIn(ProgressIn):
    body: str


class RatingIn(ProgressIn):
    score: int | None = None
    reprocess: bool | None = Field(None, description="是否需要重新处理; asked apart from the score")


def at_of(request: HttpRequest) -> datetime:
    """The instant of the request."""
    return getattr(request, "at", None) or clock.now()


def user_of(request: HttpRequest) -> Any:
    return cast(StaffRequest, request).auth  # type: ignore[attr-defined]


def case_out(case: Case) -> dict[str, Any]:
    """A case as plain data."""
    promise = case.next_promise if case.next_promise_id else None
    return {
        "number": case.number, "type": case.type, "category": case.category, "stage": case.stage, "level": case.level,
        "priority": case.priority, "title": case.title, "channel": case.channel, "phase": case.phase,
        "region": case.region, "lead": case.lead, "collaborators": case.collaborators, "round": case.round,
        "is_open": case.is_open, "is_waiting": case.is_waiting, "exit": case.exit, "received_at": case.received_at,
        "registered_at": case.registered_at, "due": promise.due if promise else None, "rev": case.rev,
    }  # fmt: skip


def detail_out(request: HttpRequest, case: Case) -> dict[str, Any]:
    """A case with its promises and the acts that are possible."""
    possible = acts.possible_acts(user_of(request), state_of(case))
    return {
        **case_out(case),
        "content": case.content,
        "promises": [promise_out(row) for row in promises.promises_of(case.subject)],
        "acts": [act.code for act in possible],
    }


def uploads(files: list[FileIn]) -> list[Upload]:
    """Files from base64; raises Invalid naming the file."""
    found = []
    for file in files:
        try:
            found.append(Upload(file.name, base64.b64decode(file.content, validate=True)))
        except binascii.Error as error:
            sentence = _("「%(name)s」不是合法的 base64。") % {"name": file.name}
            raise Invalid(sentence, fields={"files": sentence}) from error
    checked(found)
    return found


@router.post("", response={201: Registered, 200: Registered}, summary="Register an opinion")
def register(request: HttpRequest, payload: CaseIn) -> tuple[int, dict[str, Any]]:
    user = user_of(request)
    check(user, Permission.CASE_REGISTER)
    given = intake.Intake(
        type=payload.type, content=payload.content, title=payload.title, channel=payload.channel, phase=payload.phase,
        region=payload.region, name=payload.name, phone=payload.phone, email=payload.email,
        is_anonymous=payload.anonymous, consent_version=payload.consent_version, uploads=uploads(payload.files),
    )  # fmt: skip
    made = intake.register(
        given,
        by=Actor("staff", str(user.pk)),
        at=payload.received_at or at_of(request),
        source="api",
        source_key=f"api:{user.pk}:{payload.source_key}" if payload.source_key else None,
    )
    answer = {"number": made.case.number, "code": made.code, "is_new": made.is_new}
    return (201 if made.is_new else 200), answer


@router.get(
    "", response=CasePage, summary="Cases in the order of the earliest due, or newest first for a search"
)
def case_list(
    request: HttpRequest,
    q: str = "",
    state: str = Query("open", description="open, closed, waiting, all"),
    type: str = "",
    category: str = "",
    stage: str = "",
    level: str = "",
    lead: str = "",
    channel: str = "",
    phase: str = "",
    due: str = Query("", description="late, week"),
    mine: bool = False,
    cursor: str = "",
    limit: int = Query(50, ge=1, le=MOST),
) -> dict[str, Any]:
    user = user_of(request)
    check(user, Permission.CASE_VIEW)
    filters = lists.Filters(
        text=q, state=state, type=type, category=category, stage=stage, level=level, lead=lead, channel=channel,
        phase=phase, due=due, mine=mine,
    )  # fmt: skip
    page = lists.queue(user, filters, when=lists.moment(at_of(request)), cursor=cursor, size=limit)
    return {"items": [case_out(case) for case in page.cases], "next_cursor": page.next_cursor}


# before "/{number}": the words below are no numbers of cases


@router.post("/progress", response=Progress, summary="Follow a case with number and code, as its sender")
def progress(request: HttpRequest, payload: ProgressIn) -> dict[str, Any]:
    return _progress(selectors.case_by_code(payload.number, payload.code))


@router.post("/progress/messages", response=Progress, summary="Add a message as the sender")
def progress_message(request: HttpRequest, payload: ProgressMessageIn) -> dict[str, Any]:
    case = selectors.case_by_code(payload.number, payload.code)
    telling.receive(case.pk, body=payload.body, via="portal", by=PORTAL, at=at_of(request), source="api")
    return _progress(selectors.case_by_code(payload.number, payload.code))


@router.post("/progress/rating", response=Progress, summary="Rate, and say whether it must be handled again")
def progress_rating(request: HttpRequest, payload: RatingIn) -> dict[str, Any]:
    case = selectors.case_by_code(payload.number, payload.code)
    if payload.score is not None:
        intake.rate(case, score=payload.score, by=PORTAL, at=at_of(request))
    if payload.reprocess is not None:
        outcome = "unsatisfied" if payload.reprocess else "satisfied"
        rounds.follow_up(case.pk, outcome=outcome, via="portal", by=PORTAL, at=at_of(request), source="api")
    return _progress(selectors.case_by_code(payload.number, payload.code))


def _progress(case: Case) -> dict[str, Any]:
    return {
        "number": case.number,
        "stage": case.stage,
        "sentence": str(STAGE_PUBLIC_SENTENCES[case.stage]),
        "round": case.round,
        "promises": [promise_out(row, public=True) for row in promises.promises_of(case.subject)],
        "may_rate": case.is_told and case.is_open,
    }


@router.get("/acts", response=dict[str, Any], summary="Every act: its name, permission and fields")
def act_list(request: HttpRequest) -> dict[str, Any]:
    return {
        code: {
            "label": str(act.label),
            "permission": act.permission.value,
            "fields": {
                name: {"label": str(field.label), "required": field.required}
                for name, field in act.form.base_fields.items()
            },
        }
        for code, act in acts.ACTS.items()
    }


@router.get("/{number}", response=CaseDetail, summary="A case with its promises")
def case_detail(request: HttpRequest, number: str) -> dict[str, Any]:
    return detail_out(request, selectors.case_for(user_of(request), number))


@router.post(
    "/{number}/acts/{act}", response=CaseDetail, summary="Do an act; the body holds the fields of its form"
)
def case_act(request: HttpRequest, number: str, act: str, payload: dict[str, Any]) -> dict[str, Any]:
    rev = payload.pop("rev", None)
    if rev is not None and not isinstance(rev, int):
        raise Invalid(_("rev 应是整数。"), fields={"rev": _("rev 应是整数。")})
    files = [FileIn(**file) for file in payload.pop("files", None) or []]
    case = acts.perform(
        user_of(request),
        number,
        act,
        _form_data(payload),
        files=_form_files(files),
        at=at_of(request),
        source="api",
        rev=rev,
    )
    return detail_out(request, case)


def _form_data(payload: Mapping[str, Any]) -> QueryDict:
    """JSON as a form would send it: lists as repeated fields, true and false as words."""
    data = QueryDict(mutable=True)
    for name, value in payload.items():
        if isinstance(value, list) and not any(isinstance(item, dict) for item in value):
            data.setlist(name, [str(item) for item in value])
        elif isinstance(value, list | dict):
            data[name] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            data[name] = "true" if value else "false"
        elif value is not None:
            data[name] = str(value)
    return data


def _form_files(files: list[FileIn]) -> MultiValueDict[str, Any]:
    found = [SimpleUploadedFile(upload.name, upload.content) for upload in uploads(files)]
    return MultiValueDict({"files": found} if found else {})


@router.get("/{number}/messages", response=list[MessageOut], summary="The timeline")
def case_messages(request: HttpRequest, number: str) -> list[dict[str, Any]]:
    case = selectors.case_for(user_of(request), number)
    return [_message_out(message) for message in selectors.timeline(case)]


def _message_out(message: Message) -> dict[str, Any]:
    return {
        "uid": str(message.uid),
        "kind": message.kind,
        "via": message.via,
        "body": message.body,
        "at": message.at,
        "author": message.author.name if message.author else None,
        "is_public": message.is_public,
        "detail": message.detail,
    }


@router.get(
    "/{number}/facts", response=list[FactOut], summary="The chain of facts, in the order of recording"
)
def case_facts(request: HttpRequest, number: str) -> list[dict[str, Any]]:
    case = selectors.case_for(user_of(request), number)
    return [
        {
            "uid": str(fact.uid),
            "kind": fact.kind,
            "at": fact.at,
            "recorded_at": fact.recorded_at,
            "by": f"{fact.actor_kind}:{fact.actor_id}",
            "source": fact.source,
            "data": fact.data,
            "evidence": fact.evidence,
            "hash": bytes(fact.hash).hex(),
        }
        for fact in selectors.facts(case)
    ]
