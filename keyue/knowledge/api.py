"""The knowledge base over the REST API, with the rules of the pages. The api room mounts `router` at /knowledge."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Status
from pydantic import StrictInt

from keyue.kernel.errors import Invalid, NotFound
from keyue.knowledge import actions, rules, searching, selectors
from keyue.knowledge.actions import Text
from keyue.knowledge.enums import Visibility
from keyue.knowledge.models import Article
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
    user_of,
)
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.promises import selectors as promises

router = Router(tags=["knowledge"])
VIEW, EDIT, APPROVE = Permission.ARTICLE_VIEW, Permission.ARTICLE_EDIT, Permission.ARTICLE_APPROVE
StaffId = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Said = Annotated[str, Field(max_length=rules.TEXT_LONGEST)]
Sight = Literal["public", "staff"]
Months = Annotated[StrictInt, Field(ge=1, le=rules.MOST_MONTHS, examples=[3])]


class TextIn(In):
    """What an edition says; `body` is Markdown, `asked` how customers ask for it."""

    title: str = Field(max_length=rules.TITLE_LONGEST, examples=["滤芯多久更换一次"])
    body: str = Field(max_length=rules.BODY_LONGEST, examples=["PP 棉三到六个月，活性炭六到十二个月。"])
    topic: str = Field(max_length=rules.TOPIC_LONGEST, examples=["维护保养"])
    visibility: Sight = Field("staff", examples=["public"])
    asked: list[str] = Field(
        default_factory=list, max_length=rules.MOST_PHRASES, examples=[["几个月换一回芯子"]]
    )
    note: str = Field("", max_length=200)


class ArticleIn(TextIn):
    """A new article. `owner` answers for it, `editor` keeps it; null: who asks."""

    owner: StaffId | None = None
    editor: StaffId | None = None
    department: str = Field("", max_length=60, description="the code of a department")
    review_months: Months = rules.REVIEW_MONTHS


class TextPatch(TextIn):
    """What the next edition says."""

    revision: StrictInt | None = Field(
        None, ge=0, le=LARGEST_ID, description="that was read; 409 if it changed"
    )


class ArticleRemarkIn(In):
    remark: Said = Field(examples=["请写明保修从哪天算起。"])


class ArticleReviewIn(In):
    """The article is still right. `months` until the next review; null: as before."""

    remark: Said = Field("", examples=["与新版保修政策核对过。"])
    months: Months | None = Field(None, examples=[6])


class SourceIn(In):
    what: Said = Field(examples=["保修政策自 7 月起改为两年。"])


class ReasonIn(In):
    reason: Said = Field(examples=["产品已经停售。"])


class ArticleKeepersIn(In):
    """Who answers for an article and who keeps it."""

    owner: StaffId = Field(examples=[4])
    editor: StaffId = Field(examples=[7])
    department: str = Field("", max_length=60, examples=["service"])


class SynonymsIn(In):
    """The company's own words that mean the same, a line a meaning."""

    synonyms: str = Field(max_length=rules.WORDS_LONGEST, examples=["退钱 退款 返款"])


class SynonymsOut(Out):
    synonyms: str


class ArticleEditionOut(Out):
    """An edition; a published one never changes."""

    n: int
    state: str
    title: str
    topic: str
    visibility: str
    body: str
    asked: list[str]
    note: str
    changed_at: datetime
    approved_at: datetime | None


class ArticleBrief(Out):
    """An article in a list, as the edition in use says it, else the newest."""

    id: int
    number: str
    title: str
    topic: str
    visibility: str
    state: str
    edition: int
    owner: int
    editor: int
    department: str
    review_on: date | None
    source_changed_at: datetime | None
    revision: int


class ArticleOut(ArticleBrief):
    """An article with its editions, the newest first."""

    review_months: int
    reason: str
    editions: list[ArticleEditionOut]


class ArticleList(Out):
    """A page; `next_cursor` leads to the one after it, empty on the last."""

    items: list[ArticleBrief]
    next_cursor: str


