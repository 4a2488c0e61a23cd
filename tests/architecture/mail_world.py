"""Things of mailboxes that the walk over all addresses needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from keyue.channels.email import actions
from keyue.channels.email.actions import Lying
from keyue.channels.email.reader.reading import read_mail
from keyue.conversations.actions.keeping import ChannelPlan, open_channel
from keyue.ledger.facts import Actor

if TYPE_CHECKING:
    from tests.architecture.world import World

SYSTEM = Actor("system", "test")
RAW = b"""Subject: nobody wrote this
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html

<p>hello</p>
--b
Content-Type: text/plain; name=note.txt
Content-Disposition: attachment; filename=note.txt

note
--b--
"""


def mail(world: World) -> object:
    """A mail without a sender, with a file, in a mailbox of another department."""
    plan = ChannelPlan("远方邮箱", department=world.elsewhere.code, options={"address": "far@example.com"})
    channel = open_channel(kind="email", plan=plan, by=SYSTEM, at=world.at)
    world.things["mailbox"] = channel.pk
    mine = actions.claim(channel=channel, by=SYSTEM, at=world.at)
    actions.begin(
        channel=channel,
        mine=mine,
        place="here",
        uid_validity=1,
        newest=1,
        old_mail="all",
        by=SYSTEM,
        at=world.at,
    )
    lying = Lying(1, 1, world.at, RAW, len(RAW))
    row = actions.take(channel=channel, mine=mine, lying=lying, mail=read_mail(RAW), by=SYSTEM, at=world.at)
    return row.pk


MAKERS: dict[str, Callable[[World], object]] = {"mail": mail}
