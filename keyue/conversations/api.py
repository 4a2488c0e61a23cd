"""Conversations and channels over the REST API, with the rules of the console. The api room mounts both routers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Status
from pydantic import StrictInt

from keyue.cases.sending import Files, uploads
from keyue.conversations import actions, channel_figures, console, downloads, lists, selectors
from keyue.conversations.actions._ground import LONGEST, Words
from keyue.conversations.actions.holding import SUMMARY_LONGEST
from keyue.conversations.channel_figures import ChannelFace
from keyue.conversations.enums import Ending, Opinion, State
from keyue.conversations.models import Conversation, Line
from keyue.conversations.sealed import handles_of
from keyue.customers.rules import number_of
from keyue.kernel.errors import Invalid, NotFound
from keyue.knowledge import used_scripts
from keyue.people import selectors as people
from keyue.people.api import (
    LARGEST_ID,
    VIA,
    Cursor,
    Identity,
    In,
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
from keyue.people.permissions import check
from keyue.promises import selectors as promises

router = Router(tags=["conversations"])
channels = Router(tags=["channels"])
VIEW, ANSWER, MANAGE = (
    Permission.CONVERSATION_VIEW,
    Permission.CONVERSATION_ANSWER,
    Permission.CONVERSATION_MANAGE,
)
LINES = 50
Code = Annotated[str, Field(max_length=20)]
RowId = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]


class AnswerIn(In):
    """What is said to the customer. `channel`: another on which they have spoken, else the one on which they spoke last."""

    model_config = shown(
        examples=[{"body": "您好，退款今天下午到账。"}, {"body": "您的退款正在处理。", "scripts": ["tkjd"]}]
    )

    body: str = Field("", max_length=LONGEST)
    files: Files
    channel: RowId | None = None
    scripts: list[Code] = Field(
        default_factory=list, max_length=used_scripts.MOST, description="codes of the canned answers in it"
    )


class HandOverIn(In):
    """To a colleague, or into the queue of a department."""

    model_config = shown(examples=[{"to": 7}, {"department": "tech"}])

    to: RowId | None = None
    department: str = Field("", max_length=60, description="the code of a department")


class SummaryIn(In):
    """What it was about, and whether the customer said what they think; an opinion needs a case first."""

    summary: str = Field(max_length=SUMMARY_LONGEST, examples=["咨询滤芯更换周期，已答复。"])
    opinion: Literal["none", "said"] = Field(examples=["none"])


class TalkFileOut(Out):
    """A file of a line; `GET /conversations/files/{id}` gives its content."""

    id: int
    name: str
    content_type: str
    size: int
    sha256: str


class UsedScriptOut(Out):
    """A canned answer in a line, in the edition that was in use; `is_changed`: not all of its words are left."""

    code: str
    edition: int
    is_changed: bool


class TalkLineOut(Out):
    """A line; `kind` is in (the customer), out (a person), auto, whisper (colleagues alone) or event.
    `scripts` are the canned answers that it was made of."""

    uid: str
    kind: str
    channel: int
    body: str
    at: datetime
    author: int | None
    delivery: str
    read_at: datetime | None
    case: str | None
    article: str | None = Field(description="the article that an automatic answer is from")
    scripts: list[UsedScriptOut]
    is_erased: bool
    files: list[TalkFileOut]


class ConversationOut(Out):
    """A conversation in a list. `who` and `handle` are under their masks."""

    id: int
    number: str = Field(examples=["HH-2611-000142"])
    state: str
    channel: int
    channel_kind: str
    who: str
    handle: str
    customer: str | None = Field(examples=["KH-00317"])
    contact: int | None = Field(description="as `POST /customers/contacts/{id}/reveal` takes it")
    case: str | None
    department: str
    agent: int | None
    opened_at: datetime
    last_at: datetime
    waiting_since: datetime | None = Field(description="of the first word that nobody has answered")
    answered_at: datetime | None = Field(description="when a person answered first")
    ended_at: datetime | None
    ending: str
    opinion: str
    recorded_at: datetime | None
    revision: int


class ConversationDetail(ConversationOut):
    """A conversation with its newest lines in their order; `next_cursor` leads to the lines before them."""

    place: int = Field(description="in the queue of its department, from 1; 0 once somebody has it")
    follows: int | None = Field(description="the conversation before it")
    summary: str
    lines: list[TalkLineOut]
    next_cursor: str


class ConversationList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[ConversationOut]
    next_cursor: str


class TalkLineList(Out):
    """Lines in their order; `next_cursor` leads to those before them, empty at the beginning."""

    items: list[TalkLineOut]
    next_cursor: str


class FirstResponseOut(Out):
    """Of the conversations that began in the last `days`: how many a person answered, and half of them how soon."""

    days: int
    begun: int
    answered: int
    median_seconds: int | None


class ChannelOut(Out):
    """A channel; `arrived` messages since it was last seen, `waiting` conversations without an answer."""

    id: int
    kind: str
    name: str
    department: str
    keeper: int | None
    is_open: bool
    arrived: int
    waiting: int
    viewed_at: datetime | None
    is_unseen: bool = Field(description="nobody has seen today what came in")
    failing_since: datetime | None
    failure: str
    first_response: FirstResponseOut


class ChannelList(Out):
    items: list[ChannelOut]


# --- conversations ---


def _brief(rows: Sequence[Conversation]) -> list[dict[str, Any]]:
    """Conversations as lists show them; two queries whatever their number."""
    names = console.shown_names(rows)
    handles = handles_of([row.party for row in rows])
    plain = (
        "id number state department opened_at last_at waiting_since answered_at ended_at ending opinion recorded_at"
    ).split()
    return [
        {
            **{name: getattr(row, name) for name in plain},
            "channel": row.channel_id,
            "channel_kind": row.channel.kind,
            "who": names[row.pk],
            "handle": console.masked_handle(row.party.scheme, handle),
            "customer": number_of(row.customer_id) if row.customer_id else None,
            "contact": row.contact_id,
            "case": row.case.number if row.case is not None else None,
            "agent": row.agent_id,
            "revision": row.rev,
        }
        for row, (handle, _name) in zip(rows, handles, strict=True)
    ]


def line_out(line: Line) -> dict[str, Any]:
    """A line as the console shows it."""
    plain = "kind body at delivery read_at".split()
    is_erased = line.erased_at is not None
    detail = {} if is_erased else line.detail
    return {
        **{name: getattr(line, name) for name in plain},
        "uid": str(line.uid),
        "channel": line.channel_id,
        "author": line.author_id,
        "case": line.case.number if line.case is not None else None,
        "article": str(detail["number"]) if detail.get("number") else None,
        "scripts": detail.get(used_scripts.KEY, []),
        "is_erased": is_erased,
        "files": [
            {name: getattr(file, name) for name in TalkFileOut.model_fields}
            for file in line.files.all()
            if file.erased_at is None
        ],
    }


def _lines(row: Conversation, cursor: str, size: int) -> dict[str, Any]:
    before = lists.line_place(cursor) if cursor else None
    found = selectors.lines_of(row, before=before, most=size + 1)
    kept = found[-size:]
    return {
        "items": [line_out(line) for line in kept],
        "next_cursor": str(kept[0].pk) if len(found) > size else "",
    }


def _whole(request: HttpRequest, pk: int) -> dict[str, Any]:
    row = selectors.conversation_for(user_of(request), pk)
    lines = _lines(row, "", LINES)
    return {
        **_brief([row])[0],
        "place": selectors.place_in_queue(row),
        "follows": row.follows_id,
        "summary": row.summary,
        "lines": lines["items"],
        "next_cursor": lines["next_cursor"],
    }


@router.get("", response=ConversationList, summary="List conversations")
@needs(VIEW)
def list_conversations(
    request: HttpRequest,
    state: Literal[("", *State.values)] = Query(""),  # type: ignore[valid-type]
    channel: int | None = Query(None, ge=1, le=LARGEST_ID, description="where the customer spoke last"),
    customer: str = Query("", max_length=40, examples=["KH-00317"]),
    agent: int | None = Query(None, ge=1, le=LARGEST_ID),
    unrecorded: bool = Query(False, description="only those that ended without a summary"),
    cursor: Cursor = "",
    limit: Limit = LINES,
) -> dict[str, Any]:
    """Those with the newest word first, as far as the token's person may see them."""
    found = lists.conversation_page(
        user_of(request),
        lists.Narrowed(state, channel, customer, agent, unrecorded),
        cursor=cursor,
        size=limit,
    )
    return {"items": _brief(found.rows), "next_cursor": found.next}