class SourceOut(Out):
    """An article that fits, with the passage. `confidence` is from 0 to 1; `is_sure`: an automatic answer may be given from it."""

    article: int
    number: str
    edition: int
    title: str
    topic: str
    passage: str
    heading: str
    confidence: float
    is_sure: bool


class SourceList(Out):
    items: list[SourceOut]


def _brief(article: Article, edition: Any) -> dict[str, Any]:
    return {
        **{
            name: getattr(article, name)
            for name in ("id", "number", "state", "department", "review_on", "source_changed_at", "revision")
        },
        **{name: getattr(edition, name) for name in ("title", "topic", "visibility")},
        "edition": edition.n,
        "owner": article.owner_id,
        "editor": article.editor_id,
    }


def article_out(request: HttpRequest, pk: int) -> dict[str, Any]:
    """An article with its editions, as far as the token's person may see them."""
    user = user_of(request)
    article = selectors.article_for(user, pk)
    editions = selectors.editions_of(user, article)
    return {
        **_brief(article, selectors.shown_edition(editions)),
        "review_months": article.review_months,
        "reason": article.reason,
        "editions": [
            {name: getattr(one, name) for name in ArticleEditionOut.model_fields} for one in editions
        ],
    }


def _colleague(request: HttpRequest, pk: int | None, field: str) -> User:
    if pk is None:
        return people.find_user(user_of(request).pk)
    try:
        return people.find_user(pk)
    except NotFound as error:
        said = _("没有这位同事。")
        raise Invalid(said, fields={field: said}) from error


def _department(code: str) -> str:
    if code and code not in {one.code for one in people.working_departments()}:
        said = _("没有这个部门。")
        raise Invalid(said, fields={"department": said})
    return code


def _text(data: TextIn) -> Text:
    return Text(**{name: getattr(data, name) for name in TextIn.model_fields})


@router.get("/articles", response=ArticleList, summary="List articles")
@needs(VIEW)
def list_articles(
    request: HttpRequest,
    q: str = Query("", max_length=60, description="a part of a word, pinyin or initials"),
    show: Literal[("", *selectors.SHOWS)] = Query("", description="which of them"),  # type: ignore[valid-type]
    topic: str = Query("", max_length=rules.TOPIC_LONGEST),
    cursor: Cursor = "",
    limit: Limit = selectors.PAGE,
) -> dict[str, Any]:
    """What is due for review first."""
    today = at_of(request).astimezone(promises.zone()).date()
    found = selectors.article_page(
        user_of(request), today=today, show=show, text=q, topic=topic, cursor=cursor, size=limit
    )
    return {"items": [_brief(row.article, row.edition) for row in found.rows], "next_cursor": found.next}


@router.post("/articles", response={201: ArticleOut}, summary="Begin an article")
@needs(EDIT)
def draft_article(request: HttpRequest, data: ArticleIn) -> Any:
    """Nobody is answered from it before somebody else approved it."""
    made = actions.draft_article(
        text=_text(data),
        owner=_colleague(request, data.owner, "owner"),
        editor=_colleague(request, data.editor, "editor"),
        department=_department(data.department),
        review_months=data.review_months,
        by=by_of(request),
        at=at_of(request),
        via=VIA,
    )
    return Status(201, article_out(request, made.pk))


