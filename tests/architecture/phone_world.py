"""Things of the telephone that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from keyue.channels.phone import actions
from keyue.conversations import actions as conversations
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.ledger.facts import Actor
from keyue.people.models import User

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")


def hotline(world: World) -> object:
    """A hotline of another department that somebody else keeps."""
    plan = ChannelPlan("400 热线", department=world.elsewhere.code, options={"hours": "00:00-24:00"})
    return conversations.open_channel(kind="phone", plan=plan, by=SYSTEM, at=world.at).pk


def call(world: World) -> object:
    """A call of that department that is over and not written down."""
    channel = conversations.open_channel(
        kind="phone", plan=ChannelPlan("投诉热线", department=world.elsewhere.code), by=SYSTEM, at=world.at
    )
    agent = _agent()
    found = conversations.rings(
        channel=channel, call_id="c1", number="+8613800000001", by=SYSTEM, at=world.at
    )
    conversations.picks_up(call=found, user=agent, at=world.at)
    conversations.hangs_up(call=found, by=SYSTEM, at=world.at)
    return found.pk


def shift(world: World) -> object:
    """Somebody is on duty tomorrow."""
    channel = conversations.open_channel(
        kind="phone", plan=ChannelPlan("夜间热线", department=world.elsewhere.code), by=SYSTEM, at=world.at
    )
    start = world.at + timedelta(days=1)
    return actions.plan_shift(
        channel=channel, user=_agent(), start=start, end=start + timedelta(hours=8), by=SYSTEM, at=world.at
    ).pk


def _agent() -> User:
    """Somebody who may answer."""
    return User.objects.filter(grants__role="service_agent").order_by("pk")[0]


MAKERS: dict[str, Callable[[World], object]] = {"hotline": hotline, "call": call, "shift": shift}
