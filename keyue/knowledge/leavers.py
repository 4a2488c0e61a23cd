"""What of this room must be handed over before somebody's account closes: articles and scripts that they answer
for or keep."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from keyue.knowledge import actions, scripts, selectors
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.leaving import Remainder
from keyue.people.models import User


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """Articles in use or being written."""
    n, m = selectors.articles_kept_by(leaver).count(), scripts.kept_by(leaver).count()
    return [
        Remainder(ngettext("还负责 %(n)d 篇知识库文章", "还负责 %(n)d 篇知识库文章", n) % {"n": n}, n),
        Remainder(ngettext("还负责 %(n)d 条话术", "还负责 %(n)d 条话术", m) % {"n": m}, m),
    ]


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All of them to the heir."""
    actions.hand_over(leaver=leaver, heir=heir, by=by, at=at)
    actions.hand_over_scripts(leaver=leaver, heir=heir, by=by, at=at)


def needs(leaver: User, at: datetime) -> frozenset[Permission]:
    """Who takes them over can write articles."""
    kept = selectors.articles_kept_by(leaver).exists() or scripts.kept_by(leaver).exists()
    return frozenset({Permission.ARTICLE_VIEW, Permission.ARTICLE_EDIT}) if kept else frozenset()
