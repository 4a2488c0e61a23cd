"""Things of live chat that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.ledger.facts import SYSTEM

if TYPE_CHECKING:
    from tests.architecture.world import World


def chat_window(world: World) -> object:
    """A chat window on the company's site."""
    return actions.open_channel(kind="chat", plan=ChannelPlan("官网在线客服"), by=SYSTEM, at=world.at).pk


MAKERS: dict[str, Callable[[World], object]] = {"chat_window": chat_window}
