"""The index over the articles in use: kept in memory by each process, made anew when something was published.

Whether it still holds is one small query; editions that did not change are not read through again. There is one for
everybody and one for staff, who also read what is theirs alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from django.db import connection

from keyue.knowledge import selectors
from keyue.knowledge.enums import Visibility
from keyue.knowledge.models import ArticleEdition
from keyue.knowledge.retrieval import Document, Hit, Index
from keyue.knowledge.retrieval.confidence import THRESHOLD
from keyue.knowledge.retrieval.synonyms import groups_of

MOST = 10


@dataclass(frozen=True, slots=True)
class Source:
    """An article that answers or may help: the edition that was in use, and the passage."""

    article_id: int
    number: str
    edition: int
    title: str
    topic: str
    passage: str
    heading: str
    confidence: float
    visibility: str = Visibility.PUBLIC

    @property
    def is_public(self) -> bool:
        """Whether customers may read it."""
        return self.visibility == Visibility.PUBLIC

    @property
    def is_sure(self) -> bool:
        """Whether an automatic answer may be given from it."""
        return self.confidence >= THRESHOLD


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a process keeps: of which database and stamp it is."""

    database: str
    stamp: str
    public: Index
    staff: Index
    editions: dict[str, ArticleEdition]


_kept: _Kept | None = None
_lock = Lock()


def search(question: str, *, audience: Visibility, most: int = 5) -> list[Source]:
    """The articles in use that fit a question best, for everybody or for staff."""
    kept = _current()
    index = kept.public if audience == Visibility.PUBLIC else kept.staff
    return [_source(hit, kept) for hit in index.search(question, most=min(most, MOST))]


def _source(hit: Hit, kept: _Kept) -> Source:
    edition = kept.editions[hit.key]
    return Source(
        article_id=edition.article_id,
        number=edition.article.number,
        edition=edition.n,
        title=edition.title,
        topic=edition.topic,
        passage=hit.passage,
        heading=hit.heading,
        confidence=hit.confidence,
        visibility=edition.visibility,
    )


def _current() -> _Kept:
    global _kept
    stamp, database = selectors.stamp(), str(connection.settings_dict["NAME"])
    kept = _kept
    if kept is not None and (kept.database, kept.stamp) == (database, stamp):
        return kept
    with _lock:
        if _kept is None or (_kept.database, _kept.stamp) != (database, stamp):
            _kept = _made(database, stamp, _kept)
        return _kept


def _made(database: str, stamp: str, before: _Kept | None) -> _Kept:
    editions = {str(row.pk): row for row in selectors.editions_in_use()}
    groups = groups_of(selectors.own_synonyms())
    wordings = selectors.wordings_in_use()

    def index(rows: Sequence[ArticleEdition], like: Index | None) -> Index:
        documents = [
            Document(str(row.pk), row.title, row.body, (*row.asked, *wordings.get(row.article_id, ())))
            for row in rows
        ]
        return Index(documents, groups, like=like)

    public = [row for row in editions.values() if row.visibility == Visibility.PUBLIC]
    staff = index(list(editions.values()), before.staff if before else None)
    return _Kept(database, stamp, index(public, staff), staff, editions)