@router.get("/files/{pk}", summary="The content of a file of a conversation", openapi_extra={"x-file": True})
@needs(VIEW)
def get_conversation_file(request: HttpRequest, pk: Identity) -> FileResponse:
    """As it was sent; who took it leaves a trace."""
    return downloads.download(user_of(request), pk, by=by_of(request), at=at_of(request), via=VIA)


@router.get("/{pk}", response=ConversationDetail, summary="A conversation with its newest lines")
@needs(VIEW)
def get_conversation(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """What colleagues whispered is among them: `kind` says so."""
    return _whole(request, pk)


@router.get("/{pk}/lines", response=TalkLineList, summary="Lines of a conversation")
@needs(VIEW)
def list_conversation_lines(
    request: HttpRequest, pk: Identity, cursor: Cursor = "", limit: Limit = LINES
) -> dict[str, Any]:
    """The newest in their order; a cursor leads to those before."""
    return _lines(selectors.conversation_for(user_of(request), pk), cursor, limit)


@router.post("/{pk}/answers", response={201: TalkLineOut}, summary="Answer the customer")
@needs(ANSWER)
def answer_conversation(request: HttpRequest, pk: Identity, data: AnswerIn) -> Any:
    """Goes out by the channel; one that waits in the queue is the token's person's from then on. With an
    `Idempotency-Key` it goes out once, however often it is sent."""
    user = user_of(request)
    row = selectors.conversation_for(user, pk)
    files = uploads(data.files, user) if data.files else ()
    detail = used_scripts.made_of(user, data.scripts, data.body)
    line = actions.answer(
        conversation=row,
        words=Words(data.body, files, detail),
        user=user,
        at=at_of(request),
        channel=_channel(data.channel),
        source=VIA,
    )
    return Status(201, line_out(line))


def _channel(pk: int | None) -> Any:
    if pk is None:
        return None
    try:
        return selectors.channel_by_id(pk)
    except NotFound as error:
        raise Invalid(str(error), fields={"channel": str(error)}) from error


@router.post("/{pk}/take", response=ConversationDetail, summary="Take a conversation from the queue")
@needs(ANSWER)
def take_conversation(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """409 where somebody was quicker."""
    row = selectors.conversation_for(user_of(request), pk)
    actions.take(conversation=row, user=user_of(request), at=at_of(request), source=VIA)
    return _whole(request, pk)


@router.post("/{pk}/hand-over", response=ConversationOut, summary="Hand a conversation over")
@needs(ANSWER)
def hand_over_conversation(request: HttpRequest, pk: Identity, data: HandOverIn) -> dict[str, Any]:
    """One's own; those of others with `conversation.manage`."""
    user = user_of(request)
    row = selectors.conversation_for(user, pk)
    if row.agent_id != user.pk:
        check(user, MANAGE)
    if data.department and data.department not in {one.code for one in people.open_departments()}:
        said = _("没有这个部门。")
        raise Invalid(said, fields={"department": said})
    after = actions.hand_over(
        conversation=row,
        to=_colleague(data.to),
        department=data.department,
        by=by_of(request),
        at=at_of(request),
        source=VIA,
    )
    # whoever handed it over may see it no more
    return _brief([after])[0]


def _colleague(pk: int | None) -> User | None:
    if pk is None:
        return None
    try:
        return people.find_user(pk)
    except NotFound as error:
        said = _("没有这位同事。")
        raise Invalid(said, fields={"to": said}) from error


@router.post("/{pk}/end", response=ConversationDetail, summary="End a conversation")
@needs(ANSWER)
def end_conversation(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """Nobody answers in it any more; a summary is to be written. What the customer says next begins another."""
    row = selectors.conversation_for(user_of(request), pk)
    actions.end(conversation=row, ending=Ending.STAFF, by=by_of(request), at=at_of(request), source=VIA)
    return _whole(request, pk)


@router.post("/{pk}/summary", response=ConversationDetail, summary="Write down what a conversation was about")
@needs(ANSWER)
def record_conversation(request: HttpRequest, pk: Identity, data: SummaryIn) -> dict[str, Any]:
    """With the customer's opinion: none, or one that a case was made of."""
    row = selectors.conversation_for(user_of(request), pk)
    actions.record_summary(
        conversation=row,
        summary=data.summary,
        opinion=Opinion(data.opinion),
        user=user_of(request),
        at=at_of(request),
        source=VIA,
    )
    return _whole(request, pk)


# --- channels ---


def _channel_out(face: ChannelFace) -> dict[str, Any]:
    row, first = face.channel, face.first
    plain = "id kind name department is_open viewed_at failing_since failure".split()
    return {
        **{name: getattr(row, name) for name in plain},
        **{name: getattr(face, name) for name in ("arrived", "waiting", "is_unseen")},
        "keeper": row.keeper_id,
        "first_response": {
            "days": channel_figures.WINDOW.days,
            "begun": first.begun,
            "answered": first.answered,
            "median_seconds": round(first.median.total_seconds()) if first.median is not None else None,
        },
    }


def _faces(request: HttpRequest, rows: Sequence[Any]) -> list[dict[str, Any]]:
    at = at_of(request)
    today = timezone.localtime(at, promises.zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return [_channel_out(face) for face in channel_figures.faces(rows, at=at, today=today)]


@channels.get("", response=ChannelList, summary="List channels")
@needs(Permission.CHANNELS_MANAGE, VIEW)
def list_channels(
    request: HttpRequest, closed: bool = Query(False, description="also those that are closed")
) -> dict[str, Any]:
    """With what waits on each and how soon a person answered first. How they are set up is on the pages alone."""
    return {"items": _faces(request, channel_figures.channels(closed=closed))}


@channels.get("/{pk}", response=ChannelOut, summary="A channel")
@needs(Permission.CHANNELS_MANAGE, VIEW)
def get_channel(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """With its figures."""
    return _faces(request, [selectors.channel_by_id(pk)])[0]
