"""Canned answers, troubleshooting trees, and what had no answer, over the REST API, with the rules of the pages. The api room
mounts `router` at /knowledge, beside that of articles."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Status

from keyue.knowledge import actions, asked, scripts, selectors
from keyue.knowledge.api import ArticleOut, article_out
from keyue.knowledge.enums import ScriptKind
from keyue.knowledge.models import QuestionGroup, Script, ScriptEdition
from keyue.people.api import VIA, Cursor, Identity, In, Limit, Out, at_of, by_of, needs, user_of
from keyue.people.enums import Permission

router = Router(tags=["knowledge"])
VIEW, EDIT = Permission.ARTICLE_VIEW, Permission.ARTICLE_EDIT


class ScriptEditionOut(Out):
    """An edition; an approved one never changes. A tree's `body` is an indented list."""

    n: int
    state: str
    title: str
    body: str
    changed_at: datetime
    approved_at: datetime | None


class ScriptOut(Out):
    """A canned answer or a tree, as the edition in use says it, else the newest. `ways`: the kinds of channels that it is for,
    empty for all; `scope`: who may use it."""

    id: int
    kind: str
    code: str
    title: str
    body: str
    edition: int
    state: str
    scope: str
    department: str
    ways: list[str]
    owner: int
    revision: int


class ScriptDetail(ScriptOut):
    """With its editions, the newest first."""

    editions: list[ScriptEditionOut]


class ScriptList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[ScriptOut]
    next_cursor: str


class OfferedOut(Out):
    """A canned answer that may be sent now: name its `code` as `script` where it is sent."""

    code: str
    edition: int
    title: str
    body: str


class OfferedList(Out):
    items: list[OfferedOut]


class QuestionGroupOut(Out):
    """Alike questions that had no answer, or none that helped (`unhelpful`); personal data is masked. `near` is the number of
    the article that came closest, `article` of the one that answers them now."""

    id: int
    text: str
    wordings: list[str]
    count: int
    unhelpful: int
    first_at: datetime
    last_at: datetime
    state: str
    near: str | None
    article: str | None
    decided_at: datetime | None


class QuestionGroupList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[QuestionGroupOut]
    next_cursor: str
    count: int


class AttachIn(In):
    article: Annotated[str, Field(max_length=40, examples=["ZS-00012"], description="its number")]


def _script_out(script: Script, edition: ScriptEdition) -> dict[str, Any]:
    plain = "id kind code state scope department ways revision".split()
    return {
        **{name: getattr(script, name) for name in plain},
        "title": edition.title,
        "body": edition.body,
        "edition": edition.n,
        "owner": script.owner_id,
    }


def _group_out(group: QuestionGroup) -> dict[str, Any]:
    plain = "id text wordings count unhelpful first_at last_at state decided_at".split()
    return {
        **{name: getattr(group, name) for name in plain},
        "near": group.near.number if group.near is not None else None,
        "article": group.article.number if group.article is not None else None,
    }


@router.get("/scripts", response=ScriptList, summary="List canned answers or troubleshooting trees")
@needs(VIEW)
def list_scripts(
    request: HttpRequest,
    kind: Literal[tuple(ScriptKind.values)] = Query("canned"),  # type: ignore[valid-type]
    q: str = Query("", max_length=60, description="a part of a word, pinyin, initials or the code"),
    show: Literal["", "submitted", "withdrawn"] = Query("", description="which of them"),
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Those that the token's person may use or looks after, in the order in which they were begun."""
    found = scripts.script_page(user_of(request), kind=kind, text=q, show=show, cursor=cursor, size=limit)
    return {
        "items": [_script_out(row.script, row.edition) for row in found.rows],
        "next_cursor": found.next,
    }


@router.get("/scripts/offered", response=OfferedList, summary="Canned answers that may be sent")
@needs(VIEW)
def list_offered_scripts(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="a part of a word, pinyin, initials or the code"),
    way: str = Query("", max_length=12, description="the kind of the channel"),
) -> dict[str, Any]:
    """Approved, and the person's to use: whose code begins so first. Placeholders as `{客户姓名}` are filled as it leaves."""
    return {
        "items": [
            {"code": one.script.code, "edition": one.n, "title": one.title, "body": one.body}
            for one in scripts.offered(user_of(request), text=q, way=way)
        ]
    }


@router.get("/scripts/{pk}", response=ScriptDetail, summary="A canned answer or a troubleshooting tree")
@needs(VIEW)
def get_script(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """With its editions."""
    user = user_of(request)
    script = scripts.script_for(user, pk)
    editions = scripts.editions_of(user, script)
    plain = ScriptEditionOut.model_fields
    return {
        **_script_out(script, scripts.shown_edition(editions)),
        "editions": [{name: getattr(one, name) for name in plain} for one in editions],
    }


@router.get("/questions", response=QuestionGroupList, summary="Questions that had no answer")
@needs(EDIT)
def list_questions(
    request: HttpRequest,
    show: Literal["", "mine", "decided"] = Query(
        "", description="`mine`: the closest article is the person's, or there is none"
    ),
    cursor: Cursor = "",
) -> dict[str, Any]:
    """Alike ones together, those asked most often first."""
    found = asked.group_page(user_of(request), show=show, cursor=cursor)
    return {
        "items": [_group_out(group) for group in found.rows],
        "next_cursor": found.next,
        "count": found.count,
    }


@router.post(
    "/questions/{pk}/attach", response=QuestionGroupOut, summary="Let an article answer these questions"
)
@needs(EDIT)
def attach_question(request: HttpRequest, pk: Identity, data: AttachIn) -> dict[str, Any]:
    """Their wordings find it from now on; 409 for an article that is not published."""
    group = asked.group_for(user_of(request), pk)
    article = selectors.article_numbered(user_of(request), data.article)
    actions.attach_group(group=group, article=article, by=by_of(request), at=at_of(request), via=VIA)
    return _group_out(asked.group_for(user_of(request), pk))


@router.post(
    "/questions/{pk}/draft", response={201: ArticleOut}, summary="Begin an article from these questions"
)
@needs(EDIT)
def draft_question(request: HttpRequest, pk: Identity) -> Any:
    """It asks what they ask; what it says is still to be written."""
    user = user_of(request)
    group = asked.group_for(user, pk)
    made = actions.draft_from_group(group=group, owner=user, by=by_of(request), at=at_of(request), via=VIA)
    return Status(201, article_out(request, made.pk))


@router.post("/questions/{pk}/set-aside", response=QuestionGroupOut, summary="Set these questions aside")
@needs(EDIT)
def set_question_aside(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """They are not ours to answer."""
    group = asked.group_for(user_of(request), pk)
    actions.set_aside(group=group, by=by_of(request), at=at_of(request))
    return _group_out(asked.group_for(user_of(request), pk))


@router.post("/questions/{pk}/reopen", response=QuestionGroupOut, summary="Put these questions back")
@needs(EDIT)
def reopen_question(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """What was decided about them is taken back."""
    group = asked.group_for(user_of(request), pk)
    actions.reopen_group(group=group, by=by_of(request), at=at_of(request))
    return _group_out(asked.group_for(user_of(request), pk))
