"""Reading the knowledge base. Fetching is authorising: what takes a `viewer` returns what that member of staff may read, what
has `public_` in its name what everybody may."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from keyue.kernel.errors import Invalid, NotFound
from keyue.kernel.grams import folded
from keyue.knowledge import rules
from keyue.knowledge.enums import ArticleState, EditionState, ScriptKind, ScriptState, Visibility
from keyue.knowledge.model_client import Service
from keyue.knowledge.models import (
    Article,
    ArticleEdition,
    ArticleFile,
    ArticleWording,
    KnowledgeWords,
    LanguageModel,
    RequiredLine,
    ScriptEdition,
    SpeechRules,
)
from keyue.knowledge.scripts import usable_by
from keyue.ledger import sealing
from keyue.ledger.reading import first_of
from keyue.people.enums import Permission
from keyue.people.models import User
from keyue.people.permissions import allows

PAGE, MOST_PAGE = 25, 100
SHOWS = ("published", "due", "changed", "submitted", "draft", "withdrawn", "mine")
"""What the list can be narrowed to."""
SEALED_KEY = "knowledge.LanguageModel.secret"
"""The context under which the key of the language model is sealed."""


@dataclass(frozen=True, slots=True)
class Row:
    """An article in a list, with the edition that stands for it: the one in use, else the newest."""

    article: Article
    edition: ArticleEdition
    is_waiting: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A page of articles; `next` is the cursor of the page after it, empty on the last."""

    rows: Sequence[Row]
    next: str
    count: int


def visible_to(viewer: User) -> QuerySet[Article]:
    """The articles that `viewer` may read: the one place that decides it. Staff read all that is published or was; what is
    being written, who writes or approves articles."""
    rows = Article.objects.select_related("owner", "editor")
    if not allows(viewer, Permission.ARTICLE_VIEW):
        return rows.none()
    if allows(viewer, Permission.ARTICLE_EDIT) or allows(viewer, Permission.ARTICLE_APPROVE):
        return rows
    return rows.exclude(state=ArticleState.DRAFT)


def article_for(viewer: User, pk: int) -> Article:
    """An article that `viewer` may read. Raises NotFound."""
    found = visible_to(viewer).filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这篇文章，或您不能看。"))
    return found


def article_numbered(viewer: User, number: str) -> Article:
    """An article that `viewer` may read, by its number. Raises Invalid where there is none."""
    found = visible_to(viewer).filter(number=number.strip().upper()).first()
    if found is None:
        said = _("没有编号为「%(number)s」的文章。") % {"number": number[:20]}
        raise Invalid(said, fields={"article": said})
    return found


def sees_drafts(viewer: User) -> bool:
    """Whether what is being written is theirs to see."""
    return allows(viewer, Permission.ARTICLE_EDIT) or allows(viewer, Permission.ARTICLE_APPROVE)


def editions_of(viewer: User, article: Article) -> list[ArticleEdition]:
    """The editions of an article that `viewer` may read, the newest first."""
    rows = article.editions.order_by("-n")
    if not sees_drafts(viewer):
        rows = rows.filter(state__in=[EditionState.PUBLISHED, EditionState.SUPERSEDED])
    return list(rows)


def shown_edition(editions: Sequence[ArticleEdition]) -> ArticleEdition:
    """The edition that stands for an article: the one in use, else the newest. Raises NotFound where there is none."""
    for edition in editions:
        if edition.state == EditionState.PUBLISHED:
            return edition
    if not editions:
        raise NotFound(_("没有这篇文章，或您不能看。"))
    return editions[0]


def article_page(
    viewer: User,
    *,
    today: date,
    show: str = "",
    text: str = "",
    topic: str = "",
    visibility: str = "",
    cursor: str = "",
    size: int = PAGE,
) -> Found:
    """Articles, what is due for review first, then the newest. `text` is a part of a word, pinyin or initials."""
    rows = _narrowed(viewer, show, topic, visibility, today)
    for word in folded(text).split()[:5]:
        rows = rows.filter(Exists(_editions_with(viewer, word)))
    start = _offset(cursor)
    size = max(1, min(size, MOST_PAGE))
    found = list(rows.order_by("review_on", "-pk")[start : start + size + 1])
    shown = _rows(viewer, found[:size])
    return Found(shown, str(start + size) if len(found) > size else "", rows.count())


