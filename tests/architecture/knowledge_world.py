"""Things of the knowledge room that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyue.knowledge import actions
from keyue.knowledge.actions import Text
from keyue.ledger.facts import Actor

if TYPE_CHECKING:
    from tests.architecture.world import World

AUTHOR, BOSS = Actor("system", "test"), Actor("system", "boss")
TEXT = Text(title="滤芯多久更换一次", body="半年。", topic="维护保养", visibility="public")


def article(world: World) -> object:
    """A published article that everybody may read."""
    row = actions.draft_article(
        text=TEXT, owner=world.somebody, editor=world.somebody, by=AUTHOR, at=world.at
    )
    actions.submit_edition(article=row, by=AUTHOR, at=world.at)
    actions.publish_edition(article=row, by=BOSS, at=world.at)
    row.refresh_from_db()
    world.things["article_number"] = row.number
    return row.pk


def draft_article(world: World) -> object:
    """An article that waits for approval."""
    row = actions.draft_article(
        text=TEXT, owner=world.somebody, editor=world.somebody, by=AUTHOR, at=world.at
    )
    actions.submit_edition(article=row, by=AUTHOR, at=world.at)
    return row.pk


MAKERS: dict[str, Callable[[World], object]] = {"article": article, "draft_article": draft_article}
