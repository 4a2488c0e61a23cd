"""The installation that live chat is measured on: a company with all clauses about conversations, agents, and open chats."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core.management import call_command

from keyue.channels.chat.tokens import Visitor, token_of
from keyue.company.selectors import is_founded
from keyue.conversations import actions as conversations
from keyue.conversations import selectors
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming
from keyue.conversations.models import Channel, Line
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.operations import serving
from keyue.operations.actions import Adoption, Person, found
from keyue.operations.bench.chat import AGENTS
from keyue.operations.bench.data import tidy
from keyue.operations.bench.installation import FOUNDING, PASSWORD, SINCE
from keyue.people import selectors as staff

VISITOR = Actor("customer", "chat")


def ensure(windows: int) -> dict[str, Any]:
    """Build it with so many open chats, unless they are there; what the load has to know of it."""
    if serving.pending_migrations():
        call_command("migrate", interactive=False, verbosity=0)
        tidy()
    if not is_founded():
        with clock.telling(SINCE):
            found(_founding(), at=SINCE, is_demo=True, must_change_password=False)
    channel = _channel()
    now = clock.now()
    agents = [staff.by_username(f"clerk{n + 1}") for n in range(AGENTS)]
    talks = []
    for n in range(windows):
        visitor = Visitor(channel.pk, f"a:bench{n:06d}")
        with clock.telling(now - timedelta(minutes=5)):
            received = conversations.receive(
                channel,
                Incoming(f"{visitor.index}:first-{n:06d}", visitor.handle, "您好，请问", realm=visitor.realm),
                by=VISITOR,
                at=clock.now(),
                source="chat",
            )
            agent = agents[n % AGENTS]
            if received.conversation.agent_id is None and agent is not None:
                conversations.take(conversation=received.conversation, user=agent, at=clock.now())
        talks.append((token_of(visitor, now), received.conversation.pk))
    newest = Line.objects.order_by("-pk").values_list("pk", flat=True).first()
    return {
        "channel": channel.pk,
        "talks": talks,
        "agents": AGENTS,
        "password": PASSWORD,
        "after": newest or 0,
    }


def _channel() -> Channel:
    there = selectors.open_channels_of("chat")
    if there:
        return there[0]
    plan = ChannelPlan(
        "官网客服", department="service", keeper=None, options={"hours": "always", "most_each": 0}
    )
    return conversations.open_channel(kind="chat", plan=plan, by=SYSTEM, at=clock.now())


def _founding() -> Any:
    others = [person for person in FOUNDING.people if not person.username.startswith("clerk")]
    clerks = [
        Person(f"clerk{n}", f"坐席{n}", PASSWORD, "", "", "service", "", ["service_agent"])
        for n in range(1, AGENTS + 1)
    ]
    adoptions = (Adoption("feedback"), Adoption("service"), Adoption("communication"))
    return replace(FOUNDING, people=(*others, *clerks), adoptions=adoptions)
