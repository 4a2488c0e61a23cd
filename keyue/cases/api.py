"""Cases over the REST API: registering, listing, reading, and every act at an address of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db import IntegrityError
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Path, Query, Router, Status
from pydantic import StrictBool

from keyue.cases import acts, histories, lists, selectors
from keyue.cases.actions import intake
from keyue.cases.actions.core import state_of
from keyue.cases.bodies import SUMMARIES, body_of, form_data, form_files
from keyue.cases.enums import CaseType, Category, Channel, Level, Phase, Stage
from keyue.cases.models import Case, CaseTask, Message
from keyue.cases.sending import FileIn, Files, download, uploads
from keyue.customers import selectors as customers
from keyue.kernel.errors import Invalid, NotFound
from keyue.ledger.facts import Actor
from keyue.ledger.models import Fact
from keyue.people.api import (
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
from keyue.promises import selectors as promises
from keyue.promises.api import PromiseOut, promise_out

router = Router(tags=["cases"])
Number = Annotated[str, Path(max_length=40, examples=["TS-2611-000142"], description="the case's number")]
Text = Annotated[str, Query(max_length=64)]
Code = Annotated[str, Query(max_length=60)]


def _or_nothing(values: list[str]) -> Any:
    return Literal[tuple(["", *values])]


class CaseIn(In):
    """An opinion as it reached the company. Without a name and a way to reach the sender it must be `anonymous`."""

    model_config = shown(
        examples=[
            {
                "type": "complaint",
                "title": "3# 膜组产水浊度反复超标",
                "content": "3# 膜组这周第三次浊度超标，约好周六上午维保，人下午才到。",
                "phase": "after",
                "region": "浙江省杭州市",
                "name": "周叙白",
                "phone": "13812346027",
                "source_key": "erp-20261122-07",
            },
            {"type": "suggestion", "content": "希望巡检前一天短信通知。", "anonymous": True},
        ]
    )

    type: Literal[tuple(CaseType.values)]  # type: ignore[valid-type]
    content: str = Field(max_length=intake.CONTENT, examples=["3# 膜组这周第三次浊度超标"])
    title: str = Field("", max_length=400, description="the beginning of the content where absent")
    channel: Literal[tuple(Channel.values)] = Channel.API.value  # type: ignore[valid-type]
    phase: _or_nothing(Phase.values) = ""  # type: ignore[valid-type]
    region: str = Field(
        "", max_length=40, description="a province-level code of GB/T 2260, or the place in words"
    )
    name: str = Field("", max_length=200)
    phone: str = Field("", max_length=60)
    email: str = Field("", max_length=300)
    anonymous: StrictBool = False
    received_at: Instant | None = Field(
        None,
        description="when it reached the company; now where absent, more than a day ago only with a file",
    )
    source_key: str | None = Field(
        None, min_length=1, max_length=120, description="your own id: the same again gives the same case"
    )
    consent_version: str = Field(
        "", max_length=20, description="the version of the notice that was agreed to"
    )
    files: Files


class CaseOut(Out):
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
    due: datetime | None = Field(description="of the open promise that is due first")
    rev: int


class TaskOut(Out):
    """A part of the work for a collaborating department."""

    id: int
    department: str
    what: str
    due: datetime
    done_at: datetime | None


class CaseDetail(CaseOut):
    """A case with its promises and what may be done now."""

    content: str
    anonymous: bool
    customer: str | None = Field(description="number of the customer", examples=["KH-00317"])
    contact: int | None = Field(
        description="id of the contact, as `POST /customers/contacts/{id}/reveal` takes it"
    )
    severity: int | None
    reach: int | None
    consequence: int | None
    waiting_reason: str
    eta: datetime | None
    rating: int | None
    has_cause: bool
    exit_requested: str
    promises: list[PromiseOut]
    tasks: list[TaskOut]
    acts: list[str] = Field(description="what this token's user may do now")


class Registered(Out):
    """`code` is shown once: with the number it is the sender's only way back. Empty where the case was there already."""

    number: str = Field(examples=["TS-2611-000142"])
    code: str = Field(examples=["K7P2M9XQ"])
    is_new: bool


