"""What happens to articles of the knowledge base. Pure Python. Reasons and remarks are sealed under the article's own key.

The subject is `Subject("article", id)`; `edition` is the number of an edition of that article.
"""

from __future__ import annotations

from dataclasses import dataclass

from keyue.kernel.events import Event, kinds_of


@dataclass(frozen=True)
class ArticleDrafted(Event):
    """Somebody began to write an article. `owner` and `editor` are owners' codes, `department` one of a department."""

    kind = "article.drafted"
    number: str
    visibility: str
    owner: str
    editor: str
    department: str | None = None


@dataclass(frozen=True)
class ArticleSubmitted(Event):
    """An edition waits for approval."""

    kind = "article.submitted"
    edition: int


@dataclass(frozen=True)
class ArticleReturned(Event):
    """An edition goes back to be changed (sealed: `remark`)."""

    kind = "article.returned"
    edition: int


@dataclass(frozen=True)
class ArticlePublished(Event):
    """The first edition is out: S4-5.1b. `author` and `approved_by` are two people."""

    kind = "article.published"
    edition: int
    visibility: str
    author: str
    approved_by: str


@dataclass(frozen=True)
class ArticleRevised(Event):
    """A newer edition is out and replaces the one before."""

    kind = "article.revised"
    edition: int
    visibility: str
    author: str
    approved_by: str


@dataclass(frozen=True)
class ArticleReviewed(Event):
    """Somebody looked whether the article is still right: S4-5.1b. `outcome` is `right` or `revised`; sealed: `remark`."""

    kind = "article.reviewed"
    edition: int
    reviewed_by: str
    outcome: str
    next_on: str | None = None


@dataclass(frozen=True)
class ArticleSourceChanged(Event):
    """What the article rests on, a policy or a process, has changed (sealed: `what`)."""

    kind = "article.source_changed"


@dataclass(frozen=True)
class ArticleWithdrawn(Event):
    """The article is no longer shown (sealed: `reason`)."""

    kind = "article.withdrawn"


@dataclass(frozen=True)
class ArticleKeepersChanged(Event):
    """Others look after the article."""

    kind = "article.keepers_changed"
    owner: str
    editor: str
    department: str | None = None


@dataclass(frozen=True)
class ArticleWordingAttached(Event):
    """Questions of customers that had no answer belong to the article: so many more ways in which it is asked for."""

    kind = "article.wording_attached"
    n: int


@dataclass(frozen=True)
class ArticleWordingRemoved(Event):
    """A way in which customers ask was taken from the article again."""

    kind = "article.wording_removed"


@dataclass(frozen=True)
class ArticleFileAdded(Event):
    """Pictures or attachments, by their ids."""

    kind = "article.file_added"
    files: tuple[int, ...]


@dataclass(frozen=True)
class ArticleFileRemoved(Event):
    """A picture or attachment that no edition names is gone."""

    kind = "article.file_removed"
    file: int


KINDS = kinds_of(
    {
        event.kind: event
        for event in Event.__subclasses__()
        if event.__module__ == __name__ and event.kind.startswith("article.")
    }
)
