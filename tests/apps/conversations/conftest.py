"""A company with a chat window and a mailbox, and the people who answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.test import Client

from keyue.conversations import actions
from keyue.conversations.actions._ground import Words
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.actions.receiving import Incoming, Received
from keyue.conversations.models import Channel, Line
from keyue.customers import actions as customers
from keyue.customers.models import Contact
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM, Actor
from keyue.people.models import User
from tests.journeys.world import World, browser_of, found

# a Tuesday morning in Shanghai
AT = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
CUSTOMER = Actor("customer", "channel")
MAIL = "zhou.xubai@example.com"
PHONE = "13812346027"


class Now:
    """The clock of the test; `pass_` lets time go by."""

    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at

    def pass_(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch, db: None) -> Now:
    moving = Now()
    monkeypatch.setattr(clock, "now", moving)
    return moving


@dataclass
class Desk:
    """Who answers, and by which channels."""

    world: World
    now: Now
    chat: Channel
    mail: Channel
    contact: Contact
    numbers: Any

    @property
    def agent(self) -> User:
        return self.world.agent

    def says(self, channel: Channel, handle: str, body: str, **more: Any) -> Received:
        """A customer's message arrives now."""
        more.setdefault("external_id", f"<{next(self.numbers)}@example.com>")
        incoming = Incoming(handle=handle, body=body, **more)
        return actions.receive(channel, incoming, by=CUSTOMER, at=self.now.at, source=channel.kind)

    def chats(self, body: str, visitor: str = "visitor-1", **more: Any) -> Received:
        return self.says(self.chat, visitor, body, **more)

    def mails(self, body: str, sender: str = MAIL, **more: Any) -> Received:
        return self.says(self.mail, sender, body, **more)

    def answers(self, received: Received, body: str, user: User | None = None, **more: Any) -> Line:
        return actions.answer(
            conversation=received.conversation,
            words=Words(body),
            user=user or self.agent,
            at=self.now.at,
            **more,
        )


@pytest.fixture
def desk(now: Now) -> Desk:
    world = found(at=AT - timedelta(days=30), packs=())
    by = World.actor(world.supervisor)

    def channel(kind: str, name: str, **options: Any) -> Channel:
        plan = ChannelPlan(name, department="service", keeper=world.agent, options=options)
        return actions.open_channel(kind=kind, plan=plan, by=by, at=AT)

    customer = customers.create_customer(
        kind="organisation", name="北屿文旅", contact_name="周叙白", phone=PHONE, email=MAIL, source="phone",
        legal_basis="contract", by=SYSTEM, at=AT,
    )  # fmt: skip
    return Desk(
        world,
        now,
        channel("chat", "官网客服"),
        channel("email", "客服邮箱", address="service@chengchuan.example"),
        customer.contacts.get(),
        count(1),
    )


@pytest.fixture
def client(desk: Desk) -> Client:
    """The agent's browser."""
    return browser_of(desk.agent)
