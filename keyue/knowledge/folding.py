"""How an article is folded from facts: what regulations may ask of one. Pure Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from keyue.knowledge.events import KINDS
from keyue.ledger.facts import FactRecord
from keyue.promises.engine import SubjectModel
from keyue.promises.scenario import register_model


@dataclass(frozen=True, slots=True)
class ArticleState:
    """What regulations may ask of an article, which has one round, waits for nobody and ends when it is withdrawn.

    `owner` and `editor` are owners' codes, `edition` the number of the edition in use, 0 before the first.
    """

    owner: str | None = None
    editor: str | None = None
    department: str | None = None
    visibility: str | None = None
    edition: int = 0
    published: bool = False
    round: int = 1
    waiting: bool = False
    ended: bool = False


def fold(state: ArticleState | None, fact: FactRecord) -> ArticleState | None:
    """The article after `fact`; None where it has no effect. Nothing exists before `article.drafted`."""
    if fact.kind not in KINDS:
        return None
    data: Mapping[str, Any] = fact.data
    if state is None:
        if fact.kind != "article.drafted":
            return None
        return replace(_kept(ArticleState(), data), visibility=data.get("visibility"))
    if fact.kind in ("article.published", "article.revised"):
        return replace(
            state,
            edition=int(data.get("edition") or state.edition + 1),
            visibility=data.get("visibility") or state.visibility,
            published=True,
        )
    if fact.kind == "article.keepers_changed":
        return _kept(state, data)
    if fact.kind == "article.withdrawn":
        return replace(state, published=False, ended=True)
    return state


def _kept(state: ArticleState, data: Mapping[str, Any]) -> ArticleState:
    return replace(
        state, owner=data.get("owner"), editor=data.get("editor"), department=data.get("department")
    )


ARTICLE = SubjectModel(
    name="article", fold=fold, fields=frozenset(f.name for f in fields(ArticleState)), kinds=KINDS
)
register_model(ARTICLE)