def _narrowed(viewer: User, show: str, topic: str, visibility: str, today: date) -> QuerySet[Article]:
    rows = visible_to(viewer)
    if topic:
        rows = rows.filter(topic=topic)
    if visibility:
        rows = rows.filter(visibility=visibility)
    waiting = ArticleEdition.objects.filter(article=OuterRef("pk"), state=EditionState.SUBMITTED)
    conditions: dict[str, Q] = {
        "published": Q(state=ArticleState.PUBLISHED),
        "due": Q(state=ArticleState.PUBLISHED, review_on__lte=today),
        "changed": Q(source_changed_at__isnull=False),
        "submitted": Q(Exists(waiting)) if sees_drafts(viewer) else Q(pk=None),
        "draft": Q(state=ArticleState.DRAFT),
        "withdrawn": Q(state=ArticleState.WITHDRAWN),
        "mine": Q(owner=viewer) | Q(editor=viewer),
    }
    return rows.filter(conditions.get(show, ~Q(state=ArticleState.WITHDRAWN)))


def _editions_with(viewer: User, word: str) -> QuerySet[ArticleEdition]:
    states = [EditionState.PUBLISHED]
    if sees_drafts(viewer):
        states += [EditionState.DRAFT, EditionState.SUBMITTED]
    said = Q(search_text__contains=word) | Q(article__number__iexact=word)
    withdrawn = Q(article__state=ArticleState.WITHDRAWN)
    return ArticleEdition.objects.filter(Q(state__in=states) | withdrawn, said, article=OuterRef("pk"))


def _rows(viewer: User, articles: Sequence[Article]) -> list[Row]:
    of: dict[int, list[ArticleEdition]] = {row.pk: [] for row in articles}
    editions = ArticleEdition.objects.filter(article__in=of).defer("body", "search_text").order_by("-n")
    if not sees_drafts(viewer):
        editions = editions.filter(state__in=[EditionState.PUBLISHED, EditionState.SUPERSEDED])
    for edition in editions:
        of[edition.article_id].append(edition)
    return [
        Row(
            row,
            shown_edition(of[row.pk]),
            any(edition.state == EditionState.SUBMITTED for edition in of[row.pk]),
        )
        for row in articles
        if of[row.pk]
    ]


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    if not cursor.isdecimal() or len(cursor) > 9:
        said = _("翻页标记不对，请从第一页重新开始。")
        raise Invalid(said, fields={"cursor": said}, code="bad_cursor")
    return int(cursor)


def topics(viewer: User) -> list[str]:
    """The topics of what `viewer` may read."""
    rows = visible_to(viewer).exclude(state=ArticleState.WITHDRAWN)
    return list(rows.order_by("topic").values_list("topic", flat=True).distinct())


def articles_kept_by(user: User) -> QuerySet[Article]:
    """Articles in use or being written that somebody answers for or keeps."""
    return Article.objects.exclude(state=ArticleState.WITHDRAWN).filter(Q(owner=user) | Q(editor=user))


def numbers_of(ids: Iterable[int]) -> dict[int, str]:
    """What people call articles, by id."""
    return dict(Article.objects.filter(pk__in=list(ids)).values_list("pk", "number"))


