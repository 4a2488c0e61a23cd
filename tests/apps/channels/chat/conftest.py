"""A company with a chat window, and visitors at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from keyue.conversations import actions
from keyue.conversations.actions.keeping import ChannelPlan
from keyue.conversations.models import Channel, Conversation, Line
from tests.apps.conversations.conftest import AT, Now, now
from tests.journeys.world import World, found

__all__ = ["now"]
SECRET = "a-secret-of-the-company-of-32-signs-or-more"


@dataclass
class At:
    """Somebody at a window, in a browser of their own."""

    channel: Channel
    address: str
    client: Client = field(default_factory=lambda: Client(enforce_csrf_checks=True))
    token: str = ""
    numbers: Any = field(default_factory=lambda: count(1))

    def call(self, name: str, body: Mapping[str, Any] | None = None, **headers: str) -> HttpResponse:
        """What the window's script sends as JSON."""
        return self.client.post(
            f"/chat/{self.channel.pk}/{name}/",
            dict(body or {}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}", **headers},
            REMOTE_ADDR=self.address,
        )

    def begin(self, **body: Any) -> dict[str, Any]:
        answer = self.call("begin", {"token": self.token, **body})
        assert answer.status_code == 200, answer.content.decode()
        found = answer.json()
        self.token = found["token"]
        return found

    def send(self, text: str = "", **more: Any) -> HttpResponse:
        """A message, as the window's form sends it."""
        if not self.token:
            self.begin()
        more.setdefault("key", f"message-{next(self.numbers):08d}")
        return self.client.post(
            f"/chat/{self.channel.pk}/say/",
            {"body": text, **more},
            headers={"Authorization": f"Bearer {self.token}"},
            REMOTE_ADDR=self.address,
        )

    def says(self, text: str = "", **more: Any) -> Line:
        """A message that is taken in."""
        answer = self.send(text, **more)
        assert answer.status_code == 200, answer.content.decode()
        return Line.objects.get(pk=answer.json()["line"]["id"])

    @property
    def talk(self) -> Conversation:
        return Conversation.objects.order_by("-pk").first()


@dataclass
class Chat:
    """The window and who is there."""

    world: World
    now: Now
    channel: Channel
    addresses: Any = field(default_factory=lambda: count(1))

    def visitor(self) -> At:
        return At(self.channel, f"10.1.2.{next(self.addresses)}")

    def setup(self, **options: Any) -> None:
        self.channel.options = {**self.channel.options, **options}
        self.channel.save()


@pytest.fixture
def chat(now: Now) -> Chat:
    world = found(at=AT - timedelta(days=30), packs=())
    plan = ChannelPlan(
        "官网客服",
        department="service",
        keeper=world.agent,
        options={"hours": "always"},
        secrets={"identity_secret": SECRET},
    )
    channel = actions.open_channel(kind="chat", plan=plan, by=World.actor(world.supervisor), at=AT)
    return Chat(world, now, channel)