class CasePage(Out):
    """`next_cursor` leads to the next page; empty on the last."""

    items: list[CaseOut]
    next_cursor: str


class FileOut(Out):
    """A file of a message; `GET /cases/files/{id}` gives its content."""

    id: int
    name: str
    content_type: str
    size: int
    sha256: str


class MessageOut(Out):
    """A line of the timeline; `kind` is in, out, note, plan, result, minutes, cause or task."""

    uid: str
    kind: str
    via: str
    body: str
    at: datetime
    author: str | None
    is_public: bool
    detail: dict[str, Any]
    files: list[FileOut]


class MessagePage(Out):
    items: list[MessageOut]
    next_cursor: str


class FactOut(Out):
    """A fact of the chain, as it was hashed."""

    uid: str
    rev: int
    kind: str
    at: datetime
    recorded_at: datetime
    by: str
    source: str
    data: dict[str, Any]
    evidence: list[Any]
    voids: str | None
    hash: str


class FactPage(Out):
    items: list[FactOut]
    next_cursor: str


class ActOut(Out):
    """An act: who may, and the facts that perform promises."""

    code: str
    label: str
    permission: str
    records: list[str]


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
    rows, tasks = list(promises.promises_of(case.subject)), selectors.tasks(case)
    selectors.know_holders(case, rows)
    possible = acts.possible_acts(user_of(request), case, state_of(case))
    columns = (
        "content", "severity", "reach", "consequence", "waiting_reason", "eta", "rating", "has_cause", "exit_requested",
    )  # fmt: skip
    return {
        **case_out(case),
        **{name: getattr(case, name) for name in columns},
        "anonymous": case.is_anonymous,
        "customer": case.customer.number if case.customer else None,
        "contact": case.contact_id,
        "promises": [promise_out(row, case.number) for row in rows],
        "tasks": [_task_out(task) for task in tasks],
        "acts": [act.code for act in possible if _makes_sense(act, user_of(request), case, tasks)],
    }


def _makes_sense(act: acts.Act, user: User, case: Case, tasks: Sequence[CaseTask]) -> bool:
    given = {task.department for task in tasks if task.done_at is None}
    return act.code != "finish_task" or any(selectors.works_for(user, case, code) for code in given)


def _task_out(task: CaseTask) -> dict[str, Any]:
    return {
        "id": task.pk,
        "department": task.department,
        "what": task.message.body,
        "due": task.due,
        "done_at": task.done_at,
    }


@router.post("", response={201: Registered, 200: Registered}, summary="Register an opinion")
@needs(Permission.CASE_REGISTER)
def register(request: HttpRequest, payload: CaseIn) -> Status[dict[str, Any]]:
    """201 with number and code; 200 where `source_key` is known already. Promises begin to run at `received_at`."""
    if payload.anonymous and (payload.name or payload.phone or payload.email):
        sentence = _("匿名提交不登记姓名和联系方式。")
        faults = {name: sentence for name in ("name", "phone", "email") if getattr(payload, name)}
        raise Invalid(sentence, fields=faults)
    given = intake.Intake(
        type=payload.type, content=payload.content, title=payload.title, channel=payload.channel, phase=payload.phase,
        region=payload.region, name=payload.name, phone=payload.phone, email=payload.email,
        is_anonymous=payload.anonymous, consent_version=payload.consent_version,
        uploads=uploads(payload.files, user_of(request)) if payload.files else (),
    )  # fmt: skip
    key = f"api:{user_of(request).pk}:{payload.source_key}" if payload.source_key else None
    at = payload.received_at or at_of(request)
    try:
        made = _registered(given, by=by_of(request), at=at, key=key)
    except Invalid as error:
        raise _renamed(error, "at", "received_at") from error
    answer = {"number": made.case.number, "code": made.code, "is_new": made.is_new}
    return Status(201 if made.is_new else 200, answer)


