"""Things of outlets and platforms that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyue.channels.webhook import actions
from keyue.channels.webhook.actions.outlets import OutletPlan
from keyue.channels.webhook.actions.pushing import Wanted
from keyue.channels.webhook.enums import OutletKind
from keyue.channels.webhook.models import Outlet, Push
from keyue.conversations import actions as conversations
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel
from keyue.ledger.facts import Actor

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")


def outlet(world: World) -> object:
    """Another system, with something in its log."""
    plan = OutletPlan("工单系统", "http://8.8.8.8/in", wants=["case.closed"])
    row = actions.open_outlet(kind=OutletKind.HOOK, plan=plan, by=SYSTEM, at=world.at)
    wanted = [Wanted("00000000-0000-4000-8000-000000000001", "case.closed")]
    actions.collect(outlet=row, wanted=wanted, cursor=row.cursor, together=False, by=SYSTEM, at=world.at)
    world.things["push"] = Push.objects.get(outlet=row).pk
    return Outlet.objects.get(pk=row.pk).pk


def channel(kind: str) -> Callable[[World], object]:
    """A channel of a kind."""

    def make(world: World) -> object:
        plan = ChannelPlan(f"{kind} 接入", department=world.elsewhere.code)
        return conversations.open_channel(kind=kind, plan=plan, by=SYSTEM, at=world.at).pk

    return make


def callback(world: World) -> object:
    """Something that could not be read."""
    row = Channel.objects.get(pk=world.things["hook"])
    return actions.keep_unread(channel=row, raw=b"?", fault="?", by=SYSTEM, at=world.at).pk


MAKERS: dict[str, Callable[[World], object]] = {
    "outlet": outlet,
    "hook": channel("webhook"),
    "callback": callback,
    **{kind: channel(kind) for kind in ("wechat", "wecom", "sms", "weibo", "douyin", "review")},
}