def titles_of(viewer: User, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Number and title of the articles that `viewer` may read, by id."""
    return {
        row.article.pk: (row.article.number, row.edition.title)
        for row in _rows(viewer, list(visible_to(viewer).filter(pk__in=list(ids))))
    }


def articles_by_number(viewer: User, numbers: Iterable[str]) -> list[tuple[Article, str]]:
    """Articles that `viewer` may read, by their numbers, each with its title."""
    rows = visible_to(viewer).filter(number__in=[number.upper() for number in numbers])
    return [(row.article, row.edition.title) for row in _rows(viewer, list(rows))]


# ── for everybody ─────────────────────────────────────────────────────────────────────────────────────────────


def public_editions() -> QuerySet[ArticleEdition]:
    """What everybody may read: the editions in use of articles that are public."""
    return ArticleEdition.objects.filter(
        state=EditionState.PUBLISHED,
        visibility=Visibility.PUBLIC,
        article__state=ArticleState.PUBLISHED,
    ).select_related("article")


def public_edition(number: str) -> ArticleEdition:
    """The edition in use of a public article, by the article's number. Raises NotFound."""
    found = public_editions().filter(article__number=number.upper()).first()
    if found is None:
        raise NotFound(_("没有这篇文章，或它已经撤下。"))
    return found


def public_topics() -> list[tuple[str, int]]:
    """The topics of the help centre, each with how many articles it has."""
    rows = public_editions().values("topic").annotate(n=Count("pk")).order_by("topic")
    return [(row["topic"], row["n"]) for row in rows]


def public_of_topic(topic: str) -> list[ArticleEdition]:
    """The articles of a topic, by title."""
    return list(public_editions().filter(topic=topic).defer("body", "search_text").order_by("title"))


def public_titles() -> list[ArticleEdition]:
    """All articles of the help centre, by topic and title."""
    return list(public_editions().defer("body", "search_text").order_by("topic", "title"))


# ── what the index is made of ─────────────────────────────────────────────────────────────────────────────────


def stamp() -> str:
    """What is another after every publication and every change of the words; empty before the first."""
    found = first_of("SELECT stamp FROM knowledge_knowledgewords WHERE id = 1", [])
    return str(found[0]) if found else ""


def own_synonyms() -> str:
    """The company's own words that mean the same."""
    return KnowledgeWords.objects.filter(pk=1).values_list("synonyms", flat=True).first() or ""


def editions_in_use() -> list[ArticleEdition]:
    """The editions from which questions are answered."""
    rows = ArticleEdition.objects.filter(
        state=EditionState.PUBLISHED, article__state=ArticleState.PUBLISHED
    ).select_related("article")
    return list(rows.defer("search_text"))


def wordings_in_use() -> dict[int, list[str]]:
    """Further ways in which customers ask, by the article's id."""
    found: dict[int, list[str]] = {}
    for article, text in ArticleWording.objects.order_by("pk").values_list("article_id", "text"):
        found.setdefault(article, []).append(text)
    return found


def files_of(article: Article) -> list[ArticleFile]:
    """The pictures and attachments of an article, the oldest first."""
    return list(article.files.order_by("pk"))


def file_for(viewer: User, pk: int) -> ArticleFile:
    """A file of an article that `viewer` may read. Raises NotFound."""
    found = ArticleFile.objects.filter(pk=pk).first()
    if found is None or not visible_to(viewer).filter(pk=found.article_id).exists():
        raise NotFound(_("没有这个附件。"))
    return found


def public_file(pk: int) -> ArticleFile:
    """A file that the edition in use of its public article names. Raises NotFound."""
    found = ArticleFile.objects.filter(pk=pk).first()
    edition = public_editions().filter(article=found.article_id).first() if found is not None else None
    if found is None or edition is None or pk not in rules.files_in(edition.body):
        raise NotFound(_("没有这个附件。"))
    return found


# ── what messages must and must not hold; see speech.py ───────────────────────────────────────────────────────


def forbidden_words() -> str:
    """The words that no message to customers may hold, a line each."""
    return SpeechRules.objects.filter(pk=1).values_list("forbidden", flat=True).first() or ""


def required_lines() -> list[RequiredLine]:
    """The lines that messages must carry, the oldest first."""
    return list(RequiredLine.objects.filter(ended_at=None).order_by("pk"))


def required_line(pk: int) -> RequiredLine:
    """Raises NotFound."""
    found = RequiredLine.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("没有这条语句。"))
    return found


def approved_texts() -> list[str]:
    """What canned answers in use say."""
    rows = ScriptEdition.objects.filter(
        script__kind=ScriptKind.CANNED, script__state=ScriptState.PUBLISHED, state=EditionState.PUBLISHED
    )
    return list(rows.values_list("body", flat=True))


def unapproved_texts(most: int = 1000) -> list[tuple[str, str]]:
    """Title and text of canned answers that nobody has approved yet, or that were put out of use; the newest first."""
    open_ones = Q(state__in=[EditionState.DRAFT, EditionState.SUBMITTED])
    withdrawn = Q(state=EditionState.PUBLISHED, script__state=ScriptState.WITHDRAWN)
    rows = ScriptEdition.objects.filter(open_ones | withdrawn, script__kind=ScriptKind.CANNED)
    return list(rows.order_by("-pk").values_list("title", "body")[:most])


def usable_script(user: User, code: str) -> ScriptEdition | None:
    """The approved edition of a script that `user` may use, by its code."""
    return usable_by(user).filter(script__code=code).first()


# ── the language model ────────────────────────────────────────────────────────────────────────────────────────


def model_row() -> LanguageModel | None:
    """What was entered about the language model."""
    return LanguageModel.objects.filter(pk=1).first()


def language_model(*, even_if_off: bool = False) -> Service | None:
    """The language model that words answers; None where none is on, or its key cannot be read."""
    row = model_row()
    if row is None or not (row.is_on or even_if_off) or not row.address:
        return None
    key = sealing.unseal(row.subject, row.secret, SEALED_KEY) if row.secret else ""
    return None if key is None else Service(row.address, row.name, key, float(row.seconds))


def bodies_of(wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str]:
    """What editions say, by the article's id and the number of the edition."""
    rows = ArticleEdition.objects.filter(article__in={article for article, _n in wanted})
    found = rows.values_list("article_id", "n", "body")
    return {(article, n): body for article, n, body in found if (article, n) in set(wanted)}