@router.get("/articles/{pk}", response=ArticleOut, summary="An article")
@needs(VIEW)
def get_article(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """With its editions."""
    return article_out(request, pk)


@router.put("/articles/{pk}", response=ArticleOut, summary="Write the next edition of an article")
@needs(EDIT)
def revise_article(request: HttpRequest, pk: Identity, data: TextPatch) -> dict[str, Any]:
    """The draft changes; where there is none, one follows the edition in use."""
    row = selectors.article_for(user_of(request), pk)
    actions.revise_article(
        article=row, text=_text(data), revision=data.revision, by=by_of(request), at=at_of(request)
    )
    return article_out(request, pk)


@router.post("/articles/{pk}/submit", response=ArticleOut, summary="Ask for approval of an edition")
@needs(EDIT)
def submit_article(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """It does not change while it waits."""
    return _done(request, pk, actions.submit_edition)


@router.post("/articles/{pk}/publish", response=ArticleOut, summary="Approve and publish an edition")
@needs(APPROVE)
def publish_article(request: HttpRequest, pk: Identity) -> dict[str, Any]:
    """Somebody other than who wrote it; it replaces the edition before."""
    return _done(request, pk, actions.publish_edition)


@router.post("/articles/{pk}/return", response=ArticleOut, summary="Send an edition back")
@needs(APPROVE)
def return_article(request: HttpRequest, pk: Identity, data: ArticleRemarkIn) -> dict[str, Any]:
    """With what is to be changed."""
    return _done(request, pk, actions.return_edition, remark=data.remark)


@router.post("/articles/{pk}/review", response=ArticleOut, summary="Enter that an article is still right")
@needs(EDIT)
def review_article(request: HttpRequest, pk: Identity, data: ArticleReviewIn) -> dict[str, Any]:
    """Of a published one."""
    return _done(request, pk, actions.review_article, remark=data.remark, months=data.months)


@router.post(
    "/articles/{pk}/source-changed", response=ArticleOut, summary="Enter that an article's source changed"
)
@needs(EDIT)
def note_article_source(request: HttpRequest, pk: Identity, data: SourceIn) -> dict[str, Any]:
    """It is to be revised."""
    return _done(request, pk, actions.note_source_changed, what=data.what)


@router.put("/articles/{pk}/keepers", response=ArticleOut, summary="Say who looks after an article")
@needs(EDIT)
def change_article_keepers(request: HttpRequest, pk: Identity, data: ArticleKeepersIn) -> dict[str, Any]:
    """Its owner, its editor and its department."""
    return _done(
        request,
        pk,
        actions.change_keepers,
        owner=_colleague(request, data.owner, "owner"),
        editor=_colleague(request, data.editor, "editor"),
        department=_department(data.department),
    )


@router.post("/articles/{pk}/withdraw", response=ArticleOut, summary="Withdraw an article")
@needs(APPROVE)
def withdraw_article(request: HttpRequest, pk: Identity, data: ReasonIn) -> dict[str, Any]:
    """For good."""
    return _done(request, pk, actions.withdraw_article, reason=data.reason)


@router.get("/search", response=SourceList, summary="Articles that fit a question")
@needs(VIEW)
def search_knowledge(
    request: HttpRequest,
    q: str = Query("", max_length=300, description="as the customer asks it"),
    audience: Literal["public", "staff"] = Query(
        "staff", description="`public`: only what customers may read"
    ),
    limit: int = Query(3, ge=1, le=searching.MOST),
) -> dict[str, Any]:
    """The likeliest first, each with the passage that fits: suggestions beside a composer."""
    found = searching.search(q, audience=Visibility(audience), most=limit)
    return {
        "items": [
            {
                "article": source.article_id,
                **{
                    name: getattr(source, name)
                    for name in ("number", "edition", "title", "topic", "passage", "heading", "is_sure")
                },
                "confidence": round(source.confidence, 3),
            }
            for source in found
        ]
    }


@router.get("/synonyms", response=SynonymsOut, summary="The company's own words that mean the same")
@needs(APPROVE)
def get_synonyms(request: HttpRequest) -> dict[str, Any]:
    """Beside those that come with the product."""
    return {"synonyms": selectors.own_synonyms()}


@router.put("/synonyms", response=SynonymsOut, summary="Set the company's own words that mean the same")
@needs(APPROVE)
def change_synonyms(request: HttpRequest, data: SynonymsIn) -> dict[str, Any]:
    """At least two words a line."""
    row = actions.change_words(synonyms=data.synonyms, by=by_of(request), at=at_of(request), via=VIA)
    return {"synonyms": row.synonyms}


def _done(request: HttpRequest, pk: int, act: Any, **given: Any) -> dict[str, Any]:
    row = selectors.article_for(user_of(request), pk)
    act(article=row, by=by_of(request), at=at_of(request), via=VIA, **given)
    return article_out(request, pk)
