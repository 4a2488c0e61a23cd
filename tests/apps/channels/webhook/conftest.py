"""A company, the stand-in, and a system that hands messages in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from keyue.channels.webhook import actions
from keyue.channels.webhook.signing import headers_for
from keyue.conversations.models import Channel
from keyue.kernel import clock
from keyue.ledger.facts import SYSTEM
from tests.apps.channels.vendors import Desk
from tests.apps.channels.vendors import desk as desk
from tests.apps.channels.vendors import standin as standin


@dataclass
class System:
    """A program that signs and posts messages."""

    channel: Channel
    secret: str

    def post(
        self,
        body: Any,
        *,
        secret: str | None = None,
        late: float = 0,
        raw: bytes | None = None,
        **headers: str,
    ) -> HttpResponse:
        content = raw if raw is not None else json.dumps(body, ensure_ascii=False).encode()
        signed = headers_for([secret or self.secret], content, clock.now() - timedelta(seconds=late))
        return Client().post(
            f"/hooks/in/{self.channel.pk}/",
            content,
            content_type="application/json",
            headers={**signed, **headers},
        )

    def says(self, text: str, id: str = "m-1", sender: str = "u-1", **more: Any) -> HttpResponse:
        return self.post({"id": id, "sender": {"id": sender, "name": "周叙白"}, "text": text, **more})


@pytest.fixture
def system(desk: Desk) -> System:
    channel = desk.channel("webhook")
    secret = actions.make_channel_secret(channel=channel, by=SYSTEM, at=clock.now())
    return System(Channel.objects.get(pk=channel.pk), secret)
