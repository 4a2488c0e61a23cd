"""What of this room must be handed over before somebody's account closes: channels they keep, conversations they have."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import ngettext

from keyue.conversations import actions, selectors
from keyue.ledger.facts import Actor
from keyue.people.enums import Permission
from keyue.people.leaving import Remainder
from keyue.people.models import User


def remainders(leaver: User, at: datetime) -> list[Remainder]:
    """What is not at its end yet."""
    channels = selectors.kept_by(leaver).count()
    talks = selectors.held_by(leaver).count()
    return [
        Remainder(
            ngettext("还是 %(n)d 个渠道的专人", "还是 %(n)d 个渠道的专人", channels) % {"n": channels},
            channels,
        ),
        Remainder(ngettext("还在接待 %(n)d 个会话", "还在接待 %(n)d 个会话", talks) % {"n": talks}, talks),
    ]


def hand_over(leaver: User, heir: User, by: Actor, at: datetime) -> None:
    """All of them to the heir."""
    actions.hand_over_channels(leaver=leaver, heir=heir, by=by, at=at)
    for one in selectors.held_by(leaver):
        actions.hand_over(conversation=one, to=heir, by=by, at=at, source="leaving")


def needs(leaver: User, at: datetime) -> frozenset[Permission]:
    """Who takes them over can answer."""
    left = selectors.held_by(leaver).exists() or selectors.kept_by(leaver).exists()
    return frozenset({Permission.CONVERSATION_VIEW, Permission.CONVERSATION_ANSWER}) if left else frozenset()
