"""Things of the conversations room that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming
from keyue.ledger.facts import Actor
from keyue.ui.uploads import Upload

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")


def conversation(world: World) -> object:
    """Somebody waits for an answer of another department, with a file."""
    plan = ChannelPlan("官网客服", department=world.elsewhere.code)
    channel = actions.open_channel(kind="chat", plan=plan, by=SYSTEM, at=world.at)
    incoming = Incoming("m1", "visitor", "在吗", uploads=[Upload("照片.txt", "照片".encode())])
    received = actions.receive(channel, incoming, by=SYSTEM, at=world.at, source="test")
    world.things["line_file"] = received.line.files.get().pk
    world.things["line_uid"] = received.line.uid
    return received.conversation.pk


def channel(world: World) -> object:
    """A mailbox that somebody else keeps."""
    plan = ChannelPlan("客服邮箱", options={"address": "service@example.com"})
    return actions.open_channel(kind="email", plan=plan, by=SYSTEM, at=world.at).pk


MAKERS: dict[str, Callable[[World], object]] = {"conversation": conversation, "channel": channel}