def _registered(given: intake.Intake, *, by: Actor, at: datetime, key: str | None) -> intake.Registered:
    try:
        return intake.register(given, by=by, at=at, source=VIA, source_key=key)
    except IntegrityError:
        # the same `source_key` in the same instant: the other one was first
        return intake.register(given, by=by, at=at, source=VIA, source_key=key)


def _renamed(error: Invalid, old: str, new: str) -> Invalid:
    """The same fault under the name that the body has for the field."""
    fields = {new if name == old else name: sentence for name, sentence in error.fields.items()}
    return Invalid(error.message, fields=fields, code=error.code)


@router.get("", response=CasePage, summary="List or search cases")
@needs(Permission.CASE_VIEW)
def case_list(
    request: HttpRequest,
    limit: Limit = 50,
    cursor: Cursor = "",
    q: Text = "",
    state: Annotated[Literal["open", "closed", "waiting", "all"], Query()] = "open",
    type: Annotated[_or_nothing(CaseType.values), Query()] = "",  # type: ignore[valid-type]
    category: Annotated[_or_nothing(Category.values), Query()] = "",  # type: ignore[valid-type]
    stage: Annotated[_or_nothing(Stage.values), Query()] = "",  # type: ignore[valid-type]
    level: Annotated[_or_nothing(Level.values), Query()] = "",  # type: ignore[valid-type]
    channel: Annotated[_or_nothing(Channel.values), Query()] = "",  # type: ignore[valid-type]
    phase: Annotated[_or_nothing(Phase.values), Query()] = "",  # type: ignore[valid-type]
    lead: Code = "",
    customer: Code = "",
    due: Annotated[Literal["", "late", "week"], Query()] = "",
    mine: Annotated[bool, Query(description="only what this person owes a promise about")] = False,
    received_from: Annotated[Instant | None, Query()] = None,
    received_to: Annotated[Instant | None, Query()] = None,
) -> dict[str, Any]:
    """Open cases in the order of the earliest due, others newest first; with `q` (two characters and more of title,
    content or messages, or a number) the finds, newest first. Only what this person may see."""
    if len(q.strip()) == 1:
        raise Invalid(_("搜索词至少两个字。"), fields={"q": _("搜索词至少两个字。")})
    user = user_of(request)
    filters = lists.Filters(
        text=q.strip(), state=state, type=type, category=category, stage=stage, level=level, lead=lead,
        channel=channel, phase=phase, due=due, mine=mine, received_from=received_from, received_to=received_to,
        customer=customers.family_of(customers.customer_for(user, customer).pk) if customer else (),
    )  # fmt: skip
    page = lists.queue(user, filters, when=lists.moment(at_of(request)), cursor=cursor, size=limit)
    return {"items": [case_out(case) for case in page.cases], "next_cursor": page.next_cursor}


# before "/{number}": the words below are no numbers of cases


@router.get("/acts", response=list[ActOut], summary="Every act, in the order of the work")
@needs()
def act_list(request: HttpRequest) -> list[dict[str, Any]]:
    """The fields of each are in the document of its address, `POST /cases/{number}/acts/{code}`."""
    return [
        {
            "code": act.code,
            "label": str(act.label),
            "permission": act.permission.value,
            "records": list(act.records),
        }
        for act in acts.ACTS.values()
    ]


@router.get("/files/{pk}", summary="The content of a file", openapi_extra={"x-file": True})
@needs(Permission.CASE_VIEW)
def case_file(request: HttpRequest, pk: Identity) -> FileResponse:
    """As it was sent. That it was taken stands in the access trail."""
    return download(user_of(request), pk, by=by_of(request), at=at_of(request), via=VIA)


@router.get("/{number}", response=CaseDetail, summary="A case with its promises")
@needs(Permission.CASE_VIEW)
def case_detail(request: HttpRequest, number: Number) -> dict[str, Any]:
    """`acts` says what may be done now; `rev` goes with an act, so that nobody writes over another's work."""
    return detail_out(request, selectors.case_for(user_of(request), number))


@router.get("/{number}/messages", response=MessagePage, summary="The timeline, oldest first")
@needs(Permission.CASE_VIEW)
def case_messages(
    request: HttpRequest, number: Number, limit: Limit = 50, cursor: Cursor = ""
) -> dict[str, Any]:
    """What the customer wrote, what they were told, notes, plans, results."""
    case = selectors.case_for(user_of(request), number)
    page = histories.messages_after(case, cursor, size=limit)
    return {"items": [_message_out(message) for message in page.rows], "next_cursor": page.next_cursor}


def _message_out(message: Message) -> dict[str, Any]:
    files = [] if message.erased_at else [file for file in message.attachments.all() if not file.erased_at]
    return {
        "uid": str(message.uid),
        "kind": message.kind,
        "via": message.via,
        "body": message.body,
        "at": message.at,
        "author": message.author.name if message.author else None,
        "is_public": message.is_public,
        "detail": message.detail,
        "files": [
            {
                "id": file.pk,
                "name": file.name,
                "content_type": file.content_type,
                "size": file.size,
                "sha256": file.sha256,
            }
            for file in files
        ],
    }


@router.get("/{number}/facts", response=FactPage, summary="The chain of facts, in the order of recording")
@needs(Permission.CASE_VIEW)
def case_facts(
    request: HttpRequest, number: Number, limit: Limit = 50, cursor: Cursor = ""
) -> dict[str, Any]:
    """What happened, who said so and when, with the hash that holds the chain together."""
    case = selectors.case_for(user_of(request), number)
    page = histories.facts_after(case, cursor, size=limit)
    return {"items": [_fact_out(fact) for fact in page.rows], "next_cursor": page.next_cursor}


def _fact_out(fact: Fact) -> dict[str, Any]:
    return {
        "uid": str(fact.uid),
        "rev": fact.rev,
        "kind": fact.kind,
        "at": fact.at,
        "recorded_at": fact.recorded_at,
        "by": f"{fact.actor_kind}:{fact.actor_id}",
        "source": fact.source,
        "data": fact.data,
        "evidence": fact.evidence,
        "voids": str(fact.voids) if fact.voids else None,
        "hash": bytes(fact.hash).hex(),
    }


def _operation(act: acts.Act) -> Callable[..., Any]:
    """The operation that does one act."""
    model = body_of(act)

    def operation(request: HttpRequest, number: Any, payload: Any) -> dict[str, Any]:
        return _do(request, act, number, payload)

    operation.__name__ = f"act_{act.code}"
    operation.__annotations__ = {"number": Number, "payload": model, "request": HttpRequest}
    return needs(act.permission)(operation)


def _do(request: HttpRequest, act: acts.Act, number: str, payload: Any) -> dict[str, Any]:
    user = user_of(request)
    case = acts.perform(
        user,
        number,
        act.code,
        form_data(payload),
        files=form_files(payload, user),
        at=at_of(request),
        source=VIA,
        rev=getattr(payload, "rev", None),
        happened=payload.at,
    )
    return detail_out(request, case)


for _act in acts.ACTS.values():
    router.add_api_operation(
        f"/{{number}}/acts/{_act.code}",
        ["POST"],
        _operation(_act),
        response=CaseDetail,
        summary=SUMMARIES[_act.code],
        description=_act.run.__doc__ or f"{SUMMARIES[_act.code]}.",
        tags=["acts"],
    )


@router.post("/{number}/acts/{act}", response=CaseDetail, include_in_schema=False)
@needs()
def unknown_act(request: HttpRequest, number: Number, act: str) -> dict[str, Any]:
    """An act that there is not. Raises NotFound."""
    raise NotFound(_("没有这个动作：%(code)s") % {"code": act[:40]})


__all__ = ["FileIn", "router"]
